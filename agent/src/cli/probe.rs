//! The arguments of `probe`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Format;

/// What is looked at from outside.
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// An SSH server.
    Ssh(ProbeSshArgs),
}

/// What every probe of an address takes.
#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
    #[arg(value_name = "HOST[:PORT]")]
    pub target: String,
    /// Who permitted it to probe an address that is not this host's own.
    #[arg(long, value_name = "TEXT")]
    pub authorisation: Option<String>,
    /// Seconds that one answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=120), hide_default_value = true)]
    pub timeout: u64,
    /// Only addresses of IPv4.
    #[arg(short = '4', long)]
    pub ipv4: bool,
    /// Only addresses of IPv6.
    #[arg(short = '6', long, conflicts_with = "ipv4")]
    pub ipv6: bool,
    /// Text or JSON.
    #[command(flatten)]
    pub format: Format,
}

impl ProbeArgs {
    /// How long one answer may take.
    pub const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// Arguments of `probe ssh`.
#[derive(Debug, Args)]
pub struct ProbeSshArgs {
    /// What every probe takes.
    #[command(flatten)]
    pub common: ProbeArgs,
    /// The account whose ways to log in are asked for.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
}
