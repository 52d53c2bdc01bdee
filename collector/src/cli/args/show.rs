//! The arguments of what only shows: `score`, `package`, and tables in files.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::export::Format;

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
