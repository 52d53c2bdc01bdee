//! Places where a job would hide that it failed: a pipe whose first program fails unseen, a failure
//! that is turned into success, a complaint that is thrown away. What is kept is file, line and kind,
//! never the text.

use super::{
    Jobs, Starter,
    commands::read,
    flags::{self, Flags},
    followed::{Followed, is_told},
    pipes::{Part, Then, logical, opened},
    sources::Cover,
    statements::without_documents,
    tools::{Target, base_name, classify, mentions_tool, tool_of, words},
    variables::expanded,
};
use crate::{
    facts::storage::is_below,
    host::{Host, HostError},
    observation::Gap,
};

/// Most places that are kept, and most files that are written anew.
const MOST: usize = 100;
const MOST_OVER: usize = 1_000;

/// What the jobs hide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// `FILE:LINE (KIND)`.
    pub places: Vec<String>,
    /// Scripts that are no shell's, which are not understood here.
    pub other_languages: Vec<String>,
    /// Where something is hidden of a script that may tell of a failure itself.
    pub untold: Vec<String>,
    /// Commands and scripts that were looked at and make a copy.
    pub looked_at: usize,
    /// Files that each run writes anew, and where that stands.
    over: Vec<(String, String)>,
    /// Whether there were more of these than are kept.
    cut: bool,
}

impl Masked {
    /// Looks at a line of cron, or a command of a unit, which starts these scripts.
    pub(super) fn command(&mut self, at: &str, command: &str, followed: &Followed) {
        for line in command.lines() {
            let ignored = line
                .chars()
                .take_while(|c| "-@:+!".contains(*c))
                .any(|c| c == '-');
            match made(line, followed).filter(|_| ignored) {
                Some(Made::Followed { tells: true }) => self.untold(at),
                Some(_) => self.note(at, "ignored"),
                None => {}
            }
        }
        let none = Flags::default();
        self.look(command, followed, none, |_| at.to_owned());
    }

    /// Looks at a script of a shell, where these flags hold before.
    pub(super) fn script(&mut self, path: &str, text: &str, followed: &Followed, before: Flags) {
        self.look(text, followed, before, |line| format!("{path}:{line}"));
    }

    /// Notes a script that is no shell's.
    pub(super) fn foreign(&mut self, path: &str, text: &str) {
        if mentions_tool(text) && !self.other_languages.iter().any(|p| p == path) {
            self.other_languages.push(path.to_owned());
        }
    }

    fn untold(&mut self, at: &str) {
        if self.untold.len() < MOST && !self.untold.iter().any(|a| a == at) {
            self.untold.push(at.to_owned());
        }
    }

    fn note(&mut self, at: &str, kind: &str) {
        let place = format!("{at} ({kind})");
        if self.places.len() < MOST && !self.places.contains(&place) {
            self.places.push(place);
        }
    }

    fn written_anew(&mut self, at: String, file: String) {
        if self.over.iter().any(|(a, f)| *a == at && *f == file) {
            return;
        }
        self.cut |= self.over.len() >= MOST_OVER;
        if !self.cut {
            self.over.push((at, file));
        }
    }

    /// Whether more files are written anew than are kept.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    fn look(
        &mut self,
        text: &str,
        followed: &Followed,
        before: Flags,
        at: impl Fn(usize) -> String,
    ) {
        let text = expanded(&without_documents(text));
        let lines = logical(&text);
        let flags = flags::of(&text, &lines, before);
        let mut makes = false;
        for (n, ((number, line), outer)) in lines.iter().zip(flags).enumerate() {
            let next = lines.get(n + 1).map_or("", |(_, l)| l.as_str());
            let opened = opened(line);
            let within = flags::inside(&opened.before, &opened.told, outer);
            for (at_part, part) in opened.parts.iter().enumerate() {
                let Some(made) = made(&part.text, followed) else {
                    continue;
                };
                makes = true;
                let inner = opened.inner.contains(&at_part);
                let mut flags = if inner { within } else { outer };
                if at_part + 1 == opened.inner.end {
                    flags.pipefail = outer.pipefail; // where its output goes is the outer's
                }
                let around = Around {
                    parts: &opened.parts,
                    flags,
                    next,
                };
                self.hidden(&at(*number), &made, &around, at_part);
                let file = opened.parts.get(at_part..).and_then(written);
                let file = file.filter(|_| matches!(made, Made::Here));
                if let Some(file) = file.filter(|f| !is_named_again(&lines, *number, f)) {
                    self.written_anew(at(*number), file);
                }
            }
        }
        self.looked_at += usize::from(makes);
    }

    /// Notes what the line around a command hides of it.
    fn hidden(&mut self, at: &str, made: &Made, around: &Around<'_>, at_part: usize) {
        let behind = around.parts.get(at_part + 1);
        let told = behind.is_some_and(|p| is_told(&p.text));
        for kind in around.hides(at_part) {
            match made {
                Made::Followed { .. } if kind == "pipe" && told => {}
                Made::Followed { tells: true } => self.untold(at),
                _ => self.note(at, kind),
            }
        }
    }

    /// Names the files that are written anew, unless another job takes them along or they are rotated.
    pub(super) fn settle(&mut self, host: &dyn Host, jobs: &Jobs) -> Result<(), Gap> {
        if self.over.is_empty() {
            return Ok(());
        }
        let mut rotated = String::new();
        for entry in host.list_if_any("/etc/logrotate.d", 1_000)? {
            match host.text_if_any(&format!("/etc/logrotate.d/{}", entry.name)) {
                Ok(text) => rotated.push_str(&text.unwrap_or_default()),
                Err(HostError::WrongKind(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for (at, file) in std::mem::take(&mut self.over) {
            let folder = file.rsplit_once('/').map_or("/", |(dir, _)| dir).to_owned();
            let taken = jobs.all.iter().any(|j| {
                j.starter != Starter::Nothing && j.sources.cover(&file, |_, _| true) == Cover::Yes
            });
            if !taken && !rotated.contains(&format!("{folder}/")) {
                self.note(&at, "overwrites");
            }
        }
        Ok(())
    }
}

/// What makes copies in a command.
enum Made {
    /// It does itself.
    Here,
    /// A script that it starts, which may tell of a failure itself.
    Followed {
        /// Whether it does.
        tells: bool,
    },
}

/// Whether a command makes copies.
fn made(text: &str, followed: &Followed) -> Option<Made> {
    let commands = read(text, "");
    if commands.iter().any(|c| tool_of(c).is_some()) {
        return Some(Made::Here);
    }
    let mut scripts = commands.iter().filter_map(|c| followed.started_by(c));
    scripts.next().map(|tells| Made::Followed { tells })
}

/// The line that a command stands in.
struct Around<'l> {
    parts: &'l [Part],
    flags: Flags,
    /// What the next line says.
    next: &'l str,
}

impl Around<'_> {
    /// The ways in which the command at `at` would fail unseen.
    fn hides(&self, at: usize) -> Vec<&'static str> {
        let Self { parts, flags, next } = *self;
        let mut kinds = Vec::new();
        let Some(part) = parts.get(at) else {
            return kinds;
        };
        if part.then == Then::Pipe && !flags.pipefail {
            kinds.push("pipe");
        }
        let end = (at..parts.len()).find(|n| parts.get(*n).is_some_and(|p| p.then != Then::Pipe));
        let end = end.unwrap_or(at);
        let then = parts.get(end).map_or(Then::Next, |p| p.then);
        let follower = parts.get(end + 1).map_or("", |p| p.text.trim());
        let does_nothing = matches!(
            follower.trim_end_matches(['}', ' ']),
            "true" | ":" | "/bin/true" | "/usr/bin/true" | "exit 0" | "return 0"
        );
        if does_nothing && (then == Then::Or || then == Then::Next && !flags.errexit) {
            kinds.push("turned-into-success");
        }
        let first = words(&part.text).first().copied().unwrap_or_default();
        let asked = matches!(first, "if" | "while" | "until" | "!" | "elif")
            || matches!(then, Then::And | Then::Or) && !does_nothing
            || next.contains("$?")
            || follower.contains("$?");
        let silent = is_silent(&part.text);
        if silent && !asked && !flags.errexit {
            kinds.push("silenced");
        }
        kinds
    }
}

/// Whether the complaints of a command go nowhere.
fn is_silent(command: &str) -> bool {
    let text: String = command.chars().filter(|c| !c.is_whitespace()).collect();
    let nowhere = ["2>/dev/null", "2>>/dev/null", "&>/dev/null", "2>&-"];
    if nowhere.iter().any(|n| text.contains(n)) {
        return true;
    }
    // `>/dev/null 2>&1`, in this order.
    let merged = text.split_once("2>&1").map(|(before, _)| before);
    merged.is_some_and(|before| before.contains(">/dev/null"))
}

/// The file that a command, or the end of its pipe, writes anew each time.
fn written(parts: &[Part]) -> Option<String> {
    let end = parts.iter().position(|p| p.then != Then::Pipe).unwrap_or(0);
    let part = parts.get(end)?;
    let all = format!("{} ", part.text).replace(">>", " \u{1} ");
    let spaced = all
        .replace("2>", " \u{1} ")
        .replace("&>", " \u{1} ")
        .replace('>', " > ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let after = |mark: &str| {
        let at = words.iter().position(|w| *w == mark)?;
        words.get(at + 1).copied()
    };
    let dumps = words.iter().any(|w| {
        matches!(
            base_name(w),
            "pg_dump" | "pg_dumpall" | "mysqldump" | "mariadb-dump"
        )
    });
    let option = |name: &str| words.iter().find_map(|w| w.strip_prefix(name));
    let told = || {
        let joined = option("--file=").or_else(|| option("--result-file="));
        let parted = || {
            after("-f")
                .or_else(|| after("-r"))
                .or_else(|| after("--file"))
        };
        joined.or_else(parted).filter(|_| dumps)
    };
    let word = after(">").or_else(told)?.trim_matches(['"', '\'']);
    let fixed = word.starts_with('/') && !word.contains(['$', '`', '%', '*', '?']);
    let staged = [".tmp", ".new", ".part", ".partial"]
        .iter()
        .any(|e| word.ends_with(e));
    match classify(word) {
        Some(Target::Local(path)) if fixed && !staged && !path.starts_with("/var/log") => {
            Some(path)
        }
        _ => None,
    }
}

/// Whether another command names the file, or a folder that holds it: it is rotated, or sent on.
fn is_named_again(lines: &[(usize, String)], own: usize, file: &str) -> bool {
    let others = lines.iter().filter(|(n, _)| *n != own);
    let words = others.flat_map(|(_, l)| l.split_whitespace());
    words
        .map(|w| {
            w.trim_matches(['"', '\'', ';'])
                .trim_end_matches(['/', '*'])
        })
        .any(|w| w.starts_with('/') && w.len() > 1 && (is_below(file, w) || w.starts_with(file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(text: &str) -> Vec<String> {
        let mut masked = Masked::default();
        masked.script("/s", text, &Followed::default(), Flags::default());
        masked.places
    }

    #[test]
    fn each_way_to_hide_a_failure_is_found() {
        for (line, kind) in [
            ("pg_dump a | gzip > /b/$(date +%F).gz", "pipe"),
            ("pg_dump a \\\n| gzip > /b/$(date +%F).gz", "pipe"),
            ("pg_dump a > /b/$D.sql || true", "turned-into-success"),
            ("pg_dump a > /b/$D.sql || :", "turned-into-success"),
            ("restic backup /srv; exit 0", "turned-into-success"),
            ("pg_dump a 2>/dev/null > /b/$D.sql", "silenced"),
            ("restic backup /srv >/dev/null 2>&1", "silenced"),
            ("restic backup /srv &>/dev/null", "silenced"),
        ] {
            let got = places(&format!("#!/bin/sh\n# x\n{line}\n"));
            assert_eq!(got, [format!("/s:3 ({kind})")], "{line}");
        }
    }

    #[test]
    fn what_shows_a_failure_is_let_alone() {
        for text in [
            "#!/bin/bash\nset -euo pipefail\npg_dump a | gzip > /b/$D.gz",
            "#!/bin/bash\nset -o pipefail\npg_dump a | gzip > /b/$D.gz",
            "#!/bin/bash\npg_dump a | gzip > /b/$D.gz\n[ ${PIPESTATUS[0]} = 0 ] || exit 1",
            "#!/bin/sh\npg_dump a > /b/$D.sql || exit 1",
            "#!/bin/sh\nif ! restic backup /srv >/dev/null 2>&1; then mail x; fi",
            "#!/bin/sh\nrestic backup /srv 2>/dev/null\nif [ $? -ne 0 ]; then mail x; fi",
            "#!/bin/sh -e\nrestic backup /srv 2>/dev/null",
            "#!/bin/sh\nrestic backup /srv 2>&1 >/dev/null",
            "#!/bin/sh\nrm -f /tmp/x 2>/dev/null || true\nrestic backup /srv",
            "#!/bin/sh\necho 'pg_dump a | gzip'",
            "#!/bin/sh\necho 'x:\npg_dump a | gzip\n'",
            "#!/bin/sh\ncat <<E > /x\npg_dump a | gzip\nE",
            "#!/bin/sh\nssh b sh <<'E'\npg_dump a | gzip\nE",
        ] {
            assert!(places(text).is_empty(), "{text}: {:?}", places(text));
        }
    }

    #[test]
    fn the_file_that_is_written_anew_is_told() {
        let over = |text: &str| {
            let mut masked = Masked::default();
            masked.script(
                "/s",
                &format!("#!/bin/sh\n{text}\n"),
                &Followed::default(),
                Flags::default(),
            );
            masked.over.into_iter().map(|(_, f)| f).collect::<Vec<_>>()
        };
        assert_eq!(over("pg_dump a > /b/a.sql"), ["/b/a.sql"]);
        assert_eq!(over("F=/b/a.sql\npg_dump a > $F"), ["/b/a.sql"]);
        assert_eq!(over("mysqldump a | gzip -c > '/b/a.gz'"), ["/b/a.gz"]);
        assert_eq!(over("pg_dump -Fc -f /b/a.dump a"), ["/b/a.dump"]);
        for fine in [
            "pg_dump a > /b/a-$(date +%F).sql",
            "pg_dump a > /b/a.sql\nmv /b/a.sql /b/a-$(date +%u).sql",
            "pg_dump a > /b/a.sql\nrestic backup /b",
            "pg_dump a >> /var/log/x.log",
            "restic backup /srv > /var/log/restic",
            "pg_dump a > /b/a.sql.tmp && mv /b/a.sql.tmp /b/$D.sql",
        ] {
            assert!(over(fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn a_script_in_another_language_is_not_judged() {
        let mut masked = Masked::default();
        let none = Followed::default();
        masked.foreign("/s", "#!/usr/bin/env python3\nrun('pg_dump a | gzip')\n");
        assert!(masked.places.is_empty());
        assert_eq!(masked.other_languages, ["/s"]);
        masked.script(
            "/t",
            "#!/usr/bin/env bash\npg_dump a | gzip\n",
            &none,
            Flags::default(),
        );
        assert_eq!(masked.places, ["/t:2 (pipe)"]);
        let mut lines = Masked::default();
        let told = "\n# do not\ncd /b; pg_dump a \\\n| gzip > /b/x-$D\nls\n";
        lines.script(
            "/s",
            &format!("#!/bin/sh\nsu p -c '{told}'\n"),
            &none,
            Flags::default(),
        );
        assert_eq!(lines.places, ["/s:2 (pipe)"]);
        lines.script(
            "/t",
            &format!("#!/bin/sh\n\nsu p <<'E'\n{told}E\n"),
            &none,
            Flags::default(),
        );
        assert_eq!(lines.places, ["/s:2 (pipe)", "/t:3 (pipe)"]);
        lines.command("/c:1", "su - p -c 'pg_dump a | gzip > /b/x-$D'", &none);
        assert_eq!(lines.places.last().unwrap(), "/c:1 (pipe)");
        let mut unit = Masked::default();
        unit.command("x.timer", "-/usr/bin/restic backup /srv", &none);
        assert_eq!(unit.places, ["x.timer (ignored)"]);
        let mut cron = Masked::default();
        cron.command(
            "/etc/cron.d/b:1",
            "bash -o pipefail -c 'pg_dump a | gzip > /b/x-$D'",
            &none,
        );
        assert!(cron.places.is_empty());
        cron.command(
            "/etc/cron.d/b:2",
            "/bin/sh -c 'pg_dump a | gzip > /b/x-$D'",
            &none,
        );
        assert_eq!(cron.places, ["/etc/cron.d/b:2 (pipe)"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "#!/bin/sh\n(pg_dump |[|&;>'\"$()]|2>|/b/x|\n|[a-z ]){0,60}") {
            places(&text);
        }
    }
}
