//! The keys that a host may have signed with: those of the certificates that the CA issued to it.

use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};

use super::{Anchors, Report};
use crate::store::{
    Db, Result,
    certificate::{self, Certificate},
    record::{self, Entry, Kind},
};

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
