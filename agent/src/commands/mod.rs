//! One file per subcommand. Each takes its arguments and says how it ended.

mod backup;
mod carry;
mod checks;
mod config_check;
mod enroll;
mod pages;
mod probe;
mod run;
mod scan;
mod status;

use std::path::Path;

use capdo_checks::lang::Lang;

use crate::{
    cli::{BackupCommand, ChecksCommand, Cli, Command, ConfigCommand},
    config::{Config, DEFAULT_PATH},
    exit::Exit,
    out,
    say::Explain,
};

/// Carries out a command line.
pub fn dispatch(cli: &Cli, lang: Lang) -> Exit {
    let config = cli.config.as_deref();
    match &cli.command {
        Command::Scan(args) => scan::run(args, config, lang),
        Command::Probe { command } => probe::run(command, config, lang),
        Command::Checks { command } => match command {
            ChecksCommand::List(format) => checks::list(*format, lang),
            ChecksCommand::Show { id, format } => checks::show(id, *format, lang),
        },
        Command::Config { command } => match command {
            ConfigCommand::Check { file } => config_check::run(file.as_deref().or(config), lang),
        },
        Command::Backup { command } => configured(cli, lang, |c, l| match command {
            BackupCommand::List(format) => backup::list(*format, &c, l),
            BackupCommand::AttestRestore(args) => backup::attest(args, &c, l),
        }),
        Command::Completions { shell } => pages::completions(*shell, lang),
        Command::Man { dir } => pages::man(dir, lang),
        Command::Enroll(args) => configured(cli, lang, |c, l| enroll::run(args, &c, l)),
        Command::Export(args) => configured(cli, lang, |c, l| carry::export(args, &c, l)),
        Command::Receipt { file } => configured(cli, lang, |c, l| carry::receipt(file, &c, l)),
        Command::Run => configured(cli, lang, run::run),
        Command::Status(format) => configured(cli, lang, |c, l| status::run(*format, &c, l)),
    }
}

/// Hands the configuration on: the given file, else the usual one where it exists. Its language
/// stands behind `--lang` and before the environment.
fn configured(cli: &Cli, lang: Lang, then: impl FnOnce(Config, Lang) -> Exit) -> Exit {
    let usual = Path::new(DEFAULT_PATH);
    let config = match cli.config.as_deref() {
        None if !usual.exists() => Ok(Config::empty()),
        file => Config::load(file.unwrap_or(usual)),
    };
    match config {
        Ok(config) => {
            let lang = cli.lang.or(config.lang).unwrap_or(lang);
            then(config, lang)
        }
        Err(error) => failed(&error, Exit::Usage, lang),
    }
}

/// Says what went wrong, and passes the exit status on.
fn failed(error: &dyn Explain, exit: Exit, lang: Lang) -> Exit {
    out::error(&error.say(lang));
    exit
}
