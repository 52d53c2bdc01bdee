//! Bounds on what is read, whatever it is packed in: hostile files end in a sentence, not in memory.

use std::io::{self, Read};

/// Most bytes of one text, element or line.
const MAX_TEXT: usize = 4 << 20;
/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// Most bytes that come out of one file.
const MAX_BYTES: u64 = 32 << 30;
/// So much may come out of any file; of more, [`MAX_RATIO`] times what went in.
const FREE_BYTES: u64 = 256 << 20;
const MAX_RATIO: u64 = 200;

/// What is being read, and so what one text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Texts stand in quotes; brackets nest.
    Json,
    /// Texts stand between angle brackets.
    Xml,
    /// Texts are lines.
    Lines,
}

/// Passes bytes on while they keep the bounds.
pub(super) struct Guard<R> {
    inner: R,
    shape: Shape,
    left: u64,
    text: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl<R: Read> Guard<R> {
    /// Reads from `inner`, which comes out of a file of `packed` bytes.
    pub(super) fn new(inner: R, shape: Shape, packed: u64) -> Self {
        let left = packed
            .saturating_mul(MAX_RATIO)
            .clamp(FREE_BYTES, MAX_BYTES);
        Self::at_most(inner, shape, left)
    }

    /// Reads at most so many bytes.
    pub(super) fn at_most(inner: R, shape: Shape, left: u64) -> Self {
        Self {
            inner,
            shape,
            left,
            text: 0,
            depth: 0,
            in_text: false,
            escaped: false,
        }
    }

    fn look(&mut self, byte: u8) -> io::Result<()> {
        match self.shape {
            Shape::Json => self.look_json(byte),
            Shape::Xml => {
                self.text = if matches!(byte, b'<' | b'>') {
                    0
                } else {
                    self.text + 1
                }
            }
            Shape::Lines => self.text = if byte == b'\n' { 0 } else { self.text + 1 },
        }
        if self.text > MAX_TEXT {
            return Err(refused("it holds a text of more than 4 MiB"));
        }
        if self.depth > MAX_DEPTH {
            return Err(refused("it is nested more than 64 levels deep"));
        }
        Ok(())
    }

    fn look_json(&mut self, byte: u8) {
        self.text += 1;
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => (self.in_text, self.text) = (true, 0),
            b'{' | b'[' => (self.depth, self.text) = (self.depth + 1, 0),
            b'}' | b']' => (self.depth, self.text) = (self.depth.saturating_sub(1), 0),
            // A number has no end either, but space has no meaning.
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => self.text = 0,
            _ => {}
        }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| refused("it unpacks to far more bytes than such a file has"))?;
        for byte in bytes {
            self.look(*byte)?;
        }
        Ok(read)
    }
}

pub(super) fn refused(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, shape: Shape) -> Result<String, String> {
        let mut out = String::new();
        let mut guard = Guard::new(text.as_bytes(), shape, 1);
        guard.read_to_string(&mut out).map_err(|e| e.to_string())?;
        Ok(out)
    }

    #[test]
    fn what_keeps_the_bounds_passes_unchanged() {
        let json = r#"{"a":["\"]}{",{"b":1}]}"#;
        assert_eq!(read(json, Shape::Json).unwrap(), json);
    }

    #[test]
    fn long_texts_deep_nesting_and_bombs_are_refused() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(5 << 20));
        assert!(read(&long, Shape::Json).unwrap_err().contains("4 MiB"));
        assert!(read(&"9".repeat(5 << 20), Shape::Json).is_err());
        assert!(read(&format!("<a {}>", "x".repeat(5 << 20)), Shape::Xml).is_err());
        assert!(read(&"x".repeat(5 << 20), Shape::Lines).is_err());
        assert!(
            read(&"[".repeat(65), Shape::Json)
                .unwrap_err()
                .contains("levels")
        );
        assert!(read(&"[".repeat(64), Shape::Json).is_ok());
        let mut bomb = Guard::new(io::repeat(b'\n').take(1 << 40), Shape::Lines, 1 << 10);
        let error = io::copy(&mut bomb, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("unpacks"), "{error}");
    }
}
