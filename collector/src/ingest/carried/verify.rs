//! The first reading of a carried file: whether it is whole, who wrote it, and whether every signature
//! in it verifies. Nothing is written.

use std::{io::Read, path::Path};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::{
    carried::Reader,
    signing::{FinishedRun, carried_bytes},
    v1::{CarriedHeader, RunFinished, RunStarted, carried_record::Record},
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::CarriedError;
use crate::store::{
    Db, Scope,
    authority::{self, AuthorityRow},
    certificate, host,
};

/// By how much an agent's clock may be behind the collector's.
const SKEW_MS: i64 = 60 * 60 * 1000;
/// For how long after its certificate ran out a file may still be brought.
const ON_THE_WAY_MS: i64 = 180 * 24 * 60 * 60 * 1000;

/// A file whose every signature verified.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) header: CarriedHeader,
    pub(super) sha256: [u8; 32],
}

/// Who wrote a file.
#[derive(Debug)]
pub(super) struct Writer {
    /// The public key of its certificate.
    pub(super) key: Vec<u8>,
    /// The serial number of that.
    pub(super) serial: String,
    /// The CA that issued it, which the host trusts in any case.
    pub(super) issuer: AuthorityRow,
}

/// The first record: whose runs follow.
pub(super) fn header<R: Read>(
    reader: &mut Reader<R>,
    path: &Path,
) -> Result<CarriedHeader, CarriedError> {
    match next(reader, path)? {
        Some(Record::Header(header)) => Ok(header),
        _ => Err(order(reader, path)),
    }
}

/// Whether the writer's certificate is one that this collector gave that host, and is still good.
pub(super) async fn writer(
    db: &mut Db,
    header: &CarriedHeader,
    path: &Path,
    now: i64,
) -> Result<Writer, CarriedError> {
    let authorities = authority::list(&mut *db).await?;
    if authorities.iter().all(|a| a.sha256 != header.ca_sha256) {
        return Err(CarriedError::OtherCollector(path.to_owned()));
    }
    let unknown = || CarriedError::Certificate(path.to_owned());
    let der = header.certificate_chain_der.first().ok_or_else(unknown)?;
    let (serial, issuer) = issued_by(authorities, der).ok_or_else(unknown)?;
    let known = certificate::find(&mut *db, &serial).await?;
    let known = known.filter(|c| c.host_id == header.host_id && c.authority == issuer.number);
    let known = known.ok_or_else(unknown)?;
    let (_, leaf) = X509Certificate::from_der(der).map_err(|_| unknown())?;
    if leaf.public_key().subject_public_key.data.as_ref() != known.public_key {
        return Err(unknown());
    }
    let host = host::find(&mut *db, &Scope::All, &header.host_id).await?;
    let standing = certificate::standing(db, &serial).await?;
    let name = host.hostname.clone();
    if !standing.is_some_and(|s| s.is_good()) {
        return Err(CarriedError::Revoked { host: name });
    }
    if !host.carried {
        return Err(CarriedError::NotCarried { host: name });
    }
    let made = header.made_ms.min(now); // a clock that runs ahead is no reason to turn a host away
    let lived = known.issued_at - SKEW_MS..=known.not_after;
    if !lived.contains(&made) || now > known.not_after + ON_THE_WAY_MS {
        return Err(CarriedError::Expired { host: name });
    }
    Ok(Writer {
        key: known.public_key,
        serial,
        issuer,
    })
}

/// The serial number of a certificate that one of our CAs signed, and which.
fn issued_by(authorities: Vec<AuthorityRow>, der: &[u8]) -> Option<(String, AuthorityRow)> {
    let (rest, leaf) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let signed = |row: &AuthorityRow| {
        let ca = X509Certificate::from_der(&row.certificate);
        ca.is_ok_and(|(_, ca)| leaf.verify_signature(Some(ca.public_key())).is_ok())
    };
    let issuer = authorities.into_iter().find(signed)?;
    Some((hex::encode(leaf.raw_serial()), issuer))
}

/// Reads the rest of a file: runs in order, each signed by `key`, and a closing record that is.
pub(super) fn runs<R: Read>(
    reader: &mut Reader<R>,
    header: CarriedHeader,
    key: &[u8],
    path: &Path,
) -> Result<Verified, CarriedError> {
    let mut walk = Walk::default();
    loop {
        let record = next(reader, path)?.ok_or_else(|| order(reader, path))?;
        if let Record::Closing(closing) = record {
            let signed = carried_bytes(&header.host_id, &closing.sha256);
            let whole = walk.is_at_end(&header) && closing.sha256 == reader.before();
            if !whole || !verifies(key, &signed, &closing.signature) {
                return Err(signature(reader, path));
            }
            let sha256 = reader.sha256();
            return match next(reader, path)? {
                None => Ok(Verified { header, sha256 }),
                Some(_) => Err(order(reader, path)),
            };
        }
        match walk.step(&header, record) {
            Step::Fine => {}
            Step::Ended(started, finished) => {
                if !is_signed(&header.host_id, &started, &finished, key) {
                    return Err(signature(reader, path));
                }
            }
            Step::Wrong => return Err(order(reader, path)),
        }
    }
}

enum Step {
    Fine,
    Ended(Box<RunStarted>, Box<RunFinished>),
    Wrong,
}

/// Where in the order of records the reading is.
#[derive(Default)]
struct Walk {
    /// The run whose batches come.
    open: Option<Box<RunStarted>>,
    /// The run that ended last.
    ended: Option<(u64, String)>,
    /// Whether the whole state ended.
    whole: bool,
    /// How many parts of the package list came.
    parts: u32,
}

impl Walk {
    fn step(&mut self, header: &CarriedHeader, record: Record) -> Step {
        let after = |m: &str| self.ended.as_ref().is_some_and(|(_, run)| run == m);
        let last = self.ended.as_ref().map(|(counter, _)| *counter);
        let resent = header.whole_state && last == Some(header.to_counter) && !self.whole;
        if self.parts > 0 && !matches!(record, Record::InventoryDelta(_)) {
            return Step::Wrong; // the package list is the last before the end
        }
        match record {
            Record::InventoryDelta(m) if self.is_at_end(header) && m.sequence == self.parts => {
                self.parts += 1;
                Step::Fine
            }
            Record::RunStarted(m) if self.open.is_none() && !self.whole => {
                let first = last.is_none() && m.counter == header.from_counter;
                if !(first || last.is_some_and(|last| m.counter > last)) {
                    return Step::Wrong;
                }
                self.open = Some(Box::new(m));
                Step::Fine
            }
            Record::FindingBatch(m) => match &self.open {
                Some(run) if run.run_id == m.run_id && !m.resync => Step::Fine,
                None if m.resync && resent && after(&m.run_id) => Step::Fine,
                _ => Step::Wrong,
            },
            Record::RunFinished(m) => match self.open.take_if(|run| run.run_id == m.run_id) {
                Some(run) => {
                    self.ended = Some((run.counter, run.run_id.clone()));
                    Step::Ended(run, Box::new(m))
                }
                None => Step::Wrong,
            },
            Record::ResyncDone(m) if self.open.is_none() && resent && after(&m.run_id) => {
                self.whole = true;
                Step::Fine
            }
            _ => Step::Wrong,
        }
    }

    fn is_at_end(&self, header: &CarriedHeader) -> bool {
        let last = self.ended.as_ref().map(|(counter, _)| *counter);
        self.open.is_none() && last == Some(header.to_counter) && self.whole == header.whole_state
    }
}

fn is_signed(host_id: &str, started: &RunStarted, finished: &RunFinished, key: &[u8]) -> bool {
    let Ok(state_sha256) = finished.state_sha256.as_slice().try_into() else {
        return false;
    };
    let signed = FinishedRun {
        host_id,
        run_id: &started.run_id,
        counter: started.counter,
        nonce: &started.nonce,
        state_sha256: &state_sha256,
        finished_ms: finished.finished_ms,
        checks_sha256: &started.checks_sha256,
    };
    verifies(key, &signed.signed_bytes(), &finished.signature)
}

fn verifies(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    key.verify(signed, signature).is_ok()
}

/// The next record.
pub(super) fn next<R: Read>(
    reader: &mut Reader<R>,
    path: &Path,
) -> Result<Option<Record>, CarriedError> {
    reader.next_record().map_err(|source| CarriedError::Frame {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn order<R: Read>(reader: &Reader<R>, path: &Path) -> CarriedError {
    CarriedError::Order {
        path: path.to_owned(),
        at: reader.at(),
    }
}

fn signature<R: Read>(reader: &Reader<R>, path: &Path) -> CarriedError {
    CarriedError::Signature {
        path: path.to_owned(),
        at: reader.at(),
    }
}
