//! The command line.
//!
//! What people read of it (`--help`, man pages, errors) comes from the message catalogue:
//! [`localize`] fills in the help of every argument, [`usage`] words the errors.

mod args;
mod localize;
mod probe;
mod usage;

use std::ffi::OsString;

use capdo_checks::lang::Lang;
use clap::{CommandFactory as _, FromArgMatches as _};

pub use self::{
    args::{
        AttestArgs, BackupCommand, ChecksCommand, Cli, Command, ConfigCommand, EnrollArgs, Format,
        ScanArgs, Shell, TestResult,
    },
    probe::{ProbeArgs, ProbeCommand, ProbeHttpArgs, ProbeSshArgs, ProbeTlsArgs},
};
use crate::{exit::Exit, out};

/// The command line's definition, with every text in `lang`.
pub fn command(lang: Lang) -> clap::Command {
    localize::localize(Cli::command(), lang)
}

/// Reads the arguments. Help and version are printed here.
///
/// # Errors
/// The exit status, after everything has been said: 0 for help, 64 for a usage error.
pub fn parse(args: &[OsString], lang: Lang) -> Result<Cli, Exit> {
    let parsed = command(lang)
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
        if matches!(error.kind(), DisplayHelp | DisplayVersion) {
            out::print(&error.render().to_string());
            return Exit::Fine;
        }
        out::error(&usage::explain(&error, lang));
        Exit::Usage
    })
}
