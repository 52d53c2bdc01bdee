//! The arguments of `probe`.

use std::{path::PathBuf, time::Duration};

use capdo_checks::probes::tls::survey::StartTls;
use clap::{Args, Subcommand};

use super::Format;

/// What is looked at from outside.
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// A service over TLS.
    Tls(ProbeTlsArgs),
    /// An SSH server.
    Ssh(ProbeSshArgs),
    /// A web site.
    Http(ProbeHttpArgs),
    /// A zone.
    Dns(ProbeDnsArgs),
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
    #[arg(long, value_name = "1-120", default_value_t = 5)]
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

/// Arguments of `probe tls`.
#[derive(Debug, Args)]
pub struct ProbeTlsArgs {
    /// What every probe takes.
    #[command(flatten)]
    pub common: ProbeArgs,
    /// The protocol in which TLS begins.
    #[arg(long, value_name = "PROTO", value_parser = starttls)]
    pub starttls: Option<StartTls>,
    /// The name to ask for.
    #[arg(long, value_name = "NAME")]
    pub sni: Option<String>,
    /// Also run the probes that could disturb a very old server.
    #[arg(long)]
    pub intrusive: bool,
}

fn starttls(text: &str) -> Result<StartTls, String> {
    let all = [
        ("smtp", StartTls::Smtp),
        ("imap", StartTls::Imap),
        ("pop3", StartTls::Pop3),
        ("ldap", StartTls::Ldap),
        ("postgres", StartTls::Postgres),
        ("mysql", StartTls::Mysql),
        ("ftp", StartTls::Ftp),
        ("xmpp", StartTls::Xmpp),
    ];
    let hit = all.iter().find(|(name, _)| *name == text);
    hit.map(|(_, proto)| *proto)
        .ok_or_else(|| all.map(|(name, _)| name).join(", "))
}

/// Arguments of `probe http`.
#[derive(Debug, Args)]
pub struct ProbeHttpArgs {
    /// What every probe takes.
    #[command(flatten)]
    pub common: ProbeArgs,
    /// Also ask for what should not lie open.
    #[arg(long, requires = "authorisation")]
    pub exposure: bool,
}

/// Arguments of `probe dns`.
#[derive(Debug, Args)]
pub struct ProbeDnsArgs {
    /// The zone.
    pub zone: String,
    /// The resolver to ask.
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub server: Option<String>,
    /// DNSKEY records to trust in place of the root's.
    #[arg(long, value_name = "FILE")]
    pub anchor: Option<PathBuf>,
    /// Who permitted it to ask a resolver that is not this host's own.
    #[arg(long, value_name = "TEXT")]
    pub authorisation: Option<String>,
    /// Seconds that one answer may take.
    #[arg(long, value_name = "1-120", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=120), hide_default_value = true)]
    pub timeout: u64,
    /// Text or JSON.
    #[command(flatten)]
    pub format: Format,
}

impl ProbeDnsArgs {
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
