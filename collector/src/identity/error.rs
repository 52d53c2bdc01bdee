//! What can go wrong with identities.

use std::path::PathBuf;

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
    /// Our clock shows a time before there was a CA, so it is wrong: a certificate would be of no use once it
    /// is right. The operator is at fault.
    Clock,
    /// The certificate request cannot be used; the agent is at fault.
    Csr(&'static str),
    /// A file of the CA cannot be read or written; the operator is at fault.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The machine has an identity: its key, or an officer's token for it, is needed for another.
    Known,
    /// Making or signing a certificate failed.
    Make(#[from] rcgen::Error),
    /// Others than the owner may read the CA's key; the operator is at fault.
    OpenKey(PathBuf),
    /// The password cannot be used: `short`, `long` or `hashing`.
    Password(&'static str),
    /// The operating system gave no random bytes.
    Random(getrandom::Error),
    /// The store failed.
    Store(#[from] StoreError),
    /// The TLS settings cannot be made.
    Tls(#[from] rustls::Error),
    /// Too many enrolments at once; to be tried again.
    TooMany,
    /// The token is unknown, used, expired or revoked; which, is not told.
    Token,
}

impl Explain for IdentityError {
    fn sentence(&self) -> (&'static str, Args) {
        let detail = |why: String| vec![("detail", text(why))];
        let file = |path: &PathBuf| vec![("file", text(path.display()))];
        match self {
            Self::CaExists(path) => ("identity-ca-exists", file(path)),
            Self::Clock => ("identity-clock", vec![]),
            Self::Csr(why) => ("identity-csr", detail((*why).to_owned())),
            Self::File { path, source } => {
                let args = vec![("file", text(path.display())), ("detail", text(source))];
                ("identity-file", args)
            }
            Self::Known => ("identity-known", vec![]),
            Self::Make(source) => ("identity-make", detail(source.to_string())),
            Self::OpenKey(path) => ("identity-open-key", file(path)),
            Self::Password(why) => ("identity-password", vec![("why", text(why))]),
            Self::Random(source) => ("identity-random", detail(source.to_string())),
            Self::Store(source) => source.sentence(),
            Self::Tls(source) => ("identity-tls", detail(source.to_string())),
            Self::TooMany => ("identity-too-many", vec![]),
            Self::Token => ("identity-token", vec![]),
        }
    }
}

english!(IdentityError);
