//! A standard: its groups, controls and thresholds.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{
    Bilingual, Confidence, Control, ControlId, Group, Level, StandardId, Threshold, Thresholds,
};

/// A versioned standard (tiêu chuẩn), validated.
#[derive(Debug)]
pub struct Standard {
    /// Such as `tcvn-14423-2026`.
    pub id: StandardId,
    /// The name of the standard.
    pub title: Bilingual,
    /// The levels it knows, lowest first.
    pub levels: Vec<Level>,
    /// The first day in force; `None` when not known.
    pub effective_from: Option<Date>,
    /// The last day in force; `None` when there is no end.
    pub effective_to: Option<Date>,
    /// The standards that it replaces.
    pub replaces: Vec<StandardId>,
    /// How sure the catalogue is of this standard as a whole.
    pub confidence: Confidence,
    /// What a reader should know, such as that this is not the official text.
    pub notes: Vec<Bilingual>,
    /// In the order of the standard.
    pub groups: Vec<Group>,
    /// In the order of the standard.
    pub controls: Vec<Control>,
    /// One for each of [`THRESHOLD_IDS`](super::THRESHOLD_IDS).
    pub thresholds: Vec<Threshold>,
    /// From a control's id to its place in `controls`.
    pub(super) by_id: HashMap<ControlId, usize>,
}

impl Standard {
    /// The control of that id.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.by_id.get(id).map(|&at| &self.controls[at])
    }

    /// The controls that the standard asks for at a level, in its order.
    pub fn controls_at(&self, level: Level) -> impl Iterator<Item = &Control> {
        self.controls
            .iter()
            .filter(move |control| control.applies_at(level))
    }

    /// The group of that id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id.as_str() == id)
    }

    /// The threshold of that id, with its title, unit and note.
    pub fn threshold(&self, id: &str) -> Option<&Threshold> {
        self.thresholds.iter().find(|threshold| threshold.id == id)
    }

    /// The figures at a level.
    pub fn thresholds_at(&self, level: Level) -> Thresholds {
        Thresholds::of(self, level)
    }

    /// Whether the standard was in force on that day, as far as its dates are known.
    pub fn in_force(&self, day: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= day)
            && self.effective_to.is_none_or(|to| day <= to)
    }
}
