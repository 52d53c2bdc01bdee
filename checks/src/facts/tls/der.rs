//! DER, read from the front: tag, length, content. Everything is borrowed, so nothing is allocated
//! for a length that somebody claims.

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OID: u8 = 0x06;
/// ENUMERATED.
pub(super) const ENUMERATED: u8 = 0x0a;
/// UTCTime.
pub(super) const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub(super) const TIME: u8 = 0x18;
/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub(super) const fn ended(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value: tag, content, and the whole of it.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            let length = digits.iter().fold(0, |n, d| n << 8 | usize::from(*d));
            (length, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let (whole, _) = self.0.split_at(self.0.len() - rest.len());
        self.0 = rest;
        Some((tag, content, whole))
    }

    /// The content of the next value, where it has that tag; otherwise nothing is read.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content, _) = ahead.next()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }

    /// A reader of the content of the next value, where it has that tag.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }
}

/// A value: tag, length, content.
pub(super) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|b| **b == 0).count()..];
    let mut all = vec![tag];
    match (digits, u8::try_from(digits.len())) {
        ([], _) => all.push(0),
        ([short], _) if *short < 0x80 => all.push(*short),
        (_, many) => {
            all.push(0x80 | many.unwrap_or(8));
            all.extend_from_slice(digits);
        }
    }
    all.extend_from_slice(content);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_and_short_lengths() {
        let bytes = [&[0x04, 0x81, 0x80][..], &[7; 128], &[2, 1, 5]].concat();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.take(INTEGER), None);
        assert_eq!(reader.take(OCTET_STRING).map(<[u8]>::len), Some(128));
        assert_eq!(reader.take(INTEGER), Some(&[5][..]));
        assert!(reader.next().is_none());
    }

    #[test]
    fn lengths_that_lie_end_the_reading() {
        for bytes in [
            &[0x30, 0x80][..],
            &[0x30, 0x85, 0, 0, 0, 0, 1],
            &[0x30, 5, 1],
        ] {
            assert!(Reader::new(bytes).next().is_none());
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let all = write(SEQUENCE, &content);
            let mut reader = Reader::new(&all);
            assert_eq!(reader.take(SEQUENCE), Some(content.as_slice()));
            assert!(reader.next().is_none());
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while reader.next().is_some() {}
        }
    }
}
