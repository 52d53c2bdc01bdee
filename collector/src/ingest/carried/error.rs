//! Why a carried file is not taken.

use std::{io, path::PathBuf};

use capdo_proto::carried::CarriedError as FrameError;

use crate::{
    identity::IdentityError,
    ingest::refusal::Refusal,
    say::{Args, Explain, english, text},
    store::StoreError,
};

/// Nothing of a carried file is taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarriedError {
    /// The file, the grant or the receipt cannot be opened or written; the operator's turn.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is cut off or was changed on its way.
    Frame {
        /// Which.
        path: PathBuf,
        /// Where and what.
        source: Box<FrameError>,
    },
    /// The records do not stand in the order that they must; whoever wrote the file.
    Order {
        /// Which.
        path: PathBuf,
        /// Where.
        at: u64,
    },
    /// A signature or the hash of the file does not verify.
    Signature {
        /// Which.
        path: PathBuf,
        /// Where.
        at: u64,
    },
    /// The file changed while it was read.
    Changed(PathBuf),
    /// The host belongs to another collector.
    OtherCollector(PathBuf),
    /// The certificate is not one of this collector's record, or not of this host.
    Certificate(PathBuf),
    /// The certificate was revoked, or the host is disabled.
    Revoked {
        /// The host.
        host: String,
    },
    /// The certificate had run out when the file was made.
    Expired {
        /// The host.
        host: String,
    },
    /// The host is not enrolled for files.
    NotCarried {
        /// The host.
        host: String,
    },
    /// Newer runs of the host were taken before.
    Older {
        /// The host.
        host: String,
        /// The run in the file.
        counter: u64,
        /// The last run that was taken.
        last: i64,
    },
    /// The changes in the file do not lead from what is held here to what was signed.
    NeedsWhole {
        /// The host.
        host: String,
        /// The run.
        counter: u64,
    },
    /// A run is refused as it would be over a session.
    Refused {
        /// The host.
        host: String,
        /// The run.
        counter: u64,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The CA.
    Identity(#[from] IdentityError),
    /// The store.
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CarriedError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Explain for CarriedError {
    fn sentence(&self) -> (&'static str, Args) {
        let file = |path: &PathBuf| ("file", text(path.display()));
        let of = |host: &String| ("host", text(host));
        let run = |counter: &u64| ("counter", text(counter));
        match self {
            Self::File { path, source } => {
                let args = vec![file(path), ("detail", text(source))];
                ("carried-file", args)
            }
            Self::Frame { path, source } => {
                let args = vec![file(path), ("detail", text(source))];
                ("carried-frame", args)
            }
            Self::Order { path, at } => ("carried-order", vec![file(path), ("at", text(at))]),
            Self::Signature { path, at } => {
                ("carried-signature", vec![file(path), ("at", text(at))])
            }
            Self::Changed(path) => ("carried-changed", vec![file(path)]),
            Self::OtherCollector(path) => ("carried-other-collector", vec![file(path)]),
            Self::Certificate(path) => ("carried-certificate", vec![file(path)]),
            Self::Revoked { host } => ("carried-revoked", vec![of(host)]),
            Self::Expired { host } => ("carried-expired", vec![of(host)]),
            Self::NotCarried { host } => ("carried-not-carried", vec![of(host)]),
            Self::Older {
                host,
                counter,
                last,
            } => {
                let args = vec![of(host), run(counter), ("last", text(last))];
                ("carried-older", args)
            }
            Self::NeedsWhole { host, counter } => {
                ("carried-needs-whole", vec![of(host), run(counter)])
            }
            Self::Refused {
                host,
                counter,
                refusal,
            } => {
                let args = vec![
                    of(host),
                    run(counter),
                    ("code", text(&refusal.machine_code)),
                    ("detail", text(&refusal.message)),
                ];
                ("carried-refused", args)
            }
            Self::Identity(inner) => inner.sentence(),
            Self::Store(inner) => inner.sentence(),
        }
    }
}

english!(CarriedError);
