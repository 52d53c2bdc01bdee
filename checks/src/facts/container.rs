//! Whether the host is a container: `/proc/sys` and the kernel then belong to the machine below.

use crate::{host::Host, observation::Gap};

/// Kind of container (`docker`, `lxc`, `podman` …), or `None` on a machine of its own.
///
/// # Errors
/// When a sign of a container may not be looked at.
pub fn kind(host: &dyn Host) -> Result<Option<String>, Gap> {
    if let Some(text) = host.text_if_any("/run/systemd/container")? {
        return Ok(Some(text.trim().chars().take(32).collect()));
    }
    for (path, name) in [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")] {
        if host.stat_if_any(path)?.is_some() {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}
