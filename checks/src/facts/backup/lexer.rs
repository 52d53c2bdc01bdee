//! A line of a shell's text taken apart into words, with what quotes, redirections and `$(…)` make of them.

/// A simple command before it is understood.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) words: Vec<String>,
    /// Files that its output goes into.
    pub(super) redirects: Vec<String>,
    /// The file that it reads as its input.
    pub(super) input: Option<String>,
    /// Whether its output goes into the next one.
    pub(super) piped: bool,
    /// Whether a group of commands begins or ends with it.
    pub(super) opens: bool,
    pub(super) closes: bool,
}

/// What the next word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Word,
    File,
    Input,
    Nothing,
}

/// The state of taking a line apart.
struct Line<'t> {
    chars: std::iter::Peekable<std::str::Chars<'t>>,
    word: Option<String>,
    next: Next,
    part: Part,
    parts: Vec<Part>,
    nested: Vec<String>,
}

/// The simple commands of a line, and the texts of the shells that run inside its words.
pub(super) fn parts(line: &str) -> (Vec<Part>, Vec<String>) {
    let mut state = Line {
        chars: line.chars().peekable(),
        word: None,
        next: Next::Word,
        part: Part::default(),
        parts: Vec::new(),
        nested: Vec::new(),
    };
    while let Some(c) = state.chars.next() {
        match c {
            '#' if state.word.is_none() => break,
            c if c.is_whitespace() => state.end_word(),
            '\'' => state.quoted('\''),
            '"' => state.quoted('"'),
            '\\' => {
                let c = state.chars.next();
                state.word.get_or_insert_default().extend(c);
            }
            '$' | '`' => state.dollar(c),
            '>' | '<' => state.redirect(c),
            ';' | '|' | '&' | '(' | ')' => state.operator(c),
            c => state.word.get_or_insert_default().push(c),
        }
    }
    state.end_part(false);
    (state.parts, state.nested)
}

impl Line<'_> {
    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match std::mem::replace(&mut self.next, Next::Word) {
            Next::Word => self.part.words.push(word),
            Next::File => self.part.redirects.push(word),
            Next::Input => self.part.input = Some(word),
            Next::Nothing => {}
        }
    }

    fn end_part(&mut self, piped: bool) {
        self.end_word();
        let mut part = std::mem::take(&mut self.part);
        part.piped = piped;
        let empty = part.words.is_empty() && part.redirects.is_empty();
        if !empty || part.closes || part.opens {
            self.parts.push(part);
        }
    }

    fn quoted(&mut self, quote: char) {
        self.word.get_or_insert_default();
        while let Some(c) = self.chars.next() {
            if c == quote {
                return;
            }
            match c {
                '$' | '`' if quote == '"' => self.dollar(c),
                '\\' if quote == '"' => {
                    let c = self.chars.next();
                    self.word.get_or_insert_default().extend(c);
                }
                c => self.word.get_or_insert_default().push(c),
            }
        }
    }

    /// `$(…)` and backticks are kept in the word as they stand, and run by themselves.
    fn dollar(&mut self, c: char) {
        let mut raw = String::from(c);
        if c == '`' {
            let inner: String = self.chars.by_ref().take_while(|c| *c != '`').collect();
            raw.push('`');
            self.nested.push(inner);
        } else if self.chars.peek() == Some(&'(') {
            let mut depth = 0_u32;
            let mut inner = String::new();
            for c in self.chars.by_ref() {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                inner.push(c);
                if depth == 0 {
                    break;
                }
            }
            raw.push_str("()");
            let inner = inner.strip_prefix('(').unwrap_or(&inner);
            self.nested
                .push(inner.strip_suffix(')').unwrap_or(inner).to_owned());
        }
        self.word.get_or_insert_default().push_str(&raw);
    }

    fn redirect(&mut self, c: char) {
        // `2>` keeps what is complained about, not what is said.
        let number = self.word.as_ref().is_some_and(|w| {
            !w.is_empty() && self.next == Next::Word && w.bytes().all(|b| b.is_ascii_digit())
        });
        let stream = if number { self.word.take() } else { None };
        self.end_word();
        let usual = if c == '>' { "1" } else { "0" };
        let usual = stream.is_none_or(|n| n == usual);
        let mut more = false;
        while let Some(next) = self.chars.next_if(|n| matches!(n, '>' | '<' | '|')) {
            more |= next == '<';
        }
        self.next = match c {
            '>' if usual => Next::File,
            '<' if usual && !more => Next::Input,
            _ => Next::Nothing,
        };
        if self.chars.next_if_eq(&'&').is_some()
            && self
                .chars
                .peek()
                .is_some_and(|n| n.is_ascii_digit() || *n == '-')
        {
            self.next = Next::Nothing;
        }
    }

    fn operator(&mut self, c: char) {
        match c {
            '&' if self.chars.peek() == Some(&'>') => {
                self.chars.next();
                self.end_word();
                self.redirect('>');
            }
            '|' => {
                let or = self.chars.next_if_eq(&'|').is_some();
                self.chars.next_if_eq(&'&');
                self.end_part(!or);
            }
            '(' => {
                self.end_part(false);
                self.part.opens = true;
            }
            ')' => {
                self.end_part(false);
                self.part.closes = true;
            }
            _ => self.end_part(false),
        }
    }
}
