//! The arguments of `backup`.

use std::path::PathBuf;

use clap::Subcommand;

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
