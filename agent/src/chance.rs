//! Randomness for waiting times and ids.

/// A random number below `bound`; half of it where the system gives no randomness.
pub fn below(bound: u64) -> u64 {
    getrandom::u64().map_or(bound / 2, |n| n % bound.max(1))
}

/// A new UUIDv7 for the given time, in lower-case text.
pub fn uuid_v7(now_ms: i64) -> String {
    let mut random = [0; 10];
    let tail = getrandom::u64()
        .unwrap_or(now_ms.cast_unsigned())
        .to_be_bytes();
    random[2..].copy_from_slice(&tail);
    random[..2].copy_from_slice(&below(0x1_0000).to_be_bytes()[6..]);
    let ms = now_ms.max(0).cast_unsigned();
    uuid::Builder::from_unix_timestamp_millis(ms, &random)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_the_wire_wants() {
        let id = uuid_v7(1_700_000_000_000);
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'7');
        assert_ne!(id, uuid_v7(1_700_000_000_000));
    }
}
