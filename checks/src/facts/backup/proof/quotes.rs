//! Where in a dump in SQL one stands: among its words, in a text, in a comment. What a text of a table says is
//! nobody's complaint.

/// Longest mark of a text between dollars (`$body$`); a longer one is none.
const MARK: usize = 60;

/// Whose SQL it is: in MySQL's a backslash hides what follows it in every text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    #[default]
    Standard,
    Mysql,
}

/// A place in SQL (PostgreSQL's manual, "Lexical Structure"; MySQL's, "Language Structure").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Words,
    /// Behind the first byte of what may begin a comment.
    Dash,
    Slash,
    /// A comment to the end of its line.
    Remark,
    /// A comment to `*/`; whether the last byte was a `*`, and whether it may still turn out to hold words (`/*!`).
    Block {
        star: bool,
        first: bool,
    },
    /// Between two of these.
    Text {
        mark: u8,
        escapes: bool,
    },
    /// Behind a backslash in a text.
    Hidden {
        mark: u8,
        escapes: bool,
    },
    /// Behind what ends a text, unless it stands there twice.
    Ending {
        mark: u8,
        escapes: bool,
    },
    /// In what may be the mark of a text between dollars.
    Mark(Vec<u8>),
    /// Between two of these marks; how much of the second was seen.
    Dollars(Vec<u8>, usize),
}

/// Follows a dump byte by byte.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    dialect: Dialect,
    place: Place,
    last: u8,
    /// A backslash hides what follows in each text: `SET standard_conforming_strings = off;`.
    escapes: bool,
}

impl Quotes {
    pub(super) fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            escapes: dialect == Dialect::Mysql,
            ..Self::default()
        }
    }

    /// Whether the next byte belongs to a text.
    pub(super) const fn in_text(&self) -> bool {
        matches!(
            self.place,
            Place::Text { .. } | Place::Hidden { .. } | Place::Dollars(..)
        )
    }

    /// Whether the next byte stands in a comment of several lines.
    pub(super) const fn in_block(&self) -> bool {
        matches!(self.place, Place::Block { .. })
    }

    /// Begins among words: behind what stands between texts without doubt.
    pub(super) fn begin(&mut self) {
        self.place = Place::Words;
        self.last = b'\n';
    }

    /// From here on a backslash hides what follows it.
    pub(super) const fn escaping(&mut self, escapes: bool) {
        self.escapes = escapes;
    }

    pub(super) fn feed(&mut self, byte: u8) {
        let next = match std::mem::take(&mut self.place) {
            Place::Words => self.in_words(byte),
            Place::Dash => {
                if byte == b'-' {
                    Place::Remark
                } else {
                    self.in_words(byte)
                }
            }
            Place::Slash => match byte {
                b'*' => Place::Block {
                    star: false,
                    first: true,
                },
                _ => self.in_words(byte),
            },
            Place::Remark if byte == b'\n' => Place::Words,
            Place::Remark => Place::Remark,
            Place::Block { star, first } => self.in_comment(byte, star, first),
            Place::Text { mark, escapes } => match byte {
                b'\\' if escapes => Place::Hidden { mark, escapes },
                b if b == mark => Place::Ending { mark, escapes },
                _ => Place::Text { mark, escapes },
            },
            Place::Hidden { mark, escapes } => Place::Text { mark, escapes },
            Place::Ending { mark, escapes } if byte == mark => Place::Text { mark, escapes },
            Place::Ending { .. } => self.in_words(byte),
            Place::Mark(mark) => self.in_mark(byte, mark),
            Place::Dollars(mark, seen) => between(byte, mark, seen),
        };
        self.place = next;
        self.last = byte;
    }

    fn in_words(&self, byte: u8) -> Place {
        let mysql = self.dialect == Dialect::Mysql;
        match byte {
            b'\'' => Place::Text {
                mark: byte,
                escapes: self.escapes || matches!(self.last, b'e' | b'E'),
            },
            b'"' => Place::Text {
                mark: byte,
                escapes: mysql,
            },
            b'`' if mysql => Place::Text {
                mark: byte,
                escapes: false,
            },
            b'#' if mysql => Place::Remark,
            b'\\' if matches!(self.last, 0 | b'\n') && !mysql => Place::Remark, // an order to psql
            b'$' if !mysql && !self.last.is_ascii_alphanumeric() => Place::Mark(vec![byte]),
            b'-' => Place::Dash,
            b'/' => Place::Slash,
            _ => Place::Words,
        }
    }

    /// `/*!40101 SET … */` and MariaDB's `/*M!` hold words that are carried out.
    fn in_comment(&self, byte: u8, star: bool, first: bool) -> Place {
        match byte {
            b'!' if first && self.dialect == Dialect::Mysql => Place::Words,
            b'/' if star => Place::Words,
            _ => Place::Block {
                star: byte == b'*',
                first: first && byte == b'M',
            },
        }
    }

    fn in_mark(&self, byte: u8, mut mark: Vec<u8>) -> Place {
        let first = mark.len() == 1;
        let of_a_name = byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80;
        if byte == b'$' {
            mark.push(byte);
            Place::Dollars(mark, 0)
        } else if mark.len() < MARK && (of_a_name || !first && byte.is_ascii_digit()) {
            mark.push(byte);
            Place::Mark(mark)
        } else {
            self.in_words(byte)
        }
    }
}

fn between(byte: u8, mark: Vec<u8>, seen: usize) -> Place {
    if mark.get(seen) == Some(&byte) {
        if seen + 1 == mark.len() {
            return Place::Words;
        }
        return Place::Dollars(mark, seen + 1);
    }
    Place::Dollars(mark, usize::from(byte == b'$'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The bytes of a text that belong to no text of it.
    fn outside(dialect: Dialect, sql: &str) -> String {
        let mut quotes = Quotes::of(dialect);
        let mut out = Vec::new();
        for byte in sql.bytes() {
            let before = quotes.in_text();
            quotes.feed(byte);
            if !before && !quotes.in_text() && !quotes.in_block() {
                out.push(byte);
            }
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_told_from_words() {
        for (sql, want) in [
            ("a 'b' c", "a  c"),
            ("a 'it''s' c", "a  c"),
            ("a 'b\\' c", "a  c"),
            ("a E'b\\'d' c", "a E c"),
            ("a \"b'\" c", "a  c"),
            ("a $$it's$$ c", "a $ c"),
            ("a $x$it's $$ $y$ $x$ c", "a $x c"),
            ("a $1 'b' c", "a $1  c"),
            ("-- it's\na 'b' c", "-- it's\na  c"),
            ("/* it's */a", "//a"),
            ("\\connect it's\na", "\\connect it's\na"),
            ("a - 'b' / 'c' d", "a -  /  d"),
        ] {
            assert_eq!(outside(Dialect::Standard, sql), want, "{sql}");
        }
        for (sql, want) in [
            ("a 'b\\'d' c", "a  c"),
            ("a \"it's\\\"\" `it's` c", "a   c"),
            ("/*!40000 SET 'a' */ b", "/!40000 SET  */ b"),
            ("/*M!999 a */ b", "/!999 a */ b"),
            ("# it's\nb", "# it's\nb"),
        ] {
            assert_eq!(outside(Dialect::Mysql, sql), want, "{sql}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_followed(sql in "('|\"|`|[$]|[$]a[$]|\\\\|--|/[*]|[*]/|#|\n|x){0,80}") {
            outside(Dialect::Standard, &sql);
            outside(Dialect::Mysql, &sql);
        }
    }
}
