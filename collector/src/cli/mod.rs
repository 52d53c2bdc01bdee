//! The command line, for who runs the collector.
//!
//! What people read of it comes from the message catalogue; [`capdo_cli`] fills in the help of every
//! argument and words the errors of a command line. JSON keeps English keys and codes.

mod agency;
mod args;
mod audit;
mod authorisation;
mod backup;
mod ban;
mod ca;
mod config;
mod context;
mod endpoint;
mod error;
mod feed;
mod findings;
mod host;
mod host_offline;
mod import;
mod init;
mod integrity;
mod output;
mod package;
mod probe;
mod release;
mod score;
mod serve;
mod system;
mod table;
mod token;
mod user;
mod verify;

use std::{ffi::OsString, process::ExitCode, time::Duration};

use capdo_checks::lang::Lang;
use capdo_cli::{
    exit::Exit,
    help,
    lang::choose,
    pages::{completions, man},
    usage::{self, Instead},
};
use clap::CommandFactory;

pub use args::{Cli, Command};
use context::Context;
use error::CliError;
use output::Output;

use crate::say::SENTENCES;

/// Reads the arguments of the process, does what they say, and reports how it went.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let lang = choose(&args, |name| std::env::var(name).ok());
    let cli = match parse(&args, lang) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let output = Output::new(cli.json, cli.lang.unwrap_or(lang));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli, &output));
            // A look from outside that is under way would hold up the end for minutes.
            runtime.shutdown_timeout(Duration::from_secs(1));
            done
        }
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
    help::localize(Cli::command(), &SENTENCES, lang)
}

/// Reads the arguments. Help, version and usage errors are printed here.
fn parse(args: &[OsString], lang: Lang) -> Result<Cli, ExitCode> {
    let output = Output::new(false, lang);
    usage::parse(command(lang), args, lang).map_err(|instead| match instead {
        Instead::Told(text) => {
            output.raw(&text);
            ExitCode::SUCCESS
        }
        Instead::Wrong(text) => {
            output.complain(&text);
            ExitCode::from(Exit::Usage.code())
        }
    })
}

async fn run(cli: Cli, output: &Output) -> Result<(), CliError> {
    match &cli.command {
        Command::Completions { shell } => {
            output.raw(&completions(command(output.lang()), *shell));
            return Ok(());
        }
        Command::Man { dir } => {
            return man(command(output.lang()), dir).map_err(|source| CliError::Man {
                dir: dir.clone(),
                source,
            });
        }
        _ => {}
    }
    let cx = Context::new(&cli)?;
    match cli.command {
        Command::Init(args) => init::run(&cx, output, &args).await,
        Command::Serve => serve::run(&cx, output).await,
        Command::Score(args) => score::run(&cx, output, &args).await,
        Command::Config(args) => config::run(&cx, output, &args),
        Command::Ca(args) => ca::run(&cx, output, args).await,
        Command::Agency(args) => agency::run(&cx, output, args).await,
        Command::System(args) => system::run(&cx, output, args).await,
        Command::Backup(args) => backup::run(&cx, output, args).await,
        Command::Host(args) => host::run(&cx, output, args).await,
        Command::Import(args) => import::run(&cx, output, &args).await,
        Command::Ban(args) => ban::run(&cx, output, args).await,
        Command::Token(args) => token::run(&cx, output, args).await,
        Command::User(args) => user::run(&cx, output, args).await,
        Command::Feed(args) => feed::run(&cx, output, args).await,
        Command::Package(args) => package::run(&cx, output, args).await,
        Command::Endpoint(args) => endpoint::run(&cx, output, args).await,
        Command::Authorisation(args) => authorisation::run(&cx, output, args).await,
        Command::Probe(args) => probe::run(&cx, output, args).await,
        Command::Verify(args) => verify::run(&cx, output, &args).await,
        Command::Audit(args) => audit::run(&cx, output, args).await,
        Command::Release(args) => release::run(&cx, output, args).await,
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
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
