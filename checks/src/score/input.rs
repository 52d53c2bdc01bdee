//! What a score is derived from.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Contest;
use crate::{
    catalogue::{Catalogue, ControlId, Level, Standard, Thresholds},
    check::judge,
    observation::Observation,
    registry,
    verdict::Verdict,
};

/// Evidence older than this counts 0 unless the collector is told otherwise: an agent runs daily,
/// so three days are two missed runs.
pub const DEFAULT_MAX_AGE: SignedDuration = SignedDuration::from_hours(72);

/// What one observation comes to, and when it was last confirmed. The observation itself is not held: those of
/// a hostile host would be large together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    check: String,
    /// What follows from it at each level, by number; none where this version does not have the check.
    verdicts: Option<[Verdict; Level::ALL.len()]>,
    pub(super) confirmed_at: Timestamp,
}

impl Evidence {
    /// Judges an observation, last seen the same at `confirmed_at`, at every level of a standard.
    pub fn of(observation: &Observation, confirmed_at: Timestamp, standard: &Standard) -> Self {
        let at = |check| {
            Level::ALL.map(|level| {
                let thresholds = Thresholds::of(standard, level);
                judge(check, observation, confirmed_at, &thresholds).verdict
            })
        };
        Self {
            check: observation.check.clone(),
            verdicts: registry::find(&observation.check).map(at),
            confirmed_at,
        }
    }

    /// The check that made it.
    pub fn check(&self) -> &str {
        &self.check
    }

    /// When the agent last saw the same.
    pub const fn confirmed_at(&self) -> Timestamp {
        self.confirmed_at
    }

    /// What follows from it at a level; none where this version does not have the check.
    pub fn verdict(&self, level: Level) -> Option<Verdict> {
        let n = usize::from(level.number()).checked_sub(1)?;
        self.verdicts.as_ref()?.get(n).copied()
    }
}

/// All that is known of one enrolled host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostEvidence {
    /// Its id; only used to tell hosts apart.
    pub host_id: String,
    /// At most one per check and subject.
    pub findings: Vec<Evidence>,
    /// What looks from outside show otherwise than the findings say.
    pub contests: Vec<Contest>,
}

/// What an officer has accepted about a control. Pending statements are not rulings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// What was accepted.
    pub kind: RulingKind,
    /// When the stated thing was done; a periodic control counts from here.
    pub from: Timestamp,
    /// When the acceptance ends; waivers always have an end.
    pub until: Option<Timestamp>,
}

/// Kinds of accepted statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulingKind {
    /// The agency's evidence shows that the control is met.
    Attested,
    /// Another measure meets the same end.
    EquivalentMeasure,
    /// Failing, and accepted for a time. Leaves the score; shown with the score before waivers.
    Waived,
    /// The control has no object in this system.
    NotApplicable,
}

/// One System to be assessed.
#[derive(Clone, Copy, Debug)]
pub struct SystemInput<'a> {
    /// The catalogue that maps checks to controls.
    pub catalogue: &'a Catalogue,
    /// The standard to score against.
    pub standard: &'a Standard,
    /// The System's level.
    pub level: Level,
    /// How many hosts its owner declared. More enrolled hosts than declared all count.
    pub declared_hosts: u32,
    /// The enrolled hosts.
    pub hosts: &'a [HostEvidence],
    /// Accepted rulings by control.
    pub rulings: &'a BTreeMap<ControlId, Ruling>,
    /// The moment of the assessment.
    pub at: Timestamp,
    /// Evidence older than this is stale.
    pub max_age: SignedDuration,
}
