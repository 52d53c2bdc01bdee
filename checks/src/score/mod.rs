//! The score: from judgements to the four numbers. Integers only, so that every machine derives
//! the same bits.
//!
//! For one System at one level under one Standard:
//!
//! 1. **Cell.** One check on one host counts what the *worst* of its subjects counts, so that good
//!    subjects never hide a bad one. Unknown, stale, missing, and a declared host without an agent
//!    count 0. Not applicable everywhere drops the cell. So does not count what a look from outside
//!    [contests](Contest).
//! 2. **Control.** The mean of the cells of all checks that serve it, times the share that machines
//!    can prove, plus what an accepted ruling of an officer adds.
//! 3. **Group.** The weighted mean of its applicable controls.
//! 4. **Score.** The plain mean of the groups: they weigh equally.
//!
//! Each mean is rounded down. Properties that the tests hold: a fix never lowers the score; a
//! broken probe, a removed agent, an added error or a look from outside never raises it; the order of arrival never
//! matters; deriving twice gives the same.

mod card;
mod contest;
mod fixes;
mod input;
mod sheet;

#[cfg(test)]
mod tests;

pub use self::{
    card::{ControlScore, ControlState, Gate, GateAt, GroupScore, Scorecard, assess},
    contest::{Contest, Contested},
    fixes::{Fix, FixKind},
    input::{DEFAULT_MAX_AGE, Evidence, HostEvidence, Ruling, RulingKind, SystemInput},
};

/// All of it, in basis points.
pub const FULL_BP: u32 = 10_000;
