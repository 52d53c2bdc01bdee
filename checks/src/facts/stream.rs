//! Reading large files in pieces, packed or plain, without holding them in memory.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::{
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Most bytes that one file may unpack to.
pub const UNPACKED_CAP: u64 = 64 << 20;
const PIECE: usize = 128 << 10;

/// A file behind the window, read piece by piece.
struct Pieces<'a> {
    host: &'a dyn Host,
    path: String,
    at: u64,
    ended: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let len = buf.len().min(PIECE);
        let piece = self
            .host
            .read_at(&self.path, self.at, len)
            .map_err(io::Error::other)?;
        let into = buf.get_mut(..piece.len()).ok_or(io::ErrorKind::Other)?;
        into.copy_from_slice(&piece);
        self.at = self.at.saturating_add(piece.len() as u64);
        self.ended = piece.len() < len;
        Ok(piece.len())
    }
}

/// Fails, rather than ends, when more than the cap comes out: half a list must not pass for one.
struct Capped<R> {
    inner: R,
    left: u64,
    path: String,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.left = self
            .left
            .checked_sub(got as u64)
            .ok_or_else(|| io::Error::other(HostError::OverBudget(self.path.clone())))?;
        Ok(got)
    }
}

/// Opens a file whose name says how it is packed: `.gz`, `.lz4`, `.zst`, or plain.
///
/// # Errors
/// When it cannot be read, or is packed in a way that is not known here (`.xz`, `.bz2`).
pub fn open<'a>(host: &'a dyn Host, path: &str) -> Result<Box<dyn BufRead + 'a>, Gap> {
    host.stat(path)?;
    let pieces = Pieces {
        host,
        path: path.to_owned(),
        at: 0,
        ended: false,
    };
    let raw = BufReader::with_capacity(PIECE, pieces);
    let unpacked: Box<dyn Read + 'a> = match path.rsplit_once('.').map(|(_, ext)| ext) {
        Some("gz") => Box::new(MultiGzDecoder::new(raw)),
        Some("lz4") => Box::new(FrameDecoder::new(raw)),
        Some("zst") => {
            Box::new(StreamingDecoder::new(raw).map_err(|e| Gap::parse(format!("{path}: {e}")))?)
        }
        Some(ext @ ("xz" | "bz2" | "lzma")) => {
            return Err(Gap::parse(format!("{path}: packed as .{ext}")));
        }
        _ => Box::new(raw),
    };
    Ok(Box::new(BufReader::with_capacity(
        64 << 10,
        Capped {
            inner: unpacked,
            left: UNPACKED_CAP,
            path: path.to_owned(),
        },
    )))
}

/// What an error met while reading `path` through [`open`] means.
pub fn gap(path: &str, error: &io::Error) -> Gap {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<HostError>());
    match inner {
        Some(inner) => inner.clone().into(),
        None => Gap::new(GapReason::ParseError, format!("{path}: {error}")),
    }
}
