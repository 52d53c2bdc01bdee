//! Declared endpoints as the collector sees them from outside.
//!
//! [`look`] goes through a window that reaches one address only ([`Live::only`](crate::host::Live)),
//! [`judge`] concludes from what was seen and nothing else, and [`contradictions`] holds it against
//! what a host claims about the same service. These are no checks: no agent makes them, they serve no
//! control, and their verdicts enter no score; a contradiction takes from the score what was claimed
//! ([`crate::score::Contest`]).

mod compare;
mod judge;
mod look;

pub use self::{
    compare::{Contradiction, contradictions, is_claim, names_address, settles},
    judge::judge,
    look::{Target, look, look_at_zone, unseen},
};

/// Version of the facts that [`look`] collects; raised when their meaning changes.
pub const VERSION: u32 = 1;

/// One question about an endpoint, answered and judged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Whether the port takes connections.
    Exposure,
    /// Versions of TLS and the certificate.
    Tls,
    /// What a web site answers.
    Http,
    /// The ways to log in that an SSH server names.
    Ssh,
    /// Signatures of a zone, and its rules for mail.
    Dns,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 5] = [Self::Exposure, Self::Tls, Self::Http, Self::Ssh, Self::Dns];

    /// The id under which it is stored and shown.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Exposure => "outside.exposure",
            Self::Tls => "outside.tls",
            Self::Http => "outside.http",
            Self::Ssh => "outside.ssh",
            Self::Dns => "outside.dns",
        }
    }

    /// The part with this id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.id() == id)
    }
}
