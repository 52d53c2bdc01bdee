//! The arguments of `feed`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::feeds::Kind;

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
