//! The command line.
//!
//! What people read of it (`--help`, man pages) comes from the message catalogue;
//! [`capdo_cli`] fills it in and words the errors.

mod args;
mod probe;

use std::ffi::OsString;

use capdo_checks::lang::Lang;
pub use capdo_cli::pages::Shell;
use capdo_cli::{
    help,
    usage::{self, Instead},
};
use clap::CommandFactory as _;

pub use self::{
    args::{
        AttestArgs, BackupCommand, ChecksCommand, Cli, Command, ConfigCommand, EnrollArgs,
        ExportArgs, Format, ScanArgs, TestResult,
    },
    probe::{ProbeArgs, ProbeCommand, ProbeDnsArgs, ProbeHttpArgs, ProbeSshArgs, ProbeTlsArgs},
};
use crate::{exit::Exit, out, say::SENTENCES};

/// The command line's definition, with every text in `lang`.
pub fn command(lang: Lang) -> clap::Command {
    help::localize(Cli::command(), &SENTENCES, lang)
}

/// Reads the arguments. Help and version are printed here.
///
/// # Errors
/// The exit status, after everything has been said: 0 for help, 64 for a usage error.
pub fn parse(args: &[OsString], lang: Lang) -> Result<Cli, Exit> {
    usage::parse(command(lang), args, lang).map_err(|instead| match instead {
        Instead::Told(text) => {
            out::print(&text);
            Exit::Fine
        }
        Instead::Wrong(text) => {
            out::error(&text);
            Exit::Usage
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_has_its_help_in_both_languages() {
        for lang in Lang::ALL {
            let missing = help::untold(&Cli::command(), &SENTENCES, lang);
            assert_eq!(missing, Vec::<String>::new(), "{lang}");
            command(lang).debug_assert();
        }
    }
}
