//! The TLS probe beside other scanners, on a fleet of real servers: versions, suites and groups must
//! be the same. Each known difference stands in a table with its reason.
#![expect(
    clippy::disallowed_methods,
    reason = "starts real servers and scanners"
)]

mod logins;
mod oracles;
mod psk;
mod servers;
mod shut_out;
mod starttls;
mod testssl;
mod verdicts;
mod weaknesses;

use std::{collections::BTreeSet, path::Path, sync::Mutex, thread};

use capdo_checks::probes::tls::{
    Limits, Tcp, groups, suites, survey,
    survey::{Answered, Ask, Protocol, StartTls, Survey},
};

use self::{
    oracles::{Seen, by_sslscan, by_sslyze, by_sslyze_behind, openssl_confirms, openssl_has_group},
    servers::{NAME, Server, fleet, tool},
};

fn ask(server: &Server, starttls: Option<StartTls>) -> Survey {
    let ask = Ask {
        target: server.target,
        name: starttls.map(|_| NAME.to_owned()),
        starttls,
        intrusive: false,
    };
    // Many servers share few cores here: more time than a host gets.
    let limits = Limits {
        time: std::time::Duration::from_secs(60),
        ..Limits::default()
    };
    survey(&Tcp(server.target), &ask, &limits, &mut |_| {})
        .unwrap_or_else(|e| panic!("{}: {e}", server.name))
}

fn names(codes: &BTreeSet<u32>) -> Vec<String> {
    let name = |code: &u32| suites::name(*code).map_or(format!("{code:#06x}"), str::to_owned);
    codes.iter().map(name).collect()
}

/// What a scanner is known to miss, by server, and why. Each of these is put to OpenSSL's own client,
/// whose word is the last: a difference that it does not confirm fails the test.
struct Known {
    scanner: &'static str,
    /// How the server's name begins; all when empty.
    server: &'static str,
    what: What,
}

enum What {
    /// Suites of which the name holds this, in this version.
    Suites(Protocol, &'static str),
    /// Groups.
    Groups,
    /// The scanner names fields of TLS 1.2, which the survey does not list.
    Fields,
    /// The scanner gets no handshake at all.
    Everything,
}

const fn known(scanner: &'static str, server: &'static str, what: What) -> Known {
    Known {
        scanner,
        server,
        what,
    }
}

const KNOWN: &[Known] = &[
    // Its OpenSSL 1.1.1 was built without these two.
    known(
        "sslyze",
        "",
        What::Suites(Protocol::Tls12, "DH_anon_WITH_CAMELLIA"),
    ),
    // It offers no signature scheme for Ed25519 together with these.
    known(
        "sslyze",
        "openssl Ed25519",
        What::Suites(Protocol::Tls12, "ECDHE_ECDSA"),
    ),
    // It shakes hands with the usual curves only, before it looks at anything.
    known("sslyze", "openssl finite fields only", What::Everything),
    known("sslyze", "gnutls finite fields", What::Everything),
    // It offers the three suites of OpenSSL's default.
    known("sslyze", "openssl CCM in TLS 1.3", What::Everything),
    // Both offer one curve at a time. A server with an ECDSA key wants the curve of its key offered
    // as well, so that they see that one only.
    known("sslyze", "openssl ECDSA P-384", What::Groups),
    known("sslscan", "openssl ECDSA P-384", What::Groups),
    // Both ask for curves with encrypting, authenticated suites only.
    known("sslyze", "openssl NULL only", What::Groups),
    known("sslscan", "openssl NULL only", What::Groups),
    known("sslyze", "openssl anonymous only", What::Groups),
    known("sslscan", "openssl anonymous only", What::Groups),
    // It is not let to ask NSS for groups: it would wait for minutes.
    known("sslscan", "nss", What::Groups),
    // It looks for a version first, with suites that encrypt and authenticate, and asks for others only in
    // the versions that it found that way.
    known(
        "testssl",
        "openssl NULL only",
        What::Suites(Protocol::Tls10, "NULL"),
    ),
    known(
        "testssl",
        "openssl NULL only",
        What::Suites(Protocol::Tls11, "NULL"),
    ),
    known(
        "testssl",
        "openssl anonymous only",
        What::Suites(Protocol::Tls10, "_anon_"),
    ),
    known(
        "testssl",
        "openssl anonymous only",
        What::Suites(Protocol::Tls11, "_anon_"),
    ),
    known("testssl", "openssl NULL only", What::Groups),
    known("testssl", "openssl anonymous only", What::Groups),
    // As the two above.
    known("testssl", "openssl ECDSA P-384", What::Groups),
    // It offers fields in TLS 1.2, too (RFC 7919). The survey does in TLS 1.3 only; before, it measures the
    // field that comes.
    known("testssl", "gnutls all that is old", What::Fields),
    // Debian's OpenSSL, on which it rests, has no SSL 3.0; sslyze sees it as we do.
    known("sslscan", "nss", What::Suites(Protocol::Ssl3, "TLS_RSA")),
];

fn is_known(scanner: &str, server: &Server, fits: impl Fn(&What) -> bool) -> bool {
    let mut all = KNOWN.iter();
    all.any(|k| k.scanner == scanner && server.name.starts_with(k.server) && fits(&k.what))
}

/// Differences in suites that nothing explains.
fn suite_differences(
    dir: &Path,
    server: &Server,
    scanner: &str,
    ours: &Seen,
    theirs: &Seen,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let versions: BTreeSet<Protocol> = ours
        .suites
        .keys()
        .chain(theirs.suites.keys())
        .copied()
        .collect();
    for version in versions {
        let empty = BTreeSet::new();
        let mine = ours.suites.get(&version).unwrap_or(&empty);
        let other = theirs.suites.get(&version).unwrap_or(&empty);
        let known = |code: &u32| {
            let name = suites::name(*code).unwrap_or_default();
            is_known(scanner, server, |what| match what {
                What::Suites(v, word) => *v == version && name.contains(word),
                What::Groups | What::Fields | What::Everything => false,
            })
        };
        // What we alone see must be in the table, and OpenSSL's client must get through with it.
        let more: BTreeSet<u32> = mine.difference(other).copied().collect();
        let unproved = more.iter().filter(|code| {
            !known(code) || openssl_confirms(dir, server, version, **code) == Some(false)
        });
        let unproved: BTreeSet<u32> = unproved.copied().collect();
        let less: BTreeSet<u32> = other.difference(mine).copied().collect();
        if !unproved.is_empty() || !less.is_empty() {
            wrong.push(format!(
                "{} {scanner} {}: only we {:?}, only they {:?}",
                server.name,
                version.name(),
                names(&unproved),
                names(&less)
            ));
        }
    }
    wrong
}

/// Groups that a scanner can name at all.
fn group_differences(
    dir: &Path,
    server: &Server,
    scanner: &str,
    ours: &Seen,
    theirs: &Seen,
) -> Vec<String> {
    let nameable = |code: &&u16| groups::by_code(**code).is_some_and(|g| scanner_knows(scanner, g));
    let mine: BTreeSet<u16> = ours.groups.iter().filter(nameable).copied().collect();
    let mut theirs = theirs.clone();
    if is_known(scanner, server, |what| matches!(what, What::Fields)) {
        let field =
            |code: &u16| groups::by_code(*code).is_some_and(|g| g.kind == groups::Kind::Field);
        theirs.groups.retain(|code| !field(code));
    }
    let only_ours: Vec<u16> = mine.difference(&theirs.groups).copied().collect();
    let explained = is_known(scanner, server, |what| matches!(what, What::Groups))
        && theirs.groups.is_subset(&mine)
        && only_ours
            .iter()
            .all(|code| openssl_has_group(dir, server, *code));
    if mine == theirs.groups || explained {
        return Vec::new();
    }
    let shown = |codes: &BTreeSet<u16>| -> Vec<&str> {
        codes
            .iter()
            .map(|c| groups::by_code(*c).map_or("?", |g| g.name))
            .collect()
    };
    vec![format!(
        "{} {scanner} groups: we {:?}, they {:?}",
        server.name,
        shown(&mine),
        shown(&theirs.groups)
    )]
}

fn scanner_knows(scanner: &str, group: &groups::Group) -> bool {
    match scanner {
        // Its OpenSSL is older than ML-KEM, and it looks at curves only.
        "sslyze" => group.kind == groups::Kind::Curve,
        _ => group.kind != groups::Kind::Kem,
    }
}

/// What of a server is seen otherwise than the scanners see it, or concluded otherwise than it must be.
fn differences(dir: &Path, server: &Server, sslyze: Option<&Seen>, testssl: &Seen) -> Vec<String> {
    let survey = weaknesses::probe(server, None);
    let mut wrong = Vec::from_iter(verdicts::differences(server.name, &survey));
    if !survey.cut.is_empty() {
        wrong.push(format!("{}: cut {:?}", server.name, survey.cut));
    }
    let ours = Seen::of(&survey);
    let mut compare = |scanner: &str, theirs: &Seen| {
        wrong.extend(suite_differences(dir, server, scanner, &ours, theirs));
        wrong.extend(group_differences(dir, server, scanner, &ours, theirs));
    };
    compare("sslscan", &by_sslscan(dir, server));
    compare(testssl::NAME, testssl);
    match sslyze {
        Some(theirs) => compare("sslyze", theirs),
        None if is_known("sslyze", server, |what| matches!(what, What::Everything)) => {}
        None => wrong.push(format!("{}: sslyze says nothing", server.name)),
    }
    wrong
}

#[test]
fn the_fleet_is_seen_as_other_scanners_see_it() {
    let dir = tempfile::tempdir().unwrap();
    let servers = fleet(dir.path());
    assert!(servers.len() >= 30);
    if let Ok(words) = std::env::var("CAPDO_TESTSSL") {
        testssl::ask_again(dir.path(), &servers, &words);
    }
    let sslyze = by_sslyze(dir.path(), &servers);
    let testssl = testssl::recorded(&servers);
    let told = Mutex::new(servers.iter().zip(sslyze).zip(testssl));
    let wrong = Mutex::new(Vec::new());
    // Servers are mostly waited for: several at a time.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = told.lock().unwrap().next();
                    let Some(((server, sslyze), testssl)) = next else {
                        break;
                    };
                    let found = differences(dir.path(), server, sslyze.as_ref(), &testssl);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn services_behind_starttls_are_seen_as_other_scanners_see_them() {
    let dir = tempfile::tempdir().unwrap();
    let services = starttls::services(dir.path());
    let der = tool(
        dir.path(),
        &[
            "openssl",
            "x509",
            "-in",
            "rsa.pem",
            "-noout",
            "-fingerprint",
            "-sha256",
        ],
    );
    let mut wrong = Vec::new();
    for (server, how) in &services {
        let survey = ask(server, Some(*how));
        if !survey.tls || !survey.cut.is_empty() || survey.shown.is_empty() {
            wrong.push(format!(
                "{}: tls {} cut {:?}",
                server.name, survey.tls, survey.cut
            ));
            continue;
        }
        assert_eq!(fingerprint(dir.path(), &survey), der, "{}", server.name);
        let ours = Seen::of(&survey);
        match by_sslyze_behind(dir.path(), server, *how) {
            Some(theirs) => {
                wrong.extend(suite_differences(
                    dir.path(),
                    server,
                    "sslyze",
                    &ours,
                    &theirs,
                ));
                wrong.extend(group_differences(
                    dir.path(),
                    server,
                    "sslyze",
                    &ours,
                    &theirs,
                ));
            }
            // It has no STARTTLS for MySQL.
            None if *how == StartTls::Mysql => {
                assert_eq!(survey.versions[&Protocol::Tls12], Answered::Yes);
            }
            None => wrong.push(format!("{}: sslyze says nothing", server.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fingerprint(dir: &Path, survey: &Survey) -> String {
    std::fs::write(dir.join("seen.der"), &survey.shown[0].chain[0]).unwrap();
    let line = [
        "openssl",
        "x509",
        "-inform",
        "DER",
        "-in",
        "seen.der",
        "-noout",
        "-fingerprint",
    ];
    tool(dir, &[&line[..], &["-sha256"]].concat())
}
