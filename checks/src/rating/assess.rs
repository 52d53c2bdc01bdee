//! A survey with everything that can be concluded from it: what `probe tls --json` prints.

use jiff::Timestamp;
use serde::Serialize;

use super::{Chain, Subject, labs, mozilla};
use crate::{
    facts::tls::{
        anchors::Anchors,
        certificate::parse,
        chain::{shape, trust},
        ocsp::{self, Fault, Staple, State},
    },
    probes::tls::survey::{Shown, Survey},
};

/// A stapled response: an answer, or why it is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stapled {
    /// What it says.
    Answer(Staple),
    /// Why it says nothing.
    Fault(Fault),
}

impl Stapled {
    /// The state that it proves at a time: signed by the issuer, and in its time.
    pub fn state(&self, now: Timestamp) -> Option<State> {
        match self {
            Self::Answer(staple) if staple.signed && staple.holds(now) => Some(staple.state),
            _ => None,
        }
    }
}

/// What a survey amounts to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assessed {
    /// Every chain that was shown, each once, first the one that the name got.
    pub chains: Vec<Chain>,
    /// How many of them answer a client that sends the name: the first ones.
    #[serde(skip)]
    pub named: usize,
    /// SSL Labs' grade; `None` without TLS.
    pub grade: Option<labs::Grade>,
    /// Mozilla's profiles; `None` without TLS.
    pub mozilla: Option<mozilla::Profiles>,
}

/// Reads the certificates of a survey and rates it. `name` is the name that the certificate must
/// bear; `hsts` as in [`Subject`].
pub fn assess(
    survey: &Survey,
    name: Option<&str>,
    anchors: &Anchors,
    now: Timestamp,
    hsts: Option<u64>,
) -> Assessed {
    let mut chains: Vec<Chain> = Vec::new();
    let asked = |shown: &&Shown| shown.name.as_deref() == name;
    let first = survey.shown.iter().filter(asked);
    let others = survey.shown.iter().filter(|s| !asked(s));
    let mut named = 0;
    for shown in first.chain(others) {
        let chain = read(shown, name, anchors, now);
        let known = chains.iter().any(|c| c.certificates == chain.certificates);
        if !known && !(chain.certificates.is_empty() && chain.unreadable == 0) {
            named += usize::from(asked(&shown));
            chains.push(chain);
        }
    }
    // Where nothing was shown for the name, what was shown at all is rated.
    if named == 0 {
        named = chains.len();
    }
    let subject = Subject {
        survey,
        chains: &chains[..named],
        hsts,
        now,
    };
    let (grade, mozilla) = (labs::grade(&subject), mozilla::profiles(&subject));
    Assessed {
        chains,
        named,
        grade,
        mozilla,
    }
}

fn read(shown: &Shown, name: Option<&str>, anchors: &Anchors, now: Timestamp) -> Chain {
    let certificates: Vec<_> = shown.chain.iter().filter_map(|der| parse(der)).collect();
    let staple = shown.staple.as_ref();
    let staple = staple.map(|bytes| match ocsp::read(bytes, &certificates, anchors) {
        Ok(answer) => Stapled::Answer(answer),
        Err(fault) => Stapled::Fault(fault),
    });
    Chain {
        asked: shown.name.clone(),
        unreadable: shown.chain.len() - certificates.len(),
        shape: shape(&certificates, anchors),
        trust: trust(&shown.chain, anchors, name, now),
        certificates,
        staple,
    }
}
