//! Which units systemd starts at boot, by the links that `systemctl enable` makes.

use crate::{
    host::{Host, HostError},
    observation::Gap,
};

const UNITS: &str = "/etc/systemd/system";

/// Whether a target or another unit wants `unit`, and it is not masked: the link that says so.
///
/// # Errors
/// When the folder of links may not be read.
pub fn enabled(host: &dyn Host, unit: &str) -> Result<Option<String>, Gap> {
    if masked(host, unit)? {
        return Ok(None);
    }
    for entry in host.list_if_any(UNITS, 2_048)? {
        let wants = entry.name.ends_with(".wants") || entry.name.ends_with(".requires");
        if !wants {
            continue;
        }
        let folder = format!("{UNITS}/{}", entry.name);
        let found = host.list(&folder, 1_024)?;
        if found.iter().any(|e| e.name == unit) {
            return Ok(Some(format!("{folder}/{unit}")));
        }
    }
    Ok(None)
}

fn masked(host: &dyn Host, unit: &str) -> Result<bool, Gap> {
    match host.read_link(&format!("{UNITS}/{unit}")) {
        Ok(to) => Ok(to == "/dev/null"),
        Err(HostError::NotFound(_) | HostError::WrongKind(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
