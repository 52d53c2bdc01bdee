//! What can go wrong with identities.

use std::path::PathBuf;

use crate::store::StoreError;

/// A failure of the CA, an enrolment or a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The CA exists already; a second one would cut off every agent.
    #[error("{} exists already: this folder is set up; choose another with --data", .0.display())]
    CaExists(PathBuf),
    /// The certificate request cannot be used; the agent is at fault.
    #[error("the certificate request is not taken: {0}; send PKCS#10 with an ECDSA P-256 key")]
    Csr(&'static str),
    /// A file of the CA cannot be read or written; the operator is at fault.
    #[error("cannot use {}: {source}; run `capdo-collector init`, or check the owner of the folder", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Making or signing a certificate failed.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// Others than the owner may read the CA's key; the operator is at fault.
    #[error("{} may be read by others than its owner: run `chmod 600` on it", .0.display())]
    OpenKey(PathBuf),
    /// The password cannot be used.
    #[error("the password is not taken: {0}")]
    Password(&'static str),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The TLS settings cannot be made.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// Too many enrolments at once; to be tried again.
    #[error("too many enrolments at once: try again in a minute")]
    TooMany,
    /// The token is unknown, used, expired or revoked; which, is not told.
    #[error("the token is not valid: ask for a new one")]
    Token,
}
