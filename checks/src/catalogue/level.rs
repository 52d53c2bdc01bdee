//! The security level of an information system.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A security level (cấp độ), 1 to 5; 5 asks the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// The level as a number from 1 to 5.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The place in an array that has one entry per level.
    pub(super) const fn index(self) -> usize {
        self.0 as usize - 1
    }
}

/// The number is no level: levels are 1, 2, 3, 4 and 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a level: levels are 1 to 5")]
pub struct BadLevel(u8);

impl TryFrom<u8> for Level {
    type Error = BadLevel;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if (1..=5).contains(&number) {
            Ok(Self(number))
        } else {
            Err(BadLevel(number))
        }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LevelVisitor)
    }
}

/// Takes a number, or a text where the format allows only text (the keys of a table).
struct LevelVisitor;

impl Visitor<'_> for LevelVisitor {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level from 1 to 5")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Level, E> {
        u8::try_from(number)
            .ok()
            .and_then(|number| Level::try_from(number).ok())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Level, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Level, E> {
        match text {
            "1" | "2" | "3" | "4" | "5" => Ok(Level(text.as_bytes()[0] - b'0')),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn only_one_to_five_are_levels() {
        assert_eq!(Level::try_from(0), Err(BadLevel(0)));
        assert_eq!(Level::try_from(6), Err(BadLevel(6)));
        let all: Vec<_> = (1..=5).map(|n| Level::try_from(n).unwrap()).collect();
        assert_eq!(all, Level::ALL);
        assert!(all.is_sorted());
    }

    #[test]
    fn serde_takes_numbers_and_keys() {
        let key: BTreeMap<Level, u8> = serde_json::from_str(r#"{"3": 7}"#).unwrap();
        assert_eq!(key[&Level::ALL[2]], 7);
        assert_eq!(serde_json::to_string(&key).unwrap(), r#"{"3":7}"#);
        assert_eq!(serde_json::from_str::<Level>("5").unwrap(), Level::ALL[4]);
        for bad in ["0", "6", "-1", "300", r#""06""#, r#""""#, "1.0"] {
            assert!(serde_json::from_str::<Level>(bad).is_err(), "{bad}");
        }
    }
}
