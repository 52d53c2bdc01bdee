//! Whole-system tests: several real processes on this machine, on loopback only.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

mod bad_input;
mod clock;
mod dead_mount;
mod delivery;
mod deploy;
mod disk;
mod end_to_end;
mod guest;
mod inventory;
mod network;
mod one_way;
mod quickstart;
mod real_backup;
mod real_dns;
mod real_http;
mod real_mfa_web;
mod real_probe;
mod real_sshd;
mod real_tls;
mod restore;
mod screens;
#[path = "../../agent/tests/it/swtpm.rs"]
mod swtpm;
mod tls_fleet;
mod tpm;
