//! The command line, for who runs the collector.
//!
//! What people read of it comes from the message catalogue: [`localize`] fills in the help of every
//! argument, [`usage`] words the errors of a command line. JSON keeps English keys and codes.

mod agency;
mod args;
mod config;
mod context;
mod error;
mod feed;
mod findings;
mod host;
mod init;
mod localize;
mod output;
mod package;
mod pages;
mod score;
mod serve;
mod system;
mod token;
mod usage;
mod user;

use std::{ffi::OsString, process::ExitCode};

use capdo_checks::lang::{self, Lang};
use clap::{CommandFactory, FromArgMatches};

pub use args::{Cli, Command};
use context::Context;
use error::CliError;
use output::Output;

/// What a wrong command line or configuration exits with (`EX_USAGE`).
const USAGE: u8 = 64;

/// Reads the arguments of the process, does what they say, and reports how it went.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let lang = lang::choose(&args, |name| std::env::var(name).ok());
    let cli = match parse(&args, lang) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let output = Output::new(cli.json, cli.lang.unwrap_or(lang));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli, &output)),
        Err(error) => Err(CliError::Runtime(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}

/// The command line's definition, with every text in `lang`.
pub fn command(lang: Lang) -> clap::Command {
    localize::localize(Cli::command(), lang)
}

/// Reads the arguments. Help, version and usage errors are printed here.
fn parse(args: &[OsString], lang: Lang) -> Result<Cli, ExitCode> {
    let parsed = command(lang)
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
        let output = Output::new(false, lang);
        if matches!(error.kind(), DisplayHelp | DisplayVersion) {
            output.raw(&error.render().to_string());
            return ExitCode::SUCCESS;
        }
        output.complain(&usage::explain(&error, lang));
        ExitCode::from(USAGE)
    })
}

async fn run(cli: Cli, output: &Output) -> Result<(), CliError> {
    match &cli.command {
        Command::Completions { shell } => {
            pages::completions(output, *shell, output.lang());
            return Ok(());
        }
        Command::Man { dir } => return pages::man(dir, output.lang()),
        _ => {}
    }
    let cx = Context::new(&cli)?;
    match cli.command {
        Command::Init(args) => init::run(&cx, output, &args).await,
        Command::Serve => serve::run(&cx, output).await,
        Command::Score(args) => score::run(&cx, output, &args).await,
        Command::Config(args) => config::run(&cx, output, &args),
        Command::Agency(args) => agency::run(&cx, output, args).await,
        Command::System(args) => system::run(&cx, output, args).await,
        Command::Host(args) => host::run(&cx, output, args).await,
        Command::Token(args) => token::run(&cx, output, args).await,
        Command::User(args) => user::run(&cx, output, args).await,
        Command::Feed(args) => feed::run(&cx, output, args).await,
        Command::Package(args) => package::run(&cx, output, args).await,
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
}
