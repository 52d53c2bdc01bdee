//! Bytes as TLS lays them out: eaten from the front, built behind their length.

/// Bytes that are eaten from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*bytes))
    }

    pub(super) fn u24(&mut self) -> Option<usize> {
        let [a, b, c] = *self.take(3)?.first_chunk::<3>()?;
        let [a, b, c] = [a, b, c].map(usize::from);
        Some(a << 16 | b << 8 | c)
    }

    /// A vector behind one byte of length.
    pub(super) fn short(&mut self) -> Option<&'a [u8]> {
        let n = usize::from(self.u8()?);
        self.take(n)
    }

    /// A vector behind two bytes of length.
    pub(super) fn vector(&mut self) -> Option<&'a [u8]> {
        let n = usize::from(self.u16()?);
        self.take(n)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `bytes` behind their length in one byte. All that is built here is shorter than 256 bytes.
pub(super) fn short(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let mut out = vec![length];
    out.extend_from_slice(bytes);
    out
}

/// `bytes` behind their length in two bytes. All that is built here is far shorter than 64 KiB.
pub(super) fn vector(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// Codes in a row, two bytes each.
pub(super) fn codes(all: &[u16]) -> Vec<u8> {
    all.iter().flat_map(|code| code.to_be_bytes()).collect()
}

/// A handshake message: its kind, and its length in three bytes.
pub(super) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 0];
    out.extend(vector(body));
    out
}

/// A record.
pub(super) fn record(kind: u8, version: u16, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(version.to_be_bytes());
    out.extend(vector(body));
    out
}
