//! The journal beside an SQLite database (`-wal`): pages that were written and have not gone into the
//! database yet. What its last complete transaction holds is what the database says. The format:
//! <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use jiff::Timestamp;

use crate::host::{Host, HostError};

const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
const VERSION: u32 = 3_007_000;
/// Bytes that are read at a time.
const PIECE: usize = 128 << 10;

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    let part = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
    part.map_or(0, u32::from_be_bytes)
}

/// A journal that was read to the end of its last complete transaction.
pub(super) struct Wal {
    pub(super) path: String,
    pub(super) page_size: usize,
    /// How many pages the database then has; 0 where no transaction is complete.
    pub(super) pages: u32,
    /// Where the newest content of a page begins.
    pub(super) frames: HashMap<u32, u64>,
    head: Vec<u8>,
    size: u64,
    mtime: Timestamp,
}

impl Wal {
    /// Reads the journal of the database at `database`; `None` where none is there or it is empty.
    ///
    /// # Errors
    /// When it cannot be read, or does not begin as a journal does.
    pub(super) fn read(host: &dyn Host, database: &str) -> io::Result<Option<Self>> {
        let path = format!("{database}-wal");
        let stat = match host.stat_if_any(&path).map_err(io::Error::other)? {
            Some(stat) if stat.size > 0 => stat,
            _ => return Ok(None),
        };
        let head = host.read_at(&path, 0, HEAD).map_err(io::Error::other)?;
        if head.len() < HEAD {
            return Err(bad("a journal without its beginning"));
        }
        let mut sum = Sum {
            big: match be32(&head, 0) {
                0x377f_0682 => false,
                0x377f_0683 => true,
                _ => return Err(bad("a journal of an unknown sort")),
            },
            so_far: (0, 0),
        };
        sum.add(&head[..24]);
        let page_size = usize::try_from(be32(&head, 8)).unwrap_or(0);
        let possible = page_size.is_power_of_two() && (512..=65_536).contains(&page_size);
        if be32(&head, 4) != VERSION || !possible || !sum.is(&head[24..]) {
            return Err(bad("a journal that its checksum does not fit"));
        }
        let mut wal = Self {
            path,
            page_size,
            pages: 0,
            frames: HashMap::new(),
            head,
            size: stat.size,
            mtime: stat.mtime,
        };
        wal.add_frames(host, sum)?;
        Ok(Some(wal))
    }

    /// Takes in the frames up to the last that ends a transaction. What follows a frame of an earlier
    /// use of the file, or one that was not written to its end, never counts; SQLite stops there too.
    fn add_frames(&mut self, host: &dyn Host, mut sum: Sum) -> io::Result<()> {
        let file = Pieces {
            host,
            path: &self.path,
            at: HEAD as u64,
        };
        let mut file = io::BufReader::with_capacity(PIECE, file);
        let length = FRAME_HEAD + self.page_size;
        let mut frame = vec![0; length];
        let mut at = HEAD as u64;
        let mut open: Vec<(u32, u64)> = Vec::new();
        while at + length as u64 <= self.size {
            file.read_exact(&mut frame)?;
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME_HEAD..]);
            let (page, pages) = (be32(&frame, 0), be32(&frame, 4));
            if page == 0 || frame[8..16] != self.head[16..24] || !sum.is(&frame[16..24]) {
                break;
            }
            open.push((page, at + FRAME_HEAD as u64));
            if pages > 0 {
                self.frames.extend(open.drain(..));
                self.pages = pages;
            }
            at += length as u64;
        }
        Ok(())
    }

    /// Whether the journal at `database` is still the one that was read.
    pub(super) fn is_unchanged(
        read: Option<&Self>,
        host: &dyn Host,
        database: &str,
    ) -> Result<bool, HostError> {
        let path = format!("{database}-wal");
        let stat = host.stat_if_any(&path)?.filter(|s| s.size > 0);
        Ok(match (read, stat) {
            (None, None) => true,
            (Some(wal), Some(stat)) => {
                let same = (stat.size, stat.mtime) == (wal.size, wal.mtime);
                same && host.read_at(&path, 0, HEAD)? == wal.head
            }
            _ => false,
        })
    }
}

/// The running checksum: words of four bytes in pairs, highest byte first or last as the file says.
struct Sum {
    big: bool,
    so_far: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word = |b: &[u8]| {
            let b = b.try_into().unwrap_or_default();
            if self.big {
                u32::from_be_bytes(b)
            } else {
                u32::from_le_bytes(b)
            }
        };
        let (mut first, mut second) = self.so_far;
        for pair in bytes.chunks_exact(8) {
            first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
            second = second.wrapping_add(word(&pair[4..])).wrapping_add(first);
        }
        self.so_far = (first, second);
    }

    fn is(&self, bytes: &[u8]) -> bool {
        self.so_far == (be32(bytes, 0), be32(bytes, 4))
    }
}

struct Pieces<'a> {
    host: &'a dyn Host,
    path: &'a str,
    at: u64,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let piece = self.host.read_at(self.path, self.at, buf.len());
        let piece = piece.map_err(io::Error::other)?;
        let into = buf.get_mut(..piece.len()).ok_or(io::ErrorKind::Other)?;
        into.copy_from_slice(&piece);
        self.at += piece.len() as u64;
        Ok(piece.len())
    }
}
