//! `sshd_config(5)`: keywords, quoting, `Include` and `Match`, without judging what they mean.

use crate::{
    facts::glob,
    host::Host,
    observation::{Gap, GapReason},
};

/// Deepest nesting of `Include`, as in OpenSSH itself.
const MAX_DEPTH: usize = 16;
/// Most settings kept; a larger configuration is not understood rather than cut.
const MAX_SETTINGS: usize = 5_000;

/// Keywords that hold for the whole server. Under `Match all` they stand as if outside of it; under
/// any other `Match` the server refuses them.
pub const WHOLE: [&str; 4] = ["listenaddress", "port", "usedns", "usepam"];

/// One setting: a keyword in lower case with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Keyword in lower case.
    pub keyword: String,
    /// Its arguments, without quotes.
    pub words: Vec<String>,
    /// `FILE:LINE`.
    pub source: String,
}

/// Settings under one `Match` line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchBlock {
    /// The words after `Match`.
    pub criteria: Vec<String>,
    /// `FILE:LINE` of the `Match` line.
    pub source: String,
    /// In the order they stand.
    pub settings: Vec<Setting>,
}

impl MatchBlock {
    /// Whether a login as `user` can fall under this block, as far as its `User` criteria say.
    pub fn may_concern(&self, user: &str) -> bool {
        let pairs = self.criteria.iter().zip(self.criteria.iter().skip(1));
        pairs
            .filter(|(name, _)| name.eq_ignore_ascii_case("user"))
            .all(|(_, list)| in_pattern_list(user, list))
    }

    /// The words after `Match`, as one line.
    pub fn shown(&self) -> String {
        format!("Match {}", self.criteria.join(" "))
    }
}

/// A negated pattern that fits decides; otherwise one that fits suffices.
pub(crate) fn in_pattern_list(name: &str, list: &str) -> bool {
    let mut fits = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if glob::matches(not, name) => return false,
            Some(_) => {}
            None => fits |= glob::matches(pattern, name),
        }
    }
    fits
}

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Settings outside `Match` blocks, in the order in which `sshd` meets them.
    pub global: Vec<Setting>,
    /// `Match` blocks.
    pub matches: Vec<MatchBlock>,
    /// Files that were read.
    pub files: Vec<String>,
}

/// Reads `path` and all that it includes. Without the file the configuration is empty.
///
/// # Errors
/// When a file may not be read, or the nesting or size has no end.
pub fn read(host: &dyn Host, path: &str) -> Result<Config, Gap> {
    let mut config = Config::default();
    Reader {
        host,
        config: &mut config,
    }
    .file(path, None, 0)?;
    Ok(config)
}

struct Reader<'a> {
    host: &'a dyn Host,
    config: &'a mut Config,
}

impl Reader<'_> {
    /// `block` is the `Match` block that the file stands in. One that begins inside the file ends
    /// with it.
    fn file(&mut self, path: &str, block: Option<usize>, depth: usize) -> Result<(), Gap> {
        if depth > MAX_DEPTH || self.config.files.len() > 512 {
            return Err(Gap::parse(format!("{path}: included too deep")));
        }
        let Some(text) = self.host.text_if_any(path)? else {
            return Ok(());
        };
        self.config.files.push(path.to_owned());
        let mut at = block;
        for (n, line) in text.lines().enumerate() {
            let Some(setting) = parse_line(line, &format!("{path}:{}", n + 1)) else {
                continue;
            };
            match setting.keyword.as_str() {
                "include" => {
                    let before = self.config.matches.len();
                    self.include(&setting.words, at, depth)?;
                    if self.config.matches.len() > before {
                        at = at.map(|n| self.go_on(n)); // keeps the order in which lines are met
                    }
                }
                "match" => at = Some(self.begin(block, setting)),
                _ => self.keep(at, setting)?,
            }
        }
        Ok(())
    }

    fn include(&mut self, words: &[String], at: Option<usize>, depth: usize) -> Result<(), Gap> {
        for word in words {
            let pattern = if word.starts_with('/') {
                word.clone()
            } else {
                format!("/etc/ssh/{word}")
            };
            if pattern.contains(['[', '{', '~']) {
                let detail = format!("Include {pattern}: pattern not understood");
                return Err(Gap::parse(detail));
            }
            for path in glob::expand(self.host, &pattern)? {
                self.file(&path, at, depth + 1)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, outer: Option<usize>, setting: Setting) -> usize {
        let above = outer.and_then(|n| self.config.matches.get(n));
        let mut criteria = above.map_or_else(Vec::new, |b| b.criteria.clone());
        criteria.extend(setting.words);
        self.config.matches.push(MatchBlock {
            criteria,
            source: setting.source,
            settings: Vec::new(),
        });
        self.config.matches.len() - 1
    }

    /// A further part of block `n`, behind the blocks that an include brought.
    fn go_on(&mut self, n: usize) -> usize {
        let mut block = self.config.matches[n].clone();
        block.settings.clear();
        self.config.matches.push(block);
        self.config.matches.len() - 1
    }

    fn keep(&mut self, at: Option<usize>, setting: Setting) -> Result<(), Gap> {
        let Config {
            global, matches, ..
        } = &mut *self.config;
        let all = |b: &&mut MatchBlock| b.criteria.iter().all(|c| c.eq_ignore_ascii_case("all"));
        let block = at.and_then(|n| matches.get_mut(n));
        let list = match block.filter(|b| !(WHOLE.contains(&&*setting.keyword) && all(b))) {
            Some(block) => &mut block.settings,
            None => global,
        };
        if list.len() >= MAX_SETTINGS {
            return Err(Gap::new(GapReason::OverBudget, &setting.source));
        }
        list.push(setting);
        Ok(())
    }
}

/// One line: `Keyword words`, `Keyword=words` or `Keyword = words`, with quotes around words that
/// hold spaces and a comment after `#`.
fn parse_line(line: &str, source: &str) -> Option<Setting> {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{c}');
    let (keyword, rest) = delimited(line)?;
    if keyword.is_empty() || keyword.starts_with('#') {
        return None;
    }
    let keyword = keyword.to_ascii_lowercase();
    let words = if keyword == "match" {
        criteria(rest)
    } else {
        words(rest)
    };
    Some(Setting {
        keyword,
        words,
        source: source.to_owned(),
    })
}

/// The first word and the rest, as OpenSSH's `strdelim` cuts them: at white space, one `=`, or a
/// quote; a word that begins with a quote goes to the next one.
fn delimited(text: &str) -> Option<(&str, &str)> {
    const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
    if let Some(inner) = text.strip_prefix('"') {
        let (word, rest) = inner.split_once('"')?;
        return Some((word, rest.trim_start_matches(BLANK)));
    }
    let Some(end) = text.find(|c: char| BLANK.contains(&c) || c == '=' || c == '"') else {
        return Some((text, ""));
    };
    let (word, rest) = text.split_at(end);
    if rest.starts_with('"') {
        return Some((word, rest));
    }
    let blank = rest.trim_start_matches(BLANK);
    let rest = blank.strip_prefix('=').unwrap_or(blank);
    Some((word, rest.trim_start_matches(BLANK)))
}

/// The words after `Match`, where `Name=Value` is two words.
fn criteria(mut rest: &str) -> Vec<String> {
    let mut found = Vec::new();
    while !rest.is_empty() && found.len() < MAX_SETTINGS {
        let Some((word, more)) = delimited(rest) else {
            break;
        };
        if word.starts_with('#') {
            break;
        }
        found.push(word.to_owned());
        rest = more;
    }
    found
}

/// Splits at white space; quotes and backslashes keep it, an unquoted `#` at the start of a word
/// ends the line.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) if matches!(chars.peek(), Some('"' | '\'' | '\\')) => {
                word.get_or_insert_default().extend(chars.next());
            }
            ('\\', None) if chars.peek() == Some(&' ') => {
                word.get_or_insert_default().extend(chars.next());
            }
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            ('#', None) if word.is_none() => break,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<(String, Vec<String>)> {
        parse_line(text, "f:1").map(|s| (s.keyword, s.words))
    }

    #[test]
    fn keywords_quotes_and_equal_signs() {
        let root = Some(("permitrootlogin".to_owned(), vec!["no".to_owned()]));
        for text in [
            "PermitRootLogin no",
            "permitrootlogin=no",
            "\tPERMITROOTLOGIN = no",
            "\"PermitRootLogin\" no",
            "PermitRootLogin \"no\" # why",
        ] {
            assert_eq!(line(text), root, "{text}");
        }
        assert_eq!(line("  # PermitRootLogin no"), None);
        assert_eq!(line(""), None);
        assert_eq!(
            line("AllowUsers \"a b\" c#d").map(|l| l.1),
            Some(vec!["a b".to_owned(), "c#d".to_owned()])
        );
    }

    #[test]
    fn user_criteria_tell_whom_a_block_concerns() {
        let block = |words: &str| MatchBlock {
            criteria: words.split(' ').map(str::to_owned).collect(),
            ..MatchBlock::default()
        };
        assert!(block("all").may_concern("root"));
        assert!(block("Address 10.0.0.0/8").may_concern("root"));
        assert!(block("User r*,x").may_concern("root"));
        assert!(!block("User *,!root").may_concern("root"));
        assert!(!block("user an Address 10.0.0.0/8").may_concern("root"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[ -~\t\u{c}é…=#\"'\\\\]{0,100}") {
            parse_line(&text, "f:1");
            in_pattern_list("root", &text);
        }
    }
}
