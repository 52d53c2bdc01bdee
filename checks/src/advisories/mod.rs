//! Advisories of distributions against what is installed: pure, so that a stored inventory and a
//! stored feed give the same answer again.
//!
//! Only what the distribution itself says about its own packages counts: its version numbers carry
//! backported fixes that a comparison with upstream versions would miss, in both directions.

mod compose;
mod distribution;
mod evidence;
mod kernel;
mod matching;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::check::Severity;

pub use compose::{CHECK, Dates, MOST_SHOWN, VERSION, compose, in_doubt, without_inventory};
pub use distribution::{Distribution, of_inventory};
pub use evidence::{is_known_release, is_ordered, lists_manager, other_distributions};
pub use matching::{Group, find_open, find_open_in, names};

/// Stands for the module of a fix that is one of some stream and names none.
pub const ANY_STREAM: &str = "*";

/// What a distribution says about one package of one release: from which version on a hole is closed.
/// Statements without such a version (not affected, postponed, ignored, no fix yet) are no fixes and
/// have no place here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// Id of the advisory, such as `DSA-5532-1` or `CVE-2023-5363`.
    pub advisory: String,
    /// The holes that it closes.
    pub cves: Vec<String>,
    /// The package: a source package where [`Self::by_source`], else a binary one.
    pub package: String,
    /// Whether `package` names a source package, as Debian, Ubuntu and Alpine do.
    pub by_source: bool,
    /// The first version that has the hole; empty for every version.
    pub introduced: String,
    /// The first version without it, in the order of the distribution's package system.
    pub fixed: String,
    /// The only architecture that it speaks of, or an empty text.
    pub arch: String,
    /// `name:stream` of the module that it speaks of, [`ANY_STREAM`], or an empty text (rpm).
    pub module: String,
    /// A repository beside the ordinary ones that has the fix, such as `esm`, or an empty text.
    pub channel: String,
    /// How bad the distribution calls it.
    pub severity: Option<Severity>,
    /// When the distribution published it, where the feed says so.
    pub published: Option<Timestamp>,
    /// When the collector first learned of it.
    pub known_since: Option<Timestamp>,
    /// Whether it was there already when the collector first read about its release, so that it came on an
    /// unknown day before [`Self::known_since`].
    pub came_before: bool,
    /// Whether attacks that use it are known (CISA KEV).
    pub exploited: bool,
    /// How probable an attack in the next 30 days is (EPSS), in basis points.
    pub epss_bp: Option<u32>,
}

impl Fix {
    /// From when on the fix could have been installed; at the latest, where the day is not known.
    pub fn since(&self) -> Option<Timestamp> {
        self.published.or(self.known_since)
    }

    /// Whether that day is known.
    pub const fn is_dated(&self) -> bool {
        self.published.is_some() || self.known_since.is_some() && !self.came_before
    }
}

/// Why a hole is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The installed version is older than the fixed one.
    NotInstalled,
    /// The fixed kernel is installed, and an older one runs.
    NotRunning,
}

/// A package that is older than a fix, with everything that this fix closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The package as the advisories name it.
    pub package: String,
    /// One of the installed binary packages.
    pub binary: String,
    /// The version that is installed, or for [`State::NotRunning`] the one that runs.
    pub installed: String,
    /// The version that closes it.
    pub fixed: String,
    /// Why it is still open.
    pub state: State,
    /// The advisories.
    pub advisories: BTreeSet<String>,
    /// The holes.
    pub cves: BTreeSet<String>,
    /// The worst that the distribution calls any of them.
    pub severity: Option<Severity>,
    /// Since when the oldest of these fixes could have been installed, as far as is known.
    pub since: Option<Timestamp>,
    /// Whether the day of any of them is known. The same version closes all of it, so one is enough.
    pub is_dated: bool,
    /// Whether attacks are known.
    pub exploited: bool,
    /// The highest probability of an attack, in basis points.
    pub epss_bp: Option<u32>,
}

/// What came of comparing an inventory with fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// What is open, worst first.
    pub open: Vec<Open>,
    /// Installed packages that advisories name and that somebody else built, so that the
    /// distribution's versions say nothing about them (rpm).
    pub foreign: BTreeSet<String>,
    /// Installed packages of modules that are older than a fix that does not name its stream: it may be
    /// for them, or for another stream.
    pub untold: BTreeSet<String>,
}

impl Matched {
    /// Adds how probable attacks are, by hole, and puts the worst first again.
    pub fn set_probability(&mut self, of: impl Fn(&str) -> Option<u32>) {
        for open in &mut self.open {
            open.epss_bp = open.cves.iter().filter_map(|cve| of(cve)).max();
        }
        matching::sort(&mut self.open);
    }
}
