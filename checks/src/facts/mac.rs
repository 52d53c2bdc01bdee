//! Mandatory access control: SELinux and AppArmor, as the kernel reports them.

use crate::{facts::text::lines, host::Host, observation::Gap};

/// AppArmor's profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// How many are enforced.
    pub enforced: usize,
    /// Those that only complain.
    pub complaining: Vec<String>,
}

/// Whether SELinux enforces; `None` where the kernel runs without it.
///
/// # Errors
/// When the kernel's answer may not be read or understood.
pub fn selinux(host: &dyn Host) -> Result<Option<bool>, Gap> {
    let path = "/sys/fs/selinux/enforce";
    match host.text_if_any(path)?.as_deref().map(str::trim) {
        None => Ok(None),
        Some("1") => Ok(Some(true)),
        Some("0") => Ok(Some(false)),
        Some(_) => Err(Gap::parse(path)),
    }
}

/// The mode that `/etc/selinux/config` sets for the next boot.
///
/// # Errors
/// When the file may not be read.
pub fn selinux_at_boot(host: &dyn Host) -> Result<Option<String>, Gap> {
    let text = host.text_if_any("/etc/selinux/config")?.unwrap_or_default();
    let value = |l: &str| {
        l.strip_prefix("SELINUX=")
            .map(|v| v.trim().to_ascii_lowercase())
    };
    Ok(lines(&text).filter_map(|(_, l)| value(l)).last())
}

/// AppArmor's profiles; `None` where the kernel runs without it.
///
/// # Errors
/// When `/sys` is not mounted, or the profiles may not be read.
pub fn apparmor(host: &dyn Host) -> Result<Option<Profiles>, Gap> {
    host.list("/sys/module", 4_096)?; // without it, nothing below proves anything
    let on = host.text_if_any("/sys/module/apparmor/parameters/enabled")?;
    if on.is_none_or(|v| v.trim() != "Y") {
        return Ok(None);
    }
    Ok(Some(parse(
        &host.text("/sys/kernel/security/apparmor/profiles")?,
    )))
}

/// Lines such as `/usr/sbin/named (enforce)`.
pub fn parse(text: &str) -> Profiles {
    let mut profiles = Profiles::default();
    for line in text.lines() {
        match line.rsplit_once(" (") {
            Some((_, "enforce)" | "kill)")) => profiles.enforced += 1,
            Some((name, "complain)")) => profiles.complaining.push(name.to_owned()),
            _ => {}
        }
    }
    profiles.complaining.sort();
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_told_apart() {
        let got = parse("a (b) (enforce)\nx (complain)\ny (unconfined)\nbroken\n");
        assert_eq!(got.enforced, 1);
        assert_eq!(got.complaining, ["x"]);
    }
}
