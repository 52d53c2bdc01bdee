//! The command line, for who runs the collector.

mod agency;
mod args;
mod config;
mod context;
mod error;
mod host;
mod init;
mod output;
mod score;
mod serve;
mod system;
mod token;
mod user;

use std::process::ExitCode;

use clap::Parser;

pub use args::{Cli, Command};
use context::Context;
use error::CliError;
use output::Output;

/// Reads the arguments of the process, does what they say, and reports how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
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

async fn run(cli: Cli, output: &Output) -> Result<(), CliError> {
    let cx = Context::new(&cli.data, cli.config.as_deref())?;
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
    }
}
