//! The arguments of `ban`.

use clap::Subcommand;

/// `ban …`
#[derive(Debug, Subcommand)]
pub enum BanCommand {
    /// List who is turned away just now.
    List,
    /// Let somebody in again.
    Lift {
        /// A host's id, or an address.
        #[arg(value_name = "HOST|ADDRESS")]
        offender: String,
    },
}
