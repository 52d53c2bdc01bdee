//! Whether a dump in SQL stops within a table: the rest of its lines may have been put behind it. Whether its tool
//! complained in the midst of it.

use super::{complaints::Complaints, quotes::Dialect};

/// What is kept of one line; a longer one begins or ends no table.
const KEPT: usize = 4 << 10;

/// The lines of a dump, as they come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    too_long: bool,
    /// The rows of a table of PostgreSQL, up to a line `\\.`.
    copying: bool,
    /// A table of MySQL that is locked while it is filled.
    locked: bool,
    cut: bool,
    complaints: Complaints,
}

impl Lines {
    pub(super) fn of(dialect: Dialect) -> Self {
        Self {
            complaints: Complaints::of(dialect),
            ..Self::default()
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|b| *b == b'\n');
        let last = parts.next_back();
        for part in parts {
            self.add(part);
            self.end();
        }
        self.add(last.unwrap_or_default());
    }

    /// Whether the end, or another dump, was met within a table.
    pub(super) fn is_cut(&self) -> bool {
        self.cut || self.copying || self.locked
    }

    /// Whether the tool complained.
    pub(super) const fn has_complaint(&self) -> bool {
        self.complaints.found()
    }

    /// Whether what follows a line stands in no text, whatever stood before.
    pub(super) fn begins_anew(line: &[u8]) -> bool {
        line.starts_with(b"COPY ") && line.ends_with(b" FROM stdin;")
            || line.starts_with(b"LOCK TABLES `") && line.ends_with(b" WRITE;")
            || line == b"UNLOCK TABLES;"
    }

    fn add(&mut self, part: &[u8]) {
        if !self.copying {
            self.complaints.feed(part);
        }
        if self.line.len() + part.len() > KEPT {
            self.too_long = true;
        } else if !self.too_long {
            self.line.extend_from_slice(part);
        }
    }

    fn end(&mut self) {
        let mut kept = std::mem::take(&mut self.line);
        let whole = !std::mem::take(&mut self.too_long);
        let line = Some(kept.trim_ascii_end()).filter(|_| whole);
        if !self.copying {
            self.complaints.end(line);
        }
        if let Some(line) = line {
            self.look(line);
        }
        kept.clear();
        self.line = kept;
    }

    fn look(&mut self, line: &[u8]) {
        let starts = |words: &[u8]| line.starts_with(words);
        if self.copying {
            self.copying = line != b"\\.";
            self.cut |= starts(b"-- PostgreSQL database dump") && self.copying;
        } else if starts(b"COPY ") && line.ends_with(b" FROM stdin;") {
            self.copying = true;
        } else if starts(b"LOCK TABLES ") && line.ends_with(b" WRITE;") {
            self.cut |= self.locked;
            self.locked = true;
        } else if line == b"UNLOCK TABLES;" {
            self.locked = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_cut(text: &str) -> bool {
        let mut lines = Lines::default();
        for piece in text.as_bytes().chunks(7) {
            lines.feed(piece);
        }
        lines.is_cut()
    }

    #[test]
    fn an_open_table_is_seen() {
        let copy = "COPY public.a (b) FROM stdin;\n1\n";
        let end = "-- PostgreSQL database dump complete\n";
        assert!(!is_cut(&format!("{copy}\\.\n{end}")));
        assert!(is_cut(&format!("{copy}{end}")));
        assert!(is_cut(&format!("{copy}{end}\n{copy}\\.\n{end}")));
        let lock = "LOCK TABLES `a` WRITE;\nINSERT INTO `a` VALUES (1";
        let end = "-- Dump completed on 2026-11-20  1:20:03\n";
        assert!(!is_cut(&format!("{lock});\nUNLOCK TABLES;\n{end}")));
        assert!(is_cut(&format!("{lock}\n{end}")));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(COPY | FROM stdin;|\\\\\\.|LOCK TABLES |x|\n){0,60}") {
            is_cut(&text);
        }
    }
}
