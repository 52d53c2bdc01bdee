//! `sudoers(5)`: includes, aliases, `Defaults` and user specifications.

use std::collections::BTreeMap;

use super::sudo_grants::{self, Grant, grants};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Deepest nesting of includes; `sudo` itself stops at 128.
const MAX_DEPTH: usize = 16;
/// Most lines kept in all.
const MAX_LINES: usize = 5_000;
/// Programs that give an ordinary account root's rights by a rule file.
const PROGRAMS: [&str; 2] = ["/usr/bin/sudo", "/usr/local/bin/sudo"];
/// `sudo-rs` prefers the first, which `sudo` does not know. Which program it is cannot be told, so
/// the rules of both count.
const FILES: [&str; 2] = ["/etc/sudoers-rs", "/etc/sudoers"];
/// What decides, where it is not sudo's own rules.
const PLUGINS: &str = "/etc/sudo.conf";
/// Another such program, which this file does not understand.
const DOAS: [&str; 2] = ["/etc/doas.conf", "/usr/local/etc/doas.conf"];

/// One parameter of a `Defaults` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Default {
    /// What follows `Defaults` directly, such as `:user` or `!command`; empty when it holds always.
    pub scope: String,
    /// Name of the parameter.
    pub name: String,
    /// False when a `!` stands before it.
    pub on: bool,
    /// Value after `=`, `+=` or `-=`; empty for a flag.
    pub value: String,
    /// `FILE:LINE`.
    pub source: String,
}

/// One user specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Users, `%groups`, `+netgroups` and `ALL`, with aliases resolved.
    pub users: Vec<String>,
    /// Whether it allows every command.
    pub all_commands: bool,
    /// `FILE:LINE`.
    pub source: String,
}

/// What `sudo` may do, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sudoers {
    /// Whether `sudo` or its rules are there.
    pub present: bool,
    /// In the order in which `sudo` meets them; later ones win.
    pub defaults: Vec<Default>,
    /// User specifications.
    pub rules: Vec<Rule>,
    /// The same, command by command, of each program's own rules: `sudo-rs` reads one file, `sudo`
    /// the other, and the last that fits decides within one.
    pub grants: Vec<Vec<Grant>>,
}

impl Sudoers {
    /// The last word on a parameter that holds for everybody, with where it stands.
    pub fn global(&self, name: &str) -> Option<&Default> {
        let mut all = self.defaults.iter().rev();
        all.find(|d| d.scope.is_empty() && d.name == name)
    }
}

impl Gather for Sudoers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        usual_plugin(&host.text_if_any(PLUGINS)?.unwrap_or_default())?;
        let program = any(host, &PROGRAMS)?;
        let mut found: Option<Self> = None;
        for file in FILES {
            if host.stat_if_any(file)?.is_none() {
                continue;
            }
            let mut lines = Vec::new();
            read(host, file, 0, &mut lines)?;
            let parsed = parse(&lines);
            let all = found.get_or_insert_with(|| Self {
                present: true,
                defaults: Vec::new(),
                rules: Vec::new(),
                grants: Vec::new(),
            });
            all.defaults.extend(parsed.defaults);
            all.rules.extend(parsed.rules);
            all.grants.extend(parsed.grants);
        }
        if let Some(found) = found {
            return Ok(found);
        }
        if program {
            return Err(Gap::new(GapReason::ToolMissing, "/etc/sudoers"));
        }
        if any(host, &DOAS)? {
            return Err(Gap::parse("doas: its rules are not understood"));
        }
        Ok(Self {
            present: false,
            defaults: Vec::new(),
            rules: Vec::new(),
            grants: Vec::new(),
        })
    }
}

/// `sudo.conf(5)` may name another file of rules, or another program that decides.
fn usual_plugin(text: &str) -> Result<(), Gap> {
    for (n, line) in super::text::lines(text) {
        let mut words = line.split_whitespace();
        if words.next() != Some("Plugin") {
            continue;
        }
        let (symbol, module) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let own = ["sudoers_policy", "sudoers_io", "sudoers_audit"];
        let usual = own.contains(&symbol) && module.rsplit('/').next() == Some("sudoers.so");
        if !usual || words.any(|w| w.starts_with("sudoers_file=") || w.starts_with("ldap_")) {
            let detail = format!("{PLUGINS}:{n}: other rules than /etc/sudoers decide");
            return Err(Gap::parse(detail));
        }
    }
    Ok(())
}

fn any(host: &dyn Host, paths: &[&str]) -> Result<bool, HostError> {
    for path in paths {
        if host.stat_if_any(path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

type Line = (String, String);

/// Collects the logical lines of `path` and of what it includes, each with its source.
fn read(host: &dyn Host, path: &str, depth: usize, lines: &mut Vec<Line>) -> Result<(), Gap> {
    if depth > MAX_DEPTH || lines.len() > MAX_LINES {
        return Err(Gap::new(GapReason::OverBudget, path));
    }
    for (n, line) in logical_lines(&host.text(path)?) {
        let include = ["@includedir", "#includedir", "@include", "#include"]
            .into_iter()
            .find_map(|word| {
                let rest = line.strip_prefix(word)?;
                let target = rest.strip_prefix(char::is_whitespace)?;
                Some((word.ends_with("dir"), resolve(path, target.trim())))
            });
        // `%h` stands for the name of the host: which file that is, is not guessed.
        if include.as_ref().is_some_and(|(_, to)| to.contains('%')) {
            return Err(Gap::parse(format!("{path}:{n}: an include with %")));
        }
        match include {
            Some((true, dir)) => {
                for entry in host.list_if_any(&dir, 1_000)? {
                    // sudo passes over names that end in ~ or hold a dot.
                    if !entry.name.ends_with('~') && !entry.name.contains('.') {
                        read_file(host, &format!("{dir}/{}", entry.name), depth, lines)?;
                    }
                }
            }
            Some((false, file)) => read_file(host, &file, depth, lines)?,
            None if is_comment(&line) => {}
            None => lines.push((without_comment(&line).to_owned(), format!("{path}:{n}"))),
        }
    }
    Ok(())
}

fn read_file(host: &dyn Host, path: &str, depth: usize, lines: &mut Vec<Line>) -> Result<(), Gap> {
    use crate::host::FileKind;
    match host.stat_if_any(path)? {
        Some(stat) if stat.kind == FileKind::File => read(host, path, depth + 1, lines),
        _ => Ok(()),
    }
}

fn resolve(from: &str, target: &str) -> String {
    let target = target.trim_matches('"').replace("\\ ", " ");
    if target.starts_with('/') {
        return target.trim_end_matches('/').to_owned();
    }
    let dir = from.rsplit_once('/').map_or("", |(dir, _)| dir);
    format!("{dir}/{target}")
}

/// Lines with continuations joined, trimmed, with the number of their first line.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        let (body, goes_on) = match line.strip_suffix('\\') {
            Some(body) if open || !is_comment(line.trim_start()) => (body, true),
            _ => (line, false),
        };
        match found.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(body.trim());
            }
            None => found.push((n + 1, body.trim().to_owned())),
        }
        open = goes_on;
    }
    found.retain(|(_, line)| !line.is_empty());
    found
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#') && !is_uid(line)
}

/// `#1000 ALL = …` is a rule for a user id, not a comment.
fn is_uid(line: &str) -> bool {
    let rest = line.strip_prefix('#').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit())
}

fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let uid = line[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
        if c == '#' && before != '\\' && !uid {
            return line[..at].trim_end();
        }
        before = c;
    }
    line
}

fn parse(lines: &[Line]) -> Sudoers {
    let mut sudoers = Sudoers {
        present: true,
        defaults: Vec::new(),
        rules: Vec::new(),
        grants: Vec::new(),
    };
    let mut granted = Vec::new();
    let mut named = sudo_grants::Aliases::default();
    for (line, _) in lines {
        for (word, into) in [
            ("User_Alias", &mut named.users),
            ("Host_Alias", &mut named.hosts),
            ("Runas_Alias", &mut named.runas),
            ("Cmnd_Alias", &mut named.commands),
        ] {
            if let Some(rest) = line.strip_prefix(word) {
                aliases(rest, into);
            }
        }
    }
    for (line, source) in lines {
        let other_alias = line
            .split_whitespace()
            .next()
            .is_some_and(|w| w.ends_with("_Alias"));
        if let Some(rest) = line.strip_prefix("Defaults") {
            sudoers.defaults.extend(defaults(rest, source));
        } else if !other_alias {
            let own = grants(line, source, &named);
            sudoers.rules.extend(rule(&own));
            if granted.len() < MAX_LINES {
                granted.extend(own);
            }
        }
    }
    sudoers.grants.push(granted);
    sudoers
}

type Aliases = BTreeMap<String, Vec<String>>;

/// `NAME = a, b : NAME2 = c`.
fn aliases(text: &str, into: &mut Aliases) {
    for definition in text.split(':') {
        if let Some((name, members)) = definition.split_once('=') {
            let members = members.split(',').map(|m| m.trim().to_owned());
            into.insert(name.trim().to_owned(), members.collect());
        }
    }
}

fn defaults(rest: &str, source: &str) -> Vec<Default> {
    let (scope, parameters) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let parameter = |text: &str| {
        let bare = text.trim_start_matches('!');
        let negations = text.len() - bare.len();
        let (name, value) = bare.split_once('=').unwrap_or((bare, ""));
        Default {
            scope: scope.to_owned(),
            name: name.trim_end_matches(['+', '-', ' ']).to_owned(),
            on: negations.is_multiple_of(2),
            value: value.trim().trim_matches('"').to_owned(),
            source: source.to_owned(),
        }
    };
    split_outside_quotes(parameters)
        .into_iter()
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .map(parameter)
        .collect()
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let (mut found, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[from..]);
    found
}

/// What the grants of one user specification come to.
fn rule(grants: &[Grant]) -> Option<Rule> {
    let first = grants.first().filter(|g| !g.users.is_empty())?;
    Some(Rule {
        users: first.users.clone(),
        all_commands: grants.iter().any(|g| !g.denied && g.command == "ALL"),
        source: first.source.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Sudoers {
        let lines: Vec<Line> = logical_lines(text)
            .into_iter()
            .filter(|(_, l)| !l.starts_with('#') || is_uid(l))
            .map(|(n, l)| (without_comment(&l).to_owned(), format!("f:{n}")))
            .collect();
        parse(&lines)
    }

    #[test]
    fn rules_tell_who_may_run_everything() {
        let got = parsed(
            "a ALL=(ALL:ALL) ALL\nb ALL = (root) NOPASSWD: NOEXEC: /bin/x, PASSWD: ALL\n\
             c ALL = PASSWD: /bin/x, \\\n  NOPASSWD: /bin/y\n%adm ALL=(ALL) NOPASSWD:ALL # why\n\
             d web = ALL : db = NOPASSWD: ALL\n",
        );
        let told: Vec<_> = got
            .rules
            .iter()
            .map(|r| (r.users[0].as_str(), r.all_commands))
            .collect();
        assert_eq!(
            told,
            [
                ("a", true),
                ("b", true),
                ("c", false),
                ("%adm", true),
                ("d", true)
            ]
        );
        assert_eq!(got.rules[2].source, "f:3");
    }

    #[test]
    fn aliases_and_lists_of_users() {
        let got = parsed(
            "User_Alias OPS = an, binh : DB = %dba\nCmnd_Alias ANY = ALL\n\
             OPS, DB ALL = ANY\n#1000 ALL = /bin/x\n",
        );
        assert_eq!(got.rules[0].users, ["an", "binh", "%dba"]);
        assert!(got.rules[0].all_commands);
        assert_eq!(got.rules[1].users, ["#1000"]);
    }

    #[test]
    fn the_last_default_wins_and_scopes_stand_apart() {
        let got = parsed(
            "Defaults use_pty, logfile=\"/var/log/a,b\"\nDefaults !use_pty\n\
             Defaults:an !authenticate\nDefaults secure_path=/bin\n",
        );
        assert_eq!(got.global("use_pty").map(|d| d.on), Some(false));
        assert_eq!(got.global("logfile").unwrap().value, "/var/log/a,b");
        assert_eq!(got.global("authenticate"), None);
        let own = got.defaults.iter().find(|d| d.scope == ":an");
        assert!(own.is_some_and(|d| d.name == "authenticate" && !d.on));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[ -~\n\té…\\\\#=,:()!%\"]{0,200}") {
            parsed(&text);
            parsed(&format!("Defaults {text}\nUser_Alias {text}\nan ALL=(ALL) {text}"));
        }
    }

    #[test]
    fn loops_among_aliases_end() {
        let got = parsed("User_Alias A = B\nUser_Alias B = A\nA ALL = ALL\n\\\n(:\n=\nx=(\n");
        assert!(!got.rules.is_empty());
    }
}
