//! What a survey amounts to in the words of others: SSL Labs' grade and Mozilla's profiles. They
//! stand beside the verdicts of the checks and do not replace them.

pub mod assess;
pub mod labs;
pub mod mozilla;
#[cfg(test)]
mod tests;
mod unmeasured;

use serde::Serialize;

use crate::{
    facts::tls::{
        certificate::Cert,
        chain::{Shape, Trust},
        ocsp::State,
    },
    probes::tls::survey::Survey,
};

/// What is rated.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// The chains that were shown to a client which sent the name, each once.
    pub chains: &'a [Chain],
    /// `max-age` of `Strict-Transport-Security` in seconds, 0 where the header is missing; `None`
    /// where it was not asked for, or the service is none of the web.
    pub hsts: Option<u64>,
    /// The time at which validity is judged.
    pub now: jiff::Timestamp,
}

/// A chain with what was found out about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The name that was asked for; `None` without one.
    pub asked: Option<String>,
    /// Its certificates as sent, leaf first.
    pub certificates: Vec<Cert>,
    /// How many could not be read.
    pub unreadable: usize,
    /// Order and completeness.
    pub shape: Shape,
    /// Who vouches for it.
    pub trust: Trust,
    /// What the stapled OCSP response says; `None` without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staple: Option<assess::Stapled>,
}

impl Chain {
    /// The state that a verified staple gives.
    pub fn revocation(&self, now: jiff::Timestamp) -> Option<State> {
        self.staple.as_ref().and_then(|s| s.state(now))
    }
}

/// One remark: a message key, and what it speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reason {
    /// The key of its sentence.
    pub key: &'static str,
    /// What it is about, such as names of suites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
}

impl Reason {
    fn new(key: &'static str) -> Self {
        Self {
            key,
            about: Vec::new(),
        }
    }

    fn about<T: Into<String>>(key: &'static str, about: impl IntoIterator<Item = T>) -> Self {
        let about = about.into_iter().map(Into::into).take(16).collect();
        Self { key, about }
    }
}
