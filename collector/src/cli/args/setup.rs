//! The arguments of `init` and `config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// A DNS name or IP address by which agents call this collector; may be given several times.
    #[arg(long = "name", value_name = "NAME")]
    pub names: Vec<String>,
    /// A PKCS#11 module: the CA's key is made in its token.
    #[arg(long, value_name = "MODULE", requires = "token")]
    pub pkcs11: Option<PathBuf>,
    /// The label of the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
    /// The label that the key gets.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub key: Option<String>,
    /// The file that holds the PIN.
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pub pin_file: Option<PathBuf>,
}

/// `config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read the file and say what is wrong with it, if anything.
    Check,
}
