//! nginx: `ssl_certificate` and `ssl_certificate_key`, through every `include`.

use super::{MAX_FILES, Pair, below, text};
use crate::{
    facts::glob,
    host::{Host, HostError},
};

const ROOT: &str = "/etc/nginx";
const MAX_DEPTH: usize = 8;

/// The pairs of nginx's configuration.
pub(super) fn pairs(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut walk = Walk {
        host,
        files: 0,
        pairs: Vec::new(),
    };
    walk.file("/etc/nginx/nginx.conf", 0, &mut Scope::default())?;
    Ok(walk.pairs)
}

/// What a block has said so far; pairs are made in the order in which they are written, and a key
/// of an outer block serves the inner ones.
#[derive(Clone, Debug, Default)]
struct Scope {
    certs: Vec<String>,
    keys: Vec<String>,
}

struct Walk<'a> {
    host: &'a dyn Host,
    files: usize,
    pairs: Vec<Pair>,
}

impl Walk<'_> {
    fn file(&mut self, path: &str, depth: usize, scope: &mut Scope) -> Result<(), HostError> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return Err(HostError::OverBudget(format!("{path}: too many includes")));
        }
        let Some(text) = text(self.host, path)? else {
            return Ok(());
        };
        let words = words(&text);
        let mut at = 0;
        let mut stack = Vec::new();
        while at < words.len() {
            let end = (at..words.len()).find(|n| matches!(words[*n].as_str(), ";" | "{" | "}"));
            let end = end.unwrap_or(words.len());
            let line = &words[at..end];
            match words.get(end).map(String::as_str) {
                Some("{") => {
                    let inner = std::mem::take(scope);
                    stack.push(inner);
                }
                Some("}") => {
                    let outer = stack.pop();
                    self.close(scope, outer.as_ref(), path);
                    *scope = outer.unwrap_or_default();
                }
                _ => self.line(line, depth, scope)?,
            }
            at = end + 1;
        }
        if depth == 0 {
            self.close(scope, None, path);
        }
        Ok(())
    }

    fn line(&mut self, line: &[String], depth: usize, scope: &mut Scope) -> Result<(), HostError> {
        let [name, value] = line else { return Ok(()) };
        match name.as_str() {
            "ssl_certificate" => scope.certs.push(value.clone()),
            "ssl_certificate_key" => scope.keys.push(value.clone()),
            "include" => {
                for path in glob::expand(self.host, &below(ROOT, value))? {
                    self.file(&path, depth + 1, scope)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, scope: &Scope, outer: Option<&Scope>, path: &str) {
        let none = Vec::new();
        let inherited = outer.map_or(&none, |o| &o.keys);
        for (n, cert) in scope.certs.iter().enumerate() {
            let key = scope.keys.get(n).or_else(|| inherited.get(n));
            let file = |v: &String| (!v.contains(['$', ':'])).then(|| below(ROOT, v));
            self.pairs.push(Pair {
                cert: file(cert),
                key: key.and_then(file),
                service: "nginx",
                source: path.to_owned(),
            });
        }
    }
}

/// Words, with `;`, `{` and `}` as words of their own. Quotes bind; `#` begins a comment where a
/// word may begin.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            out.push(std::mem::take(word));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_empty() => {
                for c in chars.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
            }
            '"' | '\'' if word.is_empty() => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => word.extend(chars.next()),
                        end if end == c => break,
                        other => word.push(other),
                    }
                }
            }
            ';' | '{' | '}' => {
                flush(&mut word);
                flush(&mut c.to_string());
            }
            c if c.is_whitespace() => flush(&mut word),
            c => word.push(c),
        }
    }
    flush(&mut word);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_comments() {
        let text = "a 'b c' \"d\\\"\"; # e;\nf{g h#i;}";
        let want = ["a", "b c", "d\"", ";", "f", "{", "g", "h#i", ";", "}"];
        assert_eq!(words(text), want);
    }
}
