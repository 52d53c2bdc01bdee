//! The owner's record of restore tests: one JSON object a line, as `capdo-agent backup
//! attest-restore` appends them.
//!
//! Each line holds the SHA-256 of the line before it, so that a line that was changed, taken out or put
//! in by hand shows. It proves nothing against root, who can write the whole record anew.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where the record stands.
pub const PATH: &str = "/var/lib/capdo-agent/restore-tests.jsonl";
/// Most tests that are read.
const MOST: usize = 10_000;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was restored could be used.
    Ok,
    /// It could not.
    Failed,
}

/// What comparing the restored data with the original showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Files that were compared.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// SHA-256 over the original.
    pub original: String,
    /// SHA-256 over what was restored.
    pub restored: String,
}

impl Comparison {
    /// Whether both are the same, and hold anything.
    pub fn is_equal(&self) -> bool {
        self.original.len() == 64 && self.original == self.restored && self.bytes > 0
    }
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Day of the test.
    pub date: Date,
    /// What was restored, such as a store.
    pub target: String,
    /// Who says so.
    pub by: String,
    /// How it ended.
    pub result: Outcome,
    /// In the owner's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The comparison that the agent made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Comparison>,
    /// SHA-256 of the line before; empty in the first.
    pub previous: String,
}

impl Record {
    /// Whether it succeeded and says who restored what.
    pub fn counts(&self) -> bool {
        let said = |t: &str| !t.trim().is_empty();
        let equal = self.compared.as_ref().is_none_or(Comparison::is_equal);
        self.result == Outcome::Ok && equal && said(&self.target) && said(&self.by)
    }

    /// Whether the agent itself compared what was restored with the original.
    pub fn is_compared(&self) -> bool {
        self.compared.as_ref().is_some_and(Comparison::is_equal)
    }

    /// The start of its day.
    pub fn at(&self) -> Option<Timestamp> {
        self.date
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    }
}

/// A text with the addresses in it freed of what opens them: `rest:https://u:p@h/b` becomes `rest:https://h/b`,
/// `sftp:u:p@h:/b` becomes `sftp:h:/b`, and what stands behind a `?` goes.
pub fn without_passwords(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words.map(without_password).collect()
}

fn without_password(word: &str) -> String {
    let Some((start, rest)) = word.split_once("://") else {
        // Of `user@machine:folder` the name stays: it opens nothing.
        let (before, after) = word.rsplit_once('@').unwrap_or(("", word));
        let scheme = before.split_once(':').filter(|(s, _)| !s.contains('@'));
        return match scheme {
            Some((scheme, user)) if is_scheme(scheme) && !user.contains(':') => word.to_owned(),
            Some((scheme, _)) if is_scheme(scheme) => format!("{scheme}:{after}"),
            Some(_) => after.to_owned(),
            None => word.to_owned(),
        };
    };
    let end = rest.trim_end().len();
    let (rest, space) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let asked = rest.split_once('?');
    let rest = asked.map_or(rest, |(rest, _)| rest);
    let machine = rest.split('/').next().unwrap_or_default();
    let is_whole = |m: &str| {
        let (_, port) = m.rsplit_once(':').unwrap_or_default();
        port.bytes().all(|b| b.is_ascii_digit()) || m.ends_with(']')
    };
    // A password may hold a `/` that nobody escaped: then what looks like a port is none.
    let after = match (machine.rsplit_once('@'), rest.rsplit_once('@')) {
        (Some((_, after)), _) => format!("{after}{}", rest.get(machine.len()..).unwrap_or("")),
        (None, Some((_, after))) if !is_whole(machine) => after.to_owned(),
        _ => rest.to_owned(),
    };
    format!("{start}://{after}{space}")
}

fn is_scheme(word: &str) -> bool {
    ["sftp", "rest", "s3", "ssh", "ftp", "rclone", "rsync", "scp"].contains(&word)
}

/// What the next line names as the line before it.
pub fn mark(text: &str) -> String {
    use std::fmt::Write as _;
    let Some(line) = text.lines().next_back() else {
        return String::new();
    };
    let digest = Sha256::digest(line.as_bytes());
    digest.iter().fold(String::new(), |mut out, b| {
        let written = write!(out, "{b:02x}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        out
    })
}

/// The tests in a record, without passwords that somebody gave with an address.
///
/// # Errors
/// What is wrong with it, with the line.
pub fn parse(text: &str) -> Result<Vec<Record>, String> {
    let mut all: Vec<Record> = Vec::new();
    let mut before = "";
    for (n, line) in text.lines().enumerate() {
        let at = n + 1;
        if at > MOST {
            return Err(format!("more than {MOST} tests"));
        }
        let mut record: Record =
            serde_json::from_str(line).map_err(|e| format!("line {at}: {e}"))?;
        if record.previous != mark(before) {
            return Err(format!("line {at} does not follow the line before it"));
        }
        record.target = without_passwords(&record.target);
        record.note = without_passwords(&record.note);
        all.push(record);
        before = line;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(by: &str, previous: &str) -> String {
        format!(
            "{{\"recorded\":\"2026-10-03T01:00:00Z\",\"date\":\"2026-10-02\",\"target\":\"restic\",\"by\":\"{by}\",\
             \"result\":\"ok\",\"previous\":\"{previous}\"}}"
        )
    }

    #[test]
    fn a_changed_line_breaks_the_record() {
        let first = line("An", "");
        let second = line("Binh", &mark(&first));
        let got = parse(&format!("{first}\n{second}\n")).unwrap();
        assert!(got.len() == 2 && got[0].counts() && !got[0].is_compared());
        let changed = first.replace("An", "Ai");
        assert!(
            parse(&format!("{changed}\n{second}\n"))
                .unwrap_err()
                .contains("line 2")
        );
        assert!(
            parse(&format!("{second}\n")).is_err(),
            "the first line is missing"
        );
        assert!(parse("x").is_err());
        assert!(parse("").unwrap().is_empty());
        assert!(!parse(&line(" ", "")).unwrap()[0].counts());
    }

    #[test]
    fn addresses_lose_their_passwords() {
        for (told, kept) in [
            ("rest:https://u:geheim@h/b", "rest:https://h/b"),
            ("rest:https://u:ge@heim@h:8000/b", "rest:https://h:8000/b"),
            ("https://u:ge/heim@h/b", "https://h/b"),
            ("https://h:8000/b@c", "https://h:8000/b@c"),
            ("ssh://borg@nas/./b", "ssh://nas/./b"),
            ("https://[::1]:8000/b@c", "https://[::1]:8000/b@c"),
            ("s3://kho/b?secret=geheim", "s3://kho/b"),
            ("sftp:u:geheim@h:/b", "sftp:h:/b"),
            ("sftp:u@h:/b", "sftp:u@h:/b"),
            ("u:geheim@h:/b", "h:/b"),
            ("u@h:/b", "u@h:/b"),
            ("/srv/restic, by An", "/srv/restic, by An"),
            ("kho https://u:geheim@h/b x", "kho https://h/b x"),
        ] {
            assert_eq!(without_passwords(told), kept);
        }
        let old = line("An", "").replace("restic", "rest:https://u:geheim@h/b");
        assert_eq!(parse(&old).unwrap()[0].target, "rest:https://h/b");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            drop(without_passwords(&text));
            drop(parse(&text));
        }
    }
}
