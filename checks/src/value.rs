//! Values of facts: bounded, and harmless wherever they are shown.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor},
};

/// Longest text kept in a fact, in characters; the rest is cut and marked with `…`.
pub const MAX_TEXT: usize = 1_024;
/// Most entries kept in a list or map; a check that may meet more reports the count besides.
pub const MAX_ITEMS: usize = 200;
/// The value of a fact: JSON without floats and without null. A list or map of more than [`MAX_ITEMS`] entries
/// is not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

/// Reads a value, and stops at the first entry too many: what a hostile host sends must not grow in memory.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a boolean, a whole number, a text, or a list or map of at most {MAX_ITEMS} of them"
        )
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Int(v))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        let read = i64::try_from(v).map(Value::Int);
        read.map_err(|_| E::invalid_value(Unexpected::Unsigned(v), &self))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::Text(v.to_owned()))
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        Ok(Value::Text(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = seq.next_element()? {
            if list.len() == MAX_ITEMS {
                return Err(A::Error::invalid_length(MAX_ITEMS + 1, &self));
            }
            list.push(entry);
        }
        list.shrink_to_fit();
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (mut map, mut read) = (BTreeMap::new(), 0);
        while let Some((key, value)) = entries.next_entry()? {
            if read == MAX_ITEMS {
                return Err(A::Error::invalid_length(MAX_ITEMS + 1, &self));
            }
            read += 1;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
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
    /// Whether every list and map in it is within [`MAX_ITEMS`]; what is not could not be read again.
    pub fn fits(&self) -> bool {
        match self {
            Self::Bool(_) | Self::Int(_) | Self::Text(_) => true,
            Self::List(list) => list.len() <= MAX_ITEMS && list.iter().all(Self::fits),
            Self::Map(map) => map.len() <= MAX_ITEMS && map.values().all(Self::fits),
        }
    }

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
    let mut marks = 0;
    for (n, c) in text.chars().enumerate() {
        if n == MAX_TEXT {
            out.push('…');
            break;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if c == '\n' || c == '\t' || !(is_hostile(c) || marks > MAX_MARKS) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Whether a character steers what shows it, changes the order of the text around it, cannot be seen,
/// or may stand in no XML.
pub fn is_hostile(c: char) -> bool {
    c.is_control() || is_invisible(c) || is_no_character(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Vietnamese puts two marks on a letter; a pile of them covers the lines above and below.
const MAX_MARKS: usize = 4;

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
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
    fn a_list_or_map_with_an_entry_too_many_is_not_read() {
        let read = |text: &str| serde_json::from_str::<Value>(text);
        let list = |n: usize| format!("[{}]", vec!["1"; n].join(","));
        assert_eq!(
            read(&list(MAX_ITEMS)).unwrap(),
            Value::from(vec![1_i64; MAX_ITEMS])
        );
        read(&list(MAX_ITEMS + 1)).unwrap_err();
        read(&format!("[[{}]]", list(MAX_ITEMS + 1))).unwrap_err();
        let map = |n: usize| {
            let entries: Vec<String> = (0..n).map(|k| format!("\"{k}\":1")).collect();
            format!("{{{}}}", entries.join(","))
        };
        assert!(read(&map(MAX_ITEMS)).unwrap().fits());
        read(&map(MAX_ITEMS + 1)).unwrap_err();
        read(&format!("{{{}}}", vec!["\"k\":1"; MAX_ITEMS + 1].join(","))).unwrap_err();
        assert!(!Value::List(vec![true.into(); MAX_ITEMS + 1]).fits());
    }

    #[test]
    fn what_is_no_value_is_not_read() {
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        for bad in [
            "null",
            "1.5",
            "9223372036854775808",
            "[null]",
            "{\"a\":1.0}",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        for (text, value) in [
            ("true", Value::Bool(true)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("\"a\\n\"", Value::Text("a\n".to_owned())),
            ("[]", Value::List(Vec::new())),
        ] {
            assert_eq!(read(text), Some(value), "{text}");
        }
    }

    #[test]
    fn hostile_text_is_made_harmless() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), MAX_TEXT + 1);
        assert_eq!(clean("tiếng Việt"), "tiếng Việt");
        let decomposed = "tie\u{302}\u{301}ng Vie\u{323}\u{302}t";
        assert_eq!(clean(decomposed), decomposed);
        for c in [
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{2066}',
            '\u{3164}',
            '\u{fffe}',
            '\u{e0041}',
        ] {
            assert_eq!(clean(&c.to_string()), c.escape_unicode().to_string());
        }
        let pile = format!("a{}", "\u{336}".repeat(9));
        assert_eq!(clean(&pile).matches("\\u{336}").count(), 5);
    }
}
