//! Values of facts: bounded, and harmless wherever they are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest text kept in a fact, in characters; the rest is cut and marked with `…`.
pub const MAX_TEXT: usize = 1_024;
/// Most entries kept in a list or map; a check that may meet more reports the count besides.
pub const MAX_ITEMS: usize = 200;
/// The value of a fact: JSON without floats and without null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A count, a number of seconds, a mode.
    Int(i64),
    /// Cleaned, bounded text.
    Text(String),
    /// Several values.
    List(Vec<Self>),
    /// Named values.
    Map(BTreeMap<String, Self>),
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}

impl From<u32> for Value {
    fn from(v: u32) -> Self {
        Self::Int(i64::from(v))
    }
}

impl From<usize> for Value {
    fn from(v: usize) -> Self {
        Self::Int(i64::try_from(v).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Value {
    fn from(v: u64) -> Self {
        Self::Int(i64::try_from(v).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(clean(v))
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(clean(&v))
    }
}

impl From<jiff::Timestamp> for Value {
    fn from(v: jiff::Timestamp) -> Self {
        Self::Text(v.to_string())
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(v: Vec<T>) -> Self {
        let cut = v.len().saturating_sub(MAX_ITEMS);
        let mut list: Vec<Self> = v.into_iter().take(MAX_ITEMS).map(Into::into).collect();
        if cut > 0 {
            // Judges see an entry that they do not know, so nothing passes for being cut off.
            list[MAX_ITEMS - 1] = Self::Text(format!("… (+{})", cut + 1));
        }
        Self::List(list)
    }
}

impl<K: AsRef<str>, T: Into<Self>> FromIterator<(K, T)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(iter: I) -> Self {
        let entries = iter.into_iter().take(MAX_ITEMS);
        Self::Map(
            entries
                .map(|(k, v)| (clean(k.as_ref()), v.into()))
                .collect(),
        )
    }
}

impl Value {
    /// The value as one line of text, for tables.
    pub fn to_line(&self) -> String {
        match self {
            Self::Bool(b) => b.to_string(),
            Self::Int(i) => i.to_string(),
            Self::Text(t) => t.clone(),
            Self::List(v) => v.iter().map(Self::to_line).collect::<Vec<_>>().join(", "),
            Self::Map(m) => m
                .iter()
                .map(|(k, v)| format!("{k}={}", v.to_line()))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    /// The list, where the value is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, where the value is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(t) = self {
            Some(t)
        } else {
            None
        }
    }

    /// The number, where the value is one.
    pub const fn as_int(&self) -> Option<i64> {
        if let Self::Int(i) = self {
            Some(*i)
        } else {
            None
        }
    }

    /// The entry `key`, where the value is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Map(m) = self {
            m.get(key)
        } else {
            None
        }
    }
}

/// Makes hostile text harmless: control characters, ANSI escapes and bidirectional marks become
/// `\u{..}` escapes, and the length is bounded by [`MAX_TEXT`].
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT));
    for (n, c) in text.chars().enumerate() {
        if n == MAX_TEXT {
            out.push('…');
            break;
        }
        if c == '\n' || c == '\t' || !is_hostile(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_cut_says_so() {
        let Value::List(list) = Value::from((0..500_i64).collect::<Vec<_>>()) else {
            panic!()
        };
        assert_eq!(list.len(), MAX_ITEMS);
        assert_eq!(list[MAX_ITEMS - 1].to_line(), "… (+301)");
    }

    #[test]
    fn hostile_text_is_made_harmless() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), MAX_TEXT + 1);
        assert_eq!(clean("tiếng Việt"), "tiếng Việt");
    }
}
