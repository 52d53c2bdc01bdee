//! Which CAs are trusted: those that the reader gives, and those of the store that they vouch for.
//!
//! A CA's row in the store proves nothing by itself, for whoever can write the store can enter any. A row counts
//! once a CA that is trusted already signed for it:
//!
//! * an older CA for the one that came after it, by the certificate that agents are shown too (RFC 4210, "new
//!   with old");
//! * a newer CA for the one before it, by its signature over both fingerprints.
//!
//! What a row says of others counts only in this direction: a CA that nobody vouches for vouches for nobody,
//! even where it signed the key of one that is trusted.

use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::signing::before_bytes;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use x509_parser::{certificate::X509Certificate, parse_x509_certificate};

use super::Report;
use crate::store::authority::AuthorityRow;

/// The most rows of CAs that are looked at; a CA lives for years.
const MOST: usize = 64;

/// The CA certificates that are trusted.
#[derive(Clone, Debug)]
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
    pub fn read(files: &[PathBuf]) -> Result<Self, BadAnchor> {
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
        self.0.iter().map(hex_sha256).collect()
    }

    /// These and the CAs of the store that they vouch for, directly or through each other. A row that nobody
    /// vouches for, or that is not what it says, is a break.
    pub(super) fn with_stored(&self, rows: &[AuthorityRow], report: &mut Report) -> Self {
        let mut trusted = self.clone();
        let (rows, more) = rows.split_at(rows.len().min(MOST));
        if !more.is_empty() {
            report.breaks("authority", more.len().to_string(), "untrusted", "");
        }
        let mut open = Vec::new();
        for row in rows {
            if Sha256::digest(&row.certificate)[..] != row.sha256[..] {
                report.breaks("authority", row.number.to_string(), "differs", "sha256");
            } else if !trusted.has(row) {
                open.push(row);
            }
        }
        loop {
            let before = open.len();
            open.retain(|row| {
                let vouched = rows.iter().any(|by| trusted.has(by) && older(by, row))
                    || trusted.0.iter().any(|by| newer(by, row));
                if vouched {
                    trusted
                        .0
                        .push(CertificateDer::from(row.certificate.clone()));
                }
                !vouched
            });
            if open.len() == before {
                break;
            }
        }
        for row in open {
            report.breaks("authority", row.number.to_string(), "untrusted", "");
        }
        trusted
    }

    fn has(&self, row: &AuthorityRow) -> bool {
        self.0.iter().any(|ca| **ca == *row.certificate)
    }

    /// Whether one of them signed the certificate.
    pub(super) fn vouch_for(&self, certificate: &X509Certificate<'_>) -> bool {
        self.0.iter().any(|ca| signed(ca, certificate))
    }
}

/// Whether a CA, by its row, says that `row` was the one before it.
fn older(by: &AuthorityRow, row: &AuthorityRow) -> bool {
    let Some(signature) = &by.vouches else {
        return false;
    };
    let said = before_bytes(&row.sha256, &Sha256::digest(&by.certificate));
    parse_x509_certificate(&by.certificate).is_ok_and(|(_, ca)| {
        let point = &ca.public_key().subject_public_key.data;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
        key.verify(&said, signature).is_ok()
    })
}

/// Whether a CA signed the key of `row`, as the one that came after it.
fn newer(by: &[u8], row: &AuthorityRow) -> bool {
    let Some(crossed) = &row.cross_signed else {
        return false;
    };
    let (Ok((rest, crossed)), Ok((_, own))) = (
        parse_x509_certificate(crossed),
        parse_x509_certificate(&row.certificate),
    ) else {
        return false;
    };
    rest.is_empty()
        && crossed.is_ca() // a host's certificate is signed by the CA too
        && crossed.public_key().raw == own.public_key().raw
        && crossed.subject() == own.subject()
        && signed(by, &crossed)
        && signed(&row.certificate, &own)
}

/// Whether a CA signed a certificate.
fn signed(ca: &[u8], certificate: &X509Certificate<'_>) -> bool {
    parse_x509_certificate(ca).is_ok_and(|(_, ca)| {
        ca.subject() == certificate.issuer()
            && certificate.verify_signature(Some(ca.public_key())).is_ok()
    })
}

fn hex_sha256(der: &CertificateDer<'_>) -> String {
    hex::encode(Sha256::digest(der))
}

fn of_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).map_err(|e| e.to_string())?;
    let all: Vec<_> = found.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    for one in &all {
        parse_x509_certificate(one).map_err(|e| e.to_string())?;
    }
    if all.is_empty() {
        return Err("no certificate".to_owned());
    }
    Ok(all)
}
