//! A folder in which openssl makes keys and certificates, and is asked what it thinks of them.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; openssl is the oracle"
)]

use std::{fs, path::PathBuf, process::Command};

use capdo_checks::{
    facts::tls::{
        anchors::Anchors,
        certificate::{Cert, parse},
    },
    host::Image,
};
use jiff::{Timestamp, ToSpan as _};

/// A folder in which openssl makes keys and certificates.
pub(super) struct Pki(tempfile::TempDir);

/// How a certificate is to be made.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) subject: &'a str,
    pub(super) issuer: Option<&'a str>,
    pub(super) key: &'a [&'a str],
    pub(super) extensions: &'a [&'a str],
    pub(super) days: u32,
    pub(super) hash: &'a str,
}

pub(super) const EC: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub(super) const CA: &[&str] = &[
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
];
pub(super) const LEAF: Wish<'_> = Wish {
    subject: "/CN=may.example",
    issuer: Some("int"),
    key: EC,
    extensions: &["subjectAltName=DNS:may.example"],
    days: 90,
    hash: "sha256",
};

impl Pki {
    pub(super) fn new() -> Self {
        let pki = Self(tempfile::tempdir().unwrap());
        fs::write(
            pki.file("conf"),
            "[req]\ndistinguished_name=dn\nutf8=yes\nstring_mask=utf8only\n[dn]\n",
        )
        .unwrap();
        let authority = |name, subject, issuer, days| {
            let wish = Wish {
                subject,
                issuer,
                extensions: CA,
                days,
                ..LEAF
            };
            pki.make(name, wish);
        };
        authority("root", "/CN=Test Root", None, 3650);
        authority("int", "/CN=Test Intermediate", Some("root"), 1800);
        pki
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn openssl(&self, args: &[&str]) -> (bool, String) {
        let out = Command::new("openssl")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = [out.stdout, out.stderr].concat();
        (
            out.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    pub(super) fn must(&self, args: &[&str]) {
        let (fine, text) = self.openssl(args);
        assert!(fine, "openssl {args:?}: {text}");
    }

    /// As [`Self::must`], at another time.
    pub(super) fn later(&self, when: &str, args: &[&str]) {
        let mut command = Command::new("faketime");
        command.args([when, "openssl"]).args(args);
        let out = command.current_dir(self.0.path()).output().unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "faketime openssl {args:?}: {text}");
    }

    pub(super) fn make(&self, name: &str, wish: Wish<'_>) {
        let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
        let mut args = vec!["genpkey", "-algorithm"];
        args.extend(wish.key);
        args.extend(["-out", &key]);
        self.must(&args);
        let (days, hash) = (wish.days.to_string(), format!("-{}", wish.hash));
        let mut args = vec![
            "req", "-new", "-x509", "-config", "conf", "-utf8", "-key", &key,
        ];
        args.extend(["-subj", wish.subject, "-days", &days, &hash, "-out", &pem]);
        let issuer = wish
            .issuer
            .map(|i| (format!("{i}.pem"), format!("{i}.key")));
        if let Some((ca, ca_key)) = &issuer {
            args.extend(["-CA", ca, "-CAkey", ca_key]);
        }
        for extension in wish.extensions {
            args.extend(["-addext", extension]);
        }
        self.must(&args);
    }

    pub(super) fn der(&self, name: &str) -> Vec<u8> {
        let (pem, der) = (format!("{name}.pem"), format!("{name}.der"));
        self.must(&["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
        fs::read(self.file(&der)).unwrap()
    }

    pub(super) fn chain(&self, names: &[&str]) -> Vec<Vec<u8>> {
        names.iter().map(|n| self.der(n)).collect()
    }

    pub(super) fn anchors(&self, roots: &[&str]) -> Anchors {
        let host = Image::open(self.0.path(), days(0)).unwrap();
        let files: Vec<_> = roots.iter().map(|r| format!("/{r}.pem")).collect();
        Anchors::read(&host, &files)
    }

    /// What `openssl verify` makes of it, at the strength that browsers ask for.
    pub(super) fn verify(
        &self,
        names: &[&str],
        root: &str,
        host: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let rest: String = names[1..]
            .iter()
            .map(|n| fs::read_to_string(self.file(&format!("{n}.pem"))).unwrap())
            .collect();
        fs::write(self.file("rest"), rest).unwrap();
        let (root, leaf) = (format!("{root}.pem"), format!("{}.pem", names[0]));
        let at = at.as_second().to_string();
        let mut args = vec!["verify", "-no-CApath", "-no-CAstore", "-auth_level", "2"];
        args.extend(["-purpose", "sslserver", "-attime", &at, "-CAfile", &root]);
        args.extend(["-untrusted", "rest"]);
        if let Some(host) = host {
            args.extend(["-verify_hostname", host]);
        }
        args.push(&leaf);
        self.openssl(&args).0
    }
}

pub(super) fn parsed(chain: &[Vec<u8>]) -> Vec<Cert> {
    chain.iter().map(|der| parse(der).unwrap()).collect()
}

pub(super) fn days(days: i64) -> Timestamp {
    Timestamp::now().checked_add((days * 24).hours()).unwrap()
}
