//! apt.conf(5): `Name "value";` and `Group { Name "value"; };`, over several files.

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// Deepest nesting that is followed.
const DEPTH_CAP: usize = 32;

/// One setting and where it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its value.
    pub value: String,
    /// The file.
    pub path: String,
}

/// Settings by full name in lower case; lists hold their values in order under the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AptConf(BTreeMap<String, Vec<Setting>>);

impl AptConf {
    /// The setting that holds: the last one made.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(&name.to_lowercase())?.last()
    }

    /// How many values a list has.
    pub fn count(&self, name: &str) -> usize {
        self.0.get(&name.to_lowercase()).map_or(0, Vec::len)
    }

    /// The values of a list.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let all = self.0.get(&name.to_lowercase());
        all.map_or_else(Vec::new, |v| v.iter().map(|s| s.value.as_str()).collect())
    }

    fn read(&mut self, path: &str, text: &str) {
        let mut groups: Vec<String> = Vec::new();
        let mut words: Vec<String> = Vec::new();
        for token in tokens(text) {
            match token {
                Token::Word(word) => words.push(word),
                Token::Open => {
                    if groups.len() == DEPTH_CAP {
                        return;
                    }
                    groups.push(words.join(" "));
                    words.clear();
                }
                Token::Close => {
                    groups.pop();
                    words.clear();
                }
                Token::End => self.statement(path, &groups, &std::mem::take(&mut words)),
            }
        }
    }

    fn statement(&mut self, path: &str, groups: &[String], words: &[String]) {
        let (name, value) = match words {
            [clear, name] if clear.eq_ignore_ascii_case("#clear") => {
                let gone = name.to_lowercase();
                self.0.retain(|key, _| !key.starts_with(&gone));
                return;
            }
            [name, value] => (Some(name), value),
            [value] => (None, value), // an entry of the list that the group is
            _ => return,
        };
        let mut parts: Vec<&str> = groups.iter().map(String::as_str).collect();
        parts.extend(name.map(|n| n.trim_end_matches(':')));
        let key = parts.join("::").to_lowercase();
        self.0.entry(key).or_default().push(Setting {
            value: value.clone(),
            path: path.to_owned(),
        });
    }
}

impl Gather for AptConf {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut conf = Self::default();
        let parts = "/etc/apt/apt.conf.d";
        for entry in cx.host().list_if_any(parts, 1_000)? {
            let extension = entry.name.rsplit_once('.').map(|(_, e)| e);
            if !matches!(extension, None | Some("conf")) {
                continue; // apt passes over `.bak`, `.disabled`, `.dpkg-old`
            }
            let path = format!("{parts}/{}", entry.name);
            if let Some(text) = cx.host().text_if_any(&path)? {
                conf.read(&path, &text);
            }
        }
        let main = "/etc/apt/apt.conf";
        if let Some(text) = cx.host().text_if_any(main)? {
            conf.read(main, &text);
        }
        Ok(conf)
    }
}

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let flush = |word: &mut String, out: &mut Vec<Token>| {
        if !word.is_empty() {
            out.push(Token::Word(std::mem::take(word)));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                flush(&mut word, &mut out);
                out.push(Token::Word(
                    chars.by_ref().take_while(|&c| c != '"').collect(),
                ));
            }
            '/' if chars.peek() == Some(&'/') => skip_line(&mut chars),
            '/' if chars.peek() == Some(&'*') => skip_block(&mut chars),
            '#' if word.is_empty() && !is_clear(&chars) => skip_line(&mut chars),
            '{' | '}' | ';' => {
                flush(&mut word, &mut out);
                out.push(match c {
                    '{' => Token::Open,
                    '}' => Token::Close,
                    _ => Token::End,
                });
            }
            c if c.is_whitespace() => flush(&mut word, &mut out),
            c => word.push(c),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn is_clear(chars: &Chars<'_>) -> bool {
    chars
        .clone()
        .take(5)
        .collect::<String>()
        .eq_ignore_ascii_case("clear")
}

fn skip_line(chars: &mut Chars<'_>) {
    chars.by_ref().find(|&c| c == '\n');
}

fn skip_block(chars: &mut Chars<'_>) {
    let mut before = ' ';
    for c in chars.by_ref() {
        if before == '*' && c == '/' {
            return;
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> AptConf {
        let mut conf = AptConf::default();
        conf.read("/f", text);
        conf
    }

    #[test]
    fn flat_and_nested_settings_are_the_same() {
        let conf = read(
            "APT::Periodic::Unattended-Upgrade \"1\"; // on\n# APT::X \"2\";\n\
             apt { periodic { Unattended-Upgrade \"0\"; }; };\n\
             Unattended-Upgrade::Origins-Pattern { \"origin=Debian,label=x\"; /* \"no\"; */ \"b\"; };\n",
        );
        assert_eq!(
            conf.get("APT::Periodic::Unattended-Upgrade").unwrap().value,
            "0"
        );
        assert_eq!(
            conf.values("Unattended-Upgrade::Origins-Pattern"),
            ["origin=Debian,label=x", "b"]
        );
        assert!(conf.get("APT::X").is_none());
    }

    #[test]
    fn clearing_takes_a_group_away() {
        let conf = read("A::B \"1\";\n#clear A;\nC \"2\";");
        assert!(conf.get("A::B").is_none());
        assert!(conf.get("c").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[A-Za-z:#{}\";/* \n]{0,200}") {
            read(&text);
        }
    }
}
