//! The grade of SSL Labs' "SSL Server Rating Guide", version 2009r (2025-05-16).
//!
//! Scores for protocol, key exchange and cipher make a number; faults cap the letter. All caps are
//! kept and the worst holds, so that a wrong name never hides a hole.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Reason, Subject, unmeasured::unmeasured};
use crate::{
    facts::tls::{certificate::Cert, key::Key, ocsp::State},
    probes::tls::{
        groups,
        suites::{Auth, Cipher, Suite, suite},
        survey::{Answered, Protocol, Survey},
    },
};

/// Seconds of HSTS that A+ asks for: six months.
const LONG_HSTS: u64 = 15_768_000;

/// A letter, best first. M is a wrong name, T a certificate that nobody trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Letter {
    /// A+.
    #[serde(rename = "A+")]
    APlus,
    /// A.
    A,
    /// A-.
    #[serde(rename = "A-")]
    AMinus,
    /// B.
    B,
    /// C.
    C,
    /// D.
    D,
    /// E.
    E,
    /// The certificate bears another name.
    M,
    /// The certificate is not trusted.
    T,
    /// F.
    F,
}

impl Letter {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::AMinus => "A-",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::M => "M",
            Self::T => "T",
            Self::F => "F",
        }
    }
}

/// A remark with the best letter that it leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cap {
    /// The best letter that is left.
    pub letter: Letter,
    /// Why.
    pub reason: Reason,
}

/// A grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The letter.
    pub letter: Letter,
    /// The letter that it would be if trust and name were in order.
    pub without_trust: Letter,
    /// Score of the protocol versions, of 100.
    pub protocol: u32,
    /// Score of the key exchange, of 100.
    pub key_exchange: u32,
    /// Score of the ciphers, of 100.
    pub cipher: u32,
    /// 30 % of the first, 30 % of the second, 40 % of the third; 0 if one of them is.
    pub total: u32,
    /// What keeps the letter down, worst first.
    pub caps: Vec<Cap>,
    /// What could not be measured: the true grade may be worse.
    pub unmeasured: Vec<String>,
}

/// Grades a service; `None` where no version of TLS was found.
pub fn grade(subject: &Subject<'_>) -> Option<Grade> {
    let survey = subject.survey;
    let offered = offered(survey);
    let (best, worst) = (*offered.last()?, *offered.first()?);
    let suites = suites(survey);
    let protocol = u32::midpoint(version_score(best), version_score(worst));
    let strengths = suites.iter().map(|(_, s)| cipher_score(s.bits));
    let cipher = match (strengths.clone().min(), strengths.max()) {
        (Some(low), Some(high)) => u32::midpoint(low, high),
        _ => 0,
    };
    let key_exchange = key_exchange(subject, &suites);
    let total = if [protocol, key_exchange, cipher].contains(&0) {
        0
    } else {
        (30 * protocol + 30 * key_exchange + 40 * cipher) / 100
    };
    let mut caps = Caps::default();
    caps.add(
        by_total(total),
        Reason::about("labs-score", [total.to_string()]),
    );
    versions(&mut caps, survey, &offered);
    ciphers(&mut caps, &suites);
    exchange(&mut caps, key_exchange);
    holes(&mut caps, survey, &suites);
    certificates(&mut caps, subject);
    warnings(&mut caps, subject, best);
    let mut caps = caps.0;
    caps.sort_by(|a, b| {
        b.letter
            .cmp(&a.letter)
            .then_with(|| a.reason.cmp(&b.reason))
    });
    let letter = |skip: &[Letter]| {
        let left = caps.iter().filter(|c| !skip.contains(&c.letter));
        left.map(|c| c.letter).max().unwrap_or(Letter::APlus)
    };
    Some(Grade {
        letter: letter(&[]),
        without_trust: letter(&[Letter::T, Letter::M]),
        protocol,
        key_exchange,
        cipher,
        total,
        unmeasured: unmeasured(subject),
        caps,
    })
}

#[derive(Default)]
struct Caps(Vec<Cap>);

impl Caps {
    /// A letter that caps nothing is not kept.
    fn add(&mut self, letter: Letter, reason: Reason) {
        if letter != Letter::APlus {
            self.0.push(Cap { letter, reason });
        }
    }

    fn when(&mut self, holds: bool, letter: Letter, key: &'static str) {
        if holds {
            self.add(letter, Reason::new(key));
        }
    }

    /// Caps where some suites have a property, and names them.
    fn suites<'s>(
        &mut self,
        letter: Letter,
        key: &'static str,
        found: impl Iterator<Item = &'s (Protocol, Suite)>,
    ) {
        let names: BTreeSet<&str> = found.map(|(_, s)| s.name).collect();
        if !names.is_empty() {
            self.add(letter, Reason::about(key, names));
        }
    }
}

/// The versions that are offered, oldest first.
pub(super) fn offered(survey: &Survey) -> Vec<Protocol> {
    let versions = survey.versions.iter();
    versions
        .filter(|(_, answer)| **answer == Answered::Yes)
        .map(|(version, _)| *version)
        .collect()
}

/// Every suite of every version, as far as its code has a name.
pub(super) fn suites(survey: &Survey) -> Vec<(Protocol, Suite)> {
    let each = survey.suites.iter().flat_map(|(version, suites)| {
        let codes = suites.codes.iter();
        codes.map(|code| (*version, *code))
    });
    each.filter_map(|(version, code)| Some((version, suite(code)?)))
        .collect()
}

const fn version_score(version: Protocol) -> u32 {
    match version {
        Protocol::Ssl2 => 0,
        Protocol::Ssl3 => 80,
        Protocol::Tls10 => 90,
        Protocol::Tls11 => 95,
        Protocol::Tls12 | Protocol::Tls13 => 100,
    }
}

const fn cipher_score(bits: u16) -> u32 {
    match bits {
        0 => 0,
        1..128 => 20,
        128..256 => 80,
        _ => 100,
    }
}

const fn by_total(total: u32) -> Letter {
    match total {
        80.. => Letter::APlus,
        65..80 => Letter::B,
        50..65 => Letter::C,
        35..50 => Letter::D,
        20..35 => Letter::E,
        _ => Letter::F,
    }
}

/// The weakest of the certificates' keys, the group of DHE, and the curves.
fn key_exchange(subject: &Subject<'_>, suites: &[(Protocol, Suite)]) -> u32 {
    let survey = subject.survey;
    if suites.iter().any(|(_, s)| s.auth == Auth::Anonymous) {
        return 0;
    }
    if suites.iter().any(|(_, s)| s.export) {
        return 40;
    }
    let leaves = subject.chains.iter().filter_map(|c| c.certificates.first());
    let keys = leaves.map(|leaf| key_score(&leaf.key));
    let field = survey.dh.iter().map(|dh| field_score(usize::from(dh.bits)));
    let curves = survey.curves.iter().filter_map(|code| {
        let group = groups::GROUPS.iter().find(|g| g.code == *code)?;
        Some(match group.kind {
            groups::Kind::Curve => curve_score(usize::from(group.bits)),
            groups::Kind::Field => field_score(usize::from(group.bits)),
            groups::Kind::Kem => 100,
        })
    });
    keys.chain(field).chain(curves).min().unwrap_or(100)
}

fn key_score(key: &Key) -> u32 {
    match key.kind {
        "rsa" | "dsa" => field_score(key.bits),
        "ec" => curve_score(key.bits),
        _ => 100,
    }
}

const fn field_score(bits: usize) -> u32 {
    match bits {
        0..512 => 20,
        512..1024 => 40,
        1024..2048 => 80,
        2048..4096 => 90,
        _ => 100,
    }
}

const fn curve_score(bits: usize) -> u32 {
    match bits {
        0..110 => 20,
        110..123 => 40,
        123..163 => 80,
        163..225 => 90,
        _ => 100,
    }
}

fn versions(caps: &mut Caps, survey: &Survey, offered: &[Protocol]) {
    let has = |version| offered.contains(&version);
    let best = offered.last().copied();
    caps.when(has(Protocol::Ssl2), Letter::F, "labs-ssl2");
    caps.when(best <= Some(Protocol::Ssl3), Letter::F, "labs-ssl3-only");
    caps.when(best < Some(Protocol::Tls12), Letter::C, "labs-no-tls12");
    caps.when(has(Protocol::Ssl3), Letter::B, "labs-ssl3");
    let old = has(Protocol::Tls10) || has(Protocol::Tls11);
    caps.when(old, Letter::B, "labs-old-tls");
    let poodle = has(Protocol::Ssl3)
        && suites(survey)
            .iter()
            .any(|(version, s)| *version == Protocol::Ssl3 && s.cbc());
    caps.when(poodle, Letter::C, "labs-poodle");
}

fn ciphers(caps: &mut Caps, suites: &[(Protocol, Suite)]) {
    let all = || suites.iter();
    caps.suites(
        Letter::F,
        "labs-anonymous",
        all().filter(|(_, s)| s.auth == Auth::Anonymous),
    );
    caps.suites(Letter::F, "labs-export", all().filter(|(_, s)| s.export));
    caps.suites(Letter::F, "labs-weak", all().filter(|(_, s)| s.bits < 112));
    let newer = |version: &Protocol| *version >= Protocol::Tls11;
    let rc4 = |s: &Suite| s.cipher == Cipher::Rc4;
    caps.suites(
        Letter::C,
        "labs-rc4-new",
        all().filter(|(v, s)| newer(v) && rc4(s)),
    );
    caps.suites(Letter::B, "labs-rc4", all().filter(|(_, s)| rc4(s)));
    let short = |s: &Suite| matches!(s.cipher, Cipher::TripleDes | Cipher::Idea | Cipher::Rc2);
    caps.suites(
        Letter::C,
        "labs-sweet32",
        all().filter(|(v, s)| newer(v) && short(s)),
    );
    if suites.is_empty() {
        return;
    }
    caps.when(!all().any(|(_, s)| s.aead()), Letter::B, "labs-no-aead");
    caps.when(
        !all().any(|(_, s)| s.forward_secret()),
        Letter::B,
        "labs-no-fs",
    );
    let beast = |(version, s): &&(Protocol, Suite)| *version <= Protocol::Tls10 && s.cbc();
    caps.when(all().any(|row| beast(&row)), Letter::B, "labs-beast");
}

fn exchange(caps: &mut Caps, score: u32) {
    caps.when(score <= 40, Letter::F, "labs-key-exchange");
    caps.when(score > 40 && score <= 80, Letter::B, "labs-key-exchange");
}

fn holes(caps: &mut Caps, survey: &Survey, suites: &[(Protocol, Suite)]) {
    let weak = &survey.weaknesses;
    let yes = |answer| answer == Answered::Yes;
    caps.when(yes(weak.heartbleed), Letter::F, "labs-heartbleed");
    caps.when(yes(weak.ccs_injection), Letter::F, "labs-ccs");
    caps.when(yes(weak.ticketbleed), Letter::F, "labs-ticketbleed");
    caps.when(yes(weak.robot), Letter::F, "labs-robot");
    let drown = suites
        .iter()
        .any(|(version, s)| *version == Protocol::Ssl2 && s.auth == Auth::Rsa);
    caps.when(drown, Letter::F, "labs-drown");
    caps.when(yes(survey.traits.compression), Letter::C, "labs-crime");
}

fn certificates(caps: &mut Caps, subject: &Subject<'_>) {
    if subject.chains.is_empty() {
        caps.add(
            Letter::T,
            Reason::about("labs-untrusted", ["no certificate"]),
        );
    }
    for chain in subject.chains {
        if !chain.trust.trusted() {
            let reason = Reason::about("labs-untrusted", [chain.trust.problem]);
            caps.add(Letter::T, reason);
        }
        let Some(leaf) = chain.certificates.first() else {
            continue;
        };
        let sent = chain.certificates.iter().filter(|c| !c.self_signed);
        let broken = |c: &Cert| matches!(c.hash, "md2" | "md5");
        caps.when(sent.clone().any(broken), Letter::F, "labs-md5");
        let first = |c: &Cert| c.key.exponent == Some(1);
        caps.when(
            chain.certificates.iter().any(first),
            Letter::F,
            "labs-exponent",
        );
        caps.when(
            sent.clone().any(|c| c.hash == "sha1"),
            Letter::T,
            "labs-sha1",
        );
        caps.when(leaf.self_signed, Letter::T, "labs-self-signed");
        let dates = sent.map(|c| (c.not_before, c.not_after));
        let dates = dates.chain([(leaf.not_before, leaf.not_after)]);
        let outside = |(from, until): (_, _)| subject.now < from || subject.now > until;
        caps.when(dates.clone().any(outside), Letter::T, "labs-expired");
        let revoked = chain.revocation(subject.now) == Some(State::Revoked);
        caps.when(revoked, Letter::T, "labs-revoked");
        caps.when(
            chain.trust.name_matches == Some(false),
            Letter::M,
            "labs-name",
        );
        // A leaf all alone is short of an intermediate. A longer chain whose end nobody knows may
        // be whole, and lead to a root that is not trusted here.
        let alone = chain.certificates.len() == 1 && chain.shape.incomplete;
        caps.when(alone, Letter::B, "labs-incomplete");
    }
    caps.0.sort();
    caps.0.dedup();
}

fn warnings(caps: &mut Caps, subject: &Subject<'_>, best: Protocol) {
    let traits = &subject.survey.traits;
    caps.when(best < Protocol::Tls13, Letter::AMinus, "labs-no-tls13");
    let insecure = traits.secure_renegotiation == Answered::No;
    caps.when(insecure, Letter::AMinus, "labs-renegotiation");
    match subject.hsts {
        Some(age) if age < LONG_HSTS => caps.add(Letter::AMinus, Reason::new("labs-hsts")),
        Some(_) => {}
        None => caps.add(Letter::A, Reason::new("labs-hsts-unknown")),
    }
}
