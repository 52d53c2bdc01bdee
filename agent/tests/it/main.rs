//! The program as people and packages call it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod checks;
mod config;
mod pages;
mod program;
mod scan;
mod spool;
mod usage;
