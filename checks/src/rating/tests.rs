//! Tables: what a service shows, and the grade and profile that it must get.
#![expect(
    clippy::too_many_lines,
    clippy::semicolon_if_nothing_returned,
    reason = "tables of cases, each a line or two"
)]

use super::{
    Chain, Subject,
    assess::Stapled,
    labs::{Letter, grade},
    mozilla::{Profile, profiles},
};
use crate::{
    facts::tls::{
        anchors::StoreKind,
        certificate::Cert,
        chain::{Shape, Trust},
        ocsp::{Staple, State},
    },
    probes::tls::survey::{Answered, DhGroup, Protocol, Suites, Survey},
};

const NOW: &str = "2026-11-22T00:00:00Z";
const TWO_YEARS: Option<u64> = Some(63_072_000);

fn offer(survey: &mut Survey, version: Protocol, codes: &[u32]) {
    survey.versions.insert(version, Answered::Yes);
    let codes = codes.to_vec();
    let suites = Suites {
        codes,
        ..Suites::default()
    };
    survey.suites.insert(version, suites);
}

/// What a well kept nginx shows.
fn hardened() -> Survey {
    let mut survey = Survey {
        tls: true,
        groups: vec![0x11ec, 0x001d, 0x0017],
        curves: vec![0x001d, 0x0017, 0x0018],
        ..Survey::default()
    };
    survey.traits.secure_renegotiation = Answered::Yes;
    survey.traits.compression = Answered::No;
    offer(&mut survey, Protocol::Tls12, &[0xc02f, 0xc030, 0xcca8]);
    offer(&mut survey, Protocol::Tls13, &[0x1301, 0x1302, 0x1303]);
    survey
}

fn sound() -> Chain {
    Chain {
        asked: Some("may.example".to_owned()),
        certificates: vec![Cert::sound()],
        unreadable: 0,
        shape: Shape {
            in_order: true,
            ..Shape::default()
        },
        trust: Trust {
            path: Vec::new(),
            stores: vec![StoreKind::Public],
            anchor: None,
            problem: "",
            name_matches: Some(true),
        },
        staple: None,
    }
}

/// Changes to the hardened service, and what comes of them.
struct Row {
    what: &'static str,
    change: fn(&mut Survey, &mut Chain, &mut Option<u64>),
    letter: Letter,
    profile: Option<Profile>,
}

fn row(
    what: &'static str,
    letter: Letter,
    profile: Option<Profile>,
    change: fn(&mut Survey, &mut Chain, &mut Option<u64>),
) -> Row {
    Row {
        what,
        change,
        letter,
        profile,
    }
}

const INTERMEDIATE: Option<Profile> = Some(Profile::Intermediate);

fn check(rows: Vec<Row>) {
    for row in rows {
        let (mut survey, mut chain, mut hsts) = (hardened(), sound(), TWO_YEARS);
        (row.change)(&mut survey, &mut chain, &mut hsts);
        let subject = Subject {
            survey: &survey,
            chains: &[chain],
            hsts,
            now: NOW.parse().unwrap(),
        };
        let graded = grade(&subject).unwrap();
        assert_eq!(graded.letter, row.letter, "{}: {graded:#?}", row.what);
        let compared = profiles(&subject).unwrap();
        assert_eq!(
            compared.satisfied, row.profile,
            "{}: {compared:#?}",
            row.what
        );
    }
}

#[test]
fn versions_and_suites() {
    use Letter as L;
    check(vec![
        row("hardened", L::APlus, INTERMEDIATE, |_, _, _| {}),
        row("HSTS unknown", L::A, INTERMEDIATE, |_, _, hsts| {
            *hsts = None
        }),
        row("no HSTS", L::AMinus, None, |_, _, hsts| *hsts = Some(0)),
        row("HSTS of a year", L::APlus, None, |_, _, hsts| {
            *hsts = Some(31_536_000)
        }),
        row(
            "TLS 1.3 only, with ECDSA",
            L::APlus,
            Some(Profile::Modern),
            |s, c, _| {
                s.versions.remove(&Protocol::Tls12);
                s.suites.remove(&Protocol::Tls12);
                s.curves.clear();
                c.certificates[0].key.kind = "ec";
                c.certificates[0].key.bits = 256;
            },
        ),
        row("no TLS 1.3", L::AMinus, None, |s, _, _| {
            s.versions.insert(Protocol::Tls13, Answered::No);
            s.suites.remove(&Protocol::Tls13);
        }),
        row("TLS 1.0", L::B, None, |s, _, _| {
            offer(s, Protocol::Tls10, &[0xc013])
        }),
        row("only TLS 1.0", L::C, None, |s, _, _| {
            s.versions.clear();
            s.suites.clear();
            offer(s, Protocol::Tls10, &[0xc013, 0xc014]);
        }),
        row("SSL 3.0 with CBC", L::C, None, |s, _, _| {
            offer(s, Protocol::Ssl3, &[0x002f])
        }),
        row("SSL 3.0 with RC4", L::B, None, |s, _, _| {
            offer(s, Protocol::Ssl3, &[0x0005])
        }),
        row("SSL 3.0 only", L::F, None, |s, _, _| {
            s.versions.clear();
            s.suites.clear();
            offer(s, Protocol::Ssl3, &[0x002f]);
        }),
        row("SSL 2.0", L::F, None, |s, _, _| {
            offer(s, Protocol::Ssl2, &[0x01_0080])
        }),
        row("RC4 in TLS 1.0", L::B, None, |s, _, _| {
            offer(s, Protocol::Tls10, &[0x0005])
        }),
        row("RC4 in TLS 1.2", L::C, None, |s, _, _| {
            offer(s, Protocol::Tls12, &[0xc02f, 0x0005])
        }),
        row("3DES in TLS 1.2", L::C, None, |s, _, _| {
            offer(s, Protocol::Tls12, &[0xc02f, 0x000a])
        }),
        row("NULL", L::F, None, |s, _, _| {
            offer(s, Protocol::Tls12, &[0xc02f, 0x003b])
        }),
        row("anonymous", L::F, None, |s, _, _| {
            offer(s, Protocol::Tls12, &[0xc02f, 0x00a6])
        }),
        row("EXPORT", L::F, None, |s, _, _| {
            offer(s, Protocol::Tls10, &[0x0003])
        }),
        row("no forward secrecy", L::B, None, |s, _, _| {
            s.versions.remove(&Protocol::Tls13);
            s.suites.remove(&Protocol::Tls13);
            offer(s, Protocol::Tls12, &[0x009c, 0x009d]);
        }),
        row("no AEAD", L::B, None, |s, _, _| {
            s.versions.remove(&Protocol::Tls13);
            s.suites.remove(&Protocol::Tls13);
            offer(s, Protocol::Tls12, &[0xc027, 0xc028]);
        }),
        row("CBC beside AEAD", L::APlus, None, |s, _, _| {
            offer(s, Protocol::Tls12, &[0xc02f, 0xc027]);
        }),
        row("CCM with a short tag", L::APlus, None, |s, _, _| {
            offer(s, Protocol::Tls13, &[0x1301, 0x1305]);
        }),
        row("stronger than asked", L::APlus, INTERMEDIATE, |s, _, _| {
            s.groups = vec![0x0019, 0x001e, 0x11ed];
            s.curves = vec![0x0019, 0x001e];
            offer(s, Protocol::Tls12, &[0xc030, 0xc0ad]);
        }),
        row("a small curve", L::APlus, None, |s, _, _| {
            s.curves.push(0x0015)
        }),
    ]);
}

#[test]
fn keys_holes_and_certificates() {
    use Letter as L;
    fn leaf(chain: &mut Chain) -> &mut Cert {
        &mut chain.certificates[0]
    }
    check(vec![
        row("DH of 1024 bits", L::B, None, |s, _, _| {
            s.dh = Some(DhGroup {
                bits: 1024,
                known: None,
            });
            offer(s, Protocol::Tls12, &[0xc02f, 0x009e]);
        }),
        row("RSA of 1024 bits", L::B, None, |_, c, _| {
            leaf(c).key.bits = 1024
        }),
        row("RSA of 511 bits", L::F, None, |_, c, _| {
            leaf(c).key.bits = 511
        }),
        row("exponent 1", L::F, INTERMEDIATE, |_, c, _| {
            leaf(c).key.exponent = Some(1)
        }),
        row("SHA-1", L::T, None, |_, c, _| leaf(c).hash = "sha1"),
        row("MD5", L::F, None, |_, c, _| leaf(c).hash = "md5"),
        row("expired", L::T, INTERMEDIATE, |_, c, _| {
            leaf(c).not_after = "2026-11-21T00:00:00Z".parse().unwrap();
        }),
        row("not yet valid", L::T, INTERMEDIATE, |_, c, _| {
            leaf(c).not_before = "2026-11-23T00:00:00Z".parse().unwrap();
        }),
        row("valid for 500 days", L::APlus, None, |_, c, _| {
            leaf(c).not_after = "2028-03-15T00:00:00Z".parse().unwrap();
        }),
        row("wrong name", L::M, INTERMEDIATE, |_, c, _| {
            c.trust.name_matches = Some(false)
        }),
        row("nobody vouches", L::T, INTERMEDIATE, |_, c, _| {
            c.trust.stores.clear();
            c.trust.problem = "unknown issuer";
        }),
        row(
            "self-signed with another name",
            L::T,
            INTERMEDIATE,
            |_, c, _| {
                leaf(c).self_signed = true;
                c.trust.stores.clear();
                c.trust.name_matches = Some(false);
            },
        ),
        row("expired and NULL", L::F, None, |s, c, _| {
            leaf(c).not_after = "2026-11-21T00:00:00Z".parse().unwrap();
            offer(s, Protocol::Tls12, &[0xc02f, 0x003b]);
        }),
        row("incomplete chain", L::B, INTERMEDIATE, |_, c, _| {
            c.shape.incomplete = true
        }),
        row("Heartbleed", L::F, INTERMEDIATE, |s, _, _| {
            s.weaknesses.heartbleed = Answered::Yes
        }),
        row("ROBOT", L::F, INTERMEDIATE, |s, _, _| {
            s.weaknesses.robot = Answered::Yes
        }),
        row("compression", L::C, None, |s, _, _| {
            s.traits.compression = Answered::Yes
        }),
        row("renegotiation", L::AMinus, INTERMEDIATE, |s, _, _| {
            s.traits.secure_renegotiation = Answered::No;
        }),
        row("revoked", L::T, INTERMEDIATE, |_, c, _| {
            c.staple = Some(staple(State::Revoked, true))
        }),
        row(
            "revoked, says somebody",
            L::APlus,
            INTERMEDIATE,
            |_, c, _| {
                c.staple = Some(staple(State::Revoked, false));
            },
        ),
    ]);
}

fn staple(state: State, signed: bool) -> Stapled {
    Stapled::Answer(Staple {
        revoked_at: None,
        state,
        this_update: "2026-11-20T00:00:00Z".parse().unwrap(),
        next_update: Some("2026-11-27T00:00:00Z".parse().unwrap()),
        signed,
    })
}

#[test]
fn the_numbers_of_the_guide() {
    let (survey, chain) = (hardened(), sound());
    let subject = Subject {
        survey: &survey,
        chains: &[chain],
        hsts: TWO_YEARS,
        now: NOW.parse().unwrap(),
    };
    let graded = grade(&subject).unwrap();
    let numbers = (
        graded.protocol,
        graded.key_exchange,
        graded.cipher,
        graded.total,
    );
    assert_eq!(numbers, (100, 90, 90, 93));
}

#[test]
fn revocation_that_no_staple_tells_is_not_measured() {
    let survey = hardened();
    let named = |answer: Option<State>, source: bool| {
        let mut chain = sound();
        if source {
            let raw = &mut chain.certificates[0].raw;
            raw.responders.push("http://ocsp.example/".to_owned());
        }
        chain.staple = answer.map(|state| staple(state, true));
        let subject = Subject {
            survey: &survey,
            chains: &[chain],
            hsts: TWO_YEARS,
            now: NOW.parse().unwrap(),
        };
        let unmeasured = grade(&subject).unwrap().unmeasured;
        unmeasured.contains(&"revocation".to_owned())
    };
    assert!(named(None, true) && named(Some(State::Unknown), true));
    assert!(!named(Some(State::Good), true) && !named(Some(State::Revoked), true));
    assert!(!named(None, false));
}

#[test]
fn what_was_not_measured_is_named() {
    let mut survey = hardened();
    survey.versions.insert(Protocol::Tls10, Answered::Unclear);
    survey.weaknesses.robot = Answered::Unclear;
    survey.cut.push("groups".to_owned());
    let subject = Subject {
        survey: &survey,
        chains: &[sound()],
        hsts: TWO_YEARS,
        now: NOW.parse().unwrap(),
    };
    let graded = grade(&subject).unwrap();
    // The others were not asked for.
    let want = [
        "tls10",
        "heartbleed",
        "ccs_injection",
        "robot",
        "ticketbleed",
        "groups",
    ];
    assert_eq!(graded.unmeasured, want);
    assert_eq!(
        profiles(&subject).unwrap().satisfied,
        None,
        "TLS 1.0 may be there"
    );
}

#[test]
fn no_tls_gets_no_grade() {
    let survey = Survey::default();
    let subject = Subject {
        survey: &survey,
        chains: &[],
        hsts: None,
        now: NOW.parse().unwrap(),
    };
    assert!(grade(&subject).is_none() && profiles(&subject).is_none());
}
