//! Where the statements of a shell's text begin and end: quotes and `$(…)` go on over lines, and the bodies
//! of here-documents are data, unless a shell reads them.

use super::documents::{Document, is_shell, word};

/// Most here-documents that one line begins.
const DOCUMENTS: usize = 16;

/// The text without the bodies of its here-documents, line for line. What a shell of its own reads becomes
/// the word behind its `-c`.
pub(super) fn without_documents(text: &str) -> String {
    if !text.contains("<<") {
        return text.to_owned();
    }
    Scanner::over(text, false).out
}

/// The statements with the numbers of the lines that they begin in, without here-documents and comments.
/// Lines that go on after a backslash are put together, and a line break in a quoted word stays in it.
pub(super) fn statements(text: &str) -> Vec<(usize, String)> {
    let Scanner { out, ends, .. } = Scanner::over(text, true);
    let mut from = 0;
    let mut all = Vec::with_capacity(ends.len());
    for (to, line) in ends {
        let statement = out.get(from..to).unwrap_or_default();
        if !statement.trim().is_empty() {
            all.push((line, statement.to_owned()));
        }
        from = to;
    }
    all
}

/// What the text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Single,
    /// `$'…'`
    Ansi,
    Double,
    Backtick,
    /// `$(…)`, and brackets in it.
    Command,
    /// `((…))`
    Arithmetic,
    /// `${…}`
    Brace,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// Where each statement ends in what was put out, and the line that it begins in.
    ends: Vec<(usize, usize)>,
    line: usize,
    first_line: usize,
    inside: Vec<In>,
    documents: Vec<Document>,
    /// Where the command begins that is being read, in what was put out.
    command: usize,
    before: char,
    /// Whether statements are wanted, not lines.
    plain: bool,
    /// Whether a quote may go on over lines.
    carries: bool,
}

impl<'t> Scanner<'t> {
    fn over(text: &'t str, plain: bool) -> Self {
        let state = Self::run(text, plain, true);
        if state.inside.is_empty() {
            return state;
        }
        // A quote that never ends is broken, or not understood: then each line stands for itself.
        Self::run(text, plain, false)
    }

    fn run(text: &'t str, plain: bool, carries: bool) -> Self {
        let mut state = Self {
            text,
            at: 0,
            out: String::with_capacity(text.len()),
            ends: Vec::new(),
            line: 1,
            first_line: 1,
            inside: Vec::new(),
            documents: Vec::new(),
            command: 0,
            before: '\n',
            plain,
            carries,
        };
        while let Some(c) = state.next() {
            state.step(c);
        }
        state.end_statement();
        if !carries {
            state.inside.clear();
        }
        state
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.before = c;
    }

    fn step(&mut self, c: char) {
        let inside = self.inside.last().copied();
        if c == '\n' && !self.carries {
            self.inside.clear();
        }
        let quoted = matches!(inside, Some(In::Single | In::Ansi | In::Double | In::Brace));
        if c == '\n' && (self.inside.is_empty() || !quoted) {
            return self.end_line();
        }
        self.line += usize::from(c == '\n');
        if c == '\\' && !matches!(inside, Some(In::Single)) {
            return self.escaped();
        }
        match inside {
            Some(In::Single | In::Ansi) => {
                self.put(c);
                if c == '\'' {
                    self.inside.pop();
                }
            }
            Some(In::Double) if c == '"' => self.leave(c),
            Some(In::Brace) if c == '}' => self.leave(c),
            Some(In::Arithmetic) if c == ')' => self.leave(c),
            Some(In::Arithmetic) if c == '(' => self.enter(c, In::Arithmetic),
            _ if c == '$' => self.dollar(),
            Some(In::Backtick) if c == '`' => self.leave(c),
            _ if c == '`' => self.enter(c, In::Backtick),
            Some(In::Double | In::Arithmetic) => self.put(c),
            Some(In::Brace) => match c {
                '"' => self.enter(c, In::Double),
                '\'' if !self.is_in_double() => self.enter(c, In::Single),
                c => self.put(c),
            },
            None | Some(In::Command | In::Backtick) => self.in_command(c),
        }
    }

    fn in_command(&mut self, c: char) {
        match c {
            '\'' => self.enter(c, In::Single),
            '"' => self.enter(c, In::Double),
            '#' if self.is_comment() => self.comment(),
            '<' if self.rest().starts_with('<') => self.document(),
            '(' if self.rest().starts_with('(') && self.begins_arithmetic() => {
                self.enter(c, In::Arithmetic);
            }
            '(' if !self.inside.is_empty() => self.enter(c, In::Command),
            ')' if self.inside.last() == Some(&In::Command) => self.leave(c),
            ';' | '|' | '&' | '(' | ')' => {
                self.put(c);
                self.command = self.out.len();
            }
            c => self.put(c),
        }
    }

    fn enter(&mut self, c: char, into: In) {
        self.put(c);
        self.inside.push(into);
        if matches!(into, In::Command | In::Backtick) {
            self.command = self.out.len();
        }
    }

    fn leave(&mut self, c: char) {
        self.put(c);
        self.inside.pop();
    }

    /// Whether `${…}` stands between quotation marks, where an apostrophe is one.
    fn is_in_double(&self) -> bool {
        let below = self.inside.len().checked_sub(2);
        below.and_then(|n| self.inside.get(n)) == Some(&In::Double)
    }

    fn begins_arithmetic(&self) -> bool {
        let command = self.out.get(self.command..).unwrap_or_default().trim();
        command.is_empty() || command == "for"
    }

    /// A backslash and what stands behind it. Lines that go on are put together.
    fn escaped(&mut self) {
        match self.next() {
            Some('\n') if self.plain => {
                self.line += 1;
                self.put(' ');
            }
            next => {
                self.line += usize::from(next == Some('\n'));
                self.put('\\');
                if let Some(c) = next {
                    self.put(c);
                }
                self.before = '\\';
            }
        }
    }

    fn dollar(&mut self) {
        self.put('$');
        let rest = self.rest();
        let in_double = self.inside.last() == Some(&In::Double);
        let into = match rest.chars().next() {
            Some('(') if rest.starts_with("((") => In::Arithmetic,
            Some('(') => In::Command,
            Some('{') => In::Brace,
            Some('\'') if !in_double => In::Ansi,
            _ => return,
        };
        if let Some(c) = self.next() {
            self.enter(c, into);
        }
    }

    fn is_comment(&self) -> bool {
        let begins = self.before.is_whitespace() || ";&|(".contains(self.before);
        begins && self.inside.last() != Some(&In::Backtick)
    }

    fn comment(&mut self) {
        let rest = self.rest();
        let comment = rest.split('\n').next().unwrap_or_default();
        self.at += comment.len();
        if !self.plain {
            self.out.push('#');
            self.out.push_str(comment);
        }
    }

    /// `<<WORD`, `<<-'WORD'`. `<<<` is none.
    fn document(&mut self) {
        let rest = self.rest().get(1..).unwrap_or_default();
        if rest.starts_with('<') {
            self.at += 2;
            self.out.push_str("<<<");
            self.before = '<';
            return;
        }
        let (tabs, behind) = match rest.strip_prefix('-') {
            Some(behind) => (true, behind),
            None => (false, rest),
        };
        let behind = behind.trim_start_matches([' ', '\t']);
        let (word, quoted, length) = word(behind);
        self.at += 1 + rest.len() - behind.len() + length;
        if length == 0 || self.documents.len() >= DOCUMENTS {
            self.out.push_str("<<");
            return;
        }
        let command = self.out.get(self.command..).unwrap_or_default();
        let shell = self.documents.is_empty() && is_shell(command);
        self.documents.push(Document {
            word,
            tabs,
            quoted,
            shell: shell.then_some(self.out.len()),
        });
    }

    fn end_line(&mut self) {
        self.line += 1;
        let documents = std::mem::take(&mut self.documents);
        let one = documents.len() == 1;
        for document in documents {
            let (body, lines) = self.body(&document);
            self.line += lines;
            match document.shell.filter(|_| one) {
                Some(at) if at <= self.out.len() => {
                    let behind = self.out.split_off(at);
                    self.out.push_str("-c '");
                    // The line of its word, unless the text goes on behind that.
                    if lines > body.matches('\n').count() {
                        self.out.push('\n');
                    }
                    self.out.push_str(&body.replace('\'', "'\\''"));
                    self.out.push('\'');
                    self.out.push_str(&behind);
                }
                _ if self.plain => {}
                _ => self.out.extend(std::iter::repeat_n('\n', lines)),
            }
        }
        self.put('\n');
        self.command = self.out.len();
        if self.inside.is_empty() {
            self.end_statement();
        }
    }

    /// The body of a here-document, and how many line breaks it took, that of its word included.
    fn body(&mut self, document: &Document) -> (String, usize) {
        let mut body = String::new();
        let mut lines = 0;
        while !self.rest().is_empty() {
            let rest = self.rest();
            let line = rest.split('\n').next().unwrap_or_default();
            let bare = if document.tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            let behind = bare.strip_prefix(document.word.as_str());
            let closes = |b: &str| b.starts_with([')', '`']) && !self.inside.is_empty();
            if let Some(behind) = behind.filter(|b| closes(b)) {
                self.at += line.len() - behind.len();
                break;
            }
            let whole = (line.len() + 1).min(rest.len());
            self.at += whole;
            lines += usize::from(whole > line.len());
            if bare == document.word {
                break;
            }
            body.push_str(bare);
            if whole > line.len() {
                body.push('\n');
            }
        }
        (document.read(body), lines)
    }

    fn end_statement(&mut self) {
        self.ends.push((self.out.len(), self.first_line));
        self.first_line = self.line;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> Vec<String> {
        let all = statements(text).into_iter();
        all.map(|(_, s)| s.trim().to_owned()).collect()
    }

    #[test]
    fn a_quote_goes_on_over_lines() {
        assert_eq!(plain("a 'b\nc' d\ne"), ["a 'b\nc' d", "e"]);
        assert_eq!(
            plain("a \"b $(c \"d\ne\")\nf\" g\nh"),
            ["a \"b $(c \"d\ne\")\nf\" g", "h"]
        );
        assert_eq!(
            plain("a \\\n b # it's\nc #\nd\\'\ne"),
            ["a   b", "c", "d\\'", "e"]
        );
        assert_eq!(plain("a ${b#'} c\n'}\nd"), ["a ${b#'} c\n'}", "d"]);
        assert_eq!(plain("a \"${b:-it's}\"\nc"), ["a \"${b:-it's}\"", "c"]);
        assert_eq!(plain("a $'it\\'s'\nb"), ["a $'it\\'s'", "b"]);
        assert_eq!(plain("f() {\n( a\nb )\n}"), ["f() {", "( a", "b )", "}"]);
        // A quote that never ends: as if each line stood for itself.
        assert_eq!(plain("a 'b\nc\nd"), ["a 'b", "c", "d"]);
        let numbers: Vec<_> = statements("a\n\n'b\nc'\nd <<E\nx\nE\ne")
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(numbers, [1, 3, 5, 8]);
    }

    #[test]
    fn bodies_of_here_documents_are_data() {
        for (text, want) in [
            ("cat <<E > /x\na\nE\nb", "cat  > /x|b"),
            ("cat <<-'E F'\n\ta\n\tE F\nb", "cat|b"),
            ("cat << \"E\"\na\nE \nE\nb", "cat|b"),
            ("cat <<\\E <<F\na\nE\nb\nF\nc", "cat|c"),
            ("X=$(cat <<E\n'\nE\n)\nb", "X=$(cat \n)|b"),
            ("X=\"$(cat <<E\n'\nE)\"\nb", "X=\"$(cat \n)\"|b"),
            ("a $((1<<2)); ((x<<3))\nb", "a $((1<<2)); ((x<<3))|b"),
            (
                "((x<<3))\nfor ((i=1<<2;i;)) do\nb",
                "((x<<3))|for ((i=1<<2;i;)) do|b",
            ),
            ("a <<<'E' b\nc", "a <<<'E' b|c"),
            ("a '<<E'\nb # <<F\nc", "a '<<E'|b|c"),
            ("a <<E\nb", "a"),
        ] {
            let want: Vec<&str> = want.split('|').collect();
            assert_eq!(plain(text), want, "{text}");
            let lines = without_documents(text).matches('\n').count();
            assert_eq!(lines, text.matches('\n').count(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([a-c ]|[|&;<>'\"$()`\\\\{}#]|<<E|<<-'E'|\nE\n|bash |su |\n){0,60}") {
            let lines = without_documents(&text).matches('\n').count();
            prop_assert_eq!(lines, text.matches('\n').count());
            let numbers: Vec<_> = statements(&text).into_iter().map(|(n, _)| n).collect();
            prop_assert!(numbers.is_sorted());
        }
    }
}
