//! The arguments of `agency`.

use clap::Subcommand;

use crate::store::agency::AgencyKind;

/// `agency …`
#[derive(Debug, Subcommand)]
pub enum AgencyCommand {
    /// Enter an agency.
    Add {
        /// Its name.
        name: String,
        /// Its kind.
        #[arg(long, value_enum)]
        kind: AgencyKind,
    },
    /// List agencies.
    List,
    /// Show one agency.
    Show {
        /// Its id or name.
        agency: String,
    },
    /// Change name or kind.
    Set {
        /// Its id or name.
        agency: String,
        /// The new name.
        #[arg(long)]
        name: Option<String>,
        /// The new kind.
        #[arg(long, value_enum)]
        kind: Option<AgencyKind>,
    },
    /// Archive an agency; its data stays.
    Archive {
        /// Its id or name.
        agency: String,
    },
}
