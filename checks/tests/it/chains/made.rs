//! The certificates of the chains, made with openssl.

use std::fs;

use crate::pki::{CA, EC, LEAF, Pki, Wish};

const RSA: &[&str] = &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_1024: &[&str] = &["rsa", "-pkeyopt", "rsa_keygen_bits:1024"];
const P192: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-192"];
const P384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
const SAN: &str = "subjectAltName=DNS:may.example";

/// Every certificate that the table speaks of.
pub(super) fn make_all(pki: &Pki) {
    let leaf = |name: &str, extensions: &[&str]| pki.make(name, Wish { extensions, ..LEAF });
    let below = |name: &str, issuer: &str| {
        let issuer = Some(issuer);
        pki.make(name, Wish { issuer, ..LEAF });
    };
    let authority = |name: &str, issuer: &str, extensions: &[&str]| {
        let subject = format!("/CN=Authority {name}");
        pki.make(
            name,
            Wish {
                subject: &subject,
                issuer: Some(issuer),
                extensions,
                ..LEAF
            },
        );
    };
    leaf("good", &[SAN]);
    for (name, extension) in [
        ("client", "extendedKeyUsage=clientAuth"),
        ("anyuse", "extendedKeyUsage=anyExtendedKeyUsage"),
        ("both", "extendedKeyUsage=serverAuth,clientAuth"),
        ("codesign", "extendedKeyUsage=codeSigning"),
        ("kusign", "keyUsage=critical,digitalSignature"),
        ("kucert", "keyUsage=critical,keyCertSign"),
        ("kuagree", "keyUsage=critical,nonRepudiation"),
        ("critical", "1.2.3.4.5=critical,ASN1:NULL"),
        ("odd", "1.2.3.4.5=ASN1:NULL"),
        ("asca", "basicConstraints=critical,CA:TRUE"),
        ("notca", "basicConstraints=critical,CA:FALSE"),
    ] {
        leaf(name, &[SAN, extension]);
    }
    for (name, names) in [
        ("wild", "DNS:*.tinh.example"),
        ("part", "DNS:xa*.tinh.example"),
        ("inner", "DNS:xa.*.example"),
        ("twice", "DNS:*.*.example"),
        ("star", "DNS:*"),
        ("upper", "DNS:MAY.Example"),
        ("dotted", "DNS:may.example."),
        ("ip", "IP:192.0.2.7"),
        ("ip6", "IP:2001:db8::7"),
        ("ipname", "DNS:192.0.2.7"),
        ("idn", "DNS:xn--tnh-8ma.example"),
        ("mail", "email:a@may.example"),
        ("second", "DNS:khac.example,DNS:may.example"),
    ] {
        leaf(name, &[&format!("subjectAltName={names}")]);
    }
    leaf("nosan", &["keyUsage=digitalSignature"]);
    for (name, key, hash) in [
        ("rsa", RSA, "sha256"),
        ("rsa1024", RSA_1024, "sha256"),
        ("p192", P192, "sha256"),
        ("p384", P384, "sha384"),
        ("ed", &["ed25519"], "sha256"),
        ("sha1", EC, "sha1"),
        ("sha512", EC, "sha512"),
    ] {
        pki.make(name, Wish { key, hash, ..LEAF });
    }
    for (name, extra) in [
        ("short", "basicConstraints=critical,CA:TRUE,pathlen:0"),
        ("long", "basicConstraints=critical,CA:TRUE,pathlen:1"),
    ] {
        authority(name, "root", &[extra, CA[1]]);
    }
    authority("undershort", "short", CA);
    authority("underlong", "long", CA);
    authority("nobasic", "root", &[CA[1]]);
    authority("falseca", "root", &["basicConstraints=critical,CA:FALSE"]);
    authority(
        "nosign",
        "root",
        &[CA[0], "keyUsage=critical,cRLSign,digitalSignature"],
    );
    authority("nousage", "root", &[CA[0]]);
    authority(
        "clients",
        "root",
        &[CA[0], CA[1], "extendedKeyUsage=clientAuth"],
    );
    authority(
        "servers",
        "root",
        &[CA[0], CA[1], "extendedKeyUsage=serverAuth"],
    );
    let permitted = |what: &str| format!("nameConstraints=critical,{what}");
    for (name, what) in [
        ("inside", "permitted;DNS:example"),
        ("outside", "permitted;DNS:gov.example"),
        ("without", "excluded;DNS:may.example"),
        ("numbers", "permitted;IP:10.0.0.0/255.0.0.0"),
    ] {
        authority(name, "root", &[CA[0], CA[1], &permitted(what)]);
    }
    for issuer in [
        "short",
        "undershort",
        "underlong",
        "nobasic",
        "falseca",
        "nosign",
        "nousage",
        "clients",
        "servers",
        "inside",
        "outside",
        "without",
        "numbers",
        "good",
    ] {
        below(&format!("{issuer}-leaf"), issuer);
    }
    for (name, key) in [
        ("edca", &["ed25519"][..]),
        ("rsaca", RSA),
        ("rsa1024ca", RSA_1024),
    ] {
        let subject = format!("/CN=Authority {name}");
        let issuer = Some("root");
        let extensions = CA;
        pki.make(
            name,
            Wish {
                subject: &subject,
                issuer,
                key,
                extensions,
                ..LEAF
            },
        );
        below(&format!("{name}-leaf"), name);
    }
    let brief = Wish {
        subject: "/CN=Brief",
        issuer: Some("root"),
        extensions: CA,
        days: 5,
        ..LEAF
    };
    pki.make("brief", brief);
    below("brief-leaf", "brief");
    let sha1ca = Wish {
        subject: "/CN=Old Hash",
        issuer: Some("root"),
        extensions: CA,
        hash: "sha1",
        ..LEAF
    };
    pki.make("sha1ca", sha1ca);
    below("sha1ca-leaf", "sha1ca");
    let stranger = Wish {
        subject: "/CN=Stranger",
        issuer: None,
        extensions: CA,
        ..LEAF
    };
    pki.make("stranger", stranger);
    below("stranger-leaf", "stranger");
    pki.make(
        "own",
        Wish {
            issuer: None,
            ..LEAF
        },
    );
    // An impostor of the intermediate: its name, another key.
    let subject = "/CN=Test Intermediate";
    pki.make(
        "impostor",
        Wish {
            subject,
            ..stranger
        },
    );
    below("impostor-leaf", "impostor");
    cross_sign(pki);
    tamper(pki);
}

/// The key and name of `int`, signed by a root that nobody holds.
fn cross_sign(pki: &Pki) {
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
        "cross.csr",
    ]);
    fs::write(pki.file("ca.ext"), CA.join("\n")).unwrap();
    pki.must(&[
        "x509",
        "-req",
        "-in",
        "cross.csr",
        "-CA",
        "stranger.pem",
        "-CAkey",
        "stranger.key",
        "-CAcreateserial",
        "-extfile",
        "ca.ext",
        "-days",
        "90",
        "-out",
        "cross.pem",
    ]);
}

/// A sound leaf with the last byte of its signature changed.
fn tamper(pki: &Pki) {
    let mut der = pki.der("good");
    *der.last_mut().unwrap() ^= 1;
    fs::write(pki.file("tampered.bin"), der).unwrap();
    pki.must(&[
        "x509",
        "-inform",
        "DER",
        "-in",
        "tampered.bin",
        "-out",
        "tampered.pem",
    ]);
}
