//! Segments of a borg repository (version 1): the mark `BORG_SEG`, then entries of checksum (CRC-32,
//! little-endian, over all that follows in the entry), size, tag, and for data a key of 32 bytes.
//! The checksums lie over the encrypted data, so that no passphrase is needed.

use crate::{
    host::{Host, HostError},
    observation::Gap,
};

use super::Fault;

/// The mark at the start of a segment.
pub const MAGIC: &[u8] = b"BORG_SEG";
const HEAD: u64 = 9;
/// borg's own bound on an entry is a little above 20 MiB.
const ENTRY_CAP: u64 = 24 << 20;
const WINDOW: usize = 256 << 10;

/// Compares the checksums of the entries that begin between `from` and `to`, and follows the chain
/// of entries through the rest.
///
/// # Errors
/// When the segment may not be read.
pub fn check(
    host: &dyn Host,
    path: &str,
    size: u64,
    (from, to): (u64, u64),
) -> Result<Option<Fault>, Gap> {
    let mut view = View {
        host,
        path,
        start: 0,
        bytes: Vec::new(),
    };
    if size == 0 {
        return Ok(Some(Fault::Empty));
    }
    if view.at(0, MAGIC.len())? != MAGIC {
        return Ok(Some(Fault::Corrupt));
    }
    let mut at = MAGIC.len() as u64;
    while at < size && at < to {
        let &[a, b, c, d, s0, s1, s2, s3, tag] = view.at(at, 9)? else {
            return Ok(Some(Fault::Cut));
        };
        let told = u32::from_le_bytes([a, b, c, d]);
        let len = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
        if !(HEAD..=ENTRY_CAP).contains(&len) || tag > 3 {
            return Ok(Some(Fault::Corrupt));
        }
        if at.saturating_add(len) > size {
            return Ok(Some(Fault::Cut));
        }
        if at >= from {
            // Of the newer kind of data (tag 3) the checksum covers the head alone.
            let covered = if tag == 3 { len.min(HEAD + 40) } else { len };
            if view.crc(at + 4, covered - 4)? != Some(told) {
                return Ok(Some(Fault::Corrupt));
            }
        }
        at += len;
    }
    Ok(None)
}

/// A part of the file, kept so that small entries cost no call each.
struct View<'a> {
    host: &'a dyn Host,
    path: &'a str,
    start: u64,
    bytes: Vec<u8>,
}

impl View<'_> {
    /// `len` bytes from `at`; fewer at the end of the file.
    fn at(&mut self, at: u64, len: usize) -> Result<&[u8], HostError> {
        let inside = |start: u64| usize::try_from(at.checked_sub(start)?).ok();
        let held = inside(self.start).filter(|from| from + len <= self.bytes.len());
        let from = match held {
            Some(from) => from,
            None => {
                self.bytes = self.host.read_at(self.path, at, WINDOW.max(len))?;
                self.start = at;
                0
            }
        };
        let to = self.bytes.len().min(from + len);
        Ok(self.bytes.get(from..to).unwrap_or_default())
    }

    /// The checksum of `len` bytes from `at`; `None` where the file ends before.
    fn crc(&mut self, mut at: u64, mut len: u64) -> Result<Option<u32>, HostError> {
        let mut hash = crc32fast::Hasher::new();
        while len > 0 {
            let want = usize::try_from(len).unwrap_or(WINDOW).min(WINDOW);
            let piece = self.at(at, want)?;
            if piece.is_empty() {
                return Ok(None);
            }
            hash.update(piece);
            let got = piece.len() as u64;
            at += got;
            len -= got;
        }
        Ok(Some(hash.finalize()))
    }
}
