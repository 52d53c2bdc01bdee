//! FreeRADIUS' configuration language as a tree (unlang(5)): sections with their heads, and lines.

/// Most nodes of one tree.
const MAX_NODES: usize = 50_000;
const MAX_DEPTH: usize = 32;

/// A line or a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The line, or what stands before the brace; quotes kept, comments gone, one space between
    /// words.
    pub head: String,
    /// What stands in the braces; `None` for a line.
    pub body: Option<Vec<Self>>,
}

impl Node {
    /// The first word.
    pub fn word(&self) -> &str {
        self.head.split_whitespace().next().unwrap_or_default()
    }

    /// What follows the first word.
    pub fn rest(&self) -> &str {
        let word = self.word();
        self.head.get(word.len()..).unwrap_or_default().trim()
    }

    /// The body; nothing for a line.
    pub fn inside(&self) -> &[Self] {
        self.body.as_deref().unwrap_or_default()
    }

    /// `key = value` as a pair, where the line is one.
    pub fn assignment(&self) -> Option<(&str, &str, &str)> {
        if self.body.is_some() {
            return None;
        }
        let at = self.head.find(['=', ':', '+'])?;
        let rest = &self.head[at..];
        let operator = [":=", "+=", "=="].into_iter().find(|o| rest.starts_with(o));
        let operator = operator.or_else(|| rest.starts_with('=').then_some("="))?;
        let value = rest[operator.len()..].trim().trim_matches(['"', '\'']);
        let key = self.head[..at].trim();
        (operator != "==").then_some((key, operator, value))
    }
}

/// The sections of `nodes` whose first word is `word`.
pub fn named<'a>(nodes: &'a [Node], word: &'a str) -> impl Iterator<Item = &'a Node> {
    nodes
        .iter()
        .filter(move |n| n.body.is_some() && n.word() == word)
}

/// Reads a text; `None` when braces do not match, or it is too large or too deep.
pub fn parse(text: &str) -> Option<Vec<Node>> {
    let mut open: Vec<(String, Vec<Node>)> = vec![(String::new(), Vec::new())];
    let mut count = 0;
    for line in text.replace("\\\n", " ").lines() {
        let line = uncommented(line);
        let mut rest = line.trim();
        if let Some(after) = rest.strip_prefix('}') {
            close(&mut open)?;
            rest = after.trim();
        }
        count += 1;
        if count > MAX_NODES || open.len() > MAX_DEPTH {
            return None;
        }
        if let Some(head) = rest.strip_suffix('{') {
            open.push((tidy(head), Vec::new()));
        } else if let Some((head, inner)) = whole(rest) {
            let body = inner.split([',', ';']).map(tidy).filter(|l| !l.is_empty());
            let body = body.map(|head| Node { head, body: None }).collect();
            open.last_mut()?.1.push(Node {
                head: tidy(head),
                body: Some(body),
            });
        } else if rest == "}" {
            close(&mut open)?;
        } else if !rest.is_empty() {
            open.last_mut()?.1.push(Node {
                head: tidy(rest),
                body: None,
            });
        }
    }
    let (_, top) = open.pop()?;
    open.is_empty().then_some(top)
}

fn close(open: &mut Vec<(String, Vec<Node>)>) -> Option<()> {
    let (head, body) = open.pop()?;
    open.last_mut()?.1.push(Node {
        head,
        body: Some(body),
    });
    Some(())
}

/// A section that opens and closes on one line. A brace after `%` or `$` expands a variable.
fn whole(line: &str) -> Option<(&str, &str)> {
    let inner = line.strip_suffix('}')?;
    let at = inner.find('{')?;
    let expansion = inner[..at].ends_with(['%', '$']);
    (!expansion && !inner[..at].contains('"')).then(|| (&inner[..at], inner[at + 1..].trim()))
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A `#` outside quotes begins a comment.
fn uncommented(line: &str) -> &str {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => return &line[..at],
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_lines_are_told_apart() {
        let text = "server default {\n authorize {\n  if (!&control:Auth-Type) { # none yet\n   update control {\n    &Auth-Type := \"TOTP\"\n   }\n  }\n  else {\n   -sql\n  }\n  eap { ok = return }\n  Reply-Message = \"%{User-Name} #1\"\n }\n}\n";
        let top = parse(text).unwrap();
        let authorize = named(top[0].inside(), "authorize").next().unwrap();
        let heads: Vec<&str> = authorize.inside().iter().map(|n| n.head.as_str()).collect();
        assert_eq!(
            heads,
            [
                "if (!&control:Auth-Type)",
                "else",
                "eap",
                "Reply-Message = \"%{User-Name} #1\""
            ]
        );
        let update = &authorize.inside()[0].inside()[0];
        assert_eq!(
            update.inside()[0].assignment(),
            Some(("&Auth-Type", ":=", "TOTP"))
        );
        assert_eq!(
            authorize.inside()[2].inside()[0].assignment(),
            Some(("ok", "=", "return"))
        );
    }

    #[test]
    fn what_does_not_match_is_not_read() {
        assert_eq!(parse("a {\n"), None);
        assert_eq!(parse("}\n"), None);
        assert_eq!(parse(&"a {\n".repeat(99)), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-z{}=:#&%\"\\\\, \né]|update|if \\(){0,60}") {
            let _read = parse(&text);
        }
    }
}
