//! Automatic installation of security fixes: unattended-upgrades, dnf-automatic, or SUSE's programs.

mod origins;
pub mod own_jobs;
mod suse;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    apt::{Apt, conf::AptConf},
    dpkg::Packages,
    ini,
    os_release::{OsRelease, PackageSystem},
    systemd_units::{Enabled, enabled, show},
};
use crate::{context::Cx, observation::Gap};

/// What the host has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutoUpdates {
    /// Whether the program is there.
    pub installed: bool,
    /// Whether its configuration lets it install.
    pub switched_on: bool,
    /// Where that is said.
    pub setting: String,
    /// Whether the lists of what there is to install are fetched without anybody's doing.
    pub lists_fetched: bool,
    /// How many of the origins that it may install from bring security fixes of the system, as long as its
    /// ordinary support runs.
    pub origins: usize,
    /// The same once only a longer support brings them.
    pub longer_origins: usize,
    /// Patterns of packages that it leaves alone (`Package-Blacklist`).
    pub left_out: Vec<String>,
    /// Patterns of the only packages that it may install, where there are any (`Package-Whitelist`).
    pub only: Vec<String>,
    /// The timer that starts it.
    pub timer: &'static str,
    /// State of the timer, as the files have it.
    pub timer_state: &'static str,
    /// Whether the running manager has the timer active.
    pub timer_active: Option<bool>,
    /// Day of the last run.
    pub last_run: Option<Timestamp>,
    /// Whether the last run ended with an error; `None` where nothing says.
    pub failed: Option<bool>,
    /// What shows the last run.
    pub last_source: String,
    /// Where all this is configured.
    pub source: &'static str,
}

impl AutoUpdates {
    /// Looks at what belongs to the package system.
    ///
    /// # Errors
    /// When something that is there may not be looked at.
    pub fn see(cx: &Cx<'_>, system: PackageSystem) -> Result<Self, Gap> {
        match system {
            PackageSystem::Dpkg => unattended(cx),
            PackageSystem::Rpm if cx.get::<OsRelease>()?.is_suse() => suse::see(cx),
            PackageSystem::Rpm => dnf_automatic(cx),
            _ => Ok(Self::default()),
        }
    }
}

/// Whether a pattern, which unattended-upgrades fits to the beginning of a name, fits every name. Of
/// others it is not asked what they fit.
pub fn fits_all(pattern: &str) -> bool {
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    matches!(
        inner,
        "" | "." | ".*" | ".+" | "(.*)" | "[a-z]" | "[a-z0-9]" | "\\w" | "\\S"
    )
}

const UNATTENDED_LOG: &str = "/var/log/unattended-upgrades/unattended-upgrades.log";

fn unattended(cx: &Cx<'_>) -> Result<AutoUpdates, Gap> {
    const STAMP: &str = "/var/lib/apt/periodic/upgrade-stamp";
    let conf = cx.get::<AptConf>()?;
    let installed = cx.get::<Packages>()?.find("unattended-upgrades").is_some();
    let periodic = |name: &str| conf.get(&format!("APT::Periodic::{name}"));
    let allowed = periodic("Enable").is_none_or(|s| s.value.trim() != "0");
    let upgrade = periodic("Unattended-Upgrade");
    let origins = origins::see(&conf, &*cx.get::<Apt>()?, &*cx.get::<OsRelease>()?);
    let patterns_of = |name: &str| {
        let all = conf.values(&format!("Unattended-Upgrade::{name}"));
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let timer = "apt-daily-upgrade.timer";
    let (timer_state, timer_active) = timer_state(cx, timer)?;
    let fetches = periodic("Update-Package-Lists").is_some_and(|s| is_interval(&s.value));
    let fetching = enabled(cx.host(), "apt-daily.timer", "timers.target")?;
    let stamp = cx.host().stat_if_any(STAMP)?;
    let log = cx.host().text_if_any(UNATTENDED_LOG)?;
    Ok(AutoUpdates {
        installed,
        lists_fetched: fetches && fetching == Enabled::Yes,
        switched_on: allowed && upgrade.is_some_and(|s| is_interval(&s.value)),
        setting: upgrade
            .map_or("/etc/apt/apt.conf.d", |s| s.path.as_str())
            .to_owned(),
        origins: origins.ordinary,
        longer_origins: origins.longer,
        left_out: patterns_of("Package-Blacklist"),
        only: patterns_of("Package-Whitelist"),
        timer,
        timer_state,
        timer_active,
        failed: log.as_deref().and_then(failed),
        last_run: stamp.and_then(|s| day_of(s.mtime)),
        last_source: STAMP.to_owned(),
        source: "/etc/apt/apt.conf.d",
    })
}

/// Programs of the RHEL family that install by themselves: configuration, timer and service. The
/// first whose timer is at work counts, else the first that is configured.
const DNF: [(&str, &str, &str); 3] = [
    (
        DNF_CONF,
        "dnf-automatic-install.timer",
        "dnf-automatic-install.service",
    ),
    (DNF_CONF, "dnf-automatic.timer", "dnf-automatic.service"),
    (DNF5_CONF, "dnf5-automatic.timer", "dnf5-automatic.service"),
];
const DNF_CONF: &str = "/etc/dnf/automatic.conf";
const DNF5_CONF: &str = "/etc/dnf/dnf5-plugins/automatic.conf";

fn dnf_automatic(cx: &Cx<'_>) -> Result<AutoUpdates, Gap> {
    let mut best: Option<AutoUpdates> = None;
    for (path, timer, service) in DNF {
        let own = cx.host().text_if_any(path)?;
        let (timer_state, timer_active) = timer_state(cx, timer)?;
        let dnf5 = path == DNF5_CONF;
        // dnf5 takes its defaults where no file says otherwise, and reads dnf's file as well.
        let text = match own {
            None if dnf5 && timer_state == "enabled" => cx.host().text_if_any(DNF_CONF)?,
            own => own,
        };
        let applies = text.as_deref().is_some_and(applies);
        // The install timer overrides the file.
        let by_install = timer.contains("-install") && timer_state == "enabled";
        let seen = AutoUpdates {
            installed: text.is_some(),
            switched_on: applies || by_install,
            setting: path.to_owned(),
            lists_fetched: true, // dnf fetches them itself
            origins: 1,          // it installs from every enabled repository
            longer_origins: 1,
            timer,
            timer_state,
            timer_active,
            last_source: format!("systemctl show {service}"),
            source: path,
            ..AutoUpdates::default()
        };
        let works = seen.switched_on && timer_state == "enabled";
        let plain = timer == "dnf-automatic.timer";
        if works || best.is_none() || plain && best.as_ref().is_some_and(|b| !b.switched_on) {
            best = Some(seen);
        }
        if works {
            break;
        }
    }
    let mut seen = best.unwrap_or_default();
    let service = seen.timer.replace(".timer", ".service");
    let shown = show(cx.host(), &[service])?.unwrap_or_default();
    if let Some(last) = shown.first().filter(|s| s.ended.is_some()) {
        seen.last_run = last.ended.and_then(day_of);
        seen.failed = Some(last.result != "success");
    }
    Ok(seen)
}

fn applies(text: &str) -> bool {
    let settings = ini::parse(text);
    let apply = settings.iter().rfind(|s| s.key == "apply_updates");
    apply.is_some_and(|s| matches!(s.value.to_lowercase().as_str(), "yes" | "true" | "1" | "on"))
}

/// Whether the last run that unattended-upgrades logged met an error.
fn failed(log: &str) -> Option<bool> {
    let at = log.rfind("Starting unattended upgrades script")?;
    let level = |line: &str| {
        line.split_whitespace()
            .nth(2)
            .is_some_and(|w| matches!(w, "ERROR" | "CRITICAL"))
    };
    // Without a mail program it reports that, too, as an error.
    let counts = |line: &&str| !line.contains("/usr/bin/mail");
    Some(log[at..].lines().filter(counts).any(level))
}

fn timer_state(cx: &Cx<'_>, timer: &str) -> Result<(&'static str, Option<bool>), Gap> {
    let state = enabled(cx.host(), timer, "timers.target")?.name();
    let shown = show(cx.host(), &[timer.to_owned()])?;
    let active = shown.and_then(|all| all.first().map(|s| s.active == "active"));
    Ok((state, active))
}

/// `1`, `7`, `12h`, `always`: any interval but nought.
fn is_interval(value: &str) -> bool {
    let value = value.trim();
    let number: String = value.chars().take_while(char::is_ascii_digit).collect();
    value == "always" || number.parse::<u64>().is_ok_and(|n| n > 0)
}

fn day_of(at: Timestamp) -> Option<Timestamp> {
    let day = at.to_zoned(TimeZone::UTC).date();
    let start = day.to_zoned(TimeZone::UTC);
    start.ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_of_the_log_counts() {
        let run = |what: &str| {
            format!("2026-11-21 06:12:01,123 INFO Starting unattended upgrades script\n{what}\n")
        };
        let good = run("2026-11-21 06:12:05,001 INFO All upgrades installed");
        let bad = run("2026-11-21 06:12:05,001 ERROR Installing the upgrades failed!");
        assert_eq!(failed(&format!("{bad}{good}")), Some(false));
        assert_eq!(failed(&format!("{good}{bad}")), Some(true));
        assert_eq!(failed("x"), None);
    }

    #[test]
    fn a_pattern_that_fits_every_name_is_known() {
        assert!([".*", "", "^.", ".+$"].into_iter().all(fits_all));
        assert!(!["linux-", "lib.*", "^openssl$"].into_iter().any(fits_all));
    }

    #[test]
    fn nought_is_no_interval() {
        for on in ["1", "12h", "always", " 7 "] {
            assert!(is_interval(on), "{on}");
        }
        for off in ["0", "", "no", "00"] {
            assert!(!is_interval(off), "{off}");
        }
    }
}
