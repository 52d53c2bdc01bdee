//! The profiles of Mozilla's "Server Side TLS", version 6.0 (2026-04-06).
//!
//! Strength is compared, not membership in a list: a service that does better than a profile asks
//! satisfies it. That keeps P-521, X448 and post-quantum groups from counting as faults.

use serde::Serialize;

use super::{
    Reason, Subject,
    labs::{offered, suites},
};
use crate::{
    facts::tls::certificate::Cert,
    probes::tls::{
        groups::{GROUPS, Kind},
        suites::{Cipher, Exchange, Suite, suite},
        survey::{Answered, Protocol},
    },
};

/// Longest life of a certificate, in days.
const LONGEST_DAYS: i64 = 366;
/// Shortest `max-age` of HSTS, in seconds: two years.
const HSTS: u64 = 63_072_000;
/// Least bits of an RSA key.
const RSA_BITS: usize = 2048;

/// A profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// TLS 1.3 only.
    Modern,
    /// TLS 1.2 with strong suites, and TLS 1.3.
    Intermediate,
}

/// What keeps a service from each profile; nothing where it satisfies it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Profiles {
    /// The strictest profile that is satisfied.
    pub satisfied: Option<Profile>,
    /// What keeps it from `modern`.
    pub modern: Vec<Reason>,
    /// What keeps it from `intermediate`.
    pub intermediate: Vec<Reason>,
    /// Worth knowing, and against no profile.
    pub notes: Vec<Reason>,
}

/// Compares a service with both profiles; `None` where no version of TLS was found.
pub fn profiles(subject: &Subject<'_>) -> Option<Profiles> {
    let offered = offered(subject.survey);
    let best = *offered.last()?;
    let mut found = Profiles {
        modern: faults(subject, &offered, Profile::Modern),
        intermediate: faults(subject, &offered, Profile::Intermediate),
        ..Profiles::default()
    };
    found.satisfied = if found.modern.is_empty() {
        Some(Profile::Modern)
    } else if found.intermediate.is_empty() {
        Some(Profile::Intermediate)
    } else {
        None
    };
    let kem = |code: &u16| {
        GROUPS
            .iter()
            .any(|g| g.code == *code && g.kind == Kind::Kem)
    };
    if best == Protocol::Tls13 && !subject.survey.groups.iter().any(kem) {
        found.notes.push(Reason::new("mozilla-no-post-quantum"));
    }
    if subject.hsts.is_none() {
        found.notes.push(Reason::new("mozilla-hsts-unknown"));
    }
    Some(found)
}

fn faults(subject: &Subject<'_>, offered: &[Protocol], profile: Profile) -> Vec<Reason> {
    let survey = subject.survey;
    let mut faults = Vec::new();
    let least = match profile {
        Profile::Modern => Protocol::Tls13,
        Profile::Intermediate => Protocol::Tls12,
    };
    let old = offered.iter().filter(|v| **v < least).map(|v| v.name());
    push(&mut faults, "mozilla-version", old);
    if offered.last() < Some(&Protocol::Tls13) {
        faults.push(Reason::new("mozilla-no-tls13"));
    }
    let unclear = survey.versions.iter();
    let unclear = unclear.filter(|(v, a)| **v < least && **a == Answered::Unclear);
    push(
        &mut faults,
        "mozilla-unclear",
        unclear.map(|(v, _)| v.name()),
    );
    push(
        &mut faults,
        "mozilla-unclear",
        survey.cut.iter().map(String::as_str),
    );
    let codes = survey.suites.values().flat_map(|s| &s.codes);
    let unnamed = codes.filter(|code| suite(**code).is_none());
    push(
        &mut faults,
        "mozilla-unclear",
        unnamed.map(|code| format!("0x{code:04x}")),
    );
    let suites = suites(survey);
    let weak = suites.iter().filter(|(v, s)| *v >= least && !strong(s));
    push(&mut faults, "mozilla-suite", weak.map(|(_, s)| s.name));
    let small = |code: &&u16| {
        !GROUPS
            .iter()
            .any(|g| g.code == **code && enough(g.kind, g.bits))
    };
    let curves = if profile == Profile::Intermediate {
        survey.curves.as_slice()
    } else {
        &[]
    };
    let groups = survey.groups.iter().chain(curves).filter(small);
    push(
        &mut faults,
        "mozilla-group",
        groups.map(|code| format!("0x{code:04x}")),
    );
    if survey.traits.compression == Answered::Yes {
        faults.push(Reason::new("mozilla-compression"));
    }
    for leaf in subject.chains.iter().filter_map(|c| c.certificates.first()) {
        certificate(&mut faults, leaf, profile);
    }
    if subject.hsts.is_some_and(|age| age < HSTS) {
        faults.push(Reason::new("mozilla-hsts"));
    }
    faults.dedup();
    faults
}

fn push<T: Into<String>>(
    faults: &mut Vec<Reason>,
    key: &'static str,
    found: impl Iterator<Item = T>,
) {
    let reason = Reason::about(key, found);
    if !reason.about.is_empty() && !faults.contains(&reason) {
        faults.push(reason);
    }
}

/// As strong as the suites of the profiles: fresh keys, authenticated encryption, 128 bits, and a
/// tag of full length.
fn strong(suite: &Suite) -> bool {
    matches!(suite.exchange, Exchange::Apart | Exchange::Ecdhe)
        && suite.aead()
        && suite.bits >= 128
        && !matches!(suite.cipher, Cipher::AesCcm8 | Cipher::Null | Cipher::Gost)
        && suite.auth != crate::probes::tls::suites::Auth::Anonymous
}

/// As strong as X25519 and P-256.
const fn enough(kind: Kind, bits: u16) -> bool {
    match kind {
        Kind::Curve => bits >= 253,
        Kind::Field => bits >= 2048,
        Kind::Kem => true,
    }
}

fn certificate(faults: &mut Vec<Reason>, leaf: &Cert, profile: Profile) {
    let key = &leaf.key;
    let fits = match (key.kind, profile) {
        ("rsa", Profile::Intermediate) => key.bits >= RSA_BITS,
        ("ec", _) => key.bits >= 256,
        ("ed25519" | "ed448", _) => true,
        _ => false,
    };
    if !fits {
        let shown = format!("{} {}", key.kind, key.bits);
        faults.push(Reason::about("mozilla-key", [shown]));
    }
    if !matches!(leaf.hash, "sha256" | "sha384" | "sha512" | "built-in") {
        faults.push(Reason::about("mozilla-hash", [leaf.hash]));
    }
    if leaf.lifetime_days() > LONGEST_DAYS {
        let days = leaf.lifetime_days().to_string();
        faults.push(Reason::about("mozilla-lifetime", [days]));
    }
}
