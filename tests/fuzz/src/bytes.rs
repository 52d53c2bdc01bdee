//! How one input is taken apart.

/// What stands between the pieces of an input. Rare in texts and in binary formats alike.
pub const CUT: &[u8] = b"\xff\0\xfe";

/// The first byte, and the rest.
pub fn first(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(head, rest)| (*head, rest))
}

/// The first two bytes as a number, and the rest.
pub fn number(data: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = data.split_first_chunk::<2>()?;
    Some((usize::from(u16::from_le_bytes(*head)), rest))
}

/// The pieces between [`CUT`]s; at least one.
pub fn pieces(data: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(CUT.len()).position(|w| w == CUT) {
        let (piece, after) = rest.split_at(at);
        all.push(piece);
        rest = after.get(CUT.len()..).unwrap_or_default();
    }
    all.push(rest);
    all
}

/// As text; bytes that are not UTF-8 become U+FFFD, as [`capdo_checks::Host::text`] has it.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Takes what came out, so that the compiler does not leave out the work.
pub fn seen<T>(value: T) {
    drop(std::hint::black_box(value));
}
