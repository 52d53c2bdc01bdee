//! Authorities that are asked what they revoked: openssl's own responder, lists that openssl signed,
//! and servers that mean harm.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; openssl is the responder"
)]

mod staged;

use std::{
    fs,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use capdo_checks::{
    facts::tls::{
        chain::trust,
        revocation::{Authorities, Told, path},
    },
    host::{AuthorityAsk, Host as _, HostError, Live},
};

use self::staged::{Does, free_port, serve};
use super::pki::{LEAF, Pki, Wish, parsed};

fn pointing(pki: &Pki, name: &str, extension: &str) {
    let extensions = [LEAF.extensions[0], extension];
    pki.make(
        name,
        Wish {
            extensions: &extensions,
            ..LEAF
        },
    );
}

#[test]
fn openssls_responder_is_asked_and_believed() {
    let pki = Pki::new();
    let port = free_port();
    let at = format!("authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}/");
    for name in ["good", "revoked", "stranger"] {
        pointing(&pki, name, &at);
    }
    pki.index("index", &[("good", false), ("revoked", true)]);
    let _responder = pki.responder(port);
    for (leaf, told) in [
        ("good", Told::Good),
        ("revoked", Told::Revoked),
        ("stranger", Told::NotKnown),
    ] {
        let word = pki.hear(leaf, true);
        assert_eq!(word.told, told, "{leaf}: {word:?}");
        let since = word.revoked_at.map(|at| at.to_string());
        let wanted = (told == Told::Revoked).then_some("2025-12-31T00:00:00Z".to_owned());
        assert_eq!(since, wanted, "{leaf}");
    }
    assert_eq!(pki.hear("good", false).told, Told::NotAllowed);
}

/// A leaf that points at a server of the list that was made last, and what points there.
fn with_lists() -> (Pki, String) {
    let pki = Pki::new();
    let (port, _) = serve({
        let folder = pki.file("crl.der");
        move |_| Does::Send(fs::read(&folder).unwrap())
    });
    let at = format!("crlDistributionPoints=URI:http://127.0.0.1:{port}/int.crl");
    pointing(&pki, "leaf", &at);
    (pki, at)
}

#[test]
fn lists_are_read_as_openssl_reads_them() {
    let (pki, _) = with_lists();
    // Same name as the real one, another key.
    let impostor = Wish {
        subject: "/CN=Test Intermediate",
        issuer: Some("root"),
        extensions: super::pki::CA,
        ..LEAF
    };
    pki.make("impostor", impostor);
    for (what, revoked, signer, dates, told) in [
        ("good", false, "int", (-1, 7), Told::Good),
        ("revoked", true, "int", (-1, 7), Told::Revoked),
        ("expired", false, "int", (-9, -2), Told::Old),
        ("from the future", false, "int", (2, 7), Told::Old),
        ("wrong signer", false, "impostor", (-1, 7), Told::Unsigned),
        (
            "wrong signer, revoked",
            true,
            "impostor",
            (-1, 7),
            Told::Unsigned,
        ),
        ("expired, revoked", true, "int", (-9, -2), Told::Revoked),
    ] {
        pki.index("index", &[("leaf", revoked), ("int", true)]);
        pki.list(signer, dates);
        let word = pki.hear("leaf", true);
        assert_eq!(word.told, told, "{what}: {word:?}");
        let fine = pki.verify_with_list("leaf");
        assert_eq!(fine, told == Told::Good, "{what}: openssl");
    }
}

#[test]
fn a_serial_number_may_begin_with_a_zero() {
    let (pki, at) = with_lists();
    // A serial number whose first bit is set has a zero before it in DER.
    let ext = format!("{}\n{at}\n", LEAF.extensions[0]);
    fs::write(pki.file("leaf.ext"), ext).unwrap();
    let csr = [
        "req",
        "-new",
        "-config",
        "conf",
        "-key",
        "leaf.key",
        "-subj",
        "/CN=may.example",
    ];
    pki.must(&[&csr[..], &["-out", "high.csr"]].concat());
    let sign = [
        "x509", "-req", "-in", "high.csr", "-CA", "int.pem", "-CAkey", "int.key",
    ];
    let more = [
        "-set_serial",
        "0xff00000000000001",
        "-extfile",
        "leaf.ext",
        "-out",
        "high.pem",
    ];
    pki.must(&[&sign[..], &more].concat());
    for revoked in [false, true] {
        pki.index("index", &[("high", revoked)]);
        pki.list("int", (-1, 7));
        let told = if revoked { Told::Revoked } else { Told::Good };
        assert_eq!(pki.hear("high", true).told, told);
        assert_eq!(pki.verify_with_list("high"), !revoked);
    }
}

#[test]
fn old_and_odd_forms_of_lists_are_read() {
    let (pki, _) = with_lists();
    // openssl makes lists of version 1 unless told otherwise, and some serve them in PEM.
    for revoked in [false, true] {
        pki.index("index", &[("int", true), ("leaf", revoked), ("root", true)]);
        let told = if revoked { Told::Revoked } else { Told::Good };
        for options in [&[][..], &["-crlexts", "x"]] {
            pki.list_with("int", (-1, 7), options);
            let (_, text) = pki.openssl(&["crl", "-in", "crl.pem", "-noout", "-text"]);
            assert_eq!(
                text.contains("Version 1 (0x0)"),
                options.is_empty(),
                "{text}"
            );
            assert_eq!(pki.hear("leaf", true).told, told, "{options:?}");
            assert_eq!(pki.verify_with_list("leaf"), !revoked);
            fs::copy(pki.file("crl.pem"), pki.file("crl.der")).unwrap();
            assert_eq!(pki.hear("leaf", true).told, told, "PEM {options:?}");
        }
    }
    pki.index("index", &[]);
    pki.list_with("int", (-1, 7), &[]);
    assert_eq!(pki.hear("leaf", true).told, Told::Good, "an empty list");
    let list = pki.list("int", (-1, 7));
    for garbage in [
        b"".to_vec(),
        b"<html>".to_vec(),
        list[..list.len() - 9].to_vec(),
    ] {
        fs::write(pki.file("crl.der"), garbage).unwrap();
        let told = pki.hear("leaf", true).told;
        assert!(matches!(told, Told::Unusable(_)), "{told:?}");
    }
}

#[test]
fn servers_that_mean_harm_are_left() {
    let (port, _) = serve(|path| match path {
        "/flood" => Does::Flood,
        "/drip" => Does::Drip,
        "/cloud" => Does::Lead("http://169.254.169.254/latest/meta-data/".to_owned()),
        "/file" => Does::Lead("file:///etc/shadow".to_owned()),
        "/twice" => Does::Lead("/once".to_owned()),
        "/once" => Does::Lead("/here".to_owned()),
        "/thrice" => Does::Lead("/twice".to_owned()),
        "/here" => Does::Send(b"list".to_vec()),
        _ => Does::Lead("/loop".to_owned()),
    });
    let ask = |path: &str, inside| {
        Live::new().ask_authority(&AuthorityAsk {
            url: format!("http://127.0.0.1:{port}{path}"),
            request: None,
            cap: 8 << 20,
            inside,
        })
    };
    assert_eq!(ask("/twice", true).unwrap(), b"list");
    for path in ["/thrice", "/loop"] {
        let got = ask(path, true);
        assert!(
            matches!(got, Err(HostError::Unreachable(_))),
            "{path}: {got:?}"
        );
    }
    for path in ["/cloud", "/file"] {
        let got = ask(path, true);
        assert!(
            matches!(got, Err(HostError::NotAuthorised(_))),
            "{path}: {got:?}"
        );
    }
    let start = Instant::now();
    assert!(matches!(
        ask("/flood", true),
        Err(HostError::TooLarge { .. })
    ));
    assert!(matches!(ask("/drip", true), Err(HostError::Timeout(_))));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn nobody_near_is_asked_for_a_strangers_certificate() {
    let pki = Pki::new();
    let (port, asked) = serve(|_| Does::Send(Vec::new()));
    for (name, host) in [
        ("a", "127.0.0.1"),
        ("b", "localhost"),
        ("c", "[::ffff:7f00:1]"),
    ] {
        let at = format!("crlDistributionPoints=URI:http://{host}:{port}/x");
        pointing(&pki, name, &at);
        assert_eq!(pki.hear(name, false).told, Told::NotAllowed, "{host}");
    }
    pointing(
        &pki,
        "d",
        "crlDistributionPoints=URI:ldap://127.0.0.1/cn=CA",
    );
    assert_eq!(pki.hear("d", true).told, Told::NoSource);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn each_question_is_asked_once() {
    let pki = Pki::new();
    pki.index("index", &[]);
    let list = pki.list("int", (-1, 7));
    let (port, asked) = serve(move |_| Does::Send(list.clone()));
    let at = format!("crlDistributionPoints=URI:http://127.0.0.1:{port}/int.crl");
    pointing(&pki, "one", &at);
    pointing(&pki, "two", &at);
    let anchors = pki.anchors(&["root"]);
    let live = Live::new();
    let authorities = Authorities::new(&live, &anchors);
    for name in ["one", "two", "one"] {
        let certs = parsed(&pki.chain(&[name, "int"]));
        assert_eq!(authorities.about(&certs[0], &certs, true).told, Told::Good);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn the_path_is_the_verified_one() {
    let pki = Pki::new();
    pki.make("leaf", LEAF);
    let other = Wish {
        subject: "/CN=Other Root",
        issuer: None,
        extensions: super::pki::CA,
        ..LEAF
    };
    pki.make("other", other);
    // The name and key of the intermediate, signed by somebody else: a leaf verifies under it.
    fs::write(pki.file("ca.ext"), super::pki::CA.join("\n")).unwrap();
    pki.must(&[
        "req",
        "-new",
        "-config",
        "conf",
        "-key",
        "int.key",
        "-subj",
        "/CN=Test Intermediate",
        "-out",
        "decoy.csr",
    ]);
    pki.must(&[
        "x509",
        "-req",
        "-in",
        "decoy.csr",
        "-CA",
        "other.pem",
        "-CAkey",
        "other.key",
        "-extfile",
        "ca.ext",
        "-days",
        "90",
        "-out",
        "decoy.pem",
    ]);
    let prints = |names: &[&str], roots: &[&str]| -> Vec<String> {
        let chain = pki.chain(names);
        let trust = trust(&chain, &pki.anchors(roots), None, super::pki::days(0));
        let path = path(&parsed(&chain), &trust);
        path.into_iter().map(|c| c.sha256).collect()
    };
    let of = |names: &[&str]| -> Vec<String> {
        let certs = parsed(&pki.chain(names));
        certs.into_iter().map(|c| c.sha256).collect()
    };
    let both = of(&["leaf", "int"]);
    assert_eq!(prints(&["leaf", "int", "root"], &["root"]), both);
    assert_eq!(prints(&["leaf", "other", "int"], &["root"]), both);
    assert_eq!(prints(&["leaf", "decoy", "int"], &["root"]), both);
    assert_eq!(prints(&["leaf", "int"], &["int"]), both[..1]);
}
