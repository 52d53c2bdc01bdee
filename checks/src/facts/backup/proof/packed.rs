//! Opening a file by what its first bytes say, not by its name.

use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder as ZstdFrame, StreamingDecoder};

use crate::{
    host::{Host, HostError},
    observation::Gap,
};

const PIECE: usize = 256 << 10;
/// Most bytes that one file may unpack to in one run.
const UNPACKED_CAP: u64 = 8 << 30;
/// Most memory that unpacking may take, in bytes. The tools' usual levels stay below it; of what is
/// packed harder (`xz -9`, `zstd --ultra`) it stays unproved whether it is whole.
const MEMORY: u32 = 34 << 20;

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

/// Frames of zstd, one after another, each with its checksum compared. A frame that wants more
/// memory than is given here ends in an error of the kind `OutOfMemory`.
pub(in crate::facts) struct Zstd<R: BufRead> {
    source: Option<R>,
    frame: Option<StreamingDecoder<R, ZstdFrame>>,
}

impl<R: BufRead> Zstd<R> {
    /// Reads frames from `source`, until it ends.
    pub(in crate::facts) const fn new(source: R) -> Self {
        Self {
            source: Some(source),
            frame: None,
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let got = frame.read(buf)?;
                if got > 0 || buf.is_empty() {
                    return Ok(got);
                }
            }
            if let Some(frame) = self.frame.take() {
                let (source, decoder) = frame.into_parts();
                let told = decoder.get_checksum_from_data();
                if told.is_some() && told != decoder.get_calculated_checksum() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                self.source = Some(source);
            }
            let Some(mut source) = self.source.take() else {
                return Ok(0);
            };
            let head = source.fill_buf()?;
            if head.is_empty() {
                return Ok(0);
            }
            if window(head).is_some_and(|w| w > u64::from(MEMORY)) {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            self.frame = Some(StreamingDecoder::new(source).map_err(io::Error::other)?);
        }
    }
}

/// Bytes that a frame wants to look back (RFC 8878, section 3.1.1.1).
fn window(head: &[u8]) -> Option<u64> {
    let flags = *head.get(4)?;
    if flags & 0x20 == 0 {
        let told = *head.get(5)?;
        let base = 1_u64 << (10 + (told >> 3));
        return Some(base + base / 8 * u64::from(told & 7));
    }
    let after = 5 + [0, 1, 2, 4][usize::from(flags & 3)];
    let len = [1, 2, 4, 8][usize::from(flags >> 6)];
    let mut size = [0; 8];
    let field = head.get(after..after + len)?;
    size.get_mut(..len)?.copy_from_slice(field);
    Some(u64::from_le_bytes(size))
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
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Zstd::new(raw)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Box::new(XzReader::new_mem_limit(raw, true, MEMORY >> 10))
        }
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Box::new(MultiBzDecoder::new(raw)),
        [0x04, 0x22, 0x4d, 0x18, ..] => Box::new(FrameDecoder::new(raw)),
        _ => Box::new(raw),
    };
    Ok(Box::new(Capped {
        inner,
        left: UNPACKED_CAP,
        path: path.to_owned(),
        trouble: Rc::clone(trouble),
    }))
}
