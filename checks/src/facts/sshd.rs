//! The SSH server: what its files configure, what its start-up options override, and what it says
//! of itself for several logins (`sshd -T`).

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    facts::{
        accounts::Accounts,
        glob,
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

const MAX_PROCESSES: usize = 20_000;
const COMMAND_CAP: usize = 64 << 10;

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

/// The options with which the server that listens now was started. They hold, whatever unit or
/// script started it. Nothing but `-o` and `-f` is kept of the command line.
/// `None` where none listens. Several that differ are a gap: each would need its own verdict.
fn running_options(host: &dyn Host) -> Result<Option<Vec<Setting>>, Gap> {
    let mut found: Option<Vec<Setting>> = None;
    if host.kind() == Kind::Image {
        return Ok(found);
    }
    const SOURCE: &str = "ps -C sshd -o args";
    for entry in host.list_if_any("/proc", MAX_PROCESSES)? {
        if !entry.name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let read = |file: &str| -> Result<String, Gap> {
            match host.read(&format!("/proc/{}/{file}", entry.name), COMMAND_CAP) {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                // It ended meanwhile, or is the kernel's own.
                Err(HostError::NotFound(_) | HostError::Io { .. }) => Ok(String::new()),
                Err(error) => Err(error.into()),
            }
        };
        if read("comm")?.trim_end() == "sshd" {
            let line = listener(&read("cmdline")?);
            if line.trim().is_empty() {
                continue;
            }
            let own = options(&line, SOURCE)?;
            let alike = |known: &Vec<Setting>| {
                known.len() == own.len() && known.iter().zip(&own).all(|(a, b)| same(a, b))
            };
            if !found.as_ref().is_none_or(alike) {
                let detail = format!("{SOURCE}: several servers with different options");
                return Err(Gap::parse(detail));
            }
            found = Some(own);
        }
    }
    Ok(found)
}

fn same(a: &Setting, b: &Setting) -> bool {
    a.keyword == b.keyword && a.words == b.words
}

/// The command line of a server that listens; nothing of the process of one connection. Newer
/// servers write `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups` over it.
fn listener(line: &str) -> String {
    let line = line.replace('\0', " ");
    match line.strip_prefix("sshd: ") {
        Some(title) => match title.split_once("[listener]") {
            Some((command, _)) => command.to_owned(),
            None => String::new(),
        },
        None => line,
    }
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

/// Options on the server's command line: from the environment files of its unit and from units of
/// the administrator's own.
fn overrides(host: &dyn Host) -> Result<Vec<Setting>, Gap> {
    let mut found = Vec::new();
    let mut policy = None; // RHEL 8 hands the system-wide crypto policy over as options
    for path in [
        "/etc/crypto-policies/back-ends/opensshserver.config",
        "/etc/default/ssh",
        "/etc/sysconfig/sshd",
    ] {
        for (n, line) in host
            .text_if_any(path)?
            .unwrap_or_default()
            .lines()
            .enumerate()
        {
            let Some((name, value)) = line.trim().split_once('=') else {
                continue;
            };
            let source = format!("{path}:{}", n + 1);
            match name.trim() {
                "CRYPTO_POLICY" => policy = Some((value.to_owned(), source)),
                "OPTIONS" | "SSHD_OPTS" => found.extend(options(value, &source)?),
                _ => {}
            }
        }
    }
    if let Some((value, source)) = policy {
        found.extend(options(&value, &source)?);
    }
    for unit in unit_files(host)? {
        for (n, line) in host
            .text_if_any(&unit)?
            .unwrap_or_default()
            .lines()
            .enumerate()
        {
            if let Some(command) = line.trim().strip_prefix("ExecStart=") {
                found.extend(options(command, &format!("{unit}:{}", n + 1))?);
            }
        }
    }
    Ok(found)
}

fn unit_files(host: &dyn Host) -> Result<Vec<String>, HostError> {
    let mut files = Vec::new();
    for name in [
        "ssh.service",
        "sshd.service",
        "ssh@.service",
        "sshd@.service",
    ] {
        files.extend(glob::expand(host, &format!("/etc/systemd/system/{name}"))?);
        files.extend(glob::expand(
            host,
            &format!("/etc/systemd/system/{name}.d/*.conf"),
        )?);
    }
    Ok(files)
}

/// The `-o` options in a command line. `-f` means another configuration: a gap.
fn options(line: &str, source: &str) -> Result<Vec<Setting>, Gap> {
    let bare = line.trim().trim_matches(['"', '\'']);
    let mut found = Vec::new();
    let mut words = bare.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some((letter, rest)) = takes_value(word) else {
            continue;
        };
        match letter {
            'f' => return Err(Gap::parse(format!("{source}: another configuration file"))),
            'o' | 'p' => {}
            _ => continue,
        }
        // A running server's title keeps no quotes: what stands before the next option belongs
        // to this one, as in `-o PermitRootLogin yes`.
        let mut text = rest.to_owned();
        while let Some(more) = words.next_if(|w| !w.starts_with(['-', '$'])) {
            text.push(' ');
            text.push_str(more);
        }
        let text = text.trim().trim_matches(['"', '\'']);
        let at = text.find([' ', '=']).unwrap_or(text.len());
        let (keyword, value) = if letter == 'p' {
            ("port", text)
        } else {
            (&text[..at], &text[at..])
        };
        let value = value.trim_start();
        let value = value.strip_prefix('=').unwrap_or(value).trim();
        found.push(Setting {
            keyword: keyword.to_ascii_lowercase(),
            words: sshd_config::words(value.trim_matches(['"', '\''])),
            source: source.to_owned(),
        });
    }
    Ok(found)
}

/// The first letter of a word that takes a value, with what follows it in the same word: `-Df` and
/// `-oX=y`. Letters before it take none.
fn takes_value(word: &str) -> Option<(char, &str)> {
    let word = word.trim_matches(['"', '\'']);
    let letters = word.strip_prefix('-').filter(|l| !l.starts_with('-'))?;
    let at = letters.find(|c: char| "fobcCEghkpu".contains(c))?;
    Some((letters[at..].chars().next()?, &letters[at + 1..]))
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
    fn options_of_the_command_line_are_found() {
        let got = options("\"-D -oPermitRootLogin=yes -o MaxAuthTries=3\"", "f:1");
        let got = got.unwrap();
        assert_eq!(got[0].keyword, "permitrootlogin");
        assert_eq!(got[1].words, ["3"]);
        assert!(options("/usr/sbin/sshd -D -f /etc/x", "f:1").is_err());
        assert!(options("/usr/sbin/sshd -Df /etc/x", "f:1").is_err());
        assert!(options("/usr/sbin/sshd -D -C user=f", "f:1").is_ok());
        let title =
            "sshd: /usr/sbin/sshd -D -o PermitRootLogin=yes [listener] 0 of 10-100 startups\0";
        assert_eq!(options(&listener(title), "f").unwrap()[0].words, ["yes"]);
        assert_eq!(listener("sshd: root@pts/0"), "");
        assert_eq!(listener("/usr/sbin/sshd\0-D\0"), "/usr/sbin/sshd -D ");
        assert_eq!(options("/usr/sbin/sshd -D $SSHD_OPTS", "f:1"), Ok(vec![]));
        let got = options("sshd -Do PermitRootLogin=yes -p 2222 $SSHD_OPTS", "f").unwrap();
        assert_eq!(
            (got[0].keyword.as_str(), got[0].words[0].as_str()),
            ("permitrootlogin", "yes")
        );
        assert_eq!(
            (got[1].keyword.as_str(), got[1].words[0].as_str()),
            ("port", "2222")
        );
        let got = options(
            "sshd -D -o AuthenticationMethods publickey password -e",
            "f",
        )
        .unwrap();
        assert_eq!(got[0].keyword, "authenticationmethods");
        assert_eq!(got[0].words, ["publickey", "password"]);
    }

    #[test]
    fn gathered_keywords_of_the_effective_view_come_together() {
        let got = parse_effective("port 22\nallowusers a\nallowusers b\n\nbanner none\n");
        assert_eq!(got["allowusers"], ["a", "b"]);
        assert_eq!(got["port"], ["22"]);
    }
}
