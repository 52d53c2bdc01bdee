//! Timers of systemd and what their services run, from unit files.

use std::collections::BTreeSet;

use super::{
    ini,
    systemd_units::{Enabled, UNIT_DIRS, enabled},
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
            let entries = host.list_if_any(dir, 5_000)?;
            names.extend(
                entries
                    .into_iter()
                    .map(|e| e.name)
                    .filter(|n| n.ends_with(".timer")),
            );
        }
        let all: Result<Vec<_>, HostError> = names.into_iter().map(|n| timer(host, n)).collect();
        Ok(Self(all?))
    }
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
    let template = unit.split_once('@').and_then(|(stem, rest)| {
        let (_, kind) = rest.rsplit_once('.')?;
        Some(format!("{stem}@.{kind}"))
    });
    for name in [Some(unit.to_owned()), template].into_iter().flatten() {
        for dir in UNIT_DIRS {
            match host.text_if_any(&format!("{dir}/{name}")) {
                Ok(Some(text)) => return Ok(text),
                Ok(None) | Err(HostError::WrongKind(_)) => {} // a masked unit is a device
                Err(e) => return Err(e),
            }
        }
    }
    Ok(String::new())
}
