//! Timers of systemd and what their services run, from unit files.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    shell_words,
    systemd_units::{Enabled, UNIT_DIRS, enabled, template_of},
};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError, Kind},
    observation::Gap,
};

/// Folders of drop-ins, most important first.
const DROP_IN_DIRS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

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
    /// Those of them whose failure is the unit's own, unless they are marked with `-`: `ExecStart=`, where no
    /// other exit status is declared to be a success.
    pub main: Vec<String>,
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
    let own = settings(host, &name)?;
    let stem = name.strip_suffix(".timer").unwrap_or(&name);
    let named = own.into_iter().rfind(|(key, _)| key == "unit");
    let service = named.map_or_else(|| format!("{stem}.service"), |(_, value)| value);
    let settings = settings(host, &service)?;
    let values = |keys: &[&str]| -> Vec<String> {
        let found = settings.iter().filter(|(k, _)| keys.contains(&k.as_str()));
        found.map(|(_, value)| value.clone()).collect()
    };
    let forgives = !values(&["successexitstatus"]).is_empty();
    Ok(Timer {
        enabled: enabled(host, &name, "timers.target")?,
        commands: values(&["execstartpre", "execstart", "execstartpost"]),
        main: if forgives {
            Vec::new()
        } else {
            values(&["execstart"])
        },
        environment: values(&["environment", "environmentfile"]),
        service,
        name,
    })
}

/// The settings of a unit with its drop-ins, as systemd merges them: keys in small letters, and an empty value
/// takes back all before it.
fn settings(host: &dyn Host, unit: &str) -> Result<Vec<(String, String)>, HostError> {
    let Some(text) = unit_text(host, unit)? else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for text in std::iter::once(text).chain(drop_ins(host, unit)?) {
        let mut section = String::new();
        for line in shell_words::joined(&text).lines() {
            let line = line.trim();
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                name.trim_end_matches(']').clone_into(&mut section);
            } else if let Some((key, value)) = line.split_once('=')
                && matches!(section.as_str(), "Service" | "Timer")
            {
                let (key, value) = (key.trim().to_lowercase(), value.trim());
                if value.is_empty() {
                    all.retain(|(k, _)| *k != key);
                } else {
                    all.push((key, value.to_owned()));
                }
            }
        }
    }
    Ok(all)
}

/// The texts of a unit's drop-ins, in their order. Of files of one name the first folder's counts.
fn drop_ins(host: &dyn Host, unit: &str) -> Result<Vec<String>, HostError> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let kind = unit.rsplit('.').next().unwrap_or_default();
    let names = [
        Some(unit.to_owned()),
        template_of(unit),
        Some(kind.to_owned()),
    ];
    for name in names.into_iter().flatten() {
        for dir in DROP_IN_DIRS {
            if dir.starts_with("/run") && host.kind() == Kind::Image {
                continue;
            }
            let folder = format!("{dir}/{name}.d");
            for entry in host.list_if_any(&folder, 1_000)? {
                if entry.name.ends_with(".conf") {
                    let path = format!("{folder}/{}", entry.name);
                    found.entry(entry.name).or_insert(path);
                }
            }
        }
    }
    let mut texts = Vec::new();
    for path in found.values() {
        match host.text_if_any(path) {
            Ok(text) => texts.extend(text),
            Err(HostError::WrongKind(_)) => {} // masked
            Err(error) => return Err(error),
        }
    }
    Ok(texts)
}

/// The unit file of highest standing. An instance has the file of its template.
fn unit_text(host: &dyn Host, unit: &str) -> Result<Option<String>, HostError> {
    for name in [Some(unit.to_owned()), template_of(unit)]
        .into_iter()
        .flatten()
    {
        for dir in UNIT_DIRS {
            match host.text_if_any(&format!("{dir}/{name}")) {
                Ok(Some(text)) => return Ok(Some(text)),
                Ok(None) => {}
                // A masked unit is a device: nothing starts it, whatever stands further down.
                Err(HostError::WrongKind(_)) => return Ok(None),
                Err(e) => return Err(e),
            }
        }
    }
    Ok(None)
}
