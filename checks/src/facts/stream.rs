//! Reading large files in pieces, packed or plain, without holding them in memory.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;
use sha2::{Digest, Sha256};

use super::backup::proof::{frames::Frames, packed::MEMORY};
use crate::{
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Most bytes that one file may unpack to.
pub const UNPACKED_CAP: u64 = 192 << 20;
const PIECE: usize = 128 << 10;
/// Most memory for unpacking `.xz`, whose files say how much they want. `xz -6` wants 8 MiB.
const XZ_MEMORY_KIB: u32 = 18 << 10;

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

/// Opens a file whose name says how it is packed: `.gz`, `.lz4`, `.zst`, `.xz`, `.bz2`,
/// or plain.
///
/// # Errors
/// When it cannot be read, or is packed in a way that is not known here (`.lzma`, `.zck`).
pub fn open<'a>(host: &'a dyn Host, path: &str) -> Result<Box<dyn BufRead + 'a>, Gap> {
    open_capped(host, path, UNPACKED_CAP)
}

fn open_capped<'a>(host: &'a dyn Host, path: &str, cap: u64) -> Result<Box<dyn BufRead + 'a>, Gap> {
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
        Some("zst") => Box::new(Frames::new(raw, MEMORY)),
        Some("xz") => Box::new(XzReader::new_mem_limit(raw, true, XZ_MEMORY_KIB)),
        Some("bz2") => Box::new(MultiBzDecoder::new(raw)),
        Some("zck") => {
            let way_out = "set zchunk=False in /etc/dnf/dnf.conf and run dnf makecache";
            return Err(Gap::parse(format!("{path}: packed as .zck; {way_out}")));
        }
        Some("lzma") => return Err(Gap::parse(format!("{path}: packed as .lzma"))),
        _ => Box::new(raw),
    };
    Ok(Box::new(BufReader::with_capacity(
        64 << 10,
        Capped {
            inner: unpacked,
            left: cap,
            path: path.to_owned(),
        },
    )))
}

/// Counts and hashes what is read through it. A cut of an lz4 file between two blocks shows nowhere
/// else.
pub struct Counted<R> {
    inner: R,
    hash: Sha256,
    /// Bytes so far.
    pub count: u64,
}

impl<R: BufRead> Counted<R> {
    /// A reader that has counted nothing yet.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            count: 0,
        }
    }

    /// SHA-256 of what was read so far, in hex.
    pub fn sum(&self) -> String {
        let bytes = self.hash.clone().finalize();
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.hash.update(&buf[..got]);
        self.count += got as u64;
        Ok(got)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            self.hash.update(&bytes[..amount.min(bytes.len())]);
        }
        self.count += amount as u64;
        self.inner.consume(amount);
    }
}

/// What an error met while reading `path` through [`open`] means.
pub fn gap(path: &str, error: &io::Error) -> Gap {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<HostError>());
    match inner {
        Some(inner) => inner.clone().into(),
        None => Gap::new(GapReason::ParseError, format!("{path}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Image;
    use jiff::Timestamp;
    use std::io::Write as _;

    fn packed(text: &[u8]) -> [(&'static str, Vec<u8>); 6] {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text).unwrap();
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(text).unwrap();
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zst = ruzstd::encoding::compress_to_vec(text, level);
        let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz2.write_all(text).unwrap();
        [
            ("a", text.to_vec()),
            ("a.gz", gz.finish().unwrap()),
            ("a.lz4", lz4.finish().unwrap()),
            ("a.zst", zst),
            ("a.bz2", bz2.finish().unwrap()),
            ("a.xz", xz(text)),
        ]
    }

    /// As the program `xz` packs it.
    fn xz(text: &[u8]) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, text).unwrap();
        let argv = ["xz", "-k", &path.to_string_lossy()].map(str::to_owned);
        let output = crate::host::run_bounded(&argv, std::time::Duration::from_secs(30), 1 << 10);
        assert!(
            output
                .expect("xz is installed (Debian package xz-utils)")
                .ok()
        );
        std::fs::read(dir.path().join("a.xz")).unwrap()
    }

    fn unpack(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Gap> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let path = format!("/{name}");
        let mut out = Vec::new();
        let mut reader = open_capped(&image, &path, 1 << 20)?;
        let read = reader.read_to_end(&mut out);
        read.map_err(|e| gap(&path, &e))?;
        Ok(out)
    }

    #[test]
    fn each_packing_is_read_to_its_end() {
        let text = b"Package: a\nVersion: 1\n\n".repeat(40_000);
        for (name, bytes) in packed(&text) {
            assert!(unpack(name, &bytes).unwrap() == text, "{name}");
        }
    }

    #[test]
    fn half_a_packed_file_is_an_error() {
        let text: Vec<u8> = (0_u32..200_000).flat_map(u32::to_le_bytes).collect();
        for (name, bytes) in packed(&text).into_iter().skip(1) {
            for end in [bytes.len() / 2, bytes.len() - 5, 3] {
                assert!(unpack(name, &bytes[..end]).is_err(), "{name} cut at {end}");
            }
        }
    }

    #[test]
    fn a_file_that_unpacks_to_too_much_is_an_error() {
        let zeros = vec![0; (1 << 20) + 1];
        let (name, bytes) = packed(&zeros)[1].clone();
        let reason = unpack(name, &bytes).unwrap_err().reason;
        assert_eq!(reason, GapReason::OverBudget);
    }

    #[test]
    fn every_frame_of_zstd_is_read() {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let [a, b] = [&b"a\n"[..], b"b\n"].map(|t| ruzstd::encoding::compress_to_vec(t, level));
        assert_eq!(
            unpack("a.zst", &[a.clone(), b].concat()).unwrap(),
            b"a\nb\n"
        );
        assert!(unpack("a.zst", &[a.as_slice(), b"x"].concat()).is_err());
        let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 16 << 3, 1, 0, 0]; // looks back 64 MiB
        assert!(unpack("a.zst", &wide).is_err());
    }

    #[test]
    fn unknown_packings_are_not_read_as_text() {
        assert!(unpack("a.zck", b"x").is_err());
    }
}
