//! Certificates of every kind, made with openssl, and what we say of them beside what
//! `openssl verify` says.
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test that meets the unexpected should stop; tables are long"
)]

use std::fs;

use capdo_checks::facts::tls::{
    anchors::StoreKind,
    chain::{Shape, Trust, shape, trust},
    issuers::Known,
    ocsp::{self, Fault, State},
};

use super::pki::{CA, LEAF, Pki, Wish, days, parsed};

const GOVERNMENT: &str =
    "/C=VN/O=Ban Cơ yếu Chính phủ/CN=Cơ quan chứng thực số chuyên dùng Chính phủ (RootCA)";

/// One chain, one name, and what must come out.
struct Row<'a> {
    what: &'a str,
    sent: &'a [&'a str],
    name: &'a str,
    trusted: bool,
    named: bool,
    problem: &'a str,
}

#[test]
fn trust_and_names_agree_with_openssl() {
    let pki = Pki::new();
    let many: Vec<String> = (0..1000).map(|n| format!("DNS:may-{n}.example")).collect();
    let many = format!("subjectAltName={}", many.join(","));
    let leaf = |name: &str, extensions: &[&str]| pki.make(name, Wish { extensions, ..LEAF });
    leaf("good", LEAF.extensions);
    leaf("nosan", &["keyUsage=digitalSignature"]);
    leaf("v1", &[]);
    leaf("many", &[&many]);
    leaf("idn", &["subjectAltName=DNS:xn--tnh-8ma.example"]);
    leaf("wild", &["subjectAltName=DNS:*.tinh.example"]);
    leaf("ip", &["subjectAltName=IP:192.0.2.7"]);
    leaf(
        "client",
        &[LEAF.extensions[0], "extendedKeyUsage=clientAuth"],
    );
    let constrained = [CA, &["nameConstraints=critical,permitted;DNS:gov.example"]].concat();
    pki.make(
        "nc",
        Wish {
            subject: "/CN=Constrained",
            issuer: Some("root"),
            extensions: &constrained,
            ..LEAF
        },
    );
    let below = |name: &str, issuer, extensions: &[&str]| {
        pki.make(
            name,
            Wish {
                issuer: Some(issuer),
                extensions,
                ..LEAF
            },
        );
    };
    below("ncbad", "nc", LEAF.extensions);
    below("ncgood", "nc", &["subjectAltName=DNS:xa.gov.example"]);
    below("byleaf", "good", LEAF.extensions);
    let rsa: &[&str] = &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"];
    pki.make("rsaleaf", Wish { key: rsa, ..LEAF });
    pki.make(
        "sha1",
        Wish {
            hash: "sha1",
            ..LEAF
        },
    );

    let rows = [
        Row {
            what: "complete",
            sent: &["good", "int"],
            name: "may.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "with its root",
            sent: &["good", "int", "root"],
            name: "may.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "missing intermediate",
            sent: &["good"],
            name: "may.example",
            trusted: false,
            named: true,
            problem: "unknown issuer",
        },
        Row {
            what: "reversed",
            sent: &["good", "root", "int"],
            name: "may.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "wrong name",
            sent: &["good", "int"],
            name: "khac.example",
            trusted: true,
            named: false,
            problem: "",
        },
        Row {
            what: "common name only",
            sent: &["nosan", "int"],
            name: "may.example",
            trusted: true,
            named: false,
            problem: "",
        },
        Row {
            what: "1000 names",
            sent: &["many", "int"],
            name: "may-999.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "IDN",
            sent: &["idn", "int"],
            name: "xn--tnh-8ma.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "wildcard",
            sent: &["wild", "int"],
            name: "xa.tinh.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "wildcard, two labels",
            sent: &["wild", "int"],
            name: "a.xa.tinh.example",
            trusted: true,
            named: false,
            problem: "",
        },
        Row {
            what: "wildcard, its own parent",
            sent: &["wild", "int"],
            name: "tinh.example",
            trusted: true,
            named: false,
            problem: "",
        },
        Row {
            what: "for clients only",
            sent: &["client", "int"],
            name: "may.example",
            trusted: false,
            named: true,
            problem: "not for servers",
        },
        Row {
            what: "outside its constraint",
            sent: &["ncbad", "nc"],
            name: "may.example",
            trusted: false,
            named: true,
            problem: "name constraint",
        },
        Row {
            what: "inside its constraint",
            sent: &["ncgood", "nc"],
            name: "xa.gov.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "issued by a leaf",
            sent: &["byleaf", "good", "int"],
            name: "may.example",
            trusted: false,
            named: true,
            problem: "server certificate used as authority",
        },
        Row {
            what: "the RSA one of two",
            sent: &["rsaleaf", "int"],
            name: "may.example",
            trusted: true,
            named: true,
            problem: "",
        },
        Row {
            what: "SHA-1",
            sent: &["sha1", "int"],
            name: "may.example",
            trusted: false,
            named: true,
            problem: "weak or unknown algorithm",
        },
    ];
    let anchors = pki.anchors(&["root"]);
    let now = days(1);
    for row in rows {
        let Trust {
            stores,
            problem,
            name_matches,
            ..
        } = trust(&pki.chain(row.sent), &anchors, Some(row.name), now);
        let stores_wanted: &[_] = if row.trusted {
            &[StoreKind::Agency]
        } else {
            &[]
        };
        assert_eq!(
            (stores.as_slice(), problem, name_matches),
            (stores_wanted, row.problem, Some(row.named)),
            "{}",
            row.what
        );
        let oracle = pki.verify(row.sent, "root", None, now);
        assert_eq!(oracle, row.trusted, "{}: openssl on the path", row.what);
        let oracle = pki.verify(row.sent, "root", Some(row.name), now);
        // openssl still takes the common name where there is no alternative name; RFC 9525 and
        // every browser do not.
        let named = row.named || row.what == "common name only";
        assert_eq!(
            oracle,
            row.trusted && named,
            "{}: openssl with the name",
            row.what
        );
    }
    let v1 = trust(&pki.chain(&["v1", "int"]), &anchors, None, now);
    assert_eq!(v1.problem, "old certificate version");
    let by_address = |ip| trust(&pki.chain(&["ip", "int"]), &anchors, Some(ip), now).name_matches;
    assert_eq!(
        (by_address("192.0.2.7"), by_address("192.0.2.8")),
        (Some(true), Some(false))
    );
    let dotted = trust(
        &pki.chain(&["good", "int"]),
        &anchors,
        Some("may.example."),
        now,
    );
    assert_eq!(dotted.name_matches, Some(true));
    assert_eq!(parsed(&pki.chain(&["many"]))[0].names_total, 1000);
}

#[test]
fn age_origin_and_name_are_three_facts() {
    let pki = Pki::new();
    pki.make("good", LEAF);
    let anchors = pki.anchors(&["root"]);
    let chain = pki.chain(&["good", "int"]);
    for when in [-10, 400] {
        assert!(!pki.verify(&["good", "int"], "root", None, days(when)));
        let found = trust(&chain, &anchors, Some("khac.example"), days(when));
        assert_eq!(
            (found.trusted(), found.name_matches),
            (true, Some(false)),
            "{when}"
        );
    }
    // What `openssl req -x509` makes by itself: an authority that serves.
    let extensions = [CA[0], LEAF.extensions[0]];
    pki.make(
        "own",
        Wish {
            issuer: None,
            extensions: &extensions,
            ..LEAF
        },
    );
    let found = trust(
        &pki.chain(&["own"]),
        &anchors,
        Some("khac.example"),
        days(400),
    );
    let own = &parsed(&pki.chain(&["own"]))[0];
    assert!(own.self_signed && own.ca && !found.trusted());
    assert_eq!(found.name_matches, Some(false));
    // openssl takes a self-signed authority from the store itself; no browser's verifier does.
    let trusting = pki.anchors(&["own"]);
    let found = trust(&pki.chain(&["own"]), &trusting, None, days(1));
    assert_eq!(found.problem, "authority used as server certificate");
    let args = [
        "verify",
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
        "own.pem",
        "own.pem",
    ];
    assert!(pki.openssl(&args).0);
}

#[test]
fn an_issuer_that_was_renewed_after_the_leaf_expired_still_vouches() {
    let pki = Pki::new();
    pki.make("good", LEAF);
    // The same name and key from day 200 on, when the leaf has been out of date for long.
    let mut args = vec!["req", "-new", "-x509", "-config", "conf", "-key", "int.key"];
    args.extend(["-subj", "/CN=Test Intermediate", "-days", "1800"]);
    args.extend(["-CA", "root.pem", "-CAkey", "root.key"]);
    args.extend(["-addext", CA[0], "-addext", CA[1], "-out", "renewed.pem"]);
    pki.later("+200 days", &args);
    let stranger = Wish {
        subject: "/CN=Test Intermediate",
        issuer: None,
        extensions: CA,
        ..LEAF
    };
    pki.make("stranger", stranger);
    let issuer = Some("stranger");
    pki.make("forged", Wish { issuer, ..LEAF });
    let anchors = pki.anchors(&["root"]);
    for (leaf, when, problem) in [
        ("good", 300, ""),
        ("good", 150, "issuer not valid yet"),
        ("good", 3000, "expired issuer"),
        ("forged", 300, "bad signature"),
    ] {
        let chain = pki.chain(&[leaf, "renewed"]);
        let found = trust(&chain, &anchors, Some("may.example"), days(when));
        assert_eq!(found.problem, problem, "{leaf} on day {when}");
        assert_eq!(found.trusted(), problem.is_empty());
        assert_eq!(found.path.len(), usize::from(found.trusted()));
    }
    // The oracle: the path holds but for the leaf's own age.
    let openssl = |leaf: &str, age: &[&str]| {
        let mut args = vec!["verify", "-no-CApath", "-no-CAstore", "-CAfile", "root.pem"];
        args.extend(["-untrusted", "renewed.pem"]);
        args.extend(age);
        args.push(leaf);
        pki.openssl(&args)
    };
    assert!(openssl("good.pem", &["-no_check_time"]).0);
    assert!(!openssl("forged.pem", &["-no_check_time"]).0);
    let at = days(300).as_second().to_string();
    let (fine, text) = openssl("good.pem", &["-attime", &at]);
    assert!(!fine && text.contains("error 10 at 0 depth"), "{text}");
}

#[test]
fn an_expired_intermediate_is_not_an_expired_leaf() {
    let pki = Pki::new();
    pki.make(
        "old",
        Wish {
            subject: "/CN=Old",
            issuer: Some("root"),
            extensions: CA,
            days: 5,
            ..LEAF
        },
    );
    pki.make(
        "leaf",
        Wish {
            issuer: Some("old"),
            ..LEAF
        },
    );
    let chain = pki.chain(&["leaf", "old"]);
    let found = trust(&chain, &pki.anchors(&["root"]), None, days(30));
    assert_eq!(found.problem, "expired issuer");
    assert!(parsed(&chain)[0].not_after > days(30));
    assert!(!pki.verify(&["leaf", "old"], "root", None, days(30)));
}

#[test]
fn shapes_of_chains() {
    let pki = Pki::new();
    pki.make("good", LEAF);
    pki.make(
        "other",
        Wish {
            subject: "/CN=other",
            issuer: None,
            ..LEAF
        },
    );
    let anchors = pki.anchors(&["root"]);
    let of = |names: &[&str]| shape(&parsed(&pki.chain(names)), &anchors);
    let fine = Shape {
        in_order: true,
        ..Shape::default()
    };
    assert_eq!(of(&["good", "int"]), fine);
    assert_eq!(
        of(&["good", "int", "root"]),
        Shape {
            root_sent: true,
            ..fine
        }
    );
    assert_eq!(
        of(&["good"]),
        Shape {
            incomplete: true,
            ..fine
        }
    );
    let reversed = Shape {
        in_order: false,
        root_sent: true,
        ..fine
    };
    assert_eq!(of(&["good", "root", "int"]), reversed);
    let doubled = Shape {
        in_order: false,
        duplicates: 1,
        ..fine
    };
    assert_eq!(of(&["good", "good", "int"]), doubled);
    let crowd = of(&["good", "int", "other"]);
    assert_eq!((crowd.in_order, crowd.extra), (false, 1));
}

#[test]
fn what_certificates_say() {
    let pki = Pki::new();
    let extensions = [
        "subjectAltName=DNS:*.tinh.example,IP:192.0.2.1,IP:2001:db8::1",
        "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=serverAuth",
        "authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/int.cer",
        "crlDistributionPoints=URI:http://ca.example/int.crl",
        "tlsfeature=status_request",
    ];
    pki.make(
        "full",
        Wish {
            extensions: &extensions,
            ..LEAF
        },
    );
    let full = &parsed(&pki.chain(&["full"]))[0];
    assert!(full.wildcard() && full.must_staple && full.server_auth && !full.ca);
    assert_eq!(full.names, ["*.tinh.example", "192.0.2.1", "2001:db8::1"]);
    assert_eq!(full.usages, ["digitalSignature"]);
    assert_eq!(full.ocsp, ["http://ocsp.example/"]);
    assert_eq!(full.issuers, ["http://ca.example/int.cer"]);
    assert_eq!(full.crls, ["http://ca.example/int.crl"]);
    assert_eq!(
        (full.key.kind, full.key.bits, full.key.curve),
        ("ec", 256, Some("P-256"))
    );
    assert_eq!(
        (full.lifetime_days(), full.issuer_says, full.scts),
        (90, None, 0)
    );
    let (_, text) = pki.openssl(&[
        "x509",
        "-in",
        "full.pem",
        "-noout",
        "-fingerprint",
        "-sha256",
        "-serial",
    ]);
    let text = text.replace(':', "").to_lowercase();
    assert!(
        text.contains(&full.sha256) && text.contains(full.serial.trim_start_matches('0')),
        "{text}"
    );

    let rsa: &[&str] = &[
        "rsa",
        "-pkeyopt",
        "rsa_keygen_bits:1024",
        "-pkeyopt",
        "rsa_keygen_pubexp:3",
    ];
    pki.make(
        "small",
        Wish {
            key: rsa,
            hash: "sha1",
            ..LEAF
        },
    );
    let small = &parsed(&pki.chain(&["small"]))[0];
    assert_eq!(
        (small.key.kind, small.key.bits, small.key.exponent),
        ("rsa", 1024, Some(3))
    );
    assert_eq!((small.hash, small.key.roca), ("sha1", false));
    let curve: &[&str] = &["ed25519"];
    pki.make(
        "ed",
        Wish {
            key: curve,
            issuer: None,
            ..LEAF
        },
    );
    let ed = &parsed(&pki.chain(&["ed"]))[0];
    assert_eq!((ed.key.kind, ed.hash), ("ed25519", "built-in"));
}

#[test]
fn a_government_chain_is_named_and_trusted_by_whom_it_may() {
    let pki = Pki::new();
    let authority = |name: &str, subject, issuer| {
        pki.make(
            name,
            Wish {
                subject,
                issuer,
                extensions: CA,
                days: 3000,
                ..LEAF
            },
        );
    };
    authority("gov", GOVERNMENT, None);
    authority(
        "sub",
        "/C=VN/O=Ban Cơ yếu Chính phủ/CN=CA phục vụ các cơ quan Nhà nước G2",
        Some("gov"),
    );
    pki.make(
        "leaf",
        Wish {
            issuer: Some("sub"),
            ..LEAF
        },
    );
    let chain = pki.chain(&["leaf", "sub"]);
    let leaf = &parsed(&chain)[0];
    assert_eq!(leaf.issuer_says, Some(Known::Government), "{}", leaf.issuer);
    let without = trust(
        &chain,
        &pki.anchors(&["root"]),
        Some("may.example"),
        days(1),
    );
    assert!(!without.trusted(), "a name is no trust");
    let with = trust(
        &chain,
        &pki.anchors(&["root", "gov"]),
        Some("may.example"),
        days(1),
    );
    assert_eq!(with.stores, [StoreKind::Agency]);
    assert!(with.anchor.unwrap().contains("chuyên dùng Chính phủ"));
}

/// Lets openssl's responder answer about `leaf` by the given index line.
fn response(pki: &Pki, leaf: &str, signer: &str, revoked: Option<bool>) -> Vec<u8> {
    let serial = {
        let (_, text) = pki.openssl(&["x509", "-in", &format!("{leaf}.pem"), "-noout", "-serial"]);
        text.trim().trim_start_matches("serial=").to_owned()
    };
    let line = match revoked {
        None => String::new(),
        Some(false) => format!("V\t351231000000Z\t\t{serial}\tunknown\t/CN=x\n"),
        Some(true) => format!("R\t351231000000Z\t251231000000Z\t{serial}\tunknown\t/CN=x\n"),
    };
    fs::write(pki.file("index"), line).unwrap();
    let (leaf, signer_pem, signer_key) = (
        format!("{leaf}.pem"),
        format!("{signer}.pem"),
        format!("{signer}.key"),
    );
    pki.must(&[
        "ocsp",
        "-issuer",
        "int.pem",
        "-cert",
        &leaf,
        "-no_nonce",
        "-reqout",
        "req",
    ]);
    pki.must(&[
        "ocsp",
        "-index",
        "index",
        "-CA",
        "int.pem",
        "-rsigner",
        &signer_pem,
        "-rkey",
        &signer_key,
        "-reqin",
        "req",
        "-respout",
        "resp",
        "-ndays",
        "7",
    ]);
    fs::read(pki.file("resp")).unwrap()
}

#[test]
fn staples_are_read_and_verified() {
    let pki = Pki::new();
    pki.make("good", LEAF);
    pki.make("second", LEAF);
    let appointed = ["extendedKeyUsage=OCSPSigning"];
    let responder = Wish {
        subject: "/CN=Responder",
        extensions: &appointed,
        ..LEAF
    };
    pki.make("responder", responder);
    pki.make(
        "impostor",
        Wish {
            issuer: Some("root"),
            ..responder
        },
    );
    pki.make(
        "unappointed",
        Wish {
            extensions: &[],
            ..responder
        },
    );
    let anchors = pki.anchors(&["root"]);
    let certs = parsed(&pki.chain(&["good", "int"]));
    for (signer, revoked, state, signed) in [
        ("int", Some(false), State::Good, true),
        ("int", Some(true), State::Revoked, true),
        ("int", None, State::Unknown, true),
        ("responder", Some(false), State::Good, true),
        ("impostor", Some(false), State::Good, false),
        ("unappointed", Some(false), State::Good, false),
    ] {
        let bytes = response(&pki, "good", signer, revoked);
        let staple = ocsp::read(&bytes, &certs, &anchors).unwrap();
        assert_eq!(
            (staple.state, staple.signed),
            (state, signed),
            "{signer} {revoked:?}"
        );
        let until = staple.next_update.unwrap();
        assert!(staple.this_update <= days(0) && until > days(6) && until < days(8));
    }
    let bytes = response(&pki, "good", "int", Some(false));
    let other = parsed(&pki.chain(&["second", "int"]));
    assert_eq!(
        ocsp::read(&bytes, &other, &anchors),
        Err(Fault::OtherCertificate)
    );
    assert_eq!(
        ocsp::read(&bytes, &certs[..1], &anchors),
        Err(Fault::NoIssuer)
    );
    // Whatever byte is changed, a changed answer is never one that the issuer signed.
    let honest = ocsp::read(&bytes, &certs, &anchors).unwrap();
    for at in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[at] ^= 0x01;
        if let Ok(staple) = ocsp::read(&forged, &certs, &anchors)
            && staple.signed
        {
            assert_eq!(staple, honest, "byte {at}");
        }
    }
}
