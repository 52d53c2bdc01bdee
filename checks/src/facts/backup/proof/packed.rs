//! Opening a file by what its first bytes say, not by its name.

use std::{
    cell::RefCell,
    io::{self, BufReader, Read},
    rc::Rc,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::frames::{Frames, is_frame};
use crate::{
    host::{Host, HostError},
    observation::Gap,
};

const PIECE: usize = 256 << 10;
/// Most bytes that one file may unpack to in one run.
const UNPACKED_CAP: u64 = 8 << 30;
/// Most memory that unpacking may take, in bytes. The tools' usual levels stay below it; of what is
/// packed harder (`xz -9`, `zstd --ultra`) it stays unproved whether it is whole.
pub(in crate::facts) const MEMORY: u32 = 34 << 20;

/// What the window answered while a file was read. Decoders wrap errors beyond recognition, so it
/// is kept beside them: a spent budget must never look like a broken file.
pub(super) type Trouble = Rc<RefCell<Option<HostError>>>;

/// A file behind the window, read piece by piece.
struct Pieces<'a> {
    host: &'a dyn Host,
    path: String,
    at: u64,
    trouble: Trouble,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(PIECE);
        match self.host.read_at(&self.path, self.at, len) {
            Ok(piece) => {
                let into = buf.get_mut(..piece.len()).ok_or(io::ErrorKind::Other)?;
                into.copy_from_slice(&piece);
                self.at = self.at.saturating_add(piece.len() as u64);
                Ok(piece.len())
            }
            Err(error) => {
                let what = io::Error::other(error.to_string());
                self.trouble.borrow_mut().get_or_insert(error);
                Err(what)
            }
        }
    }
}

struct Capped<'a> {
    inner: Box<dyn Read + 'a>,
    left: u64,
    path: String,
    trouble: Trouble,
}

impl Read for Capped<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf);
        if let Err(error) = &got
            && error.kind() == io::ErrorKind::OutOfMemory
        {
            self.give_up();
        }
        let got = got?;
        let Some(left) = self.left.checked_sub(got as u64) else {
            self.give_up();
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        self.left = left;
        Ok(got)
    }
}

impl Capped<'_> {
    fn give_up(&self) {
        let error = HostError::OverBudget(self.path.clone());
        self.trouble.borrow_mut().get_or_insert(error);
    }
}

/// Opens a file for reading what it holds, unpacked.
///
/// # Errors
/// When it may not be read.
pub(super) fn open<'a>(
    host: &'a dyn Host,
    path: &str,
    trouble: &Trouble,
) -> Result<Box<dyn Read + 'a>, Gap> {
    let head = host.read_at(path, 0, 8)?;
    let pieces = Pieces {
        host,
        path: path.to_owned(),
        at: 0,
        trouble: Rc::clone(trouble),
    };
    let raw = BufReader::with_capacity(PIECE, pieces);
    let inner: Box<dyn Read + 'a> = match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(raw)),
        head if is_frame(head) => Box::new(Frames::new(raw, MEMORY)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Box::new(XzReader::new_mem_limit(raw, true, MEMORY >> 10))
        }
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Box::new(MultiBzDecoder::new(raw)),
        _ => Box::new(raw),
    };
    Ok(Box::new(Capped {
        inner,
        left: UNPACKED_CAP,
        path: path.to_owned(),
        trouble: Rc::clone(trouble),
    }))
}
