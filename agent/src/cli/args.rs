//! The arguments. Their help texts stand in `messages/*.ftl` as `cli-SUBCOMMAND.ARGUMENT`.

use std::path::PathBuf;

use capdo_checks::lang::Lang;
use capdo_cli::pages::Shell;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::probe::ProbeCommand;
use crate::levels::{DEFAULT_LEVEL, LEVELS};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "capdo-agent", version, disable_help_subcommand = true)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub struct Cli {
    /// The language.
    #[arg(long, global = true, value_name = "vi|en")]
    pub lang: Option<Lang>,
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look once and report here.
    Scan(ScanArgs),
    /// Look at one address from outside.
    #[command(subcommand_required = true)]
    Probe {
        /// At what.
        #[command(subcommand)]
        command: ProbeCommand,
    },
    /// Read about the checks.
    #[command(subcommand_required = true)]
    Checks {
        /// What about them.
        #[command(subcommand)]
        command: ChecksCommand,
    },
    /// Look at the configuration.
    #[command(subcommand_required = true)]
    Config {
        /// What about it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look at backups, and record restore tests.
    #[command(subcommand_required = true)]
    Backup {
        /// What about them.
        #[command(subcommand)]
        command: BackupCommand,
    },
    /// Get an identity from a collector.
    Enroll(EnrollArgs),
    /// Write the runs of a one-way site to a file.
    Export(ExportArgs),
    /// Take the collector's receipt for such a file.
    Receipt {
        /// The receipt; its signature stands beside it.
        file: PathBuf,
    },
    /// Serve: observe on schedule and report to the collector.
    Run,
    /// How the service fares.
    Status(Format),
    /// Completions for a shell.
    Completions {
        /// Which shell.
        #[arg(value_enum, hide_possible_values = true, value_name = "bash|fish|zsh")]
        shell: Shell,
    },
    /// Man pages.
    Man {
        /// Folder to write them to.
        dir: PathBuf,
    },
}

/// Table or JSON.
#[derive(Clone, Copy, Debug, Args)]
pub struct Format {
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The level to judge at.
    #[arg(long, default_value_t = DEFAULT_LEVEL, value_parser = level, value_name = "1-5")]
    #[arg(hide_default_value = true)] // the help text says it, in the reader's language
    pub level: u8,
    /// Only these checks or families.
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// A mounted file system in place of the running host.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Table or JSON.
    #[command(flatten)]
    pub format: Format,
}

fn level(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|level| LEVELS.contains(level))
        .ok_or_else(|| "1-5".to_owned())
}

/// What about the checks.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// All of them.
    List(Format),
    /// The page of one.
    Show {
        /// Which.
        id: String,
        /// Text or JSON.
        #[command(flatten)]
        format: Format,
    },
}

/// What about backups.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// The stores on this host and the restore tests on record.
    List(Format),
    /// Record a restore test.
    AttestRestore(AttestArgs),
}

/// Arguments of `backup attest-restore`.
#[derive(Debug, Args)]
pub struct AttestArgs {
    /// What was restored, such as a store.
    #[arg(long, value_name = "STORE")]
    pub target: String,
    /// How it ended.
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "ok|failed"
    )]
    pub result: TestResult,
    /// In the owner's words.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    /// The day of the test.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
    /// Who made it.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Two files or folders to compare.
    #[arg(long, num_args = 2, value_names = ["ORIGINAL", "RESTORED"])]
    pub compare: Option<Vec<PathBuf>>,
}

/// How a restore test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestResult {
    /// What was restored could be used.
    Ok,
    /// It could not.
    Failed,
}

/// What about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Whether a file is right.
    Check {
        /// Which file.
        file: Option<PathBuf>,
    },
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// A receipt to take first.
    #[arg(long, value_name = "RECEIPT")]
    pub since_receipt: Option<PathBuf>,
    /// The whole state after the latest run.
    #[arg(long)]
    pub whole: bool,
}

/// Arguments of `enroll`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("secret").required(true)))]
#[command(group(clap::ArgGroup::new("trust")))]
pub struct EnrollArgs {
    /// Where the collector is.
    #[arg(long, value_name = "HOST:PORT")]
    #[arg(required_unless_present_any = ["offline_request", "offline_grant"])]
    #[arg(conflicts_with_all = ["offline_request", "offline_grant"])]
    pub collector: Option<String>,
    /// Without a network: the file to write a request to.
    #[arg(long, group = "secret", value_name = "FILE")]
    pub offline_request: Option<PathBuf>,
    /// Without a network: the grant that came back.
    #[arg(long, group = "secret", value_name = "GRANT")]
    pub offline_grant: Option<PathBuf>,
    /// The one-time token; `-` reads it from standard input.
    #[arg(
        long,
        group = "secret",
        value_name = "TOKEN",
        allow_hyphen_values = true
    )]
    pub token: Option<String>,
    /// A file that holds the token.
    #[arg(long, group = "secret", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// SHA-256 of the collector's CA certificate.
    #[arg(long, group = "trust", value_name = "HEX")]
    pub ca_sha256: Option<String>,
    /// The collector's CA certificate.
    #[arg(long, group = "trust", value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Replace the identity that is there.
    #[arg(long)]
    pub force: bool,
}
