//! Literal arrays of PHP, as `config.php` files hold them: texts, numbers, yes and no, lists.
//! What is computed (a call, a constant, a joined text) is [`Php::Other`], never guessed.

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Php {
    /// `'text'`; also numbers, as they stand.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// `array(…)` or `[…]`: keys where there are any.
    List(Vec<(Option<String>, Self)>),
    /// Something that is not literal.
    Other,
}

impl Php {
    /// The last value under `key`, as PHP keeps it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::List(entries) = self else {
            return None;
        };
        let named = entries
            .iter()
            .rev()
            .find(|(k, _)| k.as_deref() == Some(key));
        named.map(|(_, value)| value)
    }

    /// The texts of a list; `None` when an entry is no text.
    pub fn texts(&self) -> Option<Vec<&str>> {
        let Self::List(entries) = self else {
            return None;
        };
        let text = |value: &'_ Self| matches!(value, Self::Text(_));
        if !entries.iter().all(|(_, v)| text(v)) {
            return None;
        }
        Some(
            entries
                .iter()
                .filter_map(|(_, v)| {
                    if let Self::Text(t) = v {
                        Some(t.as_str())
                    } else {
                        None
                    }
                })
                .collect(),
        )
    }
}

const MAX_DEPTH: usize = 16;
const MAX_TOKENS: usize = 100_000;

/// The array that is assigned to `$name`; `None` where there is none that can be read.
pub fn assigned(text: &str, name: &str) -> Option<Php> {
    let tokens = tokens(text)?;
    let wanted = format!("${name}");
    let at = tokens
        .windows(2)
        .position(|pair| pair[0] == Token::Word(wanted.clone()) && pair[1] == Token::Sign('='))?;
    let mut reader = Reader {
        tokens: &tokens,
        at: at + 2,
    };
    reader.value(0)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Sign(char),
    Arrow,
}

/// `None` when a text or a comment does not end, or there are too many words.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if found.len() > MAX_TOKENS {
            return None;
        }
        let next = chars.get(at + 1).copied();
        match c {
            _ if c.is_whitespace() => at += 1,
            '#' => at = line_end(&chars, at),
            '/' if next == Some('/') => at = line_end(&chars, at),
            '/' if next == Some('*') => at = comment_end(&chars, at + 2)?,
            '\'' | '"' => {
                let (literal, after) = quoted(&chars, at)?;
                found.push(Token::Text(literal));
                at = after;
            }
            '=' if next == Some('>') => {
                found.push(Token::Arrow);
                at += 2;
            }
            _ if is_word(c) => {
                let length = chars[at..].iter().take_while(|c| is_word(**c)).count();
                found.push(Token::Word(chars[at..at + length].iter().collect()));
                at += length;
            }
            _ => {
                found.push(Token::Sign(c));
                at += 1;
            }
        }
    }
    Some(found)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '\\' | '.' | '-')
}

fn line_end(chars: &[char], from: usize) -> usize {
    let rest = chars[from..].iter().position(|c| *c == '\n');
    rest.map_or(chars.len(), |n| from + n)
}

fn comment_end(chars: &[char], from: usize) -> Option<usize> {
    let rest = chars.get(from..)?;
    let n = rest.windows(2).position(|pair| pair == ['*', '/'])?;
    Some(from + n + 2)
}

fn quoted(chars: &[char], from: usize) -> Option<(String, usize)> {
    let quote = chars[from];
    let mut literal = String::new();
    let mut at = from + 1;
    loop {
        match *chars.get(at)? {
            '\\' => {
                literal.push(*chars.get(at + 1)?);
                at += 2;
            }
            c if c == quote => return Some((literal, at + 1)),
            c => {
                literal.push(c);
                at += 1;
            }
        }
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn value(&mut self, depth: usize) -> Option<Php> {
        if depth > MAX_DEPTH {
            return None;
        }
        let token = self.peek()?.clone();
        self.at += 1;
        let value = match token {
            Token::Text(text) => Php::Text(text),
            Token::Sign('[') => self.list(']', depth)?,
            Token::Word(word)
                if word.eq_ignore_ascii_case("array") && self.peek() == Some(&Token::Sign('(')) =>
            {
                self.at += 1;
                self.list(')', depth)?
            }
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => Php::Bool(true),
                "false" => Php::Bool(false),
                number if number.bytes().all(|b| b.is_ascii_digit()) => {
                    Php::Text(number.to_owned())
                }
                _ => Php::Other,
            },
            Token::Sign(_) | Token::Arrow => Php::Other,
        };
        let ends = matches!(
            self.peek(),
            None | Some(Token::Sign(',' | ')' | ']' | ';') | Token::Arrow)
        );
        if ends {
            return Some(value);
        }
        self.skip_expression();
        Some(Php::Other)
    }

    /// Passes over the rest of something computed, up to where the entry ends.
    fn skip_expression(&mut self) {
        let mut open = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign('(' | '[' | '{') => open += 1,
                Token::Sign(')' | ']' | '}') if open > 0 => open -= 1,
                Token::Sign(',' | ')' | ']' | ';') | Token::Arrow if open == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Php> {
        let mut entries = Vec::new();
        loop {
            match self.peek()? {
                Token::Sign(c) if *c == end => {
                    self.at += 1;
                    return Some(Php::List(entries));
                }
                Token::Sign(',') => self.at += 1,
                _ => {
                    let first = self.value(depth + 1)?;
                    if self.peek() == Some(&Token::Arrow) {
                        self.at += 1;
                        let value = self.value(depth + 1)?;
                        let key = if let Php::Text(key) = first {
                            Some(key)
                        } else {
                            None
                        };
                        entries.push((key, value));
                    } else {
                        entries.push((None, first));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read() {
        let text = "<?php\n// $CONFIG = array('a' => 'no');\n$CONFIG = array (\n  'a' => 'it\\'s', /* 'b' */ 'n' => 5,\n  'groups' => \n  array (\n    0 => 'admin',\n  ),\n  'c' => getenv('X') ?: 'y',\n  'on' => TRUE,\n  \"short\" => ['p', 'q'],\n);\n";
        let got = assigned(text, "CONFIG").unwrap();
        assert_eq!(got.get("a"), Some(&Php::Text("it's".into())));
        assert_eq!(got.get("c"), Some(&Php::Other));
        assert_eq!(got.get("on"), Some(&Php::Bool(true)));
        assert_eq!(got.get("groups").unwrap().texts(), Some(vec!["admin"]));
        assert_eq!(got.get("short").unwrap().texts(), Some(vec!["p", "q"]));
        assert_eq!(got.get("missing"), None);
    }

    #[test]
    fn what_does_not_end_is_not_read() {
        for text in [
            "$CONFIG = array('a",
            "$CONFIG = array(",
            "$CONFIG = /* x",
            "",
        ] {
            assert_eq!(assigned(text, "CONFIG"), None, "{text}");
        }
        assert_eq!(assigned(&format!("$C = {}", "[".repeat(500)), "C"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([$C=>()\\[\\],;'\"#/*a\\\\ \n]|array|true){0,60}") {
            let _read = assigned(&text, "C");
        }
    }
}
