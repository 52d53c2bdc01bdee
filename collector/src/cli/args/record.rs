//! The arguments of what concerns the record: `verify`, `audit`, `release`, `host integrity`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{store::integrity::IntegrityKind, verify::exported::Format};

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Only the runs, findings and events of the host with this id.
    #[arg(long)]
    pub host: Option<String>,
    /// A head that was kept outside: the record must still hold it.
    #[arg(long, value_name = "HEAD")]
    pub expect: Option<String>,
    /// The CA certificates to trust, in place of the one in the folder; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write the log to standard output.
    Export(AuditExport),
    /// Verify a file that was exported, by itself.
    Verify {
        /// The file.
        file: PathBuf,
    },
}

/// `audit export`
#[derive(Debug, Args)]
pub struct AuditExport {
    /// The first day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<String>,
    /// The last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<String>,
    /// How to write it.
    #[arg(long, value_enum, default_value = "jsonl", value_name = "jsonl|csv")]
    pub format: Format,
    /// Only what concerns the agency with this id or name.
    #[arg(long)]
    pub agency: Option<String>,
}

/// `release …`
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Enter the programs that a release's list names.
    Add {
        /// The release.
        release: String,
        /// Its list, as sha256sum writes it.
        #[arg(value_name = "SHA256SUMS")]
        file: PathBuf,
    },
    /// List the programs.
    List,
    /// Take a release out.
    Remove {
        /// The release.
        release: String,
    },
}

/// `host integrity …`
#[derive(Debug, Subcommand)]
pub enum IntegrityCommand {
    /// List what speaks against a host.
    List {
        /// Its id.
        host: String,
    },
    /// Say that somebody has looked at an event; it stays.
    Ack {
        /// The id of the host.
        host: String,
        /// What was noticed.
        #[arg(value_enum, value_name = "KIND")]
        kind: IntegrityKind,
        /// On what: a check id; nothing where the event names none.
        #[arg(long, default_value = "", hide_default_value = true)]
        subject: String,
        /// What came of it, for the record.
        #[arg(long)]
        why: String,
    },
}
