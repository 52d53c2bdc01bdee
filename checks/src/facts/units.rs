//! Services: whether they run and whether they start at boot.

use std::collections::BTreeMap;

use crate::{
    context::Cx,
    facts::processes::Processes,
    host::{Command, FileKind, Kind},
    observation::{Gap, GapReason},
};

/// Folders with links to the units that start at boot.
const UNIT_DIRS: [&str; 2] = ["/etc/systemd/system", "/usr/lib/systemd/system"];
const MAX_ENTRIES: usize = 4_096;

/// A service: its unit and the name of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// `name.service`.
    pub unit: &'static str,
    /// Name of the process in `/proc/PID/comm`.
    pub process: &'static str,
}

/// State of a unit, as `systemctl show` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `LoadState` is `loaded`.
    pub loaded: bool,
    /// `ActiveState` is `active`, `reloading` or `activating`.
    pub active: bool,
    /// `SubState` is `running` or `listening` or `waiting`: not one that ran and ended.
    pub alive: bool,
    /// `UnitFileState` is one that starts by itself.
    pub enabled: bool,
}

/// Whether a service runs and starts at boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It runs now.
    pub running: bool,
    /// It starts at boot.
    pub enabled: bool,
}

/// The standing of several services, and the source to name.
pub struct Standings {
    /// In the order asked.
    pub all: Vec<Standing>,
    /// How a person can see the same.
    pub source: String,
}

/// Whether systemd runs this host.
///
/// # Errors
/// When `/run` may not be looked at.
pub fn systemd_runs(cx: &Cx<'_>) -> Result<bool, Gap> {
    if cx.host().kind() == Kind::Image {
        return Err(Gap::new(GapReason::NotLive, "/run/systemd/system"));
    }
    Ok(cx.host().stat_if_any("/run/systemd/system")?.is_some())
}

/// The standing of `daemons`: units where systemd runs, and processes everywhere. A service that
/// was started without its unit still runs.
///
/// # Errors
/// When neither units nor processes can be seen.
pub fn standings(cx: &Cx<'_>, daemons: &[Daemon]) -> Result<Standings, Gap> {
    let names: Vec<&str> = daemons.iter().map(|d| d.unit).collect();
    let processes = cx.get::<Processes>();
    let systemd = systemd_runs(cx)?;
    let runs = |d: &Daemon| processes.as_ref().is_ok_and(|p| p.has(d.process));
    if !systemd {
        if let Err(gap) = &processes {
            return Err(gap.clone());
        }
        let enabled = linked_units(cx)?;
        let all = daemons.iter().map(|d| Standing {
            running: runs(d),
            enabled: enabled.contains_key(d.unit),
        });
        return Ok(Standings {
            all: all.collect(),
            source: "/proc/*/comm, /etc/systemd/system/*.wants".to_owned(),
        });
    }
    let units = show(cx, &names)?;
    let all = daemons.iter().map(|d| {
        let unit = units.get(d.unit).cloned().unwrap_or_default();
        Standing {
            running: (unit.active && unit.alive) || runs(d),
            enabled: unit.enabled,
        }
    });
    Ok(Standings {
        all: all.collect(),
        source: format!("systemctl show {}", names.join(" ")),
    })
}

/// State of units, by name, from `systemctl show`.
///
/// # Errors
/// When the command is missing, fails or says nothing.
pub fn show(cx: &Cx<'_>, names: &[&str]) -> Result<BTreeMap<String, Unit>, Gap> {
    let units = names.iter().map(|&n| n.to_owned()).collect();
    let output = cx.host().run(&Command::SystemctlShow { units })?;
    if !output.ok() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Gap::new(GapReason::Io, format!("systemctl show: {said}")));
    }
    Ok(parse_show(&output.text()))
}

/// The units that are linked to start at boot, each with the link.
///
/// # Errors
/// When a folder may not be listed.
pub fn linked_units(cx: &Cx<'_>) -> Result<BTreeMap<String, String>, Gap> {
    let mut found = BTreeMap::new();
    for dir in UNIT_DIRS {
        for entry in cx.host().list_if_any(dir, MAX_ENTRIES)? {
            if entry.kind == FileKind::Dir && entry.name.ends_with(".wants") {
                let wants = format!("{dir}/{}", entry.name);
                for unit in cx.host().list_if_any(&wants, MAX_ENTRIES)? {
                    let link = format!("{wants}/{}", unit.name);
                    found.entry(unit.name).or_insert(link);
                }
            }
        }
    }
    Ok(found)
}

fn parse_show(text: &str) -> BTreeMap<String, Unit> {
    let mut units = BTreeMap::new();
    for block in text.split("\n\n") {
        let fields: BTreeMap<&str, &str> =
            block.lines().filter_map(|l| l.split_once('=')).collect();
        let is = |key: &str, values: &[&str]| fields.get(key).is_some_and(|v| values.contains(v));
        if let Some(id) = fields.get("Id") {
            // `enabled-runtime` is forgotten at a restart, `indirect` starts nothing by itself.
            let starts = ["enabled", "static", "generated", "alias"];
            let unit = Unit {
                loaded: is("LoadState", &["loaded"]),
                active: is("ActiveState", &["active", "reloading", "activating"]),
                alive: is("SubState", &["running", "listening", "waiting"]),
                enabled: is("UnitFileState", &starts),
            };
            units.insert((*id).to_owned(), unit);
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_apart() {
        let text = "Id=a.service\nLoadState=loaded\nActiveState=active\nSubState=running\n\
                    UnitFileState=enabled\n\nId=b.service\nLoadState=not-found\n\
                    ActiveState=inactive\nSubState=dead\nUnitFileState=\n";
        let got = parse_show(text);
        assert!(got["a.service"].alive && got["a.service"].enabled);
        assert_eq!(got["b.service"], Unit::default());
    }

    #[test]
    fn a_unit_that_ran_and_ended_is_not_alive() {
        let got = parse_show("Id=x.service\nActiveState=active\nSubState=exited\n");
        assert!(got["x.service"].active && !got["x.service"].alive);
        assert!(parse_show("garbage\n\n\n=\n").is_empty());
    }
}
