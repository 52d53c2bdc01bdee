//! The audit log as a file: written for people and other programs, and verified without the store.
//!
//! JSON Lines or CSV, one entry a line, with both hashes. In CSV a cell that a spreadsheet would take for
//! a formula begins with an apostrophe, and so does one that begins with an apostrophe. What could steer a
//! terminal, or mislead who reads the file there, is written as an escape: of JSON, and in CSV as `\u{1b}`.

use std::{
    io::{BufRead, Read},
    str,
};

use capdo_checks::observation::is_hostile;
use capdo_cli::table::tame_json;
use serde::{Deserialize, Serialize};

use crate::{
    export::csv::is_formula,
    store::{
        audit::Entry,
        chain::{Flaw, Walk},
    },
};

/// The longest line that is read.
const MAX_LINE: u64 = 1024 * 1024;
/// The columns, in their order.
const COLUMNS: [&str; 9] = [
    "seq",
    "at",
    "actor",
    "action",
    "agency_id",
    "target",
    "detail",
    "prev_sha256",
    "sha256",
];

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// A table for spreadsheets.
    Csv,
}

/// One line of a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    agency_id: Option<String>,
    target: String,
    detail: String,
    prev_sha256: String,
    sha256: String,
}

/// What a file of the audit log turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Entries.
    pub entries: u64,
    /// The place of the first.
    pub first: i64,
    /// The place of the last.
    pub last: i64,
    /// How many places between are not in the file: a file of one agency or of one time has such.
    pub left_out: i64,
    /// The hash of the last entry, in hex.
    pub sha256: String,
    /// The first line that does not hold, from 1, and why: a code.
    pub broken: Option<(u64, &'static str)>,
}

/// Entries as text; in CSV below their heads where `heads` is set.
pub fn write(entries: &[Entry], format: Format, heads: bool) -> String {
    let lines = entries.iter().map(line);
    match format {
        Format::Jsonl => lines
            .filter_map(|l| serde_json::to_string(&l).ok())
            .map(|l| tame_json(&l) + "\n")
            .collect(),
        Format::Csv => {
            let mut table = csv::Writer::from_writer(Vec::new());
            // Writing to memory does not fail.
            if heads {
                table.write_record(COLUMNS).unwrap_or_default();
            }
            for l in lines {
                let cells = [
                    l.seq.to_string(),
                    l.at.to_string(),
                    tame(&l.actor),
                    tame(&l.action),
                    tame(&l.agency_id.unwrap_or_default()),
                    tame(&l.target),
                    tame(&l.detail),
                    tame(&l.prev_sha256),
                    tame(&l.sha256),
                ];
                table.write_record(cells).unwrap_or_default();
            }
            String::from_utf8(table.into_inner().unwrap_or_default()).unwrap_or_default()
        }
    }
}

/// What is wrong with a line that is no entry.
pub const UNREADABLE: &str = "unreadable";

/// Verifies a file: every entry gives its hash, and names the one before where that is in the file.
///
/// # Errors
/// When the file cannot be read.
pub fn verify(from: impl BufRead) -> std::io::Result<FileReport> {
    let mut from = from;
    let json = from.fill_buf()?.first() == Some(&b'{');
    let mut report = FileReport::default();
    let mut walk = Walk::default();
    let mut number = 0;
    if json {
        while let Some(text) = next_line(&mut from)? {
            number += 1;
            let entry = str::from_utf8(&text).ok();
            let entry = entry.and_then(|t| serde_json::from_str::<Line>(t).ok());
            report.take(number, entry.and_then(entry_of), &mut walk);
        }
        return Ok(report);
    }
    let mut table = csv::ReaderBuilder::new().from_reader(from.take(u64::from(u32::MAX)));
    if table.headers().is_ok_and(|heads| *heads != COLUMNS[..]) {
        report.broken = Some((1, UNREADABLE));
        return Ok(report);
    }
    for row in table.records() {
        number += 1;
        // Files from before there were escapes hold what looks like one as it is.
        let entry = row.ok().and_then(|row| {
            let read = |escapes| of_row(&row, escapes).and_then(entry_of);
            read(true).filter(Entry::holds).or_else(|| read(false))
        });
        report.take(number + 1, entry, &mut walk);
    }
    Ok(report)
}

impl FileReport {
    fn take(&mut self, number: u64, entry: Option<Entry>, walk: &mut Walk) {
        let why = match entry {
            None => Some(UNREADABLE),
            Some(entry) => self.step(&entry, walk),
        };
        if let (Some(why), None) = (why, self.broken) {
            self.broken = Some((number, why));
        }
    }

    fn step(&mut self, entry: &Entry, walk: &mut Walk) -> Option<&'static str> {
        let before = walk.seq;
        if self.entries == 0 {
            self.first = entry.seq;
        }
        self.entries += 1;
        self.last = entry.seq;
        self.sha256 = hex::encode(&entry.sha256);
        let gap = entry.seq > before + 1;
        if gap {
            // What stands before is not in the file: the entry is taken at its word.
            self.left_out += if before == 0 {
                0
            } else {
                entry.seq - before - 1
            };
            walk.seq = entry.seq - 1;
            walk.sha256.clone_from(&entry.prev_sha256);
        }
        Some(match entry.follows(walk)? {
            Flaw::Gap | Flaw::Order => "order",
            Flaw::Content => "content",
        })
    }
}

/// The next line without its end; one that is too long is cut, and then cannot be read.
fn next_line(from: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    Ok((read > 0).then_some(line))
}

fn line(entry: &Entry) -> Line {
    Line {
        seq: entry.seq,
        at: entry.at,
        actor: entry.actor.clone(),
        action: entry.action.clone(),
        agency_id: entry.agency_id.clone(),
        target: entry.target.clone(),
        detail: entry.detail.clone(),
        prev_sha256: hex::encode(&entry.prev_sha256),
        sha256: hex::encode(&entry.sha256),
    }
}

fn entry_of(line: Line) -> Option<Entry> {
    Some(Entry {
        seq: line.seq,
        at: line.at,
        actor: line.actor,
        action: line.action,
        agency_id: line.agency_id,
        target: line.target,
        detail: line.detail,
        prev_sha256: hex::decode(line.prev_sha256).ok()?,
        sha256: hex::decode(line.sha256).ok()?,
    })
}

fn of_row(row: &csv::StringRecord, escapes: bool) -> Option<Line> {
    let cell = |n: usize| {
        let cell = row.get(n)?;
        let cell = cell.strip_prefix('\'').unwrap_or(cell);
        Some(if escapes {
            unescape(cell)
        } else {
            cell.to_owned()
        })
    };
    Some(Line {
        seq: cell(0)?.parse().ok()?,
        at: cell(1)?.parse().ok()?,
        actor: cell(2)?,
        action: cell(3)?,
        agency_id: cell(4).filter(|id| !id.is_empty()),
        target: cell(5)?,
        detail: cell(6)?,
        prev_sha256: cell(7)?,
        sha256: cell(8)?,
    })
}

/// A cell that no spreadsheet takes for a formula and that steers no terminal.
fn tame(text: &str) -> String {
    let shown = escape(text);
    if shown.starts_with('\'') || is_formula(&shown) {
        format!("'{shown}")
    } else {
        shown
    }
}

/// What cannot be shown as it is as `\u{1b}`, and the beginning of what looks so already.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let hostile = is_hostile(c) && !matches!(c, '\n' | '\t');
        if hostile || text[at..].starts_with("\\u{") {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// What [`escape`] was given.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        out.push_str(before);
        let read = after.split_once('}').and_then(|(hex, rest)| {
            let code = u32::from_str_radix(hex, 16).ok()?;
            Some((char::from_u32(code)?, rest))
        });
        if let Some((c, left)) = read {
            out.push(c);
            rest = left;
        } else {
            out.push_str("\\u{");
            rest = after;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Scope, Store, audit};

    const HOSTILE: &str = "\u{1b}[2J\u{9b}\u{202e}\\u{202e}\\u{x}\\u{\r＝1";

    #[test]
    fn what_steers_a_terminal_is_written_as_an_escape_and_read_as_it_was() {
        assert_eq!(
            escape(HOSTILE),
            "\\u{1b}[2J\\u{9b}\\u{202e}\\u{5c}u{202e}\\u{5c}u{x}\\u{5c}u{\\u{d}＝1"
        );
        for text in [HOSTILE, "", "\\", "\\u", "\\u{", "\\u{5c}", "Sở Y tế\n"] {
            assert_eq!(unescape(&escape(text)), text);
        }
        assert_eq!(tame(" =1"), "' =1");
    }

    #[tokio::test]
    async fn a_file_from_before_there_were_escapes_still_holds() {
        let entries = log().await;
        let text = write(&entries, Format::Csv, true);
        let old = text.replace(&escape(HOSTILE), &format!("\"{HOSTILE}\""));
        assert_ne!(old, text);
        for text in [old, text] {
            assert_eq!(verify(text.as_bytes()).unwrap().broken, None, "{text}");
        }
    }

    async fn log() -> Vec<Entry> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for (n, target) in ["=1+1", "'x", HOSTILE, "Sở Y tế", "a\nb,\"c\""]
            .iter()
            .enumerate()
        {
            let event = audit::Event {
                actor: "@lan",
                action: "agency.add",
                agency_id: (n % 2 == 0).then_some("a"),
                target,
                detail: serde_json::json!({ "n": n }),
            };
            audit::append(&mut tx, &event, 1000).await.unwrap();
        }
        let asked = audit::Asked {
            scope: &Scope::All,
            ..audit::Asked::ALL
        };
        audit::page(&mut tx, &asked, 0).await.unwrap()
    }

    fn check(text: &str) -> FileReport {
        verify(text.as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn a_file_verifies_by_itself_in_both_formats() {
        let log = log().await;
        for format in [Format::Jsonl, Format::Csv] {
            let whole = write(&log, format, true);
            let report = check(&whole);
            assert_eq!(
                (report.entries, report.left_out, report.broken),
                (5, 0, None),
                "{whole}"
            );
            assert_eq!(report.sha256, hex::encode(&log[4].sha256));
            let some = check(&write(&[log[0].clone(), log[2].clone()], format, true));
            assert_eq!((some.left_out, some.broken), (1, None));
            let turned = check(&write(&[log[1].clone(), log[0].clone()], format, true));
            assert_eq!(turned.broken.map(|b| b.1), Some("order"));
            let changed = check(&whole.replacen("Sở Y tế", "Sở Y tá", 1));
            assert_eq!(changed.broken.map(|b| b.1), Some("content"));
        }
        assert_eq!(check("x").broken, Some((1, "unreadable")));
        assert_eq!(check("{x\n").broken, Some((1, "unreadable")));
    }

    #[tokio::test]
    async fn no_cell_is_a_formula() {
        let text = write(&log().await, Format::Csv, true);
        let mut table = csv::Reader::from_reader(text.as_bytes());
        for row in table.records() {
            let row = row.unwrap();
            assert!(
                !row.iter().any(|c| c.starts_with(['=', '+', '-', '@'])),
                "{row:?}"
            );
        }
    }

    /// One flipped byte anywhere in a file of lines is noticed.
    #[tokio::test]
    async fn one_flipped_byte_is_noticed() {
        let text = write(&log().await, Format::Jsonl, true);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            if bytes[at] == text.as_bytes()[at].to_ascii_uppercase() {
                continue;
            }
            let report = verify(bytes.as_slice()).unwrap();
            let same_hash = hex_case(&bytes, text.as_bytes());
            assert!(report.broken.is_some() || same_hash, "{at}: {report:?}");
        }
    }

    /// Whether two files differ only in how they write hashes.
    fn hex_case(one: &[u8], other: &[u8]) -> bool {
        one.eq_ignore_ascii_case(other)
    }
}
