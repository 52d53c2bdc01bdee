//! The arguments of `system`.

use clap::{Args, Subcommand};

use crate::store::system::Dossier;

/// What can be said of a system.
#[derive(Debug, Args)]
pub struct SystemFields {
    /// The proposed level.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub level: Option<u8>,
    /// The approved level.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub approved_level: Option<u8>,
    /// The standard to measure against.
    #[arg(long)]
    pub standard: Option<String>,
    /// The state of the dossier.
    #[arg(long, value_enum)]
    pub dossier: Option<Dossier>,
    /// How many hosts it has.
    #[arg(long, value_name = "0-100000")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub hosts: Option<u32>,
}

impl SystemFields {
    /// What is given, as the audit log calls it where it says how a system stands.
    pub(in crate::cli) fn given(&self) -> Vec<&'static str> {
        let given = [
            ("proposed_level", self.level.is_some()),
            ("approved_level", self.approved_level.is_some()),
            ("standard", self.standard.is_some()),
            ("dossier", self.dossier.is_some()),
            ("hosts", self.hosts.is_some()),
        ];
        given
            .iter()
            .filter(|(_, is)| *is)
            .map(|(name, _)| *name)
            .collect()
    }
}

/// `system …`
#[derive(Debug, Subcommand)]
pub enum SystemCommand {
    /// Enter a system.
    Add {
        /// Its name.
        name: String,
        /// The id or name of the agency that owns it.
        #[arg(long)]
        agency: String,
        /// More about it.
        #[command(flatten)]
        fields: SystemFields,
    },
    /// List systems.
    List {
        /// Only those of the agency with this id or name.
        #[arg(long)]
        agency: Option<String>,
    },
    /// Show one system.
    Show {
        /// Its id or name.
        system: String,
    },
    /// Change what is said of a system.
    Set {
        /// Its id or name.
        system: String,
        /// The new name.
        #[arg(long)]
        name: Option<String>,
        /// More about it.
        #[command(flatten)]
        fields: SystemFields,
    },
    /// Take a system out of service; its data stays.
    Archive {
        /// Its id or name.
        system: String,
    },
}
