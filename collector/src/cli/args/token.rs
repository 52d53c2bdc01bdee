//! The arguments of `token`.

use clap::Subcommand;

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
