//! The arguments. Their help texts stand in `messages/cli/*.ftl` as `cli-SUBCOMMAND.ARGUMENT`.

use std::path::PathBuf;

use capdo_checks::lang::Lang;
use capdo_cli::pages::Shell;
use clap::{Args, Parser, Subcommand};

pub(super) use super::args_record::{
    AuditCommand, AuditExport, IntegrityCommand, ReleaseCommand, VerifyArgs,
};

use crate::export::Format;
use crate::feeds::Kind;
use crate::store::{agency::AgencyKind, system::Dossier, user::Role};

use super::outside_args::{AuthorisationCommand, EndpointCommand, ProbeCommand};

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

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// A DNS name or IP address by which agents call this collector; may be given several times.
    #[arg(long = "name", value_name = "NAME")]
    pub names: Vec<String>,
    /// A PKCS#11 module: the CA's key is made in its token.
    #[arg(long, value_name = "MODULE", requires = "token")]
    pub pkcs11: Option<PathBuf>,
    /// The label of the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
    /// The label that the key gets.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub key: Option<String>,
    /// The file that holds the PIN.
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pub pin_file: Option<PathBuf>,
}

/// `ca …`
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// List the CAs and how far their replacement is.
    List,
    /// Show one CA, its certificate and the hosts that need it or do not hold it yet.
    Show {
        /// Its number; without one, the CA that issues.
        number: Option<i64>,
    },
    /// Make the next CA and tell agents to trust it beside the current one.
    Rotate {
        /// After how many days it issues even if not every host has confirmed.
        #[arg(long, default_value_t = 30, value_name = "1-365")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Let the next CA issue now.
    Promote,
    /// Take an older CA, or a next one that is not wanted, out of trust and remove its key.
    Retire {
        /// Its number.
        number: i64,
        /// Even if hosts are cut off until they come back by their key.
        #[arg(long)]
        force: bool,
    },
}

/// `score`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The id or name of the system.
    pub system: String,
    /// Write the scorecard as a table instead.
    #[command(flatten)]
    pub table: TableArgs,
}

/// To be written to a file.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// As what.
    #[arg(long, value_enum, value_name = "csv|xlsx|pdf", requires = "out")]
    pub format: Option<Format>,
    /// Where to; an existing file is not overwritten.
    #[arg(long, value_name = "FILE", requires = "format")]
    pub out: Option<PathBuf>,
}

/// `config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read the file and say what is wrong with it, if anything.
    Check,
}

/// `agency …`
#[derive(Debug, Subcommand)]
pub enum AgencyCommand {
    /// Enter an agency.
    Add {
        /// Its name.
        name: String,
        /// Its kind.
        #[arg(long, value_enum)]
        kind: AgencyKind,
    },
    /// List agencies.
    List,
    /// Show one agency.
    Show {
        /// Its id or name.
        agency: String,
    },
    /// Change name or kind.
    Set {
        /// Its id or name.
        agency: String,
        /// The new name.
        #[arg(long)]
        name: Option<String>,
        /// The new kind.
        #[arg(long, value_enum)]
        kind: Option<AgencyKind>,
    },
    /// Archive an agency; its data stays.
    Archive {
        /// Its id or name.
        agency: String,
    },
}

/// What can be said of a system.
#[derive(Debug, Args)]
pub struct SystemFields {
    /// The proposed level.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub level: Option<u8>,
    /// The approved level.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub approved_level: Option<u8>,
    /// The standard to measure against.
    #[arg(long)]
    pub standard: Option<String>,
    /// The state of the dossier.
    #[arg(long, value_enum)]
    pub dossier: Option<Dossier>,
    /// How many hosts it has.
    #[arg(long, value_name = "0-100000")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub hosts: Option<u32>,
}

/// `system …`
#[derive(Debug, Subcommand)]
pub enum SystemCommand {
    /// Enter a system.
    Add {
        /// Its name.
        name: String,
        /// The id or name of the agency that owns it.
        #[arg(long)]
        agency: String,
        /// More about it.
        #[command(flatten)]
        fields: SystemFields,
    },
    /// List systems.
    List {
        /// Only those of the agency with this id or name.
        #[arg(long)]
        agency: Option<String>,
    },
    /// Show one system.
    Show {
        /// Its id or name.
        system: String,
    },
    /// Change what is said of a system.
    Set {
        /// Its id or name.
        system: String,
        /// The new name.
        #[arg(long)]
        name: Option<String>,
        /// More about it.
        #[command(flatten)]
        fields: SystemFields,
    },
    /// Take a system out of service; its data stays.
    Archive {
        /// Its id or name.
        system: String,
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

/// `host enroll-offline`
#[derive(Debug, Args)]
pub struct EnrollOffline {
    /// The request that the agent wrote.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The id or name of the system that the host serves.
    #[arg(long, required_unless_present = "host")]
    pub system: Option<String>,
    /// The id of a host that lost its key and is to have a new one.
    #[arg(long, conflicts_with = "system")]
    pub host: Option<String>,
    /// Where to write the grant.
    #[arg(long, value_name = "GRANT")]
    pub out: PathBuf,
}

/// `host …`
#[derive(Debug, Subcommand)]
pub enum HostCommand {
    /// List hosts.
    List {
        /// Only those of the system with this id or name.
        #[arg(long)]
        system: Option<String>,
    },
    /// Show one host with its certificates and integrity events.
    Show {
        /// Its id.
        host: String,
    },
    /// List what its agent found, as this collector judges it.
    Findings {
        /// Its id.
        host: String,
        /// Write them as a table instead.
        #[command(flatten)]
        table: TableArgs,
    },
    /// What speaks against it.
    #[command(subcommand)]
    Integrity(IntegrityCommand),
    /// Give an identity to a host of a one-way site, from file to file.
    EnrollOffline(EnrollOffline),
    /// Change what is said of a host.
    Set {
        /// Its id.
        host: String,
        /// Whether its runs are carried in files; then it may not connect.
        #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
        carried: bool,
    },
    /// Turn its agent away; the host still counts.
    Disable {
        /// Its id.
        host: String,
    },
    /// Let its agent in again.
    Enable {
        /// Its id.
        host: String,
    },
    /// Revoke its certificates: its agent must enrol anew.
    Revoke {
        /// Its id.
        host: String,
        /// Why, for the record.
        #[arg(long, default_value = "not said")]
        why: String,
    },
    /// The server is gone: revoke its certificates and count it no more.
    Retire {
        /// Its id.
        host: String,
    },
}

/// `token …`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a one-time token for a host of a system; it is printed once and never again.
    Add {
        /// The id or name of the system that a new host enrols into.
        #[arg(long, required_unless_present = "host")]
        system: Option<String>,
        /// The id of a host that lost its key and is to have a new one.
        #[arg(long, conflicts_with = "system")]
        host: Option<String>,
        /// After how many hours it is no longer taken.
        #[arg(long, default_value_t = 24, value_name = "1-720")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: u32,
    },
    /// List tokens; without the secrets, which nobody has.
    List {
        /// Only those of the system with this id or name.
        #[arg(long)]
        system: Option<String>,
    },
    /// Revoke a token that was not used yet.
    Revoke {
        /// Its id.
        token: String,
    },
}

/// `user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Enter a user.
    Add {
        /// What to sign in with.
        login: String,
        /// The person's name.
        #[arg(long, default_value = "")]
        name: String,
        /// What the user may do.
        #[arg(long, value_enum)]
        role: Role,
        /// The id or name of the agency it belongs to.
        #[arg(long)]
        agency: Option<String>,
        /// Read the password from the first line of stdin; else one is made and printed once.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List users.
    List,
    /// Set a new password; every session of the user ends.
    Password {
        /// The login.
        login: String,
        /// Read the password from the first line of stdin; else one is made and printed once.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Shut a user out; every session of the user ends.
    Disable {
        /// The login.
        login: String,
    },
    /// Let a user in again.
    Enable {
        /// The login.
        login: String,
    },
}

/// `feed …`
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Import files.
    Import(FeedImport),
    /// List what was imported.
    List,
    /// Show one import and the releases that it speaks about.
    Show {
        /// Its number.
        feed: i64,
    },
}

/// `feed import`
#[derive(Debug, Args)]
pub struct FeedImport {
    /// What the files are.
    #[arg(value_enum)]
    pub kind: Kind,
    /// The files or folders.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The SHA-256 that the file must have.
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// How recent the content is, where the file does not say.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<String>,
    /// Let it take the place of one with far more records.
    #[arg(long)]
    pub smaller: bool,
}

/// `backup …`
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Copy the collector, which may be serving, into one file.
    Create {
        /// The file, or a folder, or - for standard output.
        #[arg(value_name = "FILE|DIR|-")]
        file: PathBuf,
        /// Leave the CA's key out.
        #[arg(long)]
        without_ca_key: bool,
    },
    /// Read a backup to its end and look at all of it.
    Verify {
        /// The file, or - for standard input.
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Put a backup in place as a data folder.
    Restore {
        /// The file, or - for standard input.
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
        /// The data folder, which must not exist or be empty.
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}

/// `package …`
#[derive(Debug, Subcommand)]
pub enum PackageCommand {
    /// Which hosts have a package, in which versions.
    Search {
        /// A name, maybe with a bound: `openssl<3.0.15`.
        #[arg(required = true)]
        query: Vec<String>,
    },
}
