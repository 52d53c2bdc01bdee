//! The list of checks that a run announces: sent once, and from then on named by its digest.

use std::collections::BTreeSet;

use capdo_proto::{digest::announced, v1};

/// The most lists that are remembered: one of all checks, and some of runs that were asked for.
const MOST: usize = 16;

/// Which lists the collector holds, as far as this session knows.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// Whether it takes names of lists; an older one would not understand the signature.
    takes: bool,
    held: BTreeSet<Vec<u8>>,
    /// The list of the run that was announced last.
    under_way: Vec<u8>,
}

impl Checks {
    /// What the collector says at the beginning of a session.
    pub(super) fn told(assignment: &v1::Assignment) -> Self {
        let held = [assignment.checks_sha256.clone()];
        Self {
            takes: assignment.takes_checks_sha256,
            held: held.into_iter().filter(|h| !h.is_empty()).collect(),
            under_way: Vec::new(),
        }
    }

    /// Names the list of a run, and leaves it out where the collector holds it.
    pub(super) fn announce(&mut self, started: &mut v1::RunStarted) {
        if !self.takes {
            return;
        }
        started.checks_sha256 = announced(&started.checks).to_vec();
        if self.held.contains(&started.checks_sha256) {
            started.checks.clear();
        }
        self.under_way.clone_from(&started.checks_sha256);
    }

    /// The run that was announced last is durable, and its list with it.
    pub(super) fn settled(&mut self) {
        let list = std::mem::take(&mut self.under_way);
        if !list.is_empty() && self.held.len() < MOST {
            self.held.insert(list);
        }
    }

    /// The collector does not hold what it was thought to hold.
    pub(super) fn forget(&mut self) {
        self.held.clear();
    }
}
