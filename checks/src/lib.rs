//! What capdo observes on a server, how it judges what it saw, and how a score follows from it.
//!
//! The one idea: **observe and judge are two functions, and judging is pure.**
//!
//! ```text
//! Host ──observe──▶ Observation ──judge(thresholds of the level)──▶ Judgement
//! ```
//!
//! * [`host`] is the narrow read-only window through which everything is seen.
//! * [`facts`] parse what the window shows; [`probes`] look at the wire. Neither judges.
//! * [`families`] hold the checks, one file each.
//! * [`catalogue`] holds the standards as data and maps checks to their controls.
//! * [`advisories`] compares what is installed with what distributions publish.
//! * [`shared_keys`] tells which keys several hosts hold.
//! * [`outside`] looks at declared endpoints for the collector, and compares with what hosts claim.
//! * [`rating`] says what a TLS survey amounts to by the public guides of others.
//! * [`score`] turns judgements into the four numbers, in integers only.
//!
//! This crate knows no network service of ours, no database and no screen.

pub mod advisories;
pub mod catalogue;
pub mod check;
pub mod context;
pub mod contradiction;
pub mod facts;
pub mod families;
pub mod host;
pub mod lang;
pub mod observation;
pub mod outside;
pub mod probes;
pub mod rating;
pub mod registry;
pub mod run;
pub mod score;
pub mod settings;
pub mod shared_keys;
pub mod text;
pub mod value;
pub mod verdict;

pub use check::{Case, Check, Meta};
pub use context::{Cx, Gather};
pub use host::Host;
pub use observation::{Fact, Facts, Gap, GapReason, Observation, Seen, Subject, Value, Vantage};
pub use verdict::{Judgement, Reason, Verdict};
