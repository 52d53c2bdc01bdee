//! The rules that fields share.

use super::Invalid;
use crate::limits::{MAX_COUNTER, MAX_ID_LEN, MAX_TIME_MS, SHA256_BYTES, UUID_LEN};

/// From `min` to `max` bytes.
pub(super) fn length(
    field: &'static str,
    actual: usize,
    min: usize,
    max: usize,
) -> Result<(), Invalid> {
    if actual > max {
        return Err(Invalid::TooLong {
            field,
            actual,
            limit: max,
        });
    }
    at_least(field, actual, min)
}

/// From `min` to `max` entries.
pub(super) fn count(
    field: &'static str,
    actual: usize,
    min: usize,
    max: usize,
) -> Result<(), Invalid> {
    if actual > max {
        return Err(Invalid::TooMany {
            field,
            actual,
            limit: max,
        });
    }
    at_least(field, actual, min)
}

fn at_least(field: &'static str, actual: usize, limit: usize) -> Result<(), Invalid> {
    if actual < limit {
        return Err(Invalid::TooShort {
            field,
            actual,
            limit,
        });
    }
    Ok(())
}

/// A number from `min` to `max`.
pub(super) fn range(
    field: &'static str,
    actual: impl Into<i128>,
    min: impl Into<i128>,
    max: impl Into<i128>,
) -> Result<(), Invalid> {
    let (actual, min, limit) = (actual.into(), min.into(), max.into());
    if actual < min || actual > limit {
        return Err(Invalid::OutOfRange {
            field,
            actual,
            min,
            limit,
        });
    }
    Ok(())
}

/// A time between 1970 and 9999.
pub(super) fn time(field: &'static str, actual: i64) -> Result<(), Invalid> {
    range(field, actual, 0, MAX_TIME_MS)
}

/// A counter or revision that a signed 64-bit column can hold.
pub(super) fn counter(field: &'static str, actual: u64, min: u64) -> Result<(), Invalid> {
    range(field, actual, min, MAX_COUNTER)
}

/// Text of `min` to `max` bytes that is safe to print on one line: no control character, no line or
/// paragraph separator, and nothing that turns the direction of the text around it.
pub(super) fn plain_text(
    field: &'static str,
    text: &str,
    min: usize,
    max: usize,
) -> Result<(), Invalid> {
    length(field, text.len(), min, max)?;
    match text.char_indices().find(|&(_, c)| is_unprintable(c)) {
        Some((offset, _)) => Err(charset(field, text, offset)),
        None => Ok(()),
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        )
        || matches!(c, '\u{2066}'..='\u{2069}')
}

/// Text of `min` to `max` bytes, all of them `allowed`.
pub(super) fn ascii(
    field: &'static str,
    text: &str,
    min: usize,
    max: usize,
    allowed: fn(u8) -> bool,
) -> Result<(), Invalid> {
    length(field, text.len(), min, max)?;
    match text.bytes().position(|byte| !allowed(byte)) {
        Some(offset) => Err(charset(field, text, offset)),
        None => Ok(()),
    }
}

fn charset(field: &'static str, text: &str, offset: usize) -> Invalid {
    let actual = text.as_bytes().get(offset).copied().unwrap_or_default();
    Invalid::Charset {
        field,
        actual,
        offset,
    }
}

/// An id.
pub(super) fn id(field: &'static str, text: &str) -> Result<(), Invalid> {
    ascii(field, text, 1, MAX_ID_LEN, is_id_byte)
}

/// An id, or nothing.
pub(super) fn id_or_empty(field: &'static str, text: &str) -> Result<(), Invalid> {
    ascii(field, text, 0, MAX_ID_LEN, is_id_byte)
}

/// Whether an id may hold `byte`.
pub(super) fn is_id_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
}

/// A UUIDv7 as its 36 bytes of lower-case text: one form only, so that equal ids are equal texts.
pub(super) fn uuid(field: &'static str, text: &str) -> Result<(), Invalid> {
    if text.len() != UUID_LEN {
        return Err(Invalid::WrongLength {
            field,
            actual: text.len(),
            limit: UUID_LEN,
        });
    }
    let well_formed = text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'7',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    });
    if well_formed {
        Ok(())
    } else {
        Err(Invalid::Uuid { field })
    }
}

/// A SHA-256, or a nonce of the same length.
pub(super) fn sha256(field: &'static str, bytes: &[u8]) -> Result<(), Invalid> {
    if bytes.len() != SHA256_BYTES {
        return Err(Invalid::WrongLength {
            field,
            actual: bytes.len(),
            limit: SHA256_BYTES,
        });
    }
    Ok(())
}

/// A SHA-256, or nothing.
pub(super) fn sha256_or_empty(field: &'static str, bytes: &[u8]) -> Result<(), Invalid> {
    if bytes.is_empty() {
        Ok(())
    } else {
        sha256(field, bytes)
    }
}

/// An enum value that is set and known.
pub(super) fn known<E>(field: &'static str, actual: i32) -> Result<E, Invalid>
where
    E: TryFrom<i32>,
{
    match E::try_from(actual) {
        Ok(value) if actual != 0 => Ok(value),
        _ => Err(Invalid::UnknownEnum { field, actual }),
    }
}

/// A message field that is set.
pub(super) fn required<'a, T>(field: &'static str, value: Option<&'a T>) -> Result<&'a T, Invalid> {
    value.ok_or(Invalid::Missing { field })
}

/// A field that must be empty, because of another one.
pub(super) fn empty(field: &'static str, is_empty: bool) -> Result<(), Invalid> {
    if is_empty {
        Ok(())
    } else {
        Err(Invalid::NotAllowed { field })
    }
}
