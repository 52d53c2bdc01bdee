//! The arguments of `endpoint`, `authorisation` and `probe`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::store::endpoint::EndpointKind;

/// `endpoint …`
#[derive(Debug, Subcommand)]
pub enum EndpointCommand {
    /// Enter an endpoint of a system.
    Add(EndpointAdd),
    /// List endpoints.
    List {
        /// Only those of the system with this id or name.
        #[arg(long)]
        system: Option<String>,
    },
    /// Show one endpoint, what was seen there and what contradicts it.
    Show {
        /// Its id.
        endpoint: String,
    },
    /// Take an endpoint out; its log stays.
    Archive {
        /// Its id.
        endpoint: String,
    },
}

/// `endpoint add`
#[derive(Debug, Args)]
pub struct EndpointAdd {
    /// A DNS name or an address.
    #[arg(value_name = "HOST")]
    pub address: String,
    /// The id or name of the system.
    #[arg(long)]
    pub system: String,
    /// How to speak to it.
    #[arg(long, value_enum)]
    pub kind: EndpointKind,
    /// The port, where it is not the usual one.
    #[arg(long, value_name = "1-65535", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// The TLS name to ask for, where it is another one.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub sni: String,
    /// The id of the host that answers there.
    #[arg(long, value_name = "HOST")]
    pub on: Option<String>,
}

/// `authorisation …`
#[derive(Debug, Subcommand)]
pub enum AuthorisationCommand {
    /// Put an authorisation on record.
    Add(AuthorisationAdd),
    /// List authorisations.
    List {
        /// Only those of the agency with this id or name.
        #[arg(long)]
        agency: Option<String>,
    },
    /// Show one authorisation.
    Show {
        /// Its id.
        authorisation: String,
        /// Also write its document to this file.
        #[arg(long, value_name = "FILE")]
        document: Option<PathBuf>,
    },
    /// Revoke an authorisation: nothing more is sent under it.
    Revoke {
        /// Its id.
        authorisation: String,
        /// Why, for the record.
        #[arg(long)]
        why: String,
    },
}

/// `authorisation add`
#[derive(Debug, Args)]
pub struct AuthorisationAdd {
    /// The id or name of the agency.
    #[arg(long)]
    pub agency: String,
    /// Only for the system with this id or name.
    #[arg(long)]
    pub system: Option<String>,
    /// The number of the document.
    #[arg(long)]
    pub number: String,
    /// The date of the document.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub dated: String,
    /// Who signed it.
    #[arg(long, value_name = "NAME")]
    pub signed_by: String,
    /// What it covers.
    #[arg(long = "cover", value_name = "TARGET:PORTS", required = true)]
    pub covers: Vec<String>,
    /// Its first day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: String,
    /// Its last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: String,
    /// The signed document.
    #[arg(long, value_name = "FILE")]
    pub document: PathBuf,
}

/// `probe …`
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// Look at an endpoint now.
    Now {
        /// Its id.
        endpoint: String,
    },
    /// Show the log, newest first.
    Log {
        /// Only that of the endpoint with this id.
        #[arg(long)]
        endpoint: Option<String>,
        /// How many rows.
        #[arg(long, default_value_t = 100, value_name = "1-10000")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
        rows: u32,
    },
    /// Check that no row of the log was changed or taken out.
    Verify,
}
