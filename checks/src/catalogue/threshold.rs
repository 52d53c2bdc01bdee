//! A figure of a standard that checks judge by.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Bilingual, ControlId, PerLevel};

/// One figure of a standard, per level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// One of [`THRESHOLD_IDS`](super::THRESHOLD_IDS).
    pub id: String,
    /// The controls it belongs to; at every level at least one of them applies.
    #[serde(rename = "control", deserialize_with = "one_or_many")]
    pub controls: Vec<ControlId>,
    /// What is counted: `days`, `seconds`, `characters`…
    pub unit: String,
    /// Where the figure comes from.
    pub source: ThresholdSource,
    /// What the figure limits.
    pub title: Bilingual,
    /// The figure at each level.
    pub levels: PerLevel<i64>,
    /// What a reader should know about the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Bilingual>,
}

impl Threshold {
    /// The figure at the highest level that has one.
    pub(super) fn highest(&self) -> Option<&i64> {
        self.levels.iter().last().map(|(_, value)| value)
    }
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdSource {
    /// The standard requires it.
    Standard,
    /// The standard suggests it; an agency may choose another after a risk assessment.
    Suggested,
    /// capdo's own default, where the standard gives no figure.
    Own,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ControlId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(ControlId),
        Many(Vec<ControlId>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(id) => vec![id],
        OneOrMany::Many(ids) => ids,
    })
}
