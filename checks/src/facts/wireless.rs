//! Network interfaces and which of them are wireless, from `/sys/class/net`.

use crate::{host::Host, observation::Gap};

const CLASS: &str = "/sys/class/net";
/// The flag `IFF_UP`.
const UP: u32 = 1;

/// Names of all interfaces.
///
/// # Errors
/// When the folder is missing or may not be read.
pub fn interfaces(host: &dyn Host) -> Result<Vec<String>, Gap> {
    let entries = host.list(CLASS, 4_096)?;
    Ok(entries.into_iter().map(|e| e.name).collect())
}

/// Wireless interfaces: those that are up and those that are not.
///
/// # Errors
/// When one may not be looked at.
pub fn wireless(host: &dyn Host) -> Result<(Vec<String>, Vec<String>), Gap> {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for name in interfaces(host)? {
        let sign = |leaf: &str| host.stat_if_any(&format!("{CLASS}/{name}/{leaf}"));
        if sign("wireless")?.is_none() && sign("phy80211")?.is_none() {
            continue;
        }
        let flags = host.text(&format!("{CLASS}/{name}/flags"))?;
        let flags = flags.trim().trim_start_matches("0x");
        let flags = u32::from_str_radix(flags, 16)
            .map_err(|_| Gap::parse(format!("{CLASS}/{name}/flags")))?;
        if flags & UP == 0 {
            down.push(name);
        } else {
            up.push(name);
        }
    }
    Ok((up, down))
}
