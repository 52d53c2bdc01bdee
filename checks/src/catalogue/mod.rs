//! The standards as data: what each one asks for at each level, and which check serves what.
//!
//! The files lie in `checks/catalogue/` and are compiled in. [`Catalogue::load`] reads and
//! validates them; [`Catalogue::embedded`] does so once per process. Map files name the controls
//! of the current standard only; the `maps` of those controls lead on to the older standards.

mod control;
mod embedded;
mod error;
mod ids;
mod level;
mod links;
mod per_level;
mod read;
mod standard;
#[cfg(test)]
mod tests;
mod text;
mod threshold;
mod thresholds;
mod validate;

pub use control::{Confidence, Control, ControlKind, Group};
pub use error::CatalogueError;
pub use ids::{ControlId, GroupId, StandardId};
pub use level::{BadLevel, Level};
pub use per_level::PerLevel;
pub use read::{Source, Sources};
pub use standard::Standard;
pub use text::Bilingual;
pub use threshold::{Threshold, ThresholdSource};
pub use thresholds::{THRESHOLD_IDS, Thresholds};

use std::sync::OnceLock;

use jiff::civil::Date;

use links::Links;

/// Every standard that capdo knows, and how its checks serve them.
#[derive(Debug)]
pub struct Catalogue {
    standards: Vec<Standard>,
    current: usize,
    /// One per standard, in the same order.
    links: Vec<Links>,
}

impl Catalogue {
    /// Reads and validates the files that are compiled in.
    pub fn load() -> Result<Self, CatalogueError> {
        Self::from_sources(&embedded::sources())
    }

    /// The compiled-in catalogue, loaded at the first call.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Catalogue> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            Self::load().expect("the compiled-in files load: a test of this crate proves it")
        })
    }

    /// Reads and validates the given files.
    pub fn from_sources(sources: &Sources<'_>) -> Result<Self, CatalogueError> {
        let standards = read::standards(sources.standards)?;
        validate::across(&standards, sources.standards)?;
        let current = current(&standards).ok_or(CatalogueError::Empty)?;
        let checks = read::check_map(sources.maps, &standards[current])?;
        let links = links::resolve(&standards, current, &checks, sources.standards)?;
        Ok(Self {
            standards,
            current,
            links,
        })
    }

    /// All standards, in the order of the files.
    pub fn standards(&self) -> &[Standard] {
        &self.standards
    }

    /// The standard of that id.
    pub fn standard(&self, id: &str) -> Option<&Standard> {
        self.position(id).map(|at| &self.standards[at])
    }

    /// The newest standard: the one that no other replaces.
    pub fn current(&self) -> &Standard {
        &self.standards[self.current]
    }

    /// The newest standard that was in force on that day; the current one if none was.
    pub fn in_force(&self, day: Date) -> &Standard {
        self.standards
            .iter()
            .filter(|standard| standard.in_force(day))
            .max_by_key(|standard| standard.effective_from)
            .unwrap_or_else(|| self.current())
    }

    /// The ids of the checks that serve a control, sorted; empty when none does.
    pub fn checks_for(&self, standard: &str, control: &str) -> &[String] {
        self.links_of(standard)
            .map_or(&[], |links| links.checks_for(control))
    }

    /// The controls of a standard that a check serves, sorted; empty when it serves none.
    pub fn controls_for(&self, standard: &str, check: &str) -> &[ControlId] {
        self.links_of(standard)
            .map_or(&[], |links| links.controls_for(check))
    }

    /// The controls of `standard` that a control of the current standard maps to, sorted.
    pub fn counterparts(&self, standard: &str, current_control: &str) -> &[ControlId] {
        self.links_of(standard)
            .map_or(&[], |links| links.counterparts(current_control))
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.standards
            .iter()
            .position(|standard| standard.id.as_str() == id)
    }

    fn links_of(&self, id: &str) -> Option<&Links> {
        self.position(id).map(|at| &self.links[at])
    }
}

/// The newest of the standards that no other standard replaces.
fn current(standards: &[Standard]) -> Option<usize> {
    let replaced = |id: &StandardId| standards.iter().any(|other| other.replaces.contains(id));
    (0..standards.len())
        .filter(|&at| !replaced(&standards[at].id))
        .max_by_key(|&at| standards[at].effective_from)
}
