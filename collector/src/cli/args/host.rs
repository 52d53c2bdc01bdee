//! The arguments of `host`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{IntegrityCommand, TableArgs};

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
