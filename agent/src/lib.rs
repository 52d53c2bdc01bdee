//! The capdo agent: observes one server, judges what it saw, and reports to a collector.
//!
//! * [`cli`] reads the command line, in the reader's language, with what both programs share
//!   ([`capdo_cli`], whose [`exit`] and [`out`] stand here too); [`commands`] has one file per
//!   subcommand; [`report`] shapes what `scan` prints.
//! * [`config`] goes parse → check → build; [`say`] holds every sentence in both languages.
//! * [`observing`] makes one pass over the checks; [`levels`] is the one place that asks the
//!   catalogue; [`wire`] gives findings the form that travels.
//! * [`enroll`] gets an [`identity`]; its [`key`] is in a file or in a [`tpm`]; [`tls`] and [`dial`]
//!   reach the collector and trust nobody blindly.
//! * [`carry`] does the same by files that are carried, for a host of a one-way site.
//! * [`service`] observes on schedule, keeps what it saw in the [`spool`] until the collector has
//!   it, and writes its [`status`].
//!
//! Log lines (stderr of the service) are English and structured; everything else that a person
//! reads comes from `messages/{vi,en}.ftl`.

#![forbid(unsafe_code)]

pub mod alone;
pub mod budget;
pub mod carry;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod cost;
pub mod dial;
pub mod enroll;
pub mod guest;
pub mod host_facts;
pub mod identity;
pub mod key;
pub mod levels;
pub mod observing;
pub mod report;
pub mod restore;
pub mod say;
pub mod service;
pub mod spool;
pub mod state_dir;
pub mod status;
pub mod tls;
pub mod tpm;
pub mod wire;

use std::process::ExitCode;

pub use capdo_cli::{exit, out};

/// Runs the command line that the program was started with.
pub fn main() -> ExitCode {
    let args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let lang = capdo_cli::lang::choose(&args, |name| std::env::var(name).ok());
    let exit = match cli::parse(&args, lang) {
        Ok(cli) => commands::dispatch(&cli, lang),
        Err(exit) => exit,
    };
    ExitCode::from(exit.code())
}
