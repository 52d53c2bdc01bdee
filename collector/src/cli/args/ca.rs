//! The arguments of `ca`.

use clap::Subcommand;

/// `ca …`
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// List the CAs and how far their replacement is.
    List,
    /// Show one CA, its certificate and the hosts that need it or do not hold it yet.
    Show {
        /// Its number; without one, the CA that issues.
        number: Option<i64>,
    },
    /// Make the next CA and tell agents to trust it beside the current one.
    Rotate {
        /// After how many days it issues even if not every host has confirmed.
        #[arg(long, default_value_t = 30, value_name = "1-365")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Let the next CA issue now.
    Promote,
    /// Take an older CA, or a next one that is not wanted, out of trust and remove its key.
    Retire {
        /// Its number.
        number: i64,
        /// Even if hosts are cut off until they come back by their key.
        #[arg(long)]
        force: bool,
    },
}
