//! Timers of systemd and what their services run, from unit files.

use std::collections::BTreeSet;

use super::{
    ini,
    systemd_units::{Enabled, UNIT_DIRS, enabled, template_of},
};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::Gap,
};

/// One timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Its unit name.
    pub name: String,
    /// Whether it is started at boot.
    pub enabled: Enabled,
    /// The service that it starts.
    pub service: String,
    /// Command lines of the service; may hold secrets, so never for an observation.
    pub commands: Vec<String>,
    /// `Environment=` lines and the paths of environment files of the service.
    pub environment: Vec<String>,
}

/// All timers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timers(pub Vec<Timer>);

impl Gather for Timers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut names = BTreeSet::new();
        for dir in UNIT_DIRS {
            // Instances of a template stand only where something wants them; a template alone, as
            // packages ship it, is no timer.
            for folder in [dir.to_owned(), format!("{dir}/timers.target.wants")] {
                let entries = host.list_if_any(&folder, 5_000)?.into_iter();
                names.extend(entries.map(|e| e.name).filter(|n| is_timer(n)));
            }
        }
        let all: Result<Vec<_>, HostError> = names.into_iter().map(|n| timer(host, n)).collect();
        Ok(Self(all?))
    }
}

fn is_timer(name: &str) -> bool {
    let stem = name.strip_suffix(".timer");
    stem.is_some_and(|s| !s.ends_with('@'))
}

fn timer(host: &dyn Host, name: String) -> Result<Timer, HostError> {
    let own = unit_text(host, &name)?;
    let stem = name.strip_suffix(".timer").unwrap_or(&name);
    let named = ini::parse(&own).into_iter().rfind(|s| s.key == "unit");
    let service = named.map_or_else(|| format!("{stem}.service"), |s| s.value);
    let settings = ini::parse(&unit_text(host, &service)?);
    let values = |keys: &[&str]| -> Vec<String> {
        let found = settings.iter().filter(|s| keys.contains(&s.key.as_str()));
        found.map(|s| s.value.clone()).collect()
    };
    Ok(Timer {
        enabled: enabled(host, &name, "timers.target")?,
        commands: values(&["execstart", "execstartpre", "execstartpost"]),
        environment: values(&["environment", "environmentfile"]),
        service,
        name,
    })
}

/// The unit file of highest standing. An instance has the file of its template.
fn unit_text(host: &dyn Host, unit: &str) -> Result<String, HostError> {
    for name in [Some(unit.to_owned()), template_of(unit)]
        .into_iter()
        .flatten()
    {
        for dir in UNIT_DIRS {
            match host.text_if_any(&format!("{dir}/{name}")) {
                Ok(Some(text)) => return Ok(text),
                Ok(None) => {}
                // A masked unit is a device: nothing starts it, whatever stands further down.
                Err(HostError::WrongKind(_)) => return Ok(String::new()),
                Err(e) => return Err(e),
            }
        }
    }
    Ok(String::new())
}
