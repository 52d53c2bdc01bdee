//! Which commands start a script that makes copies, so that what stands around them hides what it says.

use std::collections::BTreeMap;

use super::{
    commands::{Command, read},
    flags::{self, Flags},
    starts::{How, started},
    statements::without_documents,
    tools::{tool_of, words},
    variables::expanded,
};

/// The scripts of one line or unit, for what stands around them.
#[derive(Debug, Default)]
pub(super) struct Followed {
    all: Vec<Known>,
    /// Words that start a script that makes copies, and whether it tells of a failure itself.
    making: BTreeMap<String, bool>,
}

#[derive(Debug)]
struct Known {
    path: String,
    /// How commands name it.
    words: Vec<String>,
    makes: bool,
    tells: bool,
    /// What holds in it, and in what it reads into itself.
    flags: Flags,
    /// What it starts, and reads into itself.
    starts: Vec<String>,
}

impl Followed {
    /// Notes a script of a shell. One that is only read into another is part of that.
    pub(super) fn script(&mut self, how: How, word: String, path: &str, text: &str) {
        if how == How::Sourced {
            return;
        }
        let text = expanded(&without_documents(text));
        let commands = read(&text, "");
        let starts = commands.iter().filter_map(started);
        let mut starts: Vec<String> = starts.map(|(word, _)| word.to_owned()).collect();
        starts.sort();
        starts.dedup();
        self.all.push(Known {
            path: path.to_owned(),
            words: vec![word],
            makes: commands.iter().any(|c| tool_of(c).is_some()),
            tells: tells(&text),
            flags: flags::at_end(&text),
            starts,
        });
    }

    /// Notes that a script is named in another way too.
    pub(super) fn also(&mut self, word: String, path: &str) {
        if let Some(known) = self.all.iter_mut().find(|k| k.path == path) {
            known.words.push(word);
        }
    }

    /// Follows the scripts into one another, when all are noted.
    pub(super) fn settle(&mut self) {
        for _ in 0..2 {
            for known in &self.all {
                let inner: Vec<bool> = known
                    .starts
                    .iter()
                    .filter_map(|s| self.making.get(s).copied())
                    .collect();
                if known.makes || !inner.is_empty() {
                    let tells = known.tells || inner.contains(&true);
                    let words = known.words.iter().cloned();
                    self.making.extend(words.map(|w| (w, tells)));
                }
            }
        }
    }

    /// What holds in all scripts that read a file into themselves; nothing where none of these does.
    pub(super) fn around(&self, word: &str) -> Option<Flags> {
        let reads = |k: &&Known| k.starts.iter().any(|s| s == word);
        let flags = self.all.iter().filter(reads).map(|k| k.flags);
        flags.reduce(|a, b| Flags {
            pipefail: a.pipefail && b.pipefail,
            errexit: a.errexit && b.errexit,
        })
    }

    /// Whether a command starts a script that makes copies, and then whether that tells of a failure itself.
    pub(super) fn started_by(&self, command: &Command) -> Option<bool> {
        let (word, _) = started(command)?;
        self.making.get(word).copied()
    }
}

/// Whether a script may tell of a failure itself: it sends something, or keeps what its commands say.
fn tells(text: &str) -> bool {
    const TELLERS: [&str; 16] = [
        "mail",
        "mailx",
        "s-nail",
        "mutt",
        "sendmail",
        "msmtp",
        "swaks",
        "logger",
        "systemd-cat",
        "curl",
        "wget",
        "tee",
        "ts",
        "chronic",
        "cronitor",
        "runitor",
    ];
    let kept = ["2>", "&>", ">&"].iter().any(|m| {
        text.match_indices(m).any(|(at, mark)| {
            let to = text.get(at + mark.len()..).unwrap_or_default();
            let to = to.trim_start_matches(['>', '&', ' ']);
            !to.starts_with("/dev/null") && !to.starts_with(['-', '1', '2'])
        })
    });
    let merged = text.contains("2>&1") && text.contains('>');
    let merged = merged
        && text
            .lines()
            .any(|l| l.contains("2>&1") && !l.contains("/dev/null"));
    kept || merged
        || words(text)
            .iter()
            .any(|w| TELLERS.contains(&super::tools::base_name(w)))
}

/// Whether the output of a command that is piped into another is kept, or told somebody.
pub(super) fn is_told(next: &str) -> bool {
    const TELLERS: [&str; 10] = [
        "mail",
        "mailx",
        "s-nail",
        "mutt",
        "sendmail",
        "msmtp",
        "logger",
        "systemd-cat",
        "tee",
        "ts",
    ];
    let first = words(next).first().copied().unwrap_or_default();
    TELLERS.contains(&super::tools::base_name(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_followed_into_one_another() {
        let mut all = Followed::default();
        all.script(How::Started, "/a".to_owned(), "/a", "#!/bin/sh\n. /c\n./b");
        all.script(How::Started, "./b".to_owned(), "/x/b", "restic backup /srv");
        all.script(How::Sourced, "/c".to_owned(), "/c", "restic backup /srv");
        all.script(How::Started, "/d".to_owned(), "/d", "ls");
        all.also("/x/b".to_owned(), "/x/b");
        all.settle();
        let asked = |text: &str| all.started_by(&read(text, "")[0]);
        for word in ["/a", "./b", "/x/b", "bash /x/b"] {
            assert_eq!(asked(word), Some(false), "{word}");
        }
        assert_eq!(
            (asked("/c"), asked("/d"), asked("ls /a")),
            (None, None, None)
        );
    }

    #[test]
    fn a_script_that_speaks_for_itself_is_told() {
        for text in [
            "restic backup /srv || mail -s x root",
            "restic backup /srv >> /var/log/b 2>&1",
            "exec 2> /var/log/b",
            "exec &>>/var/log/b",
            "a; curl -fsS https://hc/$?",
        ] {
            assert!(tells(text), "{text}");
        }
        for text in [
            "restic backup /srv",
            "restic backup /srv > /dev/null 2>&1",
            "echo x >&2; restic backup 2>/dev/null",
            "pg_dump a > /b/x.sql",
        ] {
            assert!(!tells(text), "{text}");
        }
    }
}
