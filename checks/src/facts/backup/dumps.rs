//! Dump files and archives: known by name and by head, and put into series by name.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    proof::{Fault, folder_size, frames::is_frame, pgfolder},
    stores::{Form, Store},
};
use crate::{
    facts::access,
    host::{Entry, FileKind, Host},
    observation::Gap,
};

const DUMP_ENDINGS: [&str; 28] = [
    ".backup", ".ldif", ".rdb", ".archive", ".sql", ".sql.gz", ".sql.zst", ".sql.xz", ".sql.bz2",
    ".sql.lz4", ".dump", ".dump.gz", ".pgc", ".pgdump", ".tar", ".tar.gz", ".tgz", ".tar.zst",
    ".tar.xz", ".tar.bz2", ".zip", ".bak", ".gpg", ".age", ".enc", ".vma", ".vma.zst", ".vma.gz",
];
/// How far below a store dumps are looked for, such as in one folder a day.
const DEPTH: usize = 3;
/// Most files of one store that are looked at.
const MOST: usize = 5_000;
const LIST_CAP: usize = 10_000;
/// Most files of one store whose head is compared with what their name says.
const HEADS: usize = 64;
/// Most series of one store.
const MOST_SERIES: usize = 200;

/// Whether a name is that of a dump or an archive.
pub(super) fn is_dump(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    DUMP_ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether the head of a file is that of an encrypted one.
pub(super) fn is_sealed(head: &[u8]) -> bool {
    let sealed: [&[u8]; 5] = [
        b"-----BEGIN PGP MESSAGE",
        b"-----BEGIN AGE ENCRYPTED FILE",
        b"age-encryption.org/",
        b"Salted__",
        b"U2FsdGVkX1",
    ];
    // Binary OpenPGP begins with a packet for a key or a password (RFC 9580, sections 4.3, 5.1, 5.3):
    // its tag, its length, its version.
    let openpgp = matches!(
        head,
        [0x84 | 0xc1, 0..=191, 3 | 6, ..]
            | [0x85, _, _, 3 | 6, ..]
            | [0xc1, 192..=223, _, 3 | 6, ..]
            | [0x8c | 0xc3, 0..=191, 4..=6, ..]
    );
    openpgp || sealed.iter().any(|s| head.starts_with(s))
}

/// Whether the head of a file is that of something readable: text, or a known archive or dump.
pub(super) fn is_plain(head: &[u8]) -> bool {
    let known: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"\xfd7zXZ",
        b"BZh",
        b"PK\x03\x04",
        b"PGDMP",
        b"VMA\0",
        b"7z\xbc\xaf",
    ];
    if is_sealed(head) {
        return false;
    }
    let text = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace() || *b >= 0x80;
    let tar = head.get(257..262) == Some(b"ustar");
    let words = head.is_ascii() || std::str::from_utf8(head).is_ok();
    tar || is_frame(head)
        || known.iter().any(|k| head.starts_with(k))
        || words && head.iter().all(text)
}

/// One copy in a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The file, or the tool's name for the copy.
    pub path: String,
    /// When it was last written.
    pub at: Timestamp,
    /// Bytes.
    pub size: u64,
}

/// Copies of one thing, told apart by date or number, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name: digits became `#`.
    pub name: String,
    /// The copies.
    pub points: Vec<Point>,
}

impl Series {
    /// The newest copy.
    pub fn newest(&self) -> Option<&Point> {
        self.points.last()
    }

    /// The size in the middle of those before the newest, and how many those are.
    pub fn usual(&self) -> (u64, usize) {
        let before = self.points.len().saturating_sub(1);
        // Growth over years is no drop: only the last thirty are compared.
        let recent = self.points.iter().take(before).rev().take(30);
        let mut sizes: Vec<u64> = recent.map(|p| p.size).collect();
        sizes.sort_unstable();
        (
            sizes.get(sizes.len() / 2).copied().unwrap_or(0),
            sizes.len(),
        )
    }
}

/// Puts copies into series by name, oldest first.
pub(super) fn series(points: impl IntoIterator<Item = Point>) -> Vec<Series> {
    let mut all: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for point in points {
        let name = pattern(&point.path);
        if all.len() < MOST_SERIES || all.contains_key(&name) {
            all.entry(name).or_default().push(point);
        }
    }
    let made = all.into_iter().map(|(name, mut points)| {
        points.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        Series { name, points }
    });
    made.collect()
}

/// A path with each run of digits replaced, and with the number of a rotated copy taken off.
fn pattern(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        match c {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            c => out.push(c),
        }
    }
    out.trim_end_matches(".#").to_owned()
}

/// The dump files in a folder and below.
pub(super) fn find(host: &dyn Host, root: &str, entries: &[Entry]) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let mut open: Vec<(String, usize, Vec<Entry>)> = vec![(root.to_owned(), 0, entries.to_vec())];
    while let Some((folder, depth, entries)) = open.pop() {
        // A dump in a folder is one copy, by its list.
        if entries.iter().any(|e| e.name == pgfolder::LIST) {
            found.push(format!("{folder}/{}", pgfolder::LIST));
            continue;
        }
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            if entry.kind == FileKind::File && is_dump(pattern_end(&path)) {
                found.push(path);
            } else if entry.kind == FileKind::Dir && depth < DEPTH {
                let below = host.list(&path, LIST_CAP)?;
                open.push((path, depth + 1, below));
            }
            if found.len() > MOST {
                let detail = format!("{root}: more than {MOST} files");
                return Err(Gap::new(crate::observation::GapReason::OverBudget, detail));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `db.sql.gz.3` → `db.sql.gz`.
fn pattern_end(path: &str) -> &str {
    path.trim_end_matches(|c: char| c.is_ascii_digit())
        .strip_suffix('.')
        .unwrap_or(path)
}

/// Looks at the dump files of a store.
pub(super) fn look(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    let files = find(host, &store.path, entries)?;
    unfinished(host, store, entries)?;
    let mut points = Vec::new();
    let mut unsure = false;
    let mut reached = Reached::default();
    for (n, path) in files.iter().rev().enumerate() {
        let stat = host.stat(path)?;
        store.open_to_all |= stat.mode & 0o004 != 0 && reached.by_all(host, path)?;
        let named = [".gpg", ".age", ".enc"].iter().any(|e| path.ends_with(e));
        let closed = match named && n < HEADS {
            true => {
                let head = host.read_at(path, 0, 512)?; // a name is quickly changed
                unsure |= !is_plain(&head) && !is_sealed(&head);
                !is_plain(&head)
            }
            false => named,
        };
        store.encrypted = Some(store.encrypted.unwrap_or(true) && closed);
        let size = match path.strip_suffix(&format!("/{}", pgfolder::LIST)) {
            Some(folder) => folder_size(host, folder)?,
            None => stat.size,
        };
        points.push(Point {
            path: path.clone(),
            at: stat.mtime,
            size,
        });
    }
    if points.is_empty() {
        return Ok(());
    }
    // Bytes that look like nothing known may be encrypted, or broken.
    store.encrypted = store.encrypted.filter(|closed| !(*closed && unsure));
    store.form = Form::Dumps;
    points.iter().for_each(|p| store.filed(p.at));
    store.points = points.len();
    store.series = series(points);
    Ok(())
}

/// Which folders everybody may enter, each looked at once.
#[derive(Default)]
struct Reached(BTreeMap<String, bool>);

impl Reached {
    fn by_all(&mut self, host: &dyn Host, path: &str) -> Result<bool, Gap> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(open) = self.0.get(folder) {
            return Ok(*open);
        }
        let open = access::open_to_all(host, path)?;
        self.0.insert(folder.to_owned(), open);
        Ok(open)
    }
}

/// Folders in which `pg_dump -Fd` left data and no list: it writes that last.
fn unfinished(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    const STILL_WRITING: i64 = 24 * 3_600;
    let folders = entries.iter().filter(|e| e.kind == FileKind::Dir);
    let below = folders.map(|e| format!("{}/{}", store.path, e.name));
    for folder in below.chain([store.path.clone()]).take(200) {
        let files = host.list(&folder, LIST_CAP)?;
        let has_list = files.iter().any(|f| f.name == pgfolder::LIST);
        let data = files.iter().find(|f| pgfolder::is_data(&f.name));
        let Some(data) = data.filter(|_| !has_list) else {
            continue;
        };
        let written = host.stat(&format!("{folder}/{}", data.name))?.mtime;
        if host.now().as_second() - written.as_second() > STILL_WRITING {
            store.faults.push((folder, Fault::NoMark));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dump_is_no_encrypted_one() {
        for plain in [
            &b"-- PostgreSQL database dump\n"[..],
            b"\x1f\x8b\x08",
            b"PGDMP\x01",
            "-- sao lưu\n".as_bytes(),
            b"",
        ] {
            assert!(is_plain(plain));
        }
        for sealed in [
            &b"\x85\x02\x0c\x03"[..],
            b"\x8c\x0d\x04\x09",
            b"Salted__\x01",
            b"-----BEGIN PGP MESSAGE-----\n",
        ] {
            assert!(!is_plain(sealed));
        }
    }

    #[test]
    fn copies_of_one_thing_make_a_series() {
        let point = |path: &str, second, size| Point {
            path: path.into(),
            at: Timestamp::from_second(second).unwrap(),
            size,
        };
        let got = series([
            point("/b/a-2026-11-21.sql.gz", 30, 10),
            point("/b/a-2026-11-20.sql.gz", 20, 100),
            point("/b/a-2026-11-19.sql.gz", 10, 90),
            point("/b/c.sql.2", 5, 7),
            point("/b/c.sql", 6, 7),
        ]);
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].newest().unwrap().size, 10);
        assert_eq!(got[0].usual(), (100, 2));
        assert_eq!(got[1].points.len(), 2);
    }
}
