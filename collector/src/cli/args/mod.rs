//! The arguments. Their help texts stand in `messages/cli/*.ftl` as `cli-SUBCOMMAND.ARGUMENT`.

mod agency;
mod backup;
mod ban;
mod ca;
mod feed;
mod host;
mod outside;
mod record;
mod setup;
mod show;
mod system;
mod token;
mod user;

use std::path::PathBuf;

use capdo_checks::lang::Lang;
use capdo_cli::pages::Shell;
use clap::{Args, Parser, Subcommand};

pub(super) use agency::AgencyCommand;
pub(super) use backup::BackupCommand;
pub(super) use ban::BanCommand;
pub(super) use ca::CaCommand;
pub(super) use feed::{FeedCommand, FeedImport};
pub(super) use host::{EnrollOffline, HostCommand};
pub(super) use outside::{
    AuthorisationAdd, AuthorisationCommand, EndpointAdd, EndpointCommand, ProbeCommand,
};
pub(super) use record::{AuditCommand, AuditExport, IntegrityCommand, ReleaseCommand, VerifyArgs};
pub(super) use setup::{ConfigArgs, ConfigCommand, InitArgs};
pub(super) use show::{PackageCommand, ScoreArgs, TableArgs};
pub(super) use system::{SystemCommand, SystemFields};
pub(super) use token::TokenCommand;
pub(super) use user::UserCommand;

/// Receives, re-judges, scores and shows what capdo agents observe.
#[derive(Debug, Parser)]
#[command(name = "capdo-collector", version, disable_help_subcommand = true)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub struct Cli {
    /// The language.
    #[arg(long, global = true, value_name = "vi|en")]
    pub lang: Option<Lang>,
    /// The folder that holds the store and the CA.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up a data folder: the store and the CA.
    Init(InitArgs),
    /// Run the collector.
    Serve,
    /// Compute and show a system's score.
    Score(ScoreArgs),
    /// Check the configuration.
    Config(ConfigArgs),
    /// The collector's certificate authority.
    #[command(subcommand)]
    Ca(CaCommand),
    /// Agencies.
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Information systems.
    #[command(subcommand)]
    System(SystemCommand),
    /// Hosts.
    #[command(subcommand)]
    Host(HostCommand),
    /// Take files with runs from one-way sites.
    Import(ImportArgs),
    /// Who is turned away for breaking the protocol.
    #[command(subcommand)]
    Ban(BanCommand),
    /// Enrolment tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// People who may sign in.
    #[command(subcommand)]
    User(UserCommand),
    /// Advisories, known attacks and probabilities.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// What is installed where.
    #[command(subcommand)]
    Package(PackageCommand),
    /// Copies of the collector.
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Access points of systems.
    #[command(subcommand)]
    Endpoint(EndpointCommand),
    /// Who permitted to look at endpoints.
    #[command(subcommand)]
    Authorisation(AuthorisationCommand),
    /// Looks at endpoints from outside.
    #[command(subcommand)]
    Probe(ProbeCommand),
    /// Whether the record holds.
    Verify(VerifyArgs),
    /// The log of who did what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The programs of releases.
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Completions for a shell.
    Completions {
        /// Which shell.
        #[arg(value_enum, value_name = "bash|fish|zsh")]
        shell: Shell,
    },
    /// Man pages.
    Man {
        /// Folder to write them to.
        dir: PathBuf,
    },
}

/// `import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where to write receipts.
    #[arg(long, value_name = "DIR")]
    pub receipt_dir: Option<PathBuf>,
}
