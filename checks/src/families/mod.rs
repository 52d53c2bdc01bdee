//! The checks: one folder a family, one file a check.
//!
//! To add one, see `CONTRIBUTING.md`.

use crate::check::Check;

pub mod account;
pub mod backup;
pub mod disk;
pub mod file;
pub mod integrity;
pub mod kernel;
pub mod log;
pub mod malware;
pub mod mfa;
pub mod net;
pub mod password;
pub mod patch;
pub mod session;
pub mod ssh;
pub mod sudo;
pub mod time;
pub mod tls;
pub mod web;

/// Every family's checks that agents run.
pub const ALL: &[&[&dyn Check]] = &[
    account::CHECKS,
    backup::CHECKS,
    disk::CHECKS,
    file::CHECKS,
    integrity::CHECKS,
    kernel::CHECKS,
    log::CHECKS,
    malware::CHECKS,
    mfa::CHECKS,
    net::CHECKS,
    password::CHECKS,
    patch::CHECKS,
    session::CHECKS,
    ssh::CHECKS,
    sudo::CHECKS,
    time::CHECKS,
    tls::CHECKS,
    web::CHECKS,
];

/// The checks that the collector makes: no agent runs them, and none may send a finding of theirs.
pub const COLLECTED: &[&[&dyn Check]] = &[patch::COLLECTED, ssh::COLLECTED, tls::COLLECTED];
