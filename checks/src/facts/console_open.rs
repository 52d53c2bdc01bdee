//! What opens a console without asking: automatic logins of getty and of display managers, and
//! shells that stand where a login should (agetty(8), systemd.unit(5), inittab(5)).

use super::{glob, ini, systemd_units::UNIT_DIRS, text::lines};
use crate::{
    host::{Host, HostError},
    observation::Gap,
};

/// Folders of units that the list of the distribution's leaves out, before and after the first.
const MORE_DIRS: [&str; 2] = ["/run/systemd/system", "/usr/local/lib/systemd/system"];
/// Templates and units that hold a console.
const GETTIES: [&str; 5] = [
    "getty@",
    "serial-getty@",
    "container-getty@",
    "autovt@",
    "console-getty",
];
/// Units that ask for root's password before they give a shell.
const RESCUE: [&str; 2] = ["emergency", "rescue"];

/// What opens the consoles of a PAM service, as `FILE: why`.
///
/// # Errors
/// When a file or a folder may not be read.
pub fn opens(host: &dyn Host, service: &str) -> Result<Vec<String>, Gap> {
    match service {
        "login" => {
            let mut found = units(host)?;
            found.extend(inittab(
                &host.text_if_any("/etc/inittab")?.unwrap_or_default(),
            ));
            let debug = "/etc/systemd/system/*.wants/debug-shell.service";
            found.extend(glob::expand(host, debug)?);
            Ok(found)
        }
        "gdm-password" => settings(
            host,
            &[
                "/etc/gdm3/daemon.conf",
                "/etc/gdm3/custom.conf",
                "/etc/gdm/custom.conf",
            ],
            &["automaticloginenable", "timedloginenable"],
        ),
        "lightdm" => settings(
            host,
            &[
                "/usr/share/lightdm/lightdm.conf.d/*.conf",
                "/etc/lightdm/lightdm.conf.d/*.conf",
                "/etc/lightdm/lightdm.conf",
            ],
            &["autologin-user"],
        ),
        "sddm" => settings(
            host,
            &["/etc/sddm.conf.d/*.conf", "/etc/sddm.conf"],
            &["user"],
        ),
        _ => Ok(Vec::new()),
    }
}

/// The last word on each key of these files that switches an automatic login on.
fn settings(host: &dyn Host, places: &[&str], keys: &[&str]) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    for key in keys {
        let mut last = None;
        for place in places {
            for path in glob::expand(host, place)? {
                let text = host.text(&path)?;
                let mut said = ini::parse(&text).into_iter().filter(|s| s.key == *key);
                last = said.next_back().map(|s| (s.value, path)).or(last);
            }
        }
        let off = ["", "false", "0", "no"];
        let on = last.filter(|(v, _)| !off.contains(&v.trim().to_ascii_lowercase().as_str()));
        found.extend(on.map(|(_, path)| format!("{path}: {key}")));
    }
    Ok(found)
}

fn units(host: &dyn Host) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    for stem in GETTIES.into_iter().chain(RESCUE) {
        for name in names(host, stem)? {
            let files = files(host, &name)?;
            let (command, forced) = last_command(host, &files)?;
            let rescue = RESCUE.contains(&stem);
            let (line, path) = command.unwrap_or_default();
            let open = !line.is_empty()
                && if rescue {
                    !line.contains("sulogin")
                } else {
                    opens_at_once(&line)
                };
            found.extend(open.then(|| format!("{path}: ExecStart of {name}")));
            found.extend(
                forced
                    .filter(|_| rescue)
                    .map(|p| format!("{p}: SYSTEMD_SULOGIN_FORCE")),
            );
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn dirs() -> impl Iterator<Item = &'static str> {
    let (first, rest) = UNIT_DIRS.split_at(1);
    first.iter().chain(&MORE_DIRS).chain(rest).copied()
}

/// The units of this name, with the instances that have files of their own.
fn names(host: &dyn Host, stem: &str) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let pattern = if stem.ends_with('@') { "*" } else { "" };
    for dir in dirs() {
        for end in ["", ".d"] {
            for path in glob::expand(host, &format!("{dir}/{stem}{pattern}.service{end}"))? {
                let name = path.rsplit('/').next().unwrap_or_default();
                let name = name.strip_suffix(".d").unwrap_or(name).to_owned();
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
    }
    Ok(found)
}

/// The file of a unit and its drop-ins, in the order in which systemd reads them.
fn files(host: &dyn Host, unit: &str) -> Result<Vec<String>, Gap> {
    let template = unit
        .split_once('@')
        .map(|(stem, _)| format!("{stem}@.service"));
    let template = template.filter(|t| t != unit);
    let mut found = Vec::new();
    for name in [Some(unit), template.as_deref()].into_iter().flatten() {
        for dir in dirs() {
            if found.is_empty() && host.stat_if_any(&format!("{dir}/{name}"))?.is_some() {
                found.push(format!("{dir}/{name}"));
            }
        }
    }
    let mut added: Vec<String> = Vec::new();
    for name in [Some(unit), template.as_deref()].into_iter().flatten() {
        for dir in dirs() {
            for path in glob::expand(host, &format!("{dir}/{name}.d/*.conf"))? {
                let base = |p: &str| p.rsplit('/').next().map(str::to_owned);
                // A file hides those of its name in later folders.
                if added.iter().all(|a| base(a) != base(&path)) {
                    added.push(path);
                }
            }
        }
    }
    added.sort_by_key(|p| p.rsplit('/').next().map(str::to_owned));
    found.extend(added);
    Ok(found)
}

type Command = Option<(String, String)>;

/// The last command that the files start, with its file, and the file that lets rescue shells by
/// without a password.
fn last_command(host: &dyn Host, files: &[String]) -> Result<(Command, Option<String>), Gap> {
    let (mut command, mut forced) = (None, None);
    for path in files {
        let text = match host.text_if_any(path) {
            Ok(text) => text.unwrap_or_default(),
            Err(HostError::WrongKind(_)) => String::new(), // masked: a link to /dev/null
            Err(error) => return Err(error.into()),
        };
        for (_, line) in lines(&text.replace("\\\n", " ")) {
            if let Some(value) = line.strip_prefix("ExecStart=") {
                command = Some((value.trim().to_owned(), path.clone()));
            }
            if line.starts_with("Environment=") && line.contains("SYSTEMD_SULOGIN_FORCE=1") {
                forced = Some(path.clone());
            }
        }
    }
    Ok((command, forced))
}

/// Whether a command gives a session without asking, or another program than `login` asks.
fn opens_at_once(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let program = program.trim_start_matches(['-', '@', ':', '+', '!']);
    let getty = program
        .rsplit('/')
        .next()
        .is_some_and(|p| p.ends_with("getty"));
    let short = |w: &str| w.starts_with("-a") || w.starts_with("-l") || w == "-n";
    let long = |w: &str| {
        ["--autologin", "--auto", "--login-program", "--skip-login"]
            .iter()
            .any(|l| w.starts_with(l))
    };
    !getty || words.any(|w| short(w) || long(w))
}

/// Lines of `inittab` that start a shell, or a getty that logs in by itself.
fn inittab(text: &str) -> Vec<String> {
    let opens = |line: &str| {
        let mut fields = line.splitn(4, ':').skip(2);
        let action = fields.next().unwrap_or_default();
        let command = fields.next().unwrap_or_default().trim_start_matches('-');
        let program = command.split_whitespace().next().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        let shell = matches!(name, "sh" | "ash" | "bash" | "dash" | "zsh");
        let getty = name.ends_with("getty") && opens_at_once(command);
        matches!(action, "respawn" | "askfirst") && (shell || getty)
    };
    let found = lines(text).filter(|(_, line)| opens(line));
    found.map(|(n, _)| format!("/etc/inittab:{n}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_ask_nobody_are_told_from_those_that_do() {
        for usual in [
            "-/sbin/agetty -o '-p -- \\\\u' --noclear %I $TERM",
            "-/sbin/agetty -o '-- \\\\u' --noreset --noclear --keep-baud 115200,57600 - ${TERM}",
            "/sbin/getty 38400 tty1",
        ] {
            assert!(!opens_at_once(usual), "{usual}");
        }
        for open in [
            "-/sbin/agetty --autologin root --noclear %I $TERM",
            "-/sbin/agetty -a root %I",
            "-/sbin/agetty -aroot %I",
            "/sbin/agetty -n -l /bin/sh tty1",
            "-/bin/bash",
        ] {
            assert!(opens_at_once(open), "{open}");
        }
    }

    #[test]
    fn inittab_starts_shells_only_where_it_says_so() {
        let text = "::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\ntty2::respawn:/bin/sh\n#tty3::respawn:/bin/sh\n::askfirst:-/bin/ash\n";
        assert_eq!(inittab(text), ["/etc/inittab:3", "/etc/inittab:5"]);
    }
}
