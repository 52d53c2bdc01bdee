//! A zone as the DNS shows it: its records, whether they are signed, and its rules for mail.

mod anchors;
mod policy;
mod resolver;
mod spf;
mod spf_terms;
mod survey;
mod upstream;

use serde::Serialize;

pub use self::{
    policy::{Caa, Dmarc, Tagged},
    resolver::{AskError, Resolver},
    spf::Spf,
    survey::{Set, ZoneFound, survey},
};

/// Whether a chain of signatures leads from the trust anchor to an answer (RFC 4035, 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// A chain should lead there, and does not hold.
    Bogus,
    /// It cannot be told.
    Indeterminate,
    /// It is proved that no chain leads there: the zone is not signed.
    Insecure,
    /// It leads there.
    Secure,
}

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Certification authorities that may issue.
    Caa,
    /// Mail servers.
    Mx,
    /// Name servers.
    Ns,
    /// The zone's head.
    Soa,
    /// Certificates of a service.
    Tlsa,
    /// Text.
    Txt,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There are records; each as text, as zone files write it (`Txt`: its strings joined).
    Records(Vec<String>, Proof),
    /// There are none of that kind.
    Nothing {
        /// Whether the name is there at all.
        exists: bool,
        /// Whether that is proved.
        proof: Proof,
    },
    /// The signatures do not hold; what was said is not believed.
    Bogus,
    /// Nobody answered in time, or with an error.
    Failed,
}

impl Answer {
    /// The records; none where there are none or they are not believed.
    pub fn records(&self) -> &[String] {
        match self {
            Self::Records(list, _) => list,
            _ => &[],
        }
    }

    /// Whether nothing stands there, for certain: what RFC 7208 calls a void lookup.
    pub const fn is_void(&self) -> bool {
        matches!(self, Self::Nothing { .. })
    }
}

/// Answers questions.
pub trait Asker {
    /// The records of a kind at a name.
    fn ask(&self, name: &str, kind: Kind) -> Answer;
}
