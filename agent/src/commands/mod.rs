//! One file per subcommand. Each takes its arguments and says how it ended.

mod checks;
mod config_check;
mod pages;
mod scan;

use capdo_checks::lang::Lang;

use crate::{
    cli::{ChecksCommand, Cli, Command, ConfigCommand},
    exit::Exit,
    out,
    say::Explain,
};

/// Carries out a command line.
pub fn dispatch(cli: Cli, lang: Lang) -> Exit {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Scan(args) => scan::run(&args, config, lang),
        Command::Checks { command } => match command {
            ChecksCommand::List(format) => checks::list(format, lang),
            ChecksCommand::Show { id, format } => checks::show(&id, format, lang),
        },
        Command::Config { command } => match command {
            ConfigCommand::Check { file } => config_check::run(file.as_deref().or(config), lang),
        },
        Command::Completions { shell } => pages::completions(shell, lang),
        Command::Man { dir } => pages::man(&dir, lang),
        Command::Enroll(_) | Command::Run | Command::Status(_) => Exit::Internal,
    }
}

/// Says what went wrong, and passes the exit status on.
fn failed(error: &dyn Explain, exit: Exit, lang: Lang) -> Exit {
    out::error(&error.say(lang));
    exit
}
