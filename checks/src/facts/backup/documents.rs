//! Here-documents: their words, and whether a shell reads them.

use super::{
    lexer::parts,
    tools::base_name,
    wrappers::{SHELLS, Unwrapped, unwrap},
};

/// The longest command that is looked at for a here-document.
const COMMAND: usize = 4_096;

/// A here-document whose body follows on the next line.
pub(super) struct Document {
    pub(super) word: String,
    pub(super) tabs: bool,
    /// Whether nothing in its body is filled in.
    pub(super) quoted: bool,
    /// Where it stands in what was put out, if a shell reads it.
    pub(super) shell: Option<usize>,
}

impl Document {
    /// The body as its reader gets it, but for variables.
    pub(super) fn read(&self, mut body: String) -> String {
        if !self.quoted {
            for (escaped, plain) in [("\\$", "$"), ("\\`", "`"), ("\\\\", "\\")] {
                body = body.replace(escaped, plain);
            }
        }
        body
    }
}

/// The word that ends a here-document, whether it is quoted, and how long it stands.
pub(super) fn word(text: &str) -> (String, bool, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some(q) if c == q => quote = None,
            _ if c == '\n' => return (word, quoted, at),
            Some(_) => word.push(c),
            None if c == '\'' || c == '"' => {
                quoted = true;
                quote = Some(c);
            }
            None if text.get(at..).is_some_and(|t| t.starts_with("\\\n")) => {
                return (word, quoted, at);
            }
            None if c == '\\' => {
                quoted = true;
                word.extend(chars.next().map(|(_, c)| c));
            }
            None if c.is_whitespace() || ";|&<>()`".contains(c) => return (word, quoted, at),
            None => word.push(c),
        }
    }
    (word, quoted, text.len())
}

/// Whether a command is a shell alone, which reads what it is to do.
pub(super) fn is_shell(command: &str) -> bool {
    const LEADING: [&str; 10] = [
        "if", "then", "else", "elif", "do", "while", "until", "!", "{", "}",
    ];
    if command.len() > COMMAND {
        return false;
    }
    let (mut simple, _) = parts(command);
    let words = simple.pop().map(|p| p.words).unwrap_or_default();
    let leading = words.iter().take_while(|w| LEADING.contains(&w.as_str()));
    let words = words.get(leading.count()..).unwrap_or_default();
    let is = |name: &str| words.iter().any(|w| base_name(w) == name);
    match unwrap(words) {
        Unwrapped::Shell { .. } => false,
        Unwrapped::Nothing => {
            is("su") || is("runuser") || is("sudo") && (is("-i") || is("-s") || is("--login"))
        }
        Unwrapped::Program { words, .. } => {
            let shell = words
                .first()
                .is_some_and(|w| SHELLS.contains(&base_name(w)));
            let options = || words.iter().skip(1).all(|w| w.starts_with('-'));
            shell && (options() || words.iter().any(|w| w == "-s"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::backup::statements::{statements, without_documents};

    #[test]
    fn what_a_shell_reads_is_its_text() {
        for (text, want) in [
            ("bash <<E\na\nE\nb", "bash -c '\na\n';b"),
            (
                "sudo -u p bash -s <<'E' | c > /x\nit's\nE\nb",
                "sudo -u p bash -s -c '\nit'\\''s\n' | c > /x;b",
            ),
            (
                "if su - p <<E; then\na \\$b\nE\nc",
                "if su - p -c '\na $b\n'; then;c",
            ),
            ("f() { sudo -i <<E\na\nE\n}", "f() { sudo -i -c '\na\n';}"),
            (
                "docker exec -i d sh <<E\na\nE\nb",
                "docker exec -i d sh -c '\na\n';b",
            ),
            ("ssh d bash <<E\na\nE\nb", "ssh d bash;b"),
            ("bash /x.sh <<E\na\nE\nb", "bash /x.sh;b"),
            ("bash -c 'cat' <<E\na\nE\nb", "bash -c 'cat';b"),
            (": bash <<E\na\nE\nb", ": bash;b"),
        ] {
            let got: Vec<String> = statements(text)
                .into_iter()
                .map(|(_, s)| s.trim().to_owned())
                .collect();
            let (first, last) = want.rsplit_once(';').unwrap();
            assert_eq!(got, [first, last], "{text}");
            let lines = without_documents(text).matches('\n').count();
            assert_eq!(lines, text.matches('\n').count(), "{text}");
        }
    }
}
