//! What opens a console without asking: automatic logins of getty and of display managers, and
//! shells that stand where a login should (agetty(8), systemd.unit(5), inittab(5)).

use super::{glob, ini, systemd_units::UNIT_DIRS, text::lines};
use crate::{
    host::{Host, HostError, Kind},
    observation::{Gap, GapReason},
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
/// Where systemd looks for credentials that a unit imports.
const STORES: [&str; 9] = [
    "/run/credentials/@system",
    "/etc/credstore",
    "/etc/credstore.encrypted",
    "/run/credstore",
    "/run/credstore.encrypted",
    "/usr/local/lib/credstore",
    "/usr/local/lib/credstore.encrypted",
    "/usr/lib/credstore",
    "/usr/lib/credstore.encrypted",
];

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
            if found.is_empty()
                && let Some(path) = credential(host)?
            {
                // Whether this getty heeds it hangs on its version.
                return Err(Gap::new(GapReason::ParseError, path));
            }
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
        "greetd" => {
            let path = "/etc/greetd/config.toml";
            let text = host.text_if_any(path)?.unwrap_or_default();
            let all = ini::parse(&text);
            let logs_in = all.iter().any(|s| s.section == "initial_session");
            let found = logs_in.then(|| format!("{path}: initial_session"));
            Ok(found.into_iter().collect())
        }
        "lxdm" => settings(
            host,
            &["/etc/lxdm/default.conf", "/etc/lxdm/lxdm.conf"],
            &["autologin"],
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

/// A credential that tells getty whom to log in (systemd.exec(5), agetty(8)), where a unit of getty
/// takes it.
fn credential(host: &dyn Host) -> Result<Option<String>, Gap> {
    let mut imports = false;
    for stem in GETTIES {
        for name in names(host, stem)? {
            for path in files(host, &name)? {
                let text = text_of(host, &path)?;
                for (_, line) in lines(&text) {
                    let Some((key, value)) = line.split_once('=') else {
                        continue;
                    };
                    let named = key.contains("Credential") && value.contains("agetty.autologin");
                    if named {
                        return Ok(Some(path));
                    }
                    imports |= key == "ImportCredential"
                        && glob::matches(value.trim(), "agetty.autologin");
                }
            }
        }
    }
    for store in STORES.iter().filter(|s| imports && is_there(host, s)) {
        let path = format!("{store}/agetty.autologin");
        if host.stat_if_any(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// A file of units; nothing for a masked one, which is a link to `/dev/null`.
fn text_of(host: &dyn Host, path: &str) -> Result<String, Gap> {
    match host.text_if_any(path) {
        Ok(text) => Ok(text.unwrap_or_default()),
        Err(HostError::WrongKind(_)) => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

/// What stands in `/run` is gone in an image.
fn is_there(host: &dyn Host, place: &str) -> bool {
    !(host.kind() == Kind::Image && place.starts_with("/run/"))
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

fn dirs(host: &dyn Host) -> impl Iterator<Item = &'static str> {
    let (first, rest) = UNIT_DIRS.split_at(1);
    let all = first.iter().chain(&MORE_DIRS).chain(rest).copied();
    all.filter(|dir| is_there(host, dir))
}

/// The units of this name, with the instances that have files of their own.
fn names(host: &dyn Host, stem: &str) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let pattern = if stem.ends_with('@') { "*" } else { "" };
    for dir in dirs(host) {
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
        for dir in dirs(host) {
            if found.is_empty() && host.stat_if_any(&format!("{dir}/{name}"))?.is_some() {
                found.push(format!("{dir}/{name}"));
            }
        }
    }
    let mut added: Vec<String> = Vec::new();
    for name in [Some(unit), template.as_deref()].into_iter().flatten() {
        for dir in dirs(host) {
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
        let text = text_of(host, path)?;
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
    !getty || words.any(|w| short(w) || long(w)) || logs_in(command)
}

/// Whether what getty hands on to `login` (`-o`) says that nobody is to be asked (`-f`).
fn logs_in(command: &str) -> bool {
    let words = shell_words(command);
    let mut handed = Vec::new();
    for (n, word) in words.iter().enumerate() {
        if matches!(word.as_str(), "-o" | "--login-options") {
            handed.extend(words.get(n + 1).map(String::as_str));
        } else if let Some(value) = word
            .strip_prefix("--login-options=")
            .or_else(|| word.strip_prefix("-o"))
        {
            handed.push(value);
        }
    }
    handed.into_iter().any(|options| {
        let mut flags = options.split_whitespace().take_while(|w| *w != "--");
        flags.any(|w| w.starts_with('-') && w.contains('f'))
    })
}

/// The words of a command, of which some are quoted.
fn shell_words(command: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
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
            "-/sbin/agetty -f /etc/issue.x %I",
            "-/sbin/agetty -o '-h far -- -f' %I",
        ] {
            assert!(!opens_at_once(usual), "{usual}");
        }
        for open in [
            "-/sbin/agetty --autologin root --noclear %I $TERM",
            "-/sbin/agetty -a root %I",
            "-/sbin/agetty -aroot %I",
            "/sbin/agetty -n -l /bin/sh tty1",
            "-/bin/bash",
            "-/sbin/agetty -o '-p -f root' %I $TERM",
            "-/sbin/agetty --login-options='-pf root' %I",
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
