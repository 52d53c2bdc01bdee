//! A small read-only reader of SQLite tables, for files that may be hostile: one page at a time,
//! nothing believed that is not bounded. The format: <https://sqlite.org/fileformat2.html>.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read},
    rc::Rc,
};

use super::wal::Wal;
use crate::host::Host;

/// Bytes that are read at a time, and how many such pieces are kept.
const PIECE: usize = 32 << 10;
const KEPT: usize = 24;
/// Deepest tree that is followed; 2^64 rows fit in fewer levels.
const DEPTH_CAP: usize = 20;

/// An SQLite file.
pub(super) struct Database<'a> {
    host: &'a dyn Host,
    path: &'a str,
    page_size: usize,
    /// What of a page holds data.
    usable: usize,
    pages: u64,
    /// Pages whose newest content is not in the file yet.
    wal: Option<&'a Wal>,
    pieces: RefCell<VecDeque<(Place, Rc<Vec<u8>>)>>,
}

/// Whether a piece is of the journal, and its number.
type Place = (bool, u64);

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn be(bytes: &[u8], at: usize, len: usize) -> io::Result<u64> {
    let part = bytes
        .get(at..at + len)
        .ok_or_else(|| bad("page cut short"))?;
    Ok(part.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn be32(bytes: &[u8], at: usize) -> io::Result<u32> {
    u32::try_from(be(bytes, at, 4)?).map_err(|_| bad("number out of range"))
}

fn be16(bytes: &[u8], at: usize) -> io::Result<usize> {
    usize::try_from(be(bytes, at, 2)?).map_err(|_| bad("number out of range"))
}

/// A number of 1 to 9 bytes, and where it ends.
fn varint(bytes: &[u8], mut at: usize) -> io::Result<(u64, usize)> {
    let mut value = 0_u64;
    for n in 0..9 {
        let byte = *bytes.get(at).ok_or_else(|| bad("page cut short"))?;
        at += 1;
        if n == 8 {
            return Ok((value << 8 | u64::from(byte), at));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok((value, at))
}

impl<'a> Database<'a> {
    /// Opens the file, as it is together with its journal.
    pub(super) fn open(
        host: &'a dyn Host,
        path: &'a str,
        wal: Option<&'a Wal>,
    ) -> io::Result<Self> {
        let size = host.stat(path).map_err(io::Error::other)?.size;
        let mut head = host.read_at(path, 0, 100).map_err(io::Error::other)?;
        if let Some((wal, at)) = wal.and_then(|w| Some((w, *w.frames.get(&1)?))) {
            head = host.read_at(&wal.path, at, 100).map_err(io::Error::other)?;
        }
        if head.len() < 100 || !head.starts_with(b"SQLite format 3\0") {
            return Err(bad("no SQLite database"));
        }
        let page_size = match be16(&head, 16)? {
            1 => 65_536,
            size if size.is_power_of_two() && size >= 512 => size,
            _ => return Err(bad("odd page size")),
        };
        if wal.is_some_and(|w| w.page_size != page_size) {
            return Err(bad("a journal with pages of another size"));
        }
        if be32(&head, 56)? > 1 {
            return Err(bad("text that is not UTF-8"));
        }
        let pages = wal.filter(|w| w.pages > 0);
        Ok(Self {
            host,
            path,
            page_size,
            usable: page_size - usize::from(head[20]).min(page_size - 480),
            pages: pages.map_or(size / page_size as u64, |w| w.pages.into()),
            wal,
            pieces: RefCell::default(),
        })
    }

    /// Calls `each` with every row of a table.
    pub(super) fn rows(
        &self,
        table: &str,
        mut each: impl FnMut(Row<'_, 'a>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut root = None;
        self.walk(1, &mut |mut row| {
            let values = row.texts(4)?;
            if values[0] == Value::Text("table".into()) && values[1] == Value::Text(table.into()) {
                root = values[3].number();
            }
            Ok(())
        })?;
        let root = root.and_then(|n| u32::try_from(n).ok());
        let root = root.ok_or_else(|| bad("the table is not there"))?;
        self.walk(root, &mut each)
    }

    /// Goes through a table's tree. No page is looked at more often than the file has pages.
    fn walk(
        &self,
        root: u32,
        each: &mut dyn FnMut(Row<'_, 'a>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut left = self.pages;
        // Rows do not overlap, so that together they are no larger than the file.
        let mut bytes = self.pages.saturating_mul(self.page_size as u64);
        let mut todo = vec![(root, 0_usize)];
        while let Some((number, depth)) = todo.pop() {
            left = left
                .checked_sub(1)
                .ok_or_else(|| bad("pages in a circle"))?;
            if depth > DEPTH_CAP {
                return Err(bad("tree too deep"));
            }
            let page = self.page(number)?;
            let head = if number == 1 { 100 } else { 0 };
            let cells = be16(&page, head + 3)?;
            match page.get(head) {
                Some(0x05) => {
                    todo.push((be32(&page, head + 8)?, depth + 1));
                    for n in (0..cells).rev() {
                        let cell = be16(&page, head + 12 + 2 * n)?;
                        todo.push((be32(&page, cell)?, depth + 1));
                    }
                }
                Some(0x0d) => {
                    for n in 0..cells {
                        let row = self.row(&page, be16(&page, head + 8 + 2 * n)?)?;
                        let rest = bytes.checked_sub(row.left);
                        bytes = rest.ok_or_else(|| bad("rows larger than the file"))?;
                        each(row)?;
                    }
                }
                _ => return Err(bad("no page of a table")),
            }
        }
        Ok(())
    }

    /// The cell at `at` of a leaf: its length, its row id, the beginning of the row, and the number
    /// of the page where the row goes on.
    fn row<'p>(&'p self, page: &[u8], at: usize) -> io::Result<Row<'p, 'a>> {
        let (length, at) = varint(page, at)?;
        let (_, at) = varint(page, at)?;
        let most = (self.usable - 35) as u64;
        let here = if length <= most {
            length
        } else {
            let least = ((self.usable - 12) * 32 / 255 - 23) as u64;
            let odd = least + (length - least) % (self.usable as u64 - 4);
            if odd <= most { odd } else { least }
        };
        let end = at + usize::try_from(here).map_err(|_| bad("row too long"))?;
        let piece = page.get(at..end).ok_or_else(|| bad("row past its page"))?;
        let next = if length > here { be32(page, end)? } else { 0 };
        if length / self.page_size as u64 > self.pages {
            return Err(bad("row longer than the file"));
        }
        Ok(Row {
            database: self,
            piece: piece.to_vec(),
            at: 0,
            next,
            left: length,
        })
    }

    fn page(&self, number: u32) -> io::Result<Vec<u8>> {
        let index = u64::from(number.checked_sub(1).ok_or_else(|| bad("page 0"))?);
        if index >= self.pages {
            return Err(bad("page past the end of the file"));
        }
        let frame = self.wal.and_then(|w| w.frames.get(&number)).copied();
        let mut from = frame.unwrap_or(index * self.page_size as u64);
        let mut page = Vec::with_capacity(self.page_size);
        while page.len() < self.page_size {
            let piece = self.piece((frame.is_some(), from / PIECE as u64))?;
            let inside = usize::try_from(from % PIECE as u64).unwrap_or(0);
            let part = piece.get(inside..).unwrap_or_default();
            let part = &part[..part.len().min(self.page_size - page.len())];
            if part.is_empty() {
                return Err(bad("file cut short"));
            }
            page.extend_from_slice(part);
            from += part.len() as u64;
        }
        Ok(page)
    }

    /// The piece of a file with this number, from those kept or freshly read.
    fn piece(&self, place: Place) -> io::Result<Rc<Vec<u8>>> {
        let mut pieces = self.pieces.borrow_mut();
        if let Some(at) = pieces.iter().position(|(n, _)| *n == place) {
            let kept = pieces.remove(at).ok_or_else(|| bad("lost piece"))?;
            let bytes = Rc::clone(&kept.1);
            pieces.push_back(kept);
            return Ok(bytes);
        }
        let (in_journal, number) = place;
        let journal = self.wal.filter(|_| in_journal);
        let path = journal.map_or(self.path, |w| w.path.as_str());
        let read = self.host.read_at(path, number * PIECE as u64, PIECE);
        let bytes = Rc::new(read.map_err(io::Error::other)?);
        if pieces.len() == KEPT {
            pieces.pop_front();
        }
        pieces.push_back((place, Rc::clone(&bytes)));
        Ok(bytes)
    }
}

/// A column's value, where it is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Other,
}

impl Value {
    const fn number(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }
}

/// One row, read from its beginning to its end.
pub(super) struct Row<'p, 'a> {
    database: &'p Database<'a>,
    piece: Vec<u8>,
    at: usize,
    next: u32,
    left: u64,
}

impl Read for Row<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && self.left > 0 {
            let page = self.database.page(self.next)?;
            self.next = be32(&page, 0)?;
            let rest = self.database.usable.min(page.len());
            let rest = usize::try_from(self.left).map_or(rest, |left| rest.min(left + 4));
            self.piece = page[..rest].to_vec();
            self.at = 4.min(rest);
        }
        let some = &self.piece[self.at..];
        let count = some.len().min(buf.len());
        buf[..count].copy_from_slice(&some[..count]);
        self.at += count;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

impl Row<'_, '_> {
    /// The serial types of the first columns; the reader then stands at the first value.
    fn types(&mut self, columns: usize) -> io::Result<Vec<u64>> {
        let (head, mut at) = self.next_varint(0)?;
        let mut types = Vec::new();
        while at < head {
            let (kind, end) = self.next_varint(at)?;
            at = end;
            if types.len() < columns {
                types.push(kind);
            }
        }
        if types.len() < columns {
            return Err(bad("row with too few columns"));
        }
        Ok(types)
    }

    /// One number, and how many bytes of the row's head were read after it.
    fn next_varint(&mut self, before: u64) -> io::Result<(u64, u64)> {
        let mut bytes = Vec::with_capacity(9);
        loop {
            let mut byte = [0];
            self.read_exact(&mut byte)?;
            bytes.push(byte[0]);
            if byte[0] & 0x80 == 0 || bytes.len() == 9 {
                let (value, _) = varint(&bytes, 0)?;
                return Ok((value, before + bytes.len() as u64));
            }
        }
    }

    /// The first columns as short values.
    fn texts(&mut self, columns: usize) -> io::Result<Vec<Value>> {
        let types = self.types(columns)?;
        types.into_iter().map(|kind| self.value(kind)).collect()
    }

    fn value(&mut self, kind: u64) -> io::Result<Value> {
        let length = length_of(kind);
        let mut bytes = Vec::new();
        self.by_ref()
            .take(length.min(4_096))
            .read_to_end(&mut bytes)?;
        let rest = length.saturating_sub(4_096);
        io::copy(&mut self.by_ref().take(rest), &mut io::sink())?;
        Ok(match kind {
            1..=6 => Value::Number(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))),
            8 | 9 => Value::Number(kind - 8),
            kind if kind >= 13 && kind % 2 == 1 => {
                Value::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => Value::Other,
        })
    }

    /// Goes to the blob in column `column` (from 0) and says how long it is.
    pub(super) fn blob(&mut self, column: usize) -> io::Result<u64> {
        let types = self.types(column + 1)?;
        for kind in &types[..column] {
            self.value(*kind)?;
        }
        match types[column] {
            kind if kind >= 12 && kind % 2 == 0 => Ok(length_of(kind)),
            _ => Err(bad("no blob where one belongs")),
        }
    }
}

/// How many bytes a value of this serial type has.
const fn length_of(kind: u64) -> u64 {
    match kind {
        0 | 8..=11 => 0,
        1..=4 => kind,
        5 => 6,
        6 | 7 => 8,
        _ => (kind - 12) / 2,
    }
}
