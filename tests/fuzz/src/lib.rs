//! Fuzz targets for everything of capdo that reads what others wrote. One target is a group of
//! parsers; the first bytes of an input choose among them. `tests/fuzz/run` runs them;
//! the test `fuzz_replay` of `capdo-tests`
//! is this library as well, and tries again what they found before.
//!
//! Beside "never panics", the targets hold: memory stays within the target's bound, whatever the
//! input claims; what was read is the same when it is written and read again; what is cut short
//! never reads as whole; and nothing missing is judged as good.

#![forbid(unsafe_code)]

pub mod bytes;
pub mod memory;
#[cfg(test)]
mod replay;
pub mod repository;
pub mod seeds;
pub mod story;
pub mod target;
pub mod targets;
pub mod window;

pub use target::{ALL, Target, find};
