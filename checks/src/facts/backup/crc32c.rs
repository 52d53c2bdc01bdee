//! CRC-32C (Castagnoli), by which PostgreSQL names the files of a base backup.

use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update, consts::U4};

/// The sum so far; as a digest its bytes stand lowest first, as PostgreSQL writes them.
#[derive(Clone, Debug)]
pub(super) struct Crc32c(u32);

impl Default for Crc32c {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl HashMarker for Crc32c {}

impl OutputSizeUser for Crc32c {
    type OutputSize = U4;
}

impl Update for Crc32c {
    fn update(&mut self, data: &[u8]) {
        for byte in data {
            let at = (self.0 ^ u32::from(*byte)) & 0xff;
            let entry = TABLE.get(at as usize).copied().unwrap_or(0);
            self.0 = entry ^ (self.0 >> 8);
        }
    }
}

impl FixedOutput for Crc32c {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(&(!self.0).to_le_bytes());
    }
}

const TABLE: [u32; 256] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "`n` stays below the table's length, and iterators are not const"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0_u32;
    while n < 256 {
        let mut sum = n;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 {
                0x82f6_3b78 ^ (sum >> 1)
            } else {
                sum >> 1
            };
            bit += 1;
        }
        table[n as usize] = sum;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn published_vectors_hold() {
        // RFC 3720, appendix B.4, and what PostgreSQL wrote of its PG_VERSION.
        let sum = |bytes: &[u8]| <[u8; 4]>::from(Crc32c::digest(bytes));
        assert_eq!(sum(&[0; 32]), [0xaa, 0x36, 0x91, 0x8a]);
        assert_eq!(sum(b"123456789"), 0xe306_9283_u32.to_le_bytes());
        assert_eq!(sum(b"15\n"), [0x8a, 0x74, 0x47, 0x22]);
    }
}
