//! The arguments of `user`.

use clap::Subcommand;

use crate::store::user::Role;

/// `user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Enter a user.
    Add {
        /// What to sign in with.
        login: String,
        /// The person's name.
        #[arg(long, default_value = "")]
        name: String,
        /// What the user may do.
        #[arg(long, value_enum)]
        role: Role,
        /// The id or name of the agency it belongs to.
        #[arg(long)]
        agency: Option<String>,
        /// Read the password from the first line of stdin; else one is made and printed once.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List users.
    List,
    /// Set a new password; every session of the user ends.
    Password {
        /// The login.
        login: String,
        /// Read the password from the first line of stdin; else one is made and printed once.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Shut a user out; every session of the user ends.
    Disable {
        /// The login.
        login: String,
    },
    /// Let a user in again.
    Enable {
        /// The login.
        login: String,
    },
}
