//! Chains of many shapes, each beside what openssl and GnuTLS say of it. Where one of them differs,
//! the reason stands in the table.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test that meets the unexpected should stop; two oracles; tables are long"
)]

mod made;

use std::{fs, process::Command};

use capdo_checks::facts::tls::chain::trust;

use self::made::make_all;
use super::pki::{Pki, days, parsed};

const NAME: &str = "may.example";
/// One chain and what we make of it. `openssl` and `gnutls` say why they differ, where they do.
struct Row<'a> {
    what: &'a str,
    sent: &'a [&'a str],
    name: &'a str,
    at: i64,
    fine: bool,
    openssl: Option<&'a str>,
    gnutls: Option<&'a str>,
}

const fn row<'a>(what: &'a str, sent: &'a [&'a str], fine: bool) -> Row<'a> {
    Row {
        what,
        sent,
        name: NAME,
        at: 0,
        fine,
        openssl: None,
        gnutls: None,
    }
}

impl<'a> Row<'a> {
    const fn named(self, name: &'a str) -> Self {
        Self { name, ..self }
    }

    const fn at(self, at: i64) -> Self {
        Self { at, ..self }
    }

    const fn openssl(self, why: &'a str) -> Self {
        Self {
            openssl: Some(why),
            ..self
        }
    }

    const fn gnutls(self, why: &'a str) -> Self {
        Self {
            gnutls: Some(why),
            ..self
        }
    }
}

/// What the checks of trust, age and strength say together.
fn ours(pki: &Pki, row: &Row<'_>) -> (bool, String) {
    let chain = pki.chain(row.sent);
    let now = days(row.at);
    let found = trust(&chain, &pki.anchors(&["root"]), Some(row.name), now);
    let certs = parsed(&chain);
    let leaf = &certs[0];
    let aged = leaf.not_before <= now && now <= leaf.not_after;
    let strong = match leaf.key.kind {
        "rsa" => leaf.key.bits >= 2048,
        "ec" => leaf.key.bits >= 256,
        kind => matches!(kind, "ed25519" | "ed448"),
    };
    let fine = found.trusted() && found.name_matches == Some(true) && aged && strong;
    (fine, format!("{found:?}, in date {aged}, strong {strong}"))
}

fn gnutls(pki: &Pki, row: &Row<'_>) -> (bool, String) {
    let chain: String = row
        .sent
        .iter()
        .map(|n| fs::read_to_string(pki.file(&format!("{n}.pem"))).unwrap())
        .collect();
    fs::write(pki.file("chain"), chain).unwrap();
    let out = Command::new("certtool")
        .args([
            "--verify",
            "--verify-profile",
            "medium",
            "--infile",
            "chain",
        ])
        .args([
            "--load-ca-certificate",
            "root.pem",
            "--verify-hostname",
            row.name,
        ])
        .args(["--verify-purpose", "1.3.6.1.5.5.7.3.1"])
        .current_dir(pki.file("."))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    (out.status.success(), text)
}

#[test]
fn chains_are_judged_as_openssl_and_gnutls_judge_them() {
    let pki = Pki::new();
    make_all(&pki);
    let cn = "takes the common name where there is no alternative name";
    // Such a chain is not in order, so `tls.certificate-trust` meets it in part.
    let one_way = "goes up by the first certificate of that name alone";
    let authority = "lets an authority serve; Firefox does not";
    let later = "looks at the use of a leaf's key in the handshake";
    let rows = [
        row("sound", &["good", "int"], true),
        row("with its root", &["good", "int", "root"], true),
        row("missing intermediate", &["good"], false),
        row("wrong order", &["good", "root", "int"], true),
        row("twice the same", &["good", "int", "int"], true),
        row("one too many", &["good", "stranger", "int"], true),
        row("a stranger behind", &["good", "int", "stranger"], true),
        row(
            "cross-signed, both sent",
            &["good", "cross", "stranger", "int"],
            true,
        )
        .openssl(one_way)
        .gnutls(one_way),
        row(
            "cross-signed by nobody known",
            &["good", "cross", "stranger"],
            false,
        ),
        row("expired", &["good", "int"], false).at(400),
        row("not yet valid", &["good", "int"], false).at(-10),
        row("expired intermediate", &["brief-leaf", "brief"], false).at(30),
        row("unknown root", &["stranger-leaf", "stranger"], false),
        row("self-signed", &["own"], false),
        row(
            "impostor of the issuer",
            &["impostor-leaf", "impostor"],
            false,
        ),
        row(
            "the real issuer of an impostor's",
            &["impostor-leaf", "int"],
            false,
        ),
        row("changed signature", &["tampered", "int"], false),
        row("for clients", &["client", "int"], false),
        row("for any use", &["anyuse", "int"], false).gnutls("takes any use for that of servers"),
        row("for both", &["both", "int"], true),
        row("for code", &["codesign", "int"], false),
        row("key usage: signs", &["kusign", "int"], true),
        row("key usage: certificates only", &["kucert", "int"], false).gnutls(later),
        row("key usage: no handshake", &["kuagree", "int"], false).gnutls(later),
        row("unknown critical extension", &["critical", "int"], false),
        row("unknown extension", &["odd", "int"], true),
        row("an authority as server", &["asca", "int"], false)
            .openssl(authority)
            .gnutls(authority),
        row("expressly no authority", &["notca", "int"], true),
        row("issued by a leaf", &["good-leaf", "good", "int"], false),
        row("path length 0", &["short-leaf", "short"], true),
        row(
            "path length 0, passed",
            &["undershort-leaf", "undershort", "short"],
            false,
        ),
        row(
            "path length 1",
            &["underlong-leaf", "underlong", "long"],
            true,
        ),
        row(
            "issuer without constraints",
            &["nobasic-leaf", "nobasic"],
            false,
        ),
        row(
            "issuer is no authority",
            &["falseca-leaf", "falseca"],
            false,
        ),
        row("issuer may not sign", &["nosign-leaf", "nosign"], false),
        row(
            "issuer without key usage",
            &["nousage-leaf", "nousage"],
            true,
        ),
        row("issuer for clients", &["clients-leaf", "clients"], false),
        row("issuer for servers", &["servers-leaf", "servers"], true),
        row("name permitted", &["inside-leaf", "inside"], true),
        row("name not permitted", &["outside-leaf", "outside"], false),
        row("name excluded", &["without-leaf", "without"], false),
        row("addresses constrained", &["numbers-leaf", "numbers"], true),
        row("another name", &["good", "int"], false).named("khac.example"),
        row("second name", &["second", "int"], true),
        row("no alternative name", &["nosan", "int"], false)
            .openssl(cn)
            .gnutls(cn),
        row("mail address alone", &["mail", "int"], false)
            .openssl(cn)
            .gnutls(cn),
        row("wildcard", &["wild", "int"], true).named("xa.tinh.example"),
        row("wildcard, upper case", &["wild", "int"], true).named("XA.Tinh.example"),
        row("wildcard, two labels", &["wild", "int"], false).named("a.xa.tinh.example"),
        row("wildcard, no label", &["wild", "int"], false).named("tinh.example"),
        row("half a wildcard", &["part", "int"], false)
            .named("xa1.tinh.example")
            .openssl("takes a star for a part of a label; RFC 9525, 6.3 does not"),
        row("wildcard inside", &["inner", "int"], false).named("xa.tinh.example"),
        row("two wildcards", &["twice", "int"], false).named("xa.tinh.example"),
        row("a bare star", &["star", "int"], false),
        row("upper case", &["upper", "int"], true),
        row("a dot behind", &["dotted", "int"], false),
        row("IDN", &["idn", "int"], true).named("xn--tnh-8ma.example"),
        row("RSA 2048", &["rsa", "int"], true),
        row("RSA 1024", &["rsa1024", "int"], false),
        row("P-192", &["p192", "int"], false),
        row("P-384", &["p384", "int"], true),
        row("Ed25519", &["ed", "int"], true),
        row("SHA-1", &["sha1", "int"], false),
        row("SHA-512", &["sha512", "int"], true),
        row("Ed25519 issuer", &["edca-leaf", "edca"], true),
        row("RSA issuer", &["rsaca-leaf", "rsaca"], true),
        row("RSA 1024 issuer", &["rsa1024ca-leaf", "rsa1024ca"], false),
        row("SHA-1 intermediate", &["sha1ca-leaf", "sha1ca"], false),
    ];
    let mut wrong = Vec::new();
    for row in &rows {
        let (fine, why) = ours(&pki, row);
        if fine != row.fine {
            wrong.push(format!("{}: ours {fine}: {why}", row.what));
        }
        let theirs = pki.verify(row.sent, "root", Some(row.name), days(row.at));
        if (theirs == row.fine) == row.openssl.is_some() {
            wrong.push(format!("{}: openssl {theirs}", row.what));
        }
        // certtool knows no other time than now.
        if row.at == 0 {
            let (theirs, why) = gnutls(&pki, row);
            if (theirs == row.fine) == row.gnutls.is_some() {
                wrong.push(format!("{}: gnutls {theirs}: {why}", row.what));
            }
        }
    }
    assert!(rows.len() >= 60);
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
