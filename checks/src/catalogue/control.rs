//! Controls: the single requirements of a standard, and the groups they come in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bilingual, ControlId, GroupId, Level, PerLevel, StandardId};

/// A chapter of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique within the standard.
    pub id: GroupId,
    /// What the group is about.
    pub title: Bilingual,
    /// The section number at each level that has the group.
    #[serde(default)]
    pub sections: PerLevel<String>,
}

/// One requirement (yêu cầu) of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Unique within the standard.
    pub id: ControlId,
    /// The group it belongs to.
    pub group: GroupId,
    /// Who can prove it: a machine, a person, or both.
    pub kind: ControlKind,
    /// A few words.
    pub title: Bilingual,
    /// What is required, in one sentence of our own.
    pub summary: Bilingual,
    /// The figures that the standard gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Bilingual>,
    /// The clause at each level that has the control; other levels do not ask for it.
    #[serde(default)]
    pub clauses: PerLevel<String>,
    /// The longest time, in months, between two executions of a recurring control.
    #[serde(default, skip_serializing_if = "PerLevel::is_empty")]
    pub period_months: PerLevel<u16>,
    /// The weight within its group.
    #[serde(default = "one")]
    pub weight: u32,
    /// How sure the catalogue is of this control.
    pub confidence: Confidence,
    /// The clauses of other standards that ask for the same: an exact clause (`7.2.2.1`), or
    /// `X.2.2.1` for that clause at every level.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub maps: BTreeMap<StandardId, Vec<String>>,
    /// The CIS Controls v8 safeguards alike; our own judgement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cis_v8: Vec<String>,
    /// Overrides [`ControlKind::machine_share`]; read it through [`Control::machine_share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) machine_share: Option<u16>,
}

impl Control {
    /// Whether the standard asks for this control at the level.
    pub fn applies_at(&self, level: Level) -> bool {
        self.clauses.has(level)
    }

    /// The share of the control, in basis points, that passing checks alone can prove.
    pub fn machine_share(&self) -> u16 {
        self.machine_share.unwrap_or(self.kind.machine_share())
    }
}

fn one() -> u32 {
    1
}

/// Who can prove a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ControlKind {
    /// Checks decide.
    Automatic,
    /// Checks give evidence; a person confirms the rest.
    Partial,
    /// Only an accepted attestation decides.
    Document,
}

impl ControlKind {
    /// The share, in basis points, that passing checks prove unless a control says otherwise.
    pub const fn machine_share(self) -> u16 {
        match self {
            Self::Automatic => 10_000,
            Self::Partial => 5_000,
            Self::Document => 0,
        }
    }
}

/// How sure the catalogue is of what it says; surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Several sources that agree, or a legal text.
    High,
    /// One good source.
    Medium,
    /// Deduced or remembered.
    Low,
    /// Not seen at all.
    Unknown,
}
