//! Frames of zstd and of lz4, one after another. Both formats let frames stand between them that hold
//! nothing to unpack (RFC 8878, section 3.1.2): `pzstd` begins with one, the seekable format ends with one.

use std::io::{self, Chain, Cursor, Read};

use lz4_flex::frame::FrameDecoder as Lz4Frame;
use ruzstd::decoding::{FrameDecoder as ZstdFrame, StreamingDecoder};

use super::read_up_to;

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const LZ4: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Longest head of a frame of zstd; no frame of either kind is shorter than [`SHORTEST`].
const HEAD: usize = 18;
const SHORTEST: usize = 7;

/// A source, with what was read of it ahead.
type Ahead<R> = Chain<Cursor<Vec<u8>>, R>;

/// What stands in frames, unpacked, with the checksum of each frame compared. A frame that wants more
/// memory than is given ends in an error of the kind `OutOfMemory`.
pub(in crate::facts) struct Frames<R: Read> {
    source: Option<Ahead<R>>,
    frame: Option<Frame<R>>,
    memory: u64,
}

enum Frame<R: Read> {
    Zstd(Box<StreamingDecoder<Ahead<R>, ZstdFrame>>),
    Lz4(Box<Lz4Frame<Ahead<R>>>),
}

/// Whether bytes are the beginning of a frame, of one that is passed over included.
pub(in crate::facts) fn is_frame(head: &[u8]) -> bool {
    head.starts_with(&ZSTD) || head.starts_with(&LZ4) || is_passed_over(head)
}

const fn is_passed_over(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

impl<R: Read> Frames<R> {
    /// Reads frames from `source` until it ends, each with at most `memory` bytes to look back on.
    pub(in crate::facts) fn new(source: R, memory: u32) -> Self {
        Self {
            source: Some(Cursor::new(Vec::new()).chain(source)),
            frame: None,
            memory: u64::from(memory),
        }
    }

    /// Begins the next frame that holds something; `false` at the end.
    fn next(&mut self) -> io::Result<bool> {
        while let Some(mut source) = self.source.take() {
            let mut head = vec![0; HEAD];
            let got = read_up_to(&mut source, &mut head)?;
            head.truncate(got);
            let (_, rest) = source.into_inner(); // what was read ahead is in `head` by now
            if head.is_empty() {
                return Ok(false);
            }
            if head.len() < SHORTEST {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let ([_, _, _, _, a, b, c, d, ..], true) = (head.as_slice(), is_passed_over(&head)) {
                let len = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
                let mut source = Cursor::new(head.split_off(8)).chain(rest);
                if io::copy(&mut source.by_ref().take(len), &mut io::sink())? < len {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.source = Some(source);
                continue;
            }
            let (zstd, lz4) = (head.starts_with(&ZSTD), head.starts_with(&LZ4));
            if zstd && window(&head).is_some_and(|w| w > self.memory) {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            let source = Cursor::new(head).chain(rest);
            self.frame = Some(if zstd {
                let frame = StreamingDecoder::new(source).map_err(io::Error::other)?;
                Frame::Zstd(Box::new(frame))
            } else if lz4 {
                Frame::Lz4(Box::new(Lz4Frame::new(source)))
            } else {
                return Err(io::ErrorKind::InvalidData.into());
            });
            return Ok(true);
        }
        Ok(false)
    }

    /// Ends a frame: its checksum is compared where its decoder does not.
    fn end(&mut self, frame: Frame<R>) -> io::Result<()> {
        self.source = Some(match frame {
            Frame::Lz4(frame) => frame.into_inner(),
            Frame::Zstd(frame) => {
                let (source, decoder) = frame.into_parts();
                let told = decoder.get_checksum_from_data();
                if told.is_some() && told != decoder.get_calculated_checksum() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                source
            }
        });
        Ok(())
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let got = match &mut self.frame {
                Some(Frame::Zstd(frame)) => frame.read(buf)?,
                Some(Frame::Lz4(frame)) => frame.read(buf)?,
                None => 0,
            };
            if got > 0 || buf.is_empty() {
                return Ok(got);
            }
            if let Some(frame) = self.frame.take() {
                self.end(frame)?;
            }
            if !self.next()? {
                return Ok(0);
            }
        }
    }
}

/// Bytes that a frame of zstd wants to look back on (RFC 8878, section 3.1.1.1).
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const MEMORY: u32 = 34 << 20;

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Frames::new(bytes, MEMORY).read_to_end(&mut all)?;
        Ok(all)
    }

    /// What a tool of Debian makes of a text.
    #[expect(
        clippy::disallowed_methods,
        reason = "starts a packer that is not ours"
    )]
    fn packed(program: &str, options: &[&str], text: &[u8]) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&from, text).unwrap();
        let made = Command::new(program)
            .args(options)
            .args(["-q", "-f"])
            .arg(&from)
            .args((program != "lz4").then_some("-o"))
            .arg(&to)
            .output()
            .unwrap_or_else(|e| panic!("Debian package with `{program}`: {e}"));
        assert!(made.status.success(), "{program}: {made:?}");
        std::fs::read(to).unwrap()
    }

    fn text() -> Vec<u8> {
        let lines = (0..40_000_u32).map(|n| format!("INSERT {};\n", n.wrapping_mul(2_654_435_761)));
        lines.collect::<String>().into_bytes()
    }

    #[test]
    fn what_the_tools_make_is_unpacked_whole() {
        let text = text();
        for (program, options) in [
            ("zstd", &["--long=24"][..]),
            ("zstd", &["-T0", "-19"]),
            ("zstd", &["--no-check", "--rsyncable"]),
            ("pzstd", &["-p", "2"]),
            ("lz4", &["-BD", "-9"]),
        ] {
            let packed = packed(program, options, &text);
            assert!(is_frame(&packed), "{program} {options:?}");
            assert!(unpacked(&packed).unwrap() == text, "{program} {options:?}");
            let cut = &packed[..packed.len() - 9];
            assert!(unpacked(cut).is_err(), "{program} {options:?}, cut");
        }
        let own = packed("pzstd", &["-p", "2"], &text);
        assert_eq!(own[..4], [0x50, 0x2a, 0x4d, 0x18], "a frame to pass over");
        // One that wants to look back on 128 MiB, as `zstd --long=27` of a pipe does.
        let long = [0x28, 0xb5, 0x2f, 0xfd, 0x04, 17 << 3, 0, 0, 0];
        let error = unpacked(&long).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }

    #[test]
    fn frames_of_any_sort_follow_one_another() {
        // The seekable format: frames, then a table in a frame to pass over.
        let mut all = packed("zstd", &[], b"first\n");
        all.extend(packed("zstd", &[], b"second\n"));
        let table = [0x5e, 0x2a, 0x4d, 0x18, 17, 0, 0, 0];
        let seekable = [&all[..], &table, &[7; 17]].concat();
        assert_eq!(unpacked(&seekable).unwrap(), b"first\nsecond\n");
        let cut = &seekable[..seekable.len() - 1];
        assert_eq!(
            unpacked(cut).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
        let lz4 = packed("lz4", &[], b"third\n");
        let both = [&table[..], &[7; 17], &lz4, &all, &lz4].concat();
        assert_eq!(unpacked(&both).unwrap(), b"third\nfirst\nsecond\nthird\n");
        let garbage = [&all[..], b"something else"].concat();
        assert_eq!(
            unpacked(&garbage).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        assert!(unpacked(&lz4[..5]).is_err(), "cut in the head");
    }
}
