//! State of a few systemd units: what the files say, and what the running manager says.

use jiff::{Timestamp, civil};

use crate::{
    host::{Command, Host, HostError},
    observation::Gap,
};

/// Folders of unit files, most important first.
pub const UNIT_DIRS: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// What the files say of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// Something pulls it in at boot.
    Yes,
    /// It exists and nothing pulls it in.
    No,
    /// It points to `/dev/null`: nothing can start it.
    Masked,
    /// There is no such unit.
    Absent,
}

impl Enabled {
    /// Its name in facts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "enabled",
            Self::No => "disabled",
            Self::Masked => "masked",
            Self::Absent => "absent",
        }
    }
}

/// Whether `unit` is started by `target`, as the files have it.
///
/// # Errors
/// When a folder may not be looked at.
pub fn enabled(host: &dyn Host, unit: &str, target: &str) -> Result<Enabled, HostError> {
    let mut exists = false;
    for dir in UNIT_DIRS {
        match host.read_link(&format!("{dir}/{unit}")) {
            Ok(to) if to == "/dev/null" => return Ok(Enabled::Masked),
            Ok(_) | Err(HostError::WrongKind(_)) => exists = true,
            Err(e) if e.is_not_found() => {}
            Err(e) => return Err(e),
        }
    }
    if let Some(template) = template_of(unit) {
        for dir in UNIT_DIRS {
            exists |= host.stat_if_any(&format!("{dir}/{template}"))?.is_some();
        }
    }
    if !exists {
        return Ok(Enabled::Absent);
    }
    for dir in UNIT_DIRS {
        let wants = host.list_if_any(&format!("{dir}/{target}.wants"), 1_000)?;
        if wants.iter().any(|e| e.name == unit) {
            return Ok(Enabled::Yes);
        }
    }
    Ok(Enabled::No)
}

/// The template of an instance: `a@b.timer` → `a@.timer`.
pub fn template_of(unit: &str) -> Option<String> {
    let (stem, rest) = unit.split_once('@')?;
    let (_, kind) = rest.rsplit_once('.')?;
    Some(format!("{stem}@.{kind}"))
}

/// What the running manager says of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub id: String,
    /// `loaded`, `not-found`, `masked`.
    pub load: String,
    /// `active`, `inactive`, `failed`.
    pub active: String,
    /// `success`, or how the last run failed.
    pub result: String,
    /// Exit status of the last run.
    pub exit_status: String,
    /// When the last run ended.
    pub ended: Option<Timestamp>,
}

/// Asks the running manager. `None` where systemd does not run, or this is an image.
///
/// # Errors
/// When the command fails for another reason.
pub fn show(host: &dyn Host, units: &[String]) -> Result<Option<Vec<Shown>>, Gap> {
    let units = units.to_vec();
    match host.run(&Command::SystemctlShow { units }) {
        Ok(output) if output.ok() => Ok(Some(parse_show(&output.text()))),
        Ok(_) | Err(HostError::NotFound(_) | HostError::NotLive(_)) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn parse_show(text: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    for block in text.split("\n\n") {
        let mut unit = Shown::default();
        for (key, value) in block.lines().filter_map(|l| l.split_once('=')) {
            match key {
                "Id" => value.clone_into(&mut unit.id),
                "LoadState" => value.clone_into(&mut unit.load),
                "ActiveState" => value.clone_into(&mut unit.active),
                "Result" => value.clone_into(&mut unit.result),
                "ExecMainStatus" => value.clone_into(&mut unit.exit_status),
                "ExecMainExitTimestamp" => unit.ended = timestamp(value),
                _ => {}
            }
        }
        if !unit.id.is_empty() {
            all.push(unit);
        }
    }
    all
}

/// `Sat 2026-11-21 02:00:13 +07`. Only zones whose offset is certain are understood.
fn timestamp(value: &str) -> Option<Timestamp> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let [_, date, time, zone] = words.as_slice() else {
        return None;
    };
    let at: civil::DateTime = format!("{date}T{time}").parse().ok()?;
    let hours: i8 = match *zone {
        "UTC" | "GMT" => 0,
        "ICT" => 7,
        other => other.get(..3)?.parse().ok().filter(|_| other.len() == 3)?,
    };
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_hours(hours).ok()?);
    at.to_zoned(zone).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_units() {
        let text = "Id=a.service\nResult=success\nExecMainExitTimestamp=Sat 2026-11-21 02:00:13 +07\n\n\
            Id=b.service\nLoadState=masked\nExecMainExitTimestamp=Sat 2026-11-21 02:00:13 XYZ\n";
        let got = parse_show(text);
        assert_eq!(got[0].ended.unwrap().to_string(), "2026-11-20T19:00:13Z");
        assert_eq!((got[1].load.as_str(), got[1].ended), ("masked", None));
    }
}
