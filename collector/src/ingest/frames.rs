//! HTTP/2 frames as they pass by: how many of them there are, and whether we complain of the other
//! end. Only headers of frames are looked at; the library behind does the rest.

use std::time::{Duration, Instant};

/// What a client says before its first frame.
const PREFACE: usize = 24;
const HEADER: usize = 9;
/// Of a frame's content only an error code is of interest.
const KEPT: usize = 8;

const DATA: u8 = 0;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;

/// The error codes that say nothing against the other end: none, our own failure, cancelled.
const INNOCENT: [u32; 3] = [0, 2, 8];

/// So much may come at once, and so much a second after that.
#[derive(Debug)]
pub(super) struct Bucket {
    room: u32,
    most: u32,
    every: Duration,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(most: u32, a_second: u32, now: Instant) -> Self {
        Self {
            room: most,
            most,
            every: Duration::from_secs(1) / a_second.max(1),
            filled: now,
        }
    }

    /// Takes one out; whether there was one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled);
        let more = passed.as_nanos() / self.every.as_nanos().max(1);
        if more > 0 {
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            self.room = self.room.saturating_add(more).min(self.most);
            self.filled = now;
        }
        let some = self.room > 0;
        self.room = self.room.saturating_sub(1);
        some
    }
}

/// A frame that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    kind: u8,
    length: u32,
    head: [u8; KEPT],
}

/// Finds frames in bytes that come piece by piece.
#[derive(Debug)]
struct Reader {
    skip: usize,
    header: [u8; HEADER],
    have: usize,
    head: [u8; KEPT],
    body: Option<(usize, usize)>,
}

impl Reader {
    const fn new(skip: usize) -> Self {
        Self {
            skip,
            header: [0; HEADER],
            have: 0,
            head: [0; KEPT],
            body: None,
        }
    }

    /// Hands every frame that ends in `bytes` to `each`.
    fn read(&mut self, mut bytes: &[u8], mut each: impl FnMut(Frame)) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        bytes = &bytes[skipped..];
        while !bytes.is_empty() {
            bytes = match self.body {
                None => self.read_header(bytes),
                Some((at, length)) => self.read_body(bytes, at, length),
            };
            if let Some((at, length)) = self.body
                && at == length
            {
                each(Frame {
                    kind: self.header[3],
                    length: u32::try_from(length).unwrap_or(u32::MAX),
                    head: self.head,
                });
                (self.have, self.body, self.head) = (0, None, [0; KEPT]);
            }
        }
    }

    fn read_header<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let taken = (HEADER - self.have).min(bytes.len());
        self.header[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
        self.have += taken;
        if self.have == HEADER {
            let [a, b, c, ..] = self.header;
            let length = u32::from_be_bytes([0, a, b, c]);
            self.body = Some((0, usize::try_from(length).unwrap_or(usize::MAX)));
        }
        &bytes[taken..]
    }

    fn read_body<'a>(&mut self, bytes: &'a [u8], at: usize, length: usize) -> &'a [u8] {
        let taken = (length - at).min(bytes.len());
        if at < KEPT {
            let kept = taken.min(KEPT - at);
            self.head[at..at + kept].copy_from_slice(&bytes[..kept]);
        }
        self.body = Some((at + taken, length));
        &bytes[taken..]
    }
}

/// The most frames without content at once, and in a second after that. An agent sends a handful for
/// each call and one for each ping.
const BURST: u32 = 2_000;
const A_SECOND: u32 = 50;

/// Looks at both directions of a connection of agents.
#[derive(Debug)]
pub(super) struct Frames {
    inward: Reader,
    outward: Reader,
    bucket: Bucket,
}

impl Frames {
    /// Of a connection that begins now.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            inward: Reader::new(PREFACE),
            outward: Reader::new(0),
            bucket: Bucket::new(BURST, A_SECOND, now),
        }
    }

    /// Bytes came; how many frames were too many.
    pub(super) fn came(&mut self, bytes: &[u8], now: Instant) -> u32 {
        let (mut over, bucket) = (0, &mut self.bucket);
        self.inward.read(bytes, |frame| {
            let works = frame.kind == DATA && frame.length > 0;
            if !works && !bucket.take(now) {
                over += 1;
            }
        });
        over
    }

    /// Bytes go; the error code of HTTP/2 with which we complain of the other end.
    pub(super) fn go(&mut self, bytes: &[u8]) -> Option<u32> {
        let mut complaint = None;
        self.outward.read(bytes, |frame| {
            let [a, b, c, d, e, f, g, h] = frame.head;
            let code = match frame.kind {
                GOAWAY => u32::from_be_bytes([e, f, g, h]),
                RST_STREAM => u32::from_be_bytes([a, b, c, d]),
                _ => return,
            };
            if !INNOCENT.contains(&code) {
                complaint = Some(code);
            }
        });
        complaint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        let mut bytes = length[1..].to_vec();
        bytes.extend([kind, 0, 0, 0, 0, 1]);
        bytes.extend(content);
        bytes
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let bytes = [
            frame(4, b""),
            frame(DATA, b"some bytes that are data"),
            frame(GOAWAY, &[0, 0, 0, 0, 0, 0, 0, 11]),
        ]
        .concat();
        for size in 1..=bytes.len() {
            let (mut kinds, mut reader) = (Vec::new(), Reader::new(0));
            for piece in bytes.chunks(size) {
                reader.read(piece, |f| kinds.push((f.kind, f.length)));
            }
            assert_eq!(kinds, [(4, 0), (DATA, 24), (GOAWAY, 8)], "{size}");
            let mut frames = Frames::new(Instant::now());
            let told = bytes.chunks(size).find_map(|piece| frames.go(piece));
            assert_eq!(told, Some(11), "{size}");
        }
    }

    #[test]
    fn an_innocent_end_is_no_complaint() {
        for code in [0_u8, 2, 8] {
            let mut frames = Frames::new(Instant::now());
            assert_eq!(frames.go(&frame(RST_STREAM, &[0, 0, 0, code])), None);
            assert_eq!(
                frames.go(&frame(GOAWAY, &[0, 0, 0, 9, 0, 0, 0, code])),
                None
            );
        }
    }

    #[test]
    fn data_is_free_and_frames_without_content_are_counted() {
        let now = Instant::now();
        let mut frames = Frames::new(now);
        frames.came(&[0; PREFACE], now);
        let data = frame(DATA, b"x").repeat(3 * BURST as usize);
        assert_eq!(frames.came(&data, now), 0);
        let pings = frame(6, &[0; 8]).repeat(BURST as usize);
        assert_eq!(frames.came(&pings, now), 0);
        assert_eq!(frames.came(&frame(DATA, b""), now), 1);
        let later = now + Duration::from_secs(1);
        let pings = frame(6, &[0; 8]).repeat(A_SECOND as usize + 7);
        assert_eq!(frames.came(&pings, later), 7);
    }
}
