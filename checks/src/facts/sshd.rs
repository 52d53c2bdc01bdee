//! The SSH server: what its files configure, what its start-up options override, and what it says
//! of itself for several logins (`sshd -T`).

mod start_options;

use std::collections::BTreeMap;

use self::start_options::{overrides, running_options, same};
use crate::{
    context::{Cx, Gather},
    facts::{
        accounts::Accounts,
        peers::Peers,
        processes::Processes,
        sshd_config::{self, Config, Setting},
    },
    host::{Command, Host, HostError, Kind, Output},
    observation::{Gap, GapReason},
};

/// Folders that may hold the server's program.
const PROGRAMS: [&str; 2] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"];
/// The configuration that the server reads unless it is started with `-f`.
pub const CONFIG: &str = "/etc/ssh/sshd_config";
/// What sshd writes at every start and every reload.
const PID_FILE: &str = "/run/sshd.pid";
/// Another SSH server, which this file does not understand.
const DROPBEAR: [&str; 2] = ["/usr/sbin/dropbear", "/usr/bin/dropbear"];
/// An address from inside the machine and one from outside (RFC 5737, documentation).
const ADDRESSES: [&str; 2] = ["127.0.0.1", "203.0.113.1"];
/// Keywords of which every occurrence counts, not the first only.
const GATHERED: [&str; 6] = [
    "allowusers",
    "allowgroups",
    "denyusers",
    "denygroups",
    "hostkey",
    "listenaddress",
];

/// Keyword to its words.
pub type Values = BTreeMap<String, Vec<String>>;

/// What the server says of itself for one login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Account that logs in.
    pub user: String,
    /// Address that it comes from.
    pub addr: String,
    /// Keyword to words.
    pub values: Values,
}

/// The effective configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// Outside every `Match` block.
    pub global: Values,
    /// For root and one ordinary account, from inside and from outside.
    pub views: Vec<View>,
}

/// The SSH server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sshd {
    /// Whether the program or its configuration is there.
    pub present: bool,
    /// The configuration files.
    pub config: Config,
    /// Options on the server's command line; they win over every file.
    pub overrides: Vec<Setting>,
    /// What the server says of itself; `None` where it cannot be asked.
    pub effective: Option<Effective>,
}

impl Sshd {
    /// The words of `keyword` in the files outside `Match` blocks, with where they stand: the
    /// first that `sshd` meets, or all of them for keywords that gather.
    pub fn configured(&self, keyword: &str) -> Option<(Vec<String>, &str)> {
        let settings = self.overrides.iter().chain(&self.config.global);
        first_or_all(keyword, settings)
    }
}

/// The value of `keyword` among `settings`, by the server's rules.
pub fn first_or_all<'s>(
    keyword: &str,
    settings: impl Iterator<Item = &'s Setting>,
) -> Option<(Vec<String>, &'s str)> {
    let mut found = settings.filter(|s| s.keyword == keyword);
    let first = found.next()?;
    let mut words = first.words.clone();
    if GATHERED.contains(&keyword) {
        words.extend(found.flat_map(|s| s.words.iter().cloned()));
    }
    Some((words, &first.source))
}

impl Gather for Sshd {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let config = host.stat_if_any(CONFIG)?.is_some();
        let program = any(host, &PROGRAMS)?;
        if !config && !program {
            if any(host, &DROPBEAR)? {
                return Err(Gap::parse("dropbear: this SSH server is not understood"));
            }
            return Ok(Self::default());
        }
        let config = sshd_config::read(host, CONFIG)?;
        let mut overrides = overrides(host)?;
        if let Some(running) = running_options(host)? {
            let unknown = |o: &&Setting| !running.iter().any(|r| same(r, o));
            if let Some(odd) = overrides.iter().find(unknown) {
                let detail = format!("{}: the server that runs started without it", odd.source);
                return Err(Gap::parse(detail));
            }
            overrides = running;
        }
        changed_since_start(host, &config.files)?;
        let mut effective = effective(cx)?;
        if config.files.is_empty() {
            // Built-in or vendor files hold: their `Match` blocks cannot be seen.
            return Err(Gap::new(GapReason::ToolMissing, CONFIG));
        }
        for setting in overrides.iter().rev() {
            for values in effective.iter_mut().flat_map(all_values) {
                values.insert(setting.keyword.clone(), setting.words.clone());
            }
        }
        Ok(Self {
            present: true,
            config,
            overrides,
            effective,
        })
    }
}

/// Proves that no SSH server is here although its files are not in the usual places: on a running
/// host, no process bears the name of one and nothing listens on its port.
///
/// # Errors
/// When one shows, or when that cannot be seen.
pub fn none_answers(cx: &Cx<'_>) -> Result<(), Gap> {
    if cx.host().kind() == Kind::Image {
        return Ok(());
    }
    let processes = cx.get::<Processes>()?;
    for name in ["sshd", "sshd-session", "dropbear", "tinysshd"] {
        if processes.has(name) {
            return Err(Gap::parse(format!("{name} runs without its usual files")));
        }
    }
    if cx.get::<Peers>()?.listens_on(22) {
        return Err(Gap::parse(
            "port 22: something listens without the usual files",
        ));
    }
    Ok(())
}

fn all_values(effective: &mut Effective) -> impl Iterator<Item = &mut Values> {
    let views = effective.views.iter_mut().map(|v| &mut v.values);
    std::iter::once(&mut effective.global).chain(views)
}

fn any(host: &dyn Host, paths: &[&str]) -> Result<bool, HostError> {
    for path in paths {
        if host.stat_if_any(path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks the server; `None` where nothing can be asked (an image, no permission, no program). A
/// server that refuses its own files runs on others: that is a gap.
fn effective(cx: &Cx<'_>) -> Result<Option<Effective>, Gap> {
    let Some(global) = ask(cx.host(), &Command::SshdEffective)? else {
        return Ok(None);
    };
    let accounts = cx.get::<Accounts>()?;
    let person = accounts
        .all
        .iter()
        .find(|a| a.uid != 0 && !a.is_system() && a.has_login_shell());
    let users = std::iter::once("root").chain(person.map(|a| a.name.as_str()));
    let mut views = Vec::new();
    for user in users {
        for addr in ADDRESSES {
            let command = Command::SshdEffectiveFor {
                user: user.to_owned(),
                addr: addr.to_owned(),
            };
            if command.argv().is_none() {
                continue;
            }
            let Some(values) = ask(cx.host(), &command)? else {
                return Ok(None);
            };
            views.push(View {
                user: user.to_owned(),
                addr: addr.to_owned(),
                values,
            });
        }
    }
    Ok(Some(Effective { global, views }))
}

fn ask(host: &dyn Host, command: &Command) -> Result<Option<Values>, Gap> {
    let output = match host.run(command) {
        Ok(output) => output,
        Err(HostError::NotFound(_) | HostError::NotLive(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if output.ok() {
        return Ok(Some(parse_effective(&output.text())));
    }
    refusal(command, &output).map_or(Ok(None), Err)
}

/// Why `sshd -T` gave no answer; `None` where the files alone may speak. A server that was never
/// started has no `/run/sshd` yet and then answers nothing, whatever its files say.
pub(super) fn refusal(command: &Command, output: &Output) -> Option<Gap> {
    let words = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
    let line = command.line();
    if words.contains("privilege separation") {
        return None;
    }
    let shut = ["hostkey", "permission denied", "permissions"];
    if shut.iter().any(|c| words.contains(c)) {
        return Some(Gap::new(GapReason::NoPermission, line));
    }
    Some(Gap::parse(format!(
        "{line}: the server refuses its configuration"
    )))
}

/// What `sshd -T` prints: a keyword and its words per line; gathered keywords on several lines.
fn parse_effective(text: &str) -> Values {
    let mut values = Values::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let Some(keyword) = words.next() {
            values
                .entry(keyword.to_ascii_lowercase())
                .or_default()
                .extend(words);
        }
    }
    values
}

/// A server that runs goes by the files as they were when it last read them, and `sshd -T` by the
/// files as they are now. sshd writes its PID file at every start and every reload: files changed
/// after that are a gap, for what holds cannot be seen.
fn changed_since_start(host: &dyn Host, files: &[String]) -> Result<(), Gap> {
    if host.kind() == Kind::Image {
        return Ok(());
    }
    let Some(pid) = host.text_if_any(PID_FILE)? else {
        return Ok(()); // not running, or started without one
    };
    let name = host.text_if_any(&format!("/proc/{}/comm", pid.trim()))?;
    if name.is_none_or(|n| n.trim() != "sshd") {
        return Ok(());
    }
    let read = host.stat(PID_FILE)?.mtime;
    // A drop-in that was taken away leaves its folder changed.
    let folder = format!("{CONFIG}.d");
    for path in files.iter().chain([&folder]) {
        if let Some(stat) = host.stat_if_any(path)?
            && stat.mtime > read
        {
            let detail = format!("{path}: changed after sshd last read it; systemctl reload ssh");
            return Err(Gap::parse(detail));
        }
    }
    Ok(())
}

/// `TIME FORMATS` of `sshd_config(5)` in seconds: `90`, `15m`, `1h30m`.
pub fn seconds(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        let count: i64 = std::mem::take(&mut digits).parse().ok()?;
        total = total.checked_add(count.checked_mul(unit)?)?;
    }
    if !digits.is_empty() {
        total = total.checked_add(digits.parse().ok()?)?;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_seconds() {
        for (text, want) in [
            ("300", Some(300)),
            ("5m", Some(300)),
            ("1h30M", Some(5_400)),
            ("0", Some(0)),
            ("", None),
            ("m", None),
            ("5y", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(seconds(text), want, "{text:?}");
        }
    }

    #[test]
    fn gathered_keywords_of_the_effective_view_come_together() {
        let got = parse_effective("port 22\nallowusers a\nallowusers b\n\nbanner none\n");
        assert_eq!(got["allowusers"], ["a", "b"]);
        assert_eq!(got["port"], ["22"]);
    }
}
