//! A value for some or all of the levels.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::Level;

/// At most one value per level; written `{ 1 = …, 3 = … }` in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerLevel<T>([Option<T>; 5]);

impl<T> PerLevel<T> {
    /// The value at a level, if there is one.
    pub fn get(&self, level: Level) -> Option<&T> {
        self.0[level.index()].as_ref()
    }

    /// Whether the level has a value.
    pub fn has(&self, level: Level) -> bool {
        self.get(level).is_some()
    }

    /// Whether no level has a value.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The levels that have a value, with it, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = (Level, &T)> {
        Level::ALL
            .into_iter()
            .filter_map(|level| Some((level, self.get(level)?)))
    }

    /// The levels that have a value, lowest first.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        self.iter().map(|(level, _)| level)
    }
}

impl<T> Default for PerLevel<T> {
    fn default() -> Self {
        Self([const { None }; 5])
    }
}

impl<T: Serialize> Serialize for PerLevel<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PerLevel<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PerLevelVisitor(PhantomData))
    }
}

struct PerLevelVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PerLevelVisitor<T> {
    type Value = PerLevel<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table from levels to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PerLevel<T>, A::Error> {
        let mut values = PerLevel::default();
        while let Some((level, value)) = map.next_entry::<Level, T>()? {
            values.0[level.index()] = Some(value);
        }
        Ok(values)
    }
}
