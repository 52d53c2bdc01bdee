//! Dump files and archives: known by name, and whole or not by their head and end.

use crate::{host::Host, observation::Gap};

const DUMP_ENDINGS: [&str; 16] = [
    ".sql", ".sql.gz", ".sql.zst", ".sql.xz", ".sql.bz2", ".dump", ".pgc", ".tar", ".tar.gz",
    ".tgz", ".tar.zst", ".tar.xz", ".bak", ".gpg", ".age", ".enc",
];

/// Whether a name is that of a dump or an archive.
pub(super) fn is_dump(path: &str) -> bool {
    DUMP_ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether the head of a file is that of something readable: text, or a known archive or dump.
pub(super) fn is_plain(head: &[u8]) -> bool {
    let sealed: [&[u8]; 5] = [
        b"-----BEGIN PGP MESSAGE",
        b"-----BEGIN AGE ENCRYPTED FILE",
        b"age-encryption.org/",
        b"Salted__",
        b"U2FsdGVkX1",
    ];
    let known: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"BZh",
        b"PK\x03\x04",
        b"PGDMP",
        b"7z\xbc\xaf",
    ];
    if sealed.iter().any(|s| head.starts_with(s)) {
        return false;
    }
    let text = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    let tar = head.get(257..262) == Some(b"ustar");
    tar || known.iter().any(|k| head.starts_with(k)) || head.iter().all(text)
}

/// Whether a dump's head and end are those of a whole one; `None` where they do not say.
pub(super) fn is_whole(host: &dyn Host, path: &str) -> Result<Option<bool>, Gap> {
    let size = host.stat(path)?.size;
    let head = host.read_at(path, 0, 4 << 10)?;
    let from = size.saturating_sub(4 << 10);
    let tail = host.read_at(path, from, 4 << 10)?;
    let (head, tail) = (
        String::from_utf8_lossy(&head),
        String::from_utf8_lossy(&tail),
    );
    Ok(verdict_on_dump(path, size, &head, &tail))
}

fn verdict_on_dump(path: &str, size: u64, head: &str, tail: &str) -> Option<bool> {
    if size == 0 {
        return Some(false);
    }
    if path.ends_with("gz") {
        let magic = head.starts_with("\u{1f}") && size > 20; // 20 bytes hold an empty file
        return (!magic).then_some(false);
    }
    if !path.ends_with(".sql") {
        return None;
    }
    // The mark may be followed by `\unrestrict` or by a comment with settings.
    if head.contains("PostgreSQL database") {
        return Some(tail.contains("dump complete"));
    }
    if head.contains("MySQL dump") || head.contains("MariaDB dump") {
        return Some(tail.contains("-- Dump completed"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dump_is_no_encrypted_one() {
        for plain in [
            &b"-- PostgreSQL database dump\n"[..],
            b"\x1f\x8b\x08",
            b"PGDMP\x01",
            b"",
        ] {
            assert!(is_plain(plain));
        }
        for sealed in [
            &b"\x85\x02\x0c\x03"[..],
            b"Salted__\x01",
            b"-----BEGIN PGP MESSAGE-----\n",
        ] {
            assert!(!is_plain(sealed));
        }
    }

    #[test]
    fn a_cut_dump_is_told_from_a_whole_one() {
        let pg = "--\n-- PostgreSQL database dump\n--\n";
        let sql = |head, tail| verdict_on_dump("/b/x.sql", 900, head, tail);
        assert_eq!(
            sql(pg, "-- PostgreSQL database dump complete\n\\unrestrict a\n"),
            Some(true)
        );
        assert_eq!(sql(pg, "COPY t FROM stdin;\n1\n"), Some(false));
        assert_eq!(
            sql(
                "/*M!999999\\- x */\n-- MariaDB dump 10",
                "-- Dump completed on x\n/*!4 */"
            ),
            Some(true)
        );
        assert_eq!(sql("INSERT", ""), None);
        assert_eq!(
            verdict_on_dump("/b/x.sql.gz", 20, "\u{1f}", ""),
            Some(false)
        );
        assert_eq!(verdict_on_dump("/b/x.sql.gz", 9000, "\u{1f}", ""), None);
    }
}
