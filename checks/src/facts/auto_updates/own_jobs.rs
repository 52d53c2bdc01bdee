//! Jobs of the owner's own that install updates: a line of cron or a timer that runs the package manager.
//! Whether such a job went well does not show.

use crate::{
    context::{Cx, Gather},
    facts::{cron::Crons, shell_words as shell, systemd_units::Enabled, timers::Timers},
    host::{Host, HostError},
    observation::Gap,
};

const SCRIPT_CAP: usize = 64 << 10;
/// Most scripts that are looked into.
const SCRIPTS: usize = 100;

/// What distributions ship to start programs of theirs, which are looked at for themselves: their scripts
/// name the package manager whether or not they are switched on.
const SHIPPED: [&str; 9] = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dnf-automatic.timer",
    "dnf-automatic-install.timer",
    "dnf5-automatic.timer",
    "transactional-update.timer",
    "os-update.timer",
    "/etc/cron.daily/apt-compat",
    "/etc/cron.daily/apt",
];

/// Where such jobs stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnJobs {
    /// File and line, or timer.
    pub at: Vec<String>,
    /// Set when some crontab or script may not be looked at.
    pub gap: Option<Gap>,
}

impl Gather for OwnJobs {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let crons = cx.get::<Crons>()?;
        let mut all = Self {
            gap: crons.gap.clone(),
            ..Self::default()
        };
        let mut left = SCRIPTS;
        for job in &crons.jobs {
            let before = all.at.len();
            all.look(cx.host(), &job.at, &job.command, &mut left);
            // Without a cron nothing starts it; whether one runs may not show.
            if !job.starts && all.at.len() > before {
                all.at.truncate(before);
                all.gap = all.gap.take().or_else(|| crons.unseen.clone());
            }
        }
        let timers = cx.get::<Timers>()?;
        for timer in timers.0.iter().filter(|t| t.enabled == Enabled::Yes) {
            for command in &timer.commands {
                all.look(cx.host(), &timer.name, command, &mut left);
            }
        }
        all.at.dedup();
        Ok(all)
    }
}

impl OwnJobs {
    fn look(&mut self, host: &dyn Host, at: &str, command: &str, left: &mut usize) {
        if SHIPPED.contains(&at) || command.contains("apt.systemd.daily") {
            return;
        }
        let mut found = installs(command);
        let words = command.split(|c: char| c.is_whitespace() || ";|&()\"'".contains(c));
        let words = words.map(|w| w.trim_start_matches(['-', '+', '@', '!']));
        for path in words.filter(|w| w.starts_with('/')).take(8) {
            let Some(rest) = left.checked_sub(1).filter(|_| !found) else {
                break;
            };
            *left = rest;
            match script(host, path) {
                Ok(text) => found |= installs(&text),
                Err(HostError::NotFound(_) | HostError::WrongKind(_)) => {}
                Err(error) => {
                    self.gap.get_or_insert(error.into());
                }
            }
        }
        if found {
            self.at.push(at.to_owned());
        }
    }
}

/// The text of a script; nothing of a program.
fn script(host: &dyn Host, path: &str) -> Result<String, HostError> {
    if host.read_at(path, 0, 2)? != b"#!" {
        return Ok(String::new());
    }
    let text = host.read(path, SCRIPT_CAP)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Whether a text runs a package manager that installs what is new without asking.
fn installs(text: &str) -> bool {
    shell::commands(text).iter().any(|c| one(c))
}

fn one(command: &str) -> bool {
    let bare = |w: &'_ str| w.trim_matches(['"', '\'']).to_owned();
    let words: Vec<String> = command.split_whitespace().map(bare).collect();
    let name = |w: &String| w.rsplit('/').next().unwrap_or(w).to_owned();
    let has = |wanted: &[&str]| words.iter().any(|w| wanted.contains(&w.as_str()));
    let short = |letter: char| {
        let letters = words.iter().filter_map(|w| w.strip_prefix('-'));
        letters
            .filter(|l| !l.starts_with('-'))
            .any(|l| l.contains(letter))
    };
    let only_looks = has(&[
        "--dry-run",
        "--simulate",
        "--just-print",
        "--download-only",
        "--downloadonly",
        "--assumeno",
        "--help",
    ]);
    let Some(at) = words
        .iter()
        .position(|w| PROGRAMS.contains(&name(w).as_str()))
    else {
        return false;
    };
    if only_looks {
        return false;
    }
    match name(&words[at]).as_str() {
        "apt-get" | "apt" | "aptitude" => {
            let upgrades = ["upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"];
            let agreed = short('y') || has(&["--yes", "--assume-yes", "-qq"]);
            has(&upgrades) && agreed && !short('s') && !short('d')
        }
        "zypper" => {
            let upgrades = ["patch", "up", "update", "dup", "dist-upgrade"];
            let agreed = has(&["-n", "--non-interactive", "-y", "--no-confirm"]);
            has(&upgrades) && agreed && !short('D') && !short('d')
        }
        "transactional-update" => has(&["up", "dup", "patch"]),
        "unattended-upgrade" | "unattended-upgrades" => true,
        _ => {
            let upgrades = [
                "upgrade",
                "update",
                "upgrade-minimal",
                "update-minimal",
                "distro-sync",
            ];
            has(&upgrades) && (short('y') || has(&["--assumeyes"]))
        }
    }
}

const PROGRAMS: [&str; 10] = [
    "apt-get",
    "apt",
    "aptitude",
    "dnf",
    "dnf5",
    "yum",
    "zypper",
    "transactional-update",
    "unattended-upgrade",
    "unattended-upgrades",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_installs_without_asking_counts() {
        for text in [
            "apt-get update && apt-get -y upgrade",
            "DEBIAN_FRONTEND=noninteractive apt-get -qq dist-upgrade",
            "/usr/bin/dnf -y --security upgrade",
            "yum update-minimal --security -y",
            "nice -n 19 zypper --non-interactive patch --category security",
            "zypper -n up",
            "unattended-upgrade -v",
        ] {
            assert!(installs(text), "{text}");
        }
        for text in [
            "apt-get update",
            "apt-get -s -y upgrade",
            "apt-get -y --download-only upgrade",
            "apt-get upgrade",
            "dnf check-update",
            "dnf -y upgrade --downloadonly",
            "zypper list-patches",
            "zypper -n patch --dry-run",
            "echo apt-get -y upgrade",
            "# dnf -y upgrade",
            "apt-get -y install nginx",
        ] {
            assert!(!installs(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            installs(&text);
        }
    }
}
