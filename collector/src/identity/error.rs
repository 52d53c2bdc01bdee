//! What can go wrong with identities.

use std::path::{Path, PathBuf};

use super::{TokenFault, rotation::RotationFault};
use crate::{
    say::{Args, Explain, english, text},
    store::StoreError,
};

/// A failure of the CA, an enrolment or a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The CA exists already; a second one would cut off every agent.
    CaExists(PathBuf),
    /// A stored certificate of a CA cannot be read.
    Certificate,
    /// Our clock shows a time before there was a CA, so it is wrong: a certificate would be of no use once it
    /// is right. The operator is at fault.
    Clock,
    /// The certificate request cannot be used; the agent is at fault.
    Csr(&'static str),
    /// The certificate was revoked, or its host disabled, while another was asked for with it.
    Fallen,
    /// A file of the CA cannot be read or written; the operator is at fault.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The token that holds the CA's key does not sign.
    Hsm(#[from] TokenFault),
    /// The machine has an identity: its key, or an officer's token for it, is needed for another.
    Known,
    /// Making or signing a certificate failed.
    Make(#[from] rcgen::Error),
    /// Others than the owner may read the CA's key; the operator is at fault.
    OpenKey(PathBuf),
    /// The key of a CA and its certificate do not belong together.
    OtherKey,
    /// The password cannot be used: `short`, `long` or `hashing`.
    Password(&'static str),
    /// The operating system gave no random bytes.
    Random(getrandom::Error),
    /// What was asked of a CA cannot be done in the state that it is in.
    Rotation(RotationFault),
    /// The store failed.
    Store(#[from] StoreError),
    /// The TLS settings cannot be made.
    Tls(#[from] rustls::Error),
    /// Too many enrolments at once; to be tried again.
    TooMany,
    /// The token is unknown, used, expired or revoked; which, is not told.
    Token,
}

impl IdentityError {
    /// Whether another try could lock the token, or is of no use before a person acted: its PIN is wrong, or
    /// it is near to being locked, or is.
    pub fn forbids_another_try(&self) -> bool {
        use TokenFault::{LastTry, Locked, PinWrong};
        matches!(self, Self::Hsm(PinWrong { .. } | LastTry(_) | Locked(_)))
    }
}

impl Explain for IdentityError {
    fn sentence(&self) -> (&'static str, Args) {
        let detail = |why: String| vec![("detail", text(why))];
        let file = |path: &PathBuf| vec![("file", text(path.display()))];
        match self {
            Self::CaExists(path) => ("identity-ca-exists", file(path)),
            Self::Certificate => ("identity-certificate", vec![]),
            Self::Clock => ("identity-clock", vec![]),
            Self::Csr(why) => ("identity-csr", detail((*why).to_owned())),
            Self::Fallen => ("identity-fallen", vec![]),
            Self::File { path, source }
                if source.kind() == std::io::ErrorKind::NotFound && is_key(path) =>
            {
                ("identity-key-gone", file(path))
            }
            Self::File { path, source } => {
                let args = vec![("file", text(path.display())), ("detail", text(source))];
                ("identity-file", args)
            }
            Self::Hsm(source) => source.sentence(),
            Self::Known => ("identity-known", vec![]),
            Self::Make(source) => ("identity-make", detail(source.to_string())),
            Self::OpenKey(path) => ("identity-open-key", file(path)),
            Self::OtherKey => ("identity-other-key", vec![]),
            Self::Password(why) => ("identity-password", vec![("why", text(why))]),
            Self::Random(source) => ("identity-random", detail(source.to_string())),
            Self::Rotation(fault) => fault.sentence(),
            Self::Store(source) => source.sentence(),
            Self::Tls(source) => ("identity-tls", detail(source.to_string())),
            Self::TooMany => ("identity-too-many", vec![]),
            Self::Token => ("identity-token", vec![]),
        }
    }
}

english!(IdentityError);

/// Whether a file holds the key of a CA: without it there is nothing to set up anew, but something to bring back.
fn is_key(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("ca-key"))
}
