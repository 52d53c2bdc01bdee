//! What a dump tool told in the midst of what it wrote, as with `2>&1`: its complaints stand where its output was
//! just then, at the beginning of a line or within one.

use super::{
    lines::Lines,
    quotes::{Dialect, Quotes},
};

/// Programs that begin what they tell with their name.
const TOOLS: [&[u8]; 4] = [b"pg_dumpall", b"pg_dump", b"mysqldump", b"mariadb-dump"];
/// How their complaints go on, in small letters.
const WORDS: [&[u8]; 12] = [
    b"error",
    b"got error",
    b"couldn't",
    b"can't",
    b"[warning]",
    b"[error]",
    b"warning",
    b"fatal",
    b"deprecated",
    b"unknown",
    b"detail:",
    b"hint:",
];
/// Most bytes of a name, with what stands behind it.
const BEFORE: usize = 24;
/// Most bytes of a complaint that are kept.
const KEPT: usize = 1 << 10;

/// The dump as it comes.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    dialect: Dialect,
    quotes: Quotes,
    /// The last bytes of what was read.
    before: Vec<u8>,
    /// What stands behind the name of a tool in the midst of a line.
    told: Option<Told>,
    /// Whether the line that is being read began within a text or a comment of several lines.
    inside: bool,
    found: bool,
}

#[derive(Debug)]
struct Told {
    in_text: bool,
    line: Vec<u8>,
}

impl Complaints {
    pub(super) fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            quotes: Quotes::of(dialect),
            ..Self::default()
        }
    }

    /// Whether there was one.
    pub(super) const fn found(&self) -> bool {
        self.found
    }

    /// A part of a line that is no row of `COPY`.
    pub(super) fn feed(&mut self, part: &[u8]) {
        for byte in part {
            if let Some(told) = self.told.as_mut().filter(|t| t.line.len() < KEPT) {
                told.line.push(*byte);
            } else if *byte == b':'
                && self.told.is_none()
                && !self.quotes.in_block()
                && ends_with_tool(&self.before)
            {
                self.told = Some(Told {
                    in_text: self.quotes.in_text(),
                    line: Vec::new(),
                });
            }
            if self.before.len() >= 2 * BEFORE {
                self.before.drain(..BEFORE);
            }
            self.before.push(*byte);
            self.quotes.feed(*byte);
        }
    }

    /// The end of a line, and the line itself where it is not a long one.
    pub(super) fn end(&mut self, line: Option<&[u8]>) {
        let line = line.unwrap_or_default();
        if let Some(told) = self.told.take() {
            self.found |= self.is_complaint(&told, line);
        }
        self.before.clear();
        let switch = |to: &[u8]| {
            let words = [b"SET standard_conforming_strings = ", to, b";"].concat();
            !self.inside && line == words
        };
        let (on, off) = (switch(b"on"), switch(b"off"));
        if on || off {
            self.quotes.escaping(off);
        }
        if Lines::begins_anew(line) {
            self.quotes.begin();
        } else {
            self.quotes.feed(b'\n');
        }
        self.inside = self.quotes.in_text() || self.quotes.in_block();
    }

    fn is_complaint(&self, told: &Told, line: &[u8]) -> bool {
        let Some(rest) = told.line.strip_prefix(b" ") else {
            return false;
        };
        let start = rest.get(..16).unwrap_or(rest).to_ascii_lowercase();
        let known = WORDS.iter().any(|w| start.starts_with(w));
        if told.in_text {
            // mysqldump writes no line break within a text, and each line of rows ends so.
            let ends = rest.trim_ascii_end().last();
            let whole = told.line.len() < KEPT && !matches!(ends, Some(b';' | b',') | None);
            return known && whole && self.dialect == Dialect::Mysql;
        }
        known || !self.inside && starts_with_tool(line)
    }
}

/// Whether bytes end with the name of a tool: `mysqldump`, `mariadb-dump.exe`.
fn ends_with_tool(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_suffix(b".exe").unwrap_or(bytes);
    TOOLS.iter().any(|t| bytes.ends_with(t))
}

/// Whether a line begins with what a tool tells: `pg_dump: …`, `/usr/bin/mysqldump: …`.
fn starts_with_tool(line: &[u8]) -> bool {
    let Some(at) = line.windows(2).position(|w| w == b": ") else {
        return false;
    };
    let name = line.get(..at).unwrap_or_default();
    let drive = name.strip_prefix(b"C:").unwrap_or(name);
    let base = drive.rsplit(|b| matches!(b, b'/' | b'\\')).next();
    let base = base.unwrap_or_default();
    TOOLS.contains(&base.strip_suffix(b".exe").unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn complains(dialect: Dialect, text: &str) -> bool {
        let answers = [1, 7, 4096].map(|size| {
            let mut lines = Lines::of(dialect);
            for piece in text.as_bytes().chunks(size) {
                lines.feed(piece);
            }
            lines.has_complaint()
        });
        assert!(answers.iter().all(|a| *a == answers[0]), "{text}");
        answers[0]
    }

    #[test]
    fn what_a_tool_told_is_found_wherever_it_stands() {
        let long = format!("INSERT INTO `t` VALUES ('{}',", "x".repeat(9_000));
        for text in [
            "mysqldump: [Warning] Using a password on the command line interface can be insecure.\n-- MySQL dump\n",
            "-- x\n/usr/bin/mysqldump: Deprecated program name. It will be removed, use 'mariadb-dump'\n",
            "C:\\db\\mariadb-dump.exe: Error 2013: Lost connection\n",
            "/*!40101 SET @s     = @@character_set_client mariadb-dump: Got error: 1356: \"View 'a.v'\" when\n */;\n",
            "-- Table structure for tamysqldump: Couldn't execute 'SHOW FIELDS FROM `v`': it's broken\nble `v`\n",
            "INSERT INTO `t` VALUES (1,'xin mysqldump: Error 1194: Table `t` is crashed (1194)\nchào');\n",
            &format!("{long}mysqldump: Error 1194: `t` at row: 12\n'b');\n"),
            // Behind a table whose rows hold what ends texts.
            "INSERT INTO `t` VALUES ('it\\'s \\\\','\"');\nmysqldump: Error 1: x\n",
            "LOCK TABLES `t` WRITE;\nINSERT '\nUNLOCK TABLES;\nmysqldump: Error 1: x\n",
        ] {
            assert!(complains(Dialect::Mysql, text), "{text}");
        }
        for text in [
            "pg_dump: warning: there are circular foreign-key constraints on this table:\n--\n",
            "pg_dump: reading schemas\n--\n-- PostgreSQL database dump\n",
            "CREATE FUNCTION f() AS $$ it's $$;\npg_dump: error: x\n",
            "COPY public.t (a) FROM stdin;\nit's\n\\.\n\npg_dump: error: x\n",
            "SELECT pg_catalog.set_pg_dumpall: error: x\nconfig('a', '', false);\n",
            "INSERT INTO t VALUES (E'it\\'s', 'a\\');\npg_dump: error: x\n",
            "SET standard_conforming_strings = off;\nINSERT INTO t VALUES ('it\\'s');\npg_dump: error: x\n",
        ] {
            assert!(complains(Dialect::Standard, text), "{text}");
        }
    }

    #[test]
    fn words_of_a_table_are_no_complaint() {
        for text in [
            "INSERT INTO `t` VALUES (1,'mysqldump: Error 1: x'),\n(2,'mysqldump: Error');\n",
            "INSERT INTO `t` VALUES (1,'a\\nmysqldump: Error 1: x\\n');\n",
            "INSERT INTO `mysqldump: x` VALUES (1);\n",
            "-- Table structure for table `mysqldump: x`\n",
            "-- mysqldump: x\n",
            "/*!50003 CREATE PROCEDURE p() BEGIN\n/*\nmysqldump: Error 1: x\n*/\nSELECT 1; END */;;\n",
        ] {
            assert!(!complains(Dialect::Mysql, text), "{text}");
        }
        for text in [
            "COPY public.t (a) FROM stdin;\npg_dump: error: x\nlog\tpg_dump: error: y\n\\.\n",
            "INSERT INTO t VALUES ('a\npg_dump: error: x\n');\n",
            "INSERT INTO t VALUES (E'it\\'s\npg_dump: error: x\n');\n",
            "CREATE FUNCTION f() AS $_$\npg_dump: error: it's\n$_$;\n",
            "COMMENT ON TABLE t IS 'x\npg_dump: error: x';\n",
            "SELECT pg_dump::text;\n",
        ] {
            assert!(!complains(Dialect::Standard, text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(mysqldump: |pg_dump: |Error|'|\\\\|COPY | FROM stdin;|\n|x){0,60}") {
            complains(Dialect::Mysql, &text);
            complains(Dialect::Standard, &text);
        }
    }
}
