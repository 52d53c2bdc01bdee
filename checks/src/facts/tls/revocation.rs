//! What authorities say about the certificates of a chain when they are asked: OCSP first, then their
//! lists.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use super::{
    anchors::Anchors,
    certificate::{Cert, parse},
    chain::Trust,
    crl,
    ocsp::{self, Fault, Staple, State, issuer_keys},
};
use crate::host::{AuthorityAsk, Host, HostError};

/// Largest list, in bytes: some hundred thousand certificates.
pub const LIST_CAP: usize = 8 << 20;
/// Largest OCSP answer, in bytes.
pub const OCSP_CAP: usize = 64 << 10;

/// What is known about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whom the certificate is for, as text.
    pub subject: String,
    /// What is said.
    pub told: Told,
    /// The address that said it, or that was asked last; none where none is named.
    pub by: Option<String>,
    /// Since when the answer holds.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Since when the certificate is revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What authorities say, or why they say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// The responder does not know the certificate.
    NotKnown,
    /// The certificate names no address that could be asked over HTTP.
    NoSource,
    /// The address leads into this host or its network, or is none for HTTP.
    NotAllowed,
    /// Nothing usable was answered in time.
    Silent,
    /// The answer is longer than what is read.
    TooLarge,
    /// The answer is out of date, or from the future.
    Old,
    /// The issuer did not sign it.
    Unsigned,
    /// It is not understood, or refuses to say.
    Unusable(Fault),
}

impl Told {
    /// The word in facts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::NotKnown => "not_known",
            Self::NoSource => "no_source",
            Self::NotAllowed => "not_allowed",
            Self::Silent => "silent",
            Self::TooLarge => "too_large",
            Self::Old => "old",
            Self::Unsigned => "unsigned",
            Self::Unusable(fault) => fault.code(),
        }
    }
}

/// The certificates that a chain rests on, leaf first, without the root: what the verifier found, and
/// not what the server sent. It might send a certificate of its own making, with an intermediate's name
/// and key and no address to ask, beside the one that was revoked.
pub fn path(chain: &[Cert], trust: &Trust) -> Vec<Cert> {
    let between = trust.path.iter().filter_map(|der| parse(der));
    chain.iter().take(1).cloned().chain(between).collect()
}

/// Whether a certificate names an address that can be asked.
pub fn can_be_asked(cert: &Cert) -> bool {
    !cert.raw.responders.is_empty() || !cert.raw.lists.is_empty()
}

type Heard = Result<Vec<u8>, Told>;
/// Where, whether inside, and the request.
type Question = (String, bool, Option<Vec<u8>>);

/// Asks authorities; each question once, and nobody again who kept silent.
pub struct Authorities<'a> {
    host: &'a dyn Host,
    anchors: &'a Anchors,
    heard: RefCell<BTreeMap<Question, Heard>>,
    silent: RefCell<BTreeSet<String>>,
}

impl<'a> Authorities<'a> {
    /// Asks through `host`.
    pub fn new(host: &'a dyn Host, anchors: &'a Anchors) -> Self {
        Self {
            host,
            anchors,
            heard: RefCell::default(),
            silent: RefCell::default(),
        }
    }

    /// Asks about one certificate of `chain`. `inside`: a root of the agency's own vouches for it.
    pub fn about(&self, cert: &Cert, chain: &[Cert], inside: bool) -> Word {
        let mut word = Word {
            subject: cert.subject.clone(),
            told: Told::NoSource,
            by: None,
            since: None,
            until: None,
            revoked_at: None,
        };
        for (url, online) in sources(cert) {
            let answer = if online {
                self.online(cert, chain, url, inside)
            } else {
                self.listed(cert, chain, url, inside)
            };
            let told = self.weigh(&answer);
            // What a responder does not know may still stand on a list; a list cannot clear it.
            if word.told == Told::NotKnown && told != Told::Revoked {
                continue;
            }
            word.told = told;
            word.by = Some(url.to_owned());
            if let (Ok(answer), Told::Good | Told::Revoked | Told::NotKnown) = (&answer, told) {
                word.since = Some(answer.this_update);
                word.until = answer.next_update;
                word.revoked_at = answer.revoked_at;
            }
            if matches!(told, Told::Good | Told::Revoked) {
                break;
            }
        }
        word
    }

    fn weigh(&self, answer: &Result<Staple, Told>) -> Told {
        match answer {
            Err(told) => *told,
            Ok(answer) if !answer.signed => Told::Unsigned,
            // What was revoked for good stays so, however old the answer is.
            Ok(answer) if answer.revoked_at.is_some() => Told::Revoked,
            Ok(answer) if !answer.holds(self.host.now()) => Told::Old,
            Ok(answer) => match answer.state {
                State::Good => Told::Good,
                State::Revoked => Told::Revoked,
                State::Unknown => Told::NotKnown,
            },
        }
    }

    fn online(&self, cert: &Cert, chain: &[Cert], url: &str, inside: bool) -> Result<Staple, Told> {
        let keys = issuer_keys(cert, chain, self.anchors);
        let request = keys.first().and_then(|key| ocsp::request(cert, key));
        let request = request.ok_or(Told::Unusable(Fault::NoIssuer))?;
        let bytes = self.fetch(url, Some(request), OCSP_CAP, inside)?;
        let mut about = vec![cert.clone()];
        about.extend_from_slice(chain);
        ocsp::read(&bytes, &about, self.anchors).map_err(Told::Unusable)
    }

    fn listed(&self, cert: &Cert, chain: &[Cert], url: &str, inside: bool) -> Result<Staple, Told> {
        let mut keys = issuer_keys(cert, chain, self.anchors);
        // An authority that may not sign lists has not signed this one.
        let barred = chain.iter().filter(|c| {
            cert.issued_by(c) && !c.usages.is_empty() && !c.usages.contains(&"cRLSign")
        });
        let barred: Vec<&[u8]> = barred.map(|c| c.raw.spki.as_slice()).collect();
        keys.retain(|key| !barred.contains(key));
        let bytes = self.fetch(url, None, LIST_CAP, inside)?;
        crl::read(&bytes, cert, &keys).map_err(Told::Unusable)
    }

    fn fetch(&self, url: &str, request: Option<Vec<u8>>, cap: usize, inside: bool) -> Heard {
        let key = (url.to_owned(), inside, request);
        if let Some(heard) = self.heard.borrow().get(&key) {
            return heard.clone();
        }
        let place = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        if self.silent.borrow().contains(&place) {
            return Err(Told::Silent);
        }
        let ask = AuthorityAsk {
            url: key.0.clone(),
            request: key.2.clone(),
            cap,
            inside,
        };
        let heard = self.host.ask_authority(&ask).map_err(|error| match error {
            HostError::NotAuthorised(_) | HostError::WrongKind(_) => Told::NotAllowed,
            HostError::TooLarge { .. } | HostError::OverBudget(_) => Told::TooLarge,
            HostError::Timeout(_) => {
                self.silent.borrow_mut().insert(place);
                Told::Silent
            }
            _ => Told::Silent,
        });
        self.heard.borrow_mut().insert(key, heard.clone());
        heard
    }
}

/// The addresses to ask, OCSP first; `true` for those.
fn sources(cert: &Cert) -> impl Iterator<Item = (&str, bool)> {
    let online = cert.raw.responders.iter().map(|url| (url.as_str(), true));
    online.chain(cert.raw.lists.iter().map(|url| (url.as_str(), false)))
}
