//! The keys that a host may have signed with: those of the certificates that the CA issued to it.

use std::path::{Path, PathBuf};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate,
    x509::SubjectPublicKeyInfo,
};

use super::Report;
use crate::store::{
    Db, Result,
    certificate::{self, Certificate},
    record::{self, Entry, Kind},
};

/// The CA certificates that are trusted.
#[derive(Debug)]
pub struct Anchors(Vec<CertificateDer<'static>>);

/// A file of CA certificates cannot be used.
#[derive(Debug)]
pub struct BadAnchor {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub why: String,
}

impl Anchors {
    /// Reads the CA certificates, in PEM, of these files.
    ///
    /// # Errors
    /// When a file cannot be read or holds no certificate.
    pub fn read(files: &[PathBuf]) -> std::result::Result<Self, BadAnchor> {
        let mut all = Vec::new();
        for file in files {
            all.extend(of_file(file).map_err(|why| BadAnchor {
                file: file.clone(),
                why,
            })?);
        }
        Ok(Self(all))
    }

    /// SHA-256 of each, to be compared with what is known of the CA.
    pub(super) fn fingerprints(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|c| hex::encode(Sha256::digest(c)))
            .collect()
    }

    /// Whether one of them signed the certificate.
    fn vouch_for(&self, certificate: &X509Certificate<'_>) -> bool {
        self.0.iter().any(|ca| {
            parse_x509_certificate(ca).is_ok_and(|(_, ca)| {
                ca.subject() == certificate.issuer() && is_signed(certificate, ca.public_key())
            })
        })
    }
}

fn is_signed(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> bool {
    certificate.verify_signature(Some(key)).is_ok()
}

fn of_file(file: &Path) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).map_err(|e| e.to_string())?;
    let all: Vec<_> = found
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| e.to_string())?;
    for one in &all {
        parse_x509_certificate(one).map_err(|e| e.to_string())?;
    }
    if all.is_empty() {
        return Err("no certificate".to_owned());
    }
    Ok(all)
}

/// A key that a host may have signed with.
pub(super) struct Key {
    /// An uncompressed point on P-256.
    pub(super) point: Vec<u8>,
    /// When its certificate was revoked.
    pub(super) revoked_at: Option<i64>,
}

/// Verifies the certificates of a host against the CA and the record; gives the keys of those that
/// hold.
pub(super) async fn keys(
    db: &mut Db,
    anchors: &Anchors,
    host_id: &str,
    recorded: &[Entry],
    report: &mut Report,
) -> Result<Vec<Key>> {
    let all = certificate::all(db, host_id).await?;
    for entry in recorded.iter().filter(|e| e.kind == Kind::Certificate) {
        match all.iter().find(|c| c.serial == entry.subject) {
            None => report.breaks("certificate", entry.subject.clone(), "missing", ""),
            Some(c) => {
                let row = record::of_certificate(&c.public_key, c.issued_at, c.not_after);
                if row != entry.said() {
                    report.breaks("certificate", c.serial.clone(), "differs", "");
                }
            }
        }
    }
    let revoked = recorded.iter().filter(|e| e.kind == Kind::Revoked);
    let revoked: Vec<i64> = revoked.map(|e| e.at).collect();
    let mut keys = Vec::new();
    for c in &all {
        report.certificates += 1;
        let of_record = |e: &&Entry| e.kind == Kind::Certificate && e.subject == c.serial;
        let Some(entry) = recorded.iter().find(of_record) else {
            report.breaks("certificate", c.serial.clone(), "unrecorded", "");
            continue;
        };
        let ended = revoked
            .iter()
            .find(|at| **at >= entry.at && **at >= c.issued_at);
        if let Some(at) = ended
            && c.revoked_at.is_none_or(|r| r > *at)
        {
            report.breaks("certificate", c.serial.clone(), "differs", "revoked_at");
        }
        if stands(anchors, c, host_id, report) {
            keys.push(Key {
                point: c.public_key.clone(),
                revoked_at: ended.copied().or(c.revoked_at),
            });
        }
    }
    Ok(keys)
}

/// Whether a certificate says what its row says, and is the CA's.
fn stands(anchors: &Anchors, row: &Certificate, host_id: &str, report: &mut Report) -> bool {
    let Some(der) = &row.der else {
        report.keys_on_record_only += 1;
        return true;
    };
    let wrong = match parse_x509_certificate(der) {
        Err(_) => Some("der"),
        Ok((rest, _)) if !rest.is_empty() => Some("der"),
        Ok((_, c)) => differs(&c, row, host_id),
    };
    if let Some(column) = wrong {
        report.breaks("certificate", row.serial.clone(), "differs", column);
        return false;
    }
    let trusted = parse_x509_certificate(der).is_ok_and(|(_, c)| anchors.vouch_for(&c));
    if !trusted {
        report.breaks("certificate", row.serial.clone(), "untrusted", "");
    }
    trusted
}

/// The column that a certificate contradicts.
fn differs(c: &X509Certificate<'_>, row: &Certificate, host_id: &str) -> Option<&'static str> {
    let named = c.subject_alternative_name().ok().flatten();
    let named = named.is_some_and(|san| san.value.general_names == [GeneralName::DNSName(host_id)]);
    if hex::encode(c.raw_serial()) != row.serial {
        Some("serial")
    } else if !named {
        Some("host_id")
    } else if *c.public_key().subject_public_key.data != row.public_key[..] {
        Some("public_key")
    } else if c.validity().not_after.timestamp() != row.not_after.div_euclid(1000) {
        Some("not_after")
    } else {
        None
    }
}
