//! The commands of a shell's text, each taken apart once: program, options, operands, and where its output
//! goes. Reads words only: a program, not a shell.

use std::rc::Rc;

use super::{
    copiers::{Goes, follow},
    lexer::{Part, parts},
    options::{self, Options},
    statements::statements,
    tools::base_name,
    wrappers::{Unwrapped, is_assignment, unwrap},
};

/// Most commands that are kept of one text.
pub(super) const MOST: usize = 5_000;
/// Longest name of a folder.
const FOLDER: usize = 4_096;
/// How deep shells are followed into one another, and groups.
const DEEP: usize = 6;
const GROUPS: usize = 32;

/// Variables that say where a tool writes, or which server it asks.
pub(super) const SETTINGS: [&str; 8] = [
    "RESTIC_REPOSITORY",
    "BORG_REPO",
    "PGHOST",
    "PGPORT",
    "PGCLUSTER",
    "PGSERVICE",
    "MYSQL_HOST",
    "MYSQL_TCP_PORT",
];

/// What sets variables from then on.
const EXPORTS: [&str; 5] = ["export", "declare", "local", "readonly", "typeset"];

/// One simple command. It may hold secrets: nothing of it is for an observation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Base name of the program; what stands before it, such as `nice`, is taken away.
    pub(super) program: String,
    /// The program as its word has it, with its folder.
    pub(super) word: String,
    /// The words behind the program, without redirections.
    pub(super) args: Vec<String>,
    /// The words that are no option and no option's value.
    pub(super) operands: Vec<String>,
    /// The options, each with its value.
    pub(super) options: Vec<(String, Option<String>)>,
    /// Files that its output goes into.
    pub(super) redirects: Vec<String>,
    /// The file that it reads as its input.
    pub(super) input: Option<String>,
    /// Those of [`SETTINGS`] that are in force.
    pub(super) settings: Rc<Vec<(String, String)>>,
    /// The folder that a `cd` before it names.
    pub(super) folder: Option<Rc<str>>,
    /// Whether it runs in a container, whose paths are not the host's.
    pub(super) contained: bool,
    /// The command that its output goes into.
    pub(super) to: Option<usize>,
    /// What is known of where its output ends, of a program that copies anything.
    pub(super) goes: Goes,
}

impl Command {
    /// The first operand that is no variable, which may hold options.
    pub(super) fn verb(&self) -> &str {
        self.verb_at()
            .and_then(|n| self.operands.get(n))
            .map_or("", String::as_str)
    }

    /// The operands behind the verb.
    pub(super) fn behind_verb(&self) -> &[String] {
        let at = self.verb_at().map_or(0, |n| n + 1);
        self.operands.get(at..).unwrap_or_default()
    }

    fn verb_at(&self) -> Option<usize> {
        self.operands.iter().position(|w| !w.starts_with('$'))
    }

    /// The last value of any of these options.
    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        let mut found = self
            .options
            .iter()
            .rev()
            .filter(|(n, _)| names.contains(&n.as_str()));
        found.find_map(|(_, v)| v.as_deref())
    }

    /// Whether any of these options is given.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options
            .iter()
            .any(|(n, _)| names.contains(&n.as_str()))
    }

    /// The value of a variable that is in force.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        let mut found = self.settings.iter().rev().filter(|(n, _)| n == name);
        found.find_map(|(_, v)| (!v.is_empty()).then_some(v.as_str()))
    }
}

/// Reads a text. `settings` are `NAME=value` lines in force from the beginning.
pub(super) fn read(text: &str, settings: &str) -> Vec<Command> {
    let mut reader = Reader::default();
    for line in settings.lines() {
        let (simple, _) = parts(line);
        for part in simple {
            reader.set(&part.words);
        }
    }
    reader.text(text, 0);
    follow(&mut reader.out);
    reader.out
}

#[derive(Default)]
struct Reader {
    out: Vec<Command>,
    settings: Rc<Vec<(String, String)>>,
    folder: Option<Rc<str>>,
    /// Whether the shell that is read runs in a container.
    contained: bool,
    /// Where the open groups begin.
    open: Vec<usize>,
}

impl Reader {
    fn text(&mut self, text: &str, depth: usize) {
        let mut inner = Vec::new();
        for (_, line) in statements(text) {
            let (simple, nested) = parts(&line);
            inner.extend(nested);
            for part in simple {
                self.part(part, depth);
            }
        }
        for text in inner.into_iter().filter(|_| depth < DEEP) {
            self.text(&text, depth + 1);
        }
    }

    fn part(&mut self, part: Part, depth: usize) {
        if self.out.len() >= MOST {
            return;
        }
        if part.opens && self.open.len() < GROUPS {
            self.open.push(self.out.len());
        }
        let words = part.words.as_slice();
        let ends = matches!(words.first().map(String::as_str), Some("}" | "done" | "fi"));
        if ends || part.closes {
            let start = self.open.pop().unwrap_or(self.out.len());
            // Behind the bracket of a pattern (`case`) or of a function stands a command.
            if ends || words.is_empty() {
                self.close(start, part.redirects, part.piped);
                return;
            }
        }
        let words = self.leading(words);
        let before = Rc::clone(&self.settings);
        let bare = words.iter().take_while(|w| is_assignment(w)).count();
        self.set(words.get(..bare).unwrap_or_default());
        match unwrap(words.get(bare..).unwrap_or_default()) {
            Unwrapped::Nothing => return,
            Unwrapped::Shell {
                text,
                settings,
                contained,
            } => {
                self.set(&settings);
                let start = self.out.len();
                let outside = (self.contained, self.folder.clone());
                self.contained |= contained;
                if depth < DEEP {
                    self.text(&text, depth + 1);
                }
                (self.contained, self.folder) = outside;
                self.close(start, part.redirects, part.piped);
            }
            Unwrapped::Program {
                words,
                settings,
                contained,
            } => {
                if words.first().is_some_and(|w| EXPORTS.contains(&w.as_str())) {
                    let plain = words.into_iter().filter(|w| is_assignment(w));
                    self.set(&plain.collect::<Vec<_>>());
                    return;
                }
                self.set(&settings);
                self.program(words, part, contained);
            }
        }
        self.settings = before;
    }

    /// Takes away what may stand before a command, and notes the groups that begin there.
    fn leading<'w>(&mut self, mut words: &'w [String]) -> &'w [String] {
        const LEADING: [&str; 9] = [
            "if", "then", "else", "elif", "do", "while", "until", "!", "{",
        ];
        while let Some((first, rest)) = words.split_first() {
            if !LEADING.contains(&first.as_str()) {
                break;
            }
            if matches!(first.as_str(), "{" | "do" | "then") && self.open.len() < GROUPS {
                self.open.push(self.out.len());
            }
            words = rest;
        }
        words
    }

    fn program(&mut self, words: Vec<String>, part: Part, contained: bool) {
        let mut words = words.into_iter();
        let word = words.next().unwrap_or_default();
        let program = base_name(&word).to_owned();
        let args: Vec<String> = words.collect();
        if matches!(program.as_str(), "cd" | "pushd") {
            let to = args.iter().find(|w| !w.starts_with('-'));
            self.folder = to
                .filter(|w| w.starts_with('/') && !w.contains(['$', '`']) && w.len() <= FOLDER)
                .map(|w| w.as_str().into());
            return;
        }
        let Options { operands, options } = options::read(&program, &args);
        let to = part.piped.then_some(self.out.len() + 1);
        self.out.push(Command {
            operands,
            options,
            redirects: self.places(part.redirects),
            input: part.input,
            goes: Goes::default(),
            settings: Rc::clone(&self.settings),
            folder: self.folder.clone(),
            contained: contained || self.contained,
            to,
            program,
            word,
            args,
        });
    }

    /// The end of a group: where its output goes, that of the commands in it goes.
    fn close(&mut self, start: usize, redirects: Vec<String>, piped: bool) {
        if redirects.is_empty() && !piped {
            return;
        }
        let end = self.out.len();
        for command in self.out.iter_mut().skip(start) {
            if command.to.is_none() && command.redirects.is_empty() {
                command.to = Some(end);
            }
        }
        let redirects = self.places(redirects);
        self.out.push(Command {
            redirects,
            to: piped.then_some(end + 1),
            ..Command::default()
        });
    }

    /// Files that output goes into, where the shell runs: those in a container are hidden as if by a variable.
    fn places(&self, mut files: Vec<String>) -> Vec<String> {
        if self.contained {
            files
                .iter_mut()
                .for_each(|f| f.insert_str(0, "$(container)"));
        }
        files
    }

    /// Assignments that stand before a command hold for it alone; those that stand alone, and exported ones,
    /// from then on.
    fn set(&mut self, words: &[String]) {
        for (name, value) in words.iter().filter_map(|w| w.split_once('=')) {
            if SETTINGS.contains(&name) && value.len() <= 512 {
                let all = Rc::make_mut(&mut self.settings);
                // An empty one takes nothing back.
                all.retain(|(n, v)| n != name || value.is_empty() && !v.is_empty());
                all.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::destinations::outlets, *};
    use proptest::prelude::*;

    fn programs(text: &str) -> Vec<String> {
        read(text, "").into_iter().map(|c| c.program).collect()
    }

    #[test]
    fn programs_are_told_from_what_stands_before_and_behind_them() {
        for text in [
            "restic backup /srv",
            "A=1 /usr/bin/restic backup",
            "-/usr/bin/restic backup",
            "sudo -u b -g c restic backup",
            "nice -n 19 ionice -c2 -n 7 restic backup",
            "nice -19 restic backup",
            "env -u X A=1 restic backup",
            "systemd-inhibit --who='borg create' --why x /usr/bin/restic backup",
            "timeout -k 5 2h restic backup",
            "flock -n /run/lock/x restic backup",
            "flock -w 5 /run/x -c 'restic backup'",
            "chronic sh -c 'restic backup'",
            "/bin/bash -lc \"cd /; exec restic backup\"",
            "bash -o pipefail -c 'restic backup'",
            "su - b -c 'restic backup'",
            "runuser -u b -- restic backup",
            "docker exec -i -e A=1 web restic backup",
            "docker compose -f /x exec -T web restic backup",
            "docker run --rm -v /srv:/srv restic/restic:0.16 backup",
            "if ! restic backup; then",
            "X=$(restic backup)",
            "f() { restic backup; }",
            "( restic backup )",
            "xargs -0 -n 1 restic backup",
            "time -p restic backup",
            "case $1 in a) restic backup;; esac",
        ] {
            let got = programs(text);
            assert!(got.contains(&"restic".to_owned()), "{text}: {got:?}");
        }
        assert_eq!(programs("find /b/restic -delete"), ["find"]);
        assert!(!programs("echo 'restic backup'").contains(&"restic".to_owned()));
    }

    #[test]
    fn data_is_no_command() {
        for text in [
            "ssh root@db2 <<'EOF'\npg_dumpall > /b/x\nEOF",
            ": <<'OFF'\nrestic -r sftp:nas:/r backup /srv\nOFF",
            "cat > /root/restore.sh <<EOF\nrestic backup /srv\nEOF",
            "echo \"usage:\nrestic backup /srv\npg_dumpall\"",
            "mail -s x root <<-E\n\trestic backup /srv\n\tE",
        ] {
            let got = programs(&format!("ls\n{text}\ndf"));
            let (first, last) = (got.first().unwrap(), got.last().unwrap());
            assert!(got.len() <= 3, "{text}: {got:?}");
            assert!(first == "ls" && last == "df", "{text}: {got:?}");
            let tools = crate::facts::backup::tools::tools_in(text);
            assert!(tools.is_empty(), "{text}: {tools:?}");
        }
        for text in [
            "bash <<E\nrestic backup\nE",
            "sudo -u b sh <<E | tee /x\nrestic backup\nE",
            "sh -c '\n# do not\nrestic backup\n'",
            "X=\"$(\nrestic backup\n)\"",
            "echo \"it's\"\nrestic backup # don't",
        ] {
            assert!(programs(text).contains(&"restic".to_owned()), "{text}");
        }
        let all = read("su - p <<'E' | gzip > /b\npg_dumpall\nE", "");
        let last = outlets(&all, 0).last().unwrap();
        assert_eq!(
            (all[0].program.as_str(), last.redirects[0].as_str()),
            ("pg_dumpall", "/b")
        );
    }

    #[test]
    fn output_is_followed_to_its_file() {
        let goes = |text: &str| {
            let all = read(text, "");
            let last = outlets(&all, 0).last().unwrap();
            last.redirects.clone()
        };
        for text in [
            "pg_dump a > /b",
            "pg_dump a >/b 2>> /log",
            "pg_dump a 2>&1 >/b",
            "pg_dump a | gzip -9 > /b",
            "pg_dump a |\n gzip > /b",
            "su - p -c 'pg_dump a' | gzip > /b",
            "( pg_dump a; pg_dump b ) > /b",
            "{ pg_dump a; pg_dump b; } | gzip >> '/b'",
            "for d in a b; do pg_dump $d; done > /b",
        ] {
            let at = usize::from(text.starts_with("for"));
            let all = read(text, "");
            let last = outlets(&all, at).last().unwrap();
            assert_eq!(last.redirects, ["/b"], "{text}: {all:?}");
        }
        assert!(goes("pg_dump a 2> /b").is_empty());
        assert!(goes("pg_dump a >&2").is_empty());
        assert!(goes("pg_dump a; ls > /b").is_empty());
    }

    #[test]
    fn settings_hold_from_where_they_stand() {
        let all = read(
            "RESTIC_REPOSITORY=/a restic backup /x\nrestic backup /y\nexport RESTIC_REPOSITORY='/c'\nrestic backup /z",
            "RESTIC_REPOSITORY=/b",
        );
        let got: Vec<_> = all.iter().map(|c| c.setting("RESTIC_REPOSITORY")).collect();
        assert_eq!(got, [Some("/a"), Some("/b"), Some("/c")]);
        let all = read("BORG_REPO=/a\nborg create ::x /srv", "");
        assert_eq!(all[0].setting("BORG_REPO"), Some("/a"));
    }

    #[test]
    fn a_shell_in_a_container_stays_in_it() {
        let all = read(
            "docker exec d sh -c 'cd /x; pg_dump a > /in' > /out; pg_dump b > /here",
            "",
        );
        let got: Vec<_> = all
            .iter()
            .map(|c| (c.contained, c.folder.is_some()))
            .collect();
        assert_eq!(got, [(true, true), (false, false), (false, false)]);
        assert_eq!(all[0].redirects, ["$(container)/in"]);
        assert_eq!(all[1].redirects, ["/out"]);
        assert_eq!(all[2].redirects, ["/here"]);
        let all = read("env PGHOST=h sh -c 'pg_dump a'; pg_dump b", "");
        let got: Vec<_> = all.iter().map(|c| c.setting("PGHOST")).collect();
        assert_eq!(got, [Some("h"), None]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([a-z ]|[|&;>'\"$()`\\\\{}]|2>|restic|sh -c |sudo |<<E\n|\nE\n|\n){0,80}") {
            let all = read(&text, &text);
            for at in 0..all.len() {
                outlets(&all, at).count();
            }
        }
    }
}
