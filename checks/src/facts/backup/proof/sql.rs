//! Dumps in SQL: the tool's mark at the end, or the tool's error in place of data or among it.

use std::io::Read;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Broken, Fault, State, lines::Lines, quotes::Dialect};

/// How mysqldump saves a setting.
const SAVED: &str = "@OLD_SQL_NOTES=@@SQL_NOTES";
/// Bytes kept of the beginning and of the end.
const KEPT: usize = 16 << 10;
/// A file with an error text in place of data is no larger.
const ERROR_CAP: u64 = 64 << 10;

/// What a text that was read to its end showed.
#[derive(Debug)]
pub(super) struct Scan {
    head: Vec<u8>,
    tail: Vec<u8>,
    bytes: u64,
    has_data: bool,
    lines: Lines,
}

/// Reads a text to its end; `head` is what was read of it before.
pub(super) fn scan(head: &[u8], reader: &mut dyn Read) -> Result<Scan, Broken> {
    let begun = head.get(..KEPT).unwrap_or(head);
    let dialect = match Kind::of(&String::from_utf8_lossy(begun)) {
        Some(Kind::Mysql | Kind::Bare) => Dialect::Mysql,
        _ => Dialect::Standard,
    };
    let mut scan = Scan {
        head: begun.to_vec(),
        tail: Vec::new(),
        bytes: 0,
        has_data: false,
        lines: Lines::of(dialect),
    };
    scan.feed(head);
    let mut piece = vec![0; 64 << 10];
    loop {
        let got = super::read_up_to(reader, &mut piece)?;
        match piece.get(..got) {
            None | Some([]) => return Ok(scan),
            Some(bytes) => scan.feed(bytes),
        }
    }
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.lines.feed(bytes);
        let kept = self.tail.len();
        self.tail.extend_from_slice(bytes);
        if !self.has_data {
            // The few bytes kept from before hold a word that was cut in two.
            let from = kept.saturating_sub(16);
            self.has_data = self.tail.get(from..).is_some_and(has_objects);
        }
        let over = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..over);
    }

    /// What the text proves, and the day that the tool wrote into it.
    pub(super) fn conclude(&self) -> (State, Option<Timestamp>) {
        let head = String::from_utf8_lossy(&self.head);
        let tail = String::from_utf8_lossy(&self.tail);
        if head.trim().is_empty() && self.bytes <= KEPT as u64 {
            return (State::Damaged(Fault::Empty), None);
        }
        if self.lines.has_complaint() {
            return (State::Damaged(Fault::ErrorText), None);
        }
        let Some(kind) = Kind::of(&head) else {
            let error = self.bytes <= ERROR_CAP && has_error(&head);
            return match error {
                true => (State::Damaged(Fault::ErrorText), None),
                false => (State::Unproved, None),
            };
        };
        let Some((_, after)) = tail.rsplit_once(kind.mark()) else {
            let fault = if has_error(&tail) {
                Fault::ErrorText
            } else {
                Fault::NoMark
            };
            return (State::Damaged(fault), None);
        };
        if has_error(after) {
            return (State::Damaged(Fault::ErrorText), None);
        }
        if !self.has_data {
            return (State::Damaged(Fault::Empty), None);
        }
        if self.lines.is_cut() {
            return (State::Damaged(Fault::Cut), None);
        }
        // What mysqldump set at the beginning it gives back at the end.
        if kind == Kind::Mysql && head.contains(SAVED) && !tail.contains(Kind::Bare.mark()) {
            return (State::Damaged(Fault::NoMark), None);
        }
        let made = completed(&tail);
        // What stands behind the mark is white space, comments and settings; anything else may be
        // the beginning of another dump.
        let plain = after.lines().skip(1).all(is_trailer);
        (if plain { State::Whole } else { State::Unproved }, made)
    }
}

/// Who wrote a dump, by its head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgres,
    Cluster,
    Mysql,
    /// mysqldump without comments: known by the settings that it saves and gives back.
    Bare,
}

impl Kind {
    fn of(head: &str) -> Option<Self> {
        let head: String = head.chars().take(4096).collect();
        let has = |words: &str| head.contains(words);
        if has("PostgreSQL database cluster dump") {
            Some(Self::Cluster)
        } else if has("PostgreSQL database dump") {
            Some(Self::Postgres)
        } else if has("-- MySQL dump") || has("-- MariaDB dump") {
            Some(Self::Mysql)
        } else if has(SAVED) {
            Some(Self::Bare)
        } else {
            None
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Postgres => "-- PostgreSQL database dump complete",
            Self::Cluster => "-- PostgreSQL database cluster dump complete",
            Self::Mysql => "-- Dump completed",
            Self::Bare => "SQL_NOTES=@OLD_SQL_NOTES",
        }
    }
}

fn is_trailer(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || ["--", "\\", "/*"]
            .iter()
            .any(|start| line.starts_with(start))
}

/// Whether any statement makes or fills something.
fn has_objects(bytes: &[u8]) -> bool {
    let words: [&[u8]; 4] = [b"\nCREATE ", b"\nCOPY ", b"\nINSERT ", b"\nREPLACE "];
    words
        .iter()
        .any(|w| bytes.windows(w.len()).any(|p| p == *w))
}

/// Whether a line is the complaint of a dump tool, of the shell or of a database.
fn has_error(text: &str) -> bool {
    const STARTS: [&str; 12] = [
        "pg_dump: error",
        "pg_dumpall: error",
        "pg_dump: fatal",
        "pg_dump: [archiver",
        "mysqldump: error",
        "mysqldump: got error",
        "mysqldump: couldn't",
        "mariadb-dump: ",
        "psql: error",
        "error 1",
        "error 2",
        "fatal:",
    ];
    const INSIDE: [&str; 5] = [
        ": command not found",
        ": not found",
        ": no such file or directory",
        ": permission denied",
        "access denied for user",
    ];
    text.lines().any(|line| {
        let line = line.trim().to_ascii_lowercase();
        let warns = line.contains("warning");
        !warns
            && line.len() < 500
            && !line.starts_with("--")
            && (STARTS.iter().any(|s| line.starts_with(s))
                || (line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
                    && !line.ends_with(';')
                    && INSIDE.iter().any(|s| line.contains(s))))
    })
}

/// `-- Dump completed on 2026-11-21  1:20:03` (mysqldump), `-- Completed on 2026-11-21 …`
/// (pg_dump --verbose).
fn completed(tail: &str) -> Option<Timestamp> {
    let after = ["-- Dump completed on ", "-- Completed on "]
        .iter()
        .find_map(|m| tail.rsplit_once(m))?
        .1;
    let date: Date = after.get(..10)?.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}
