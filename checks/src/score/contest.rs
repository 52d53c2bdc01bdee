//! What was seen from outside against what a host claims: trust runs observed > effective > configured,
//! and what the collector itself observed stands above what an agent says that it observed.
//!
//! A look only ever takes away. It turns a cell that counts, or that steps aside, into one that is not
//! assessed; it makes no pass, and a failure stays a failure. A look that was not made, or whose time is
//! over, changes nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sheet::Cell;

/// Something that a host says and that a look at one of its endpoints does not bear out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// The check whose evidence says otherwise.
    pub check: String,
    /// The endpoint, as a person writes it.
    pub endpoint: String,
    /// What the host says.
    pub claimed: String,
    /// What was seen.
    pub seen: String,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// It was seen on both sides of a run of the host that said the same: no change in between explains it.
    pub proved: bool,
    /// Until when the look counts: by then there should have been another.
    pub until: Timestamp,
}

impl Contest {
    /// Whether it speaks at `at` against evidence that was confirmed at `confirmed_at`. Seen once, it
    /// speaks only against what was said before: the server may have been changed since. Proved, it
    /// also speaks against the same words said again, until a look shows otherwise.
    pub fn holds(&self, confirmed_at: Timestamp, at: Timestamp) -> bool {
        at <= self.until && (self.proved || confirmed_at <= self.seen_at)
    }
}

/// A check on a host that does not count because of a look from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contested {
    /// The host.
    pub host_id: String,
    /// The check.
    pub check: String,
    /// The endpoint that was looked at.
    pub endpoint: String,
    /// What the host says.
    pub claimed: String,
    /// What was seen.
    pub seen: String,
    /// When.
    pub at: Timestamp,
}

/// The cell of a check whose latest evidence was confirmed at `confirmed_at`, and what took it away.
pub(super) fn weigh<'c>(
    cell: Cell,
    check: &str,
    confirmed_at: Timestamp,
    contests: &'c [Contest],
    at: Timestamp,
) -> (Cell, Option<&'c Contest>) {
    if matches!(cell, Cell::Known(0) | Cell::Blind) {
        return (cell, None);
    }
    let against = contests
        .iter()
        .filter(|c| c.check == check && c.holds(confirmed_at, at))
        .max_by_key(|c| c.seen_at);
    (against.map_or(cell, |_| Cell::Blind), against)
}
