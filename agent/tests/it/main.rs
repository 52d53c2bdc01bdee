//! The program as people and packages call it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod backup;
mod checks;
mod clock;
mod collector;
mod config;
mod enroll;
mod expiry;
mod flow;
mod guest;
mod hostile;
mod pages;
mod probe;
mod program;
mod scan;
mod session;
mod spool;
mod spool_month;
mod stuck;
mod swtpm;
mod tpm;
mod tpm_hostile;
mod tpm_service;
mod upgrade;
mod usage;
