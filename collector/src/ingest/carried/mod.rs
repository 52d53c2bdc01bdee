//! Runs from one-way sites: files that an agent wrote and somebody carried.
//!
//! A file is read twice. The first reading verifies all of it ([`verify`]). The second gives it, in one
//! transaction, to the same [`steps`](super::steps) that runs of a session go through, so that a file
//! is taken as a whole or not at all. Evidence is as old as the run that saw it, however long the file
//! was on its way. The receipt, signed by the CA, is carried back.

mod error;
mod receipt;
mod verify;

use std::{
    fs::File,
    io::{BufReader, Seek as _},
    path::Path,
};

use capdo_proto::{
    carried::Reader,
    v1::{InventoryDelta, RunStarted, carried_record::Record, session_response::Payload},
};
use serde::Serialize;
use serde_json::json;

pub use error::CarriedError;
pub use receipt::Receipt;
use verify::Verified;

use super::{
    inventory::{self, Listed, Parts},
    refusal::Refusal,
    steps::{self, Way},
};
use crate::{
    advise,
    identity::Keys,
    store::{
        Db, Scope, Store,
        audit::{self, Event},
        authority,
        carried_file::{self, CarriedFile},
        check_list,
        host::{self, Host},
        integrity::{self, IntegrityKind},
        run::{self, RunState},
        system,
    },
};

type Result<T> = std::result::Result<T, CarriedError>;

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Whether this very file was taken before; then nothing changed.
    pub already: bool,
    /// The host's name.
    pub hostname: String,
    /// The system it serves.
    pub system_id: String,
    /// The file, as it stands in the record, with its receipt.
    #[serde(flatten)]
    pub file: CarriedFile,
}

/// Takes a file, as a whole or not at all. `actor` stands in the audit log.
///
/// # Errors
/// When it is not taken: who is at fault and what helps.
pub async fn import(
    store: &Store,
    keys: &Keys,
    path: &Path,
    actor: &str,
    now: i64,
) -> Result<Imported> {
    let mut file = open(path)?;
    let mut reader = reader(&file, path)?;
    let header = verify::header(&mut reader, path)?;
    let mut db = store.read().await?;
    let writer = verify::writer(&mut db, &header, path, now).await?;
    drop(db);
    let verified = verify::runs(&mut reader, header, &writer.key, path)?;
    let authority = keys.open(&writer.issuer)?;
    file.rewind().map_err(|source| unreadable(path, source))?;

    let mut tx = store.write().await?;
    let writer = verify::writer(&mut tx, &verified.header, path, now).await?;
    let host = host::find(&mut tx, &Scope::All, &verified.header.host_id).await?;
    let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
    if let Some(file) = carried_file::find(&mut tx, &verified.sha256).await? {
        return Ok(imported(true, host, file));
    }
    let taken = match take(
        &mut tx,
        &file,
        &verified,
        (&host, &writer.serial),
        path,
        now,
    )
    .await
    {
        Ok(taken) => taken,
        Err(error) => {
            drop(tx);
            note(store, &host.id, &error, now).await?;
            return Err(error);
        }
    };
    authority::connected(&mut tx, &host.id, &writer.serial, now).await?;
    let file = receipt::write(&mut tx, &authority, &verified, &taken, now).await?;
    let event = Event {
        actor,
        action: "run.import",
        agency_id: Some(&system.agency_id),
        target: &host.id,
        detail: json!({ "sha256": hex::encode(&file.sha256), "from": file.from_counter,
            "to": file.to_counter, "taken": file.taken, "known": file.known,
            "missing": file.missing }),
    };
    audit::append(&mut tx, &event, now).await?;
    tx.commit().await?;
    if let Err(error) = advise::host(store, &host.id, now).await {
        tracing::warn!(%error, host = host.id, "advisories wait for the sweep");
    }
    Ok(imported(false, host, file))
}

fn imported(already: bool, host: Host, file: CarriedFile) -> Imported {
    Imported {
        already,
        hostname: host.hostname,
        system_id: host.system_id,
        file,
    }
}

/// What was done with the runs of a file.
#[derive(Debug, Default)]
struct Taken {
    /// Runs that hold now.
    taken: i64,
    /// Runs that were here before.
    known: i64,
    /// Runs that nobody brought.
    missing: i64,
}

/// The second reading: every record takes the steps of a session.
async fn take(
    db: &mut Db,
    file: &File,
    verified: &Verified,
    (host, serial): (&Host, &str),
    path: &Path,
    now: i64,
) -> Result<Taken> {
    let mut reader = reader(file, path)?;
    let mut taking = Taking {
        host,
        serial,
        now,
        whole: verified.header.whole_state,
        to: verified.header.to_counter,
        counter: 0,
        last: host.last_counter,
        is_known: false,
        resync: false,
        parts: Parts::default(),
        taken: Taken::default(),
    };
    while let Some(record) = verify::next(&mut reader, path)? {
        taking.record(&mut *db, record).await?;
    }
    if reader.sha256() != verified.sha256 {
        return Err(CarriedError::Changed(path.to_owned()));
    }
    let known = &host.machine_id_sha256;
    let told = &verified.header.machine_id_sha256;
    if !known.is_empty() && !told.is_empty() && known != told {
        let detail = "the machine id is not the one that this identity enrolled with";
        let kind = IntegrityKind::MachineChanged;
        integrity::note(db, &host.id, kind, "", detail, now).await?;
    }
    Ok(taking.taken)
}

struct Taking<'a> {
    host: &'a Host,
    /// The certificate of who wrote the file.
    serial: &'a str,
    now: i64,
    /// Whether the whole state stands in the file, after run `to`.
    whole: bool,
    to: u64,
    /// The run under way.
    counter: u64,
    /// The counter of the last run that holds.
    last: i64,
    /// Whether the run under way was here before.
    is_known: bool,
    /// Whether its changes did not give the signed state, which must now come whole.
    resync: bool,
    /// What came of the package list.
    parts: Parts,
    taken: Taken,
}

impl Taking<'_> {
    async fn record(&mut self, db: &mut Db, record: Record) -> Result<()> {
        let id = &self.host.id;
        match record {
            Record::RunStarted(m) => return self.begin(db, &m).await,
            Record::FindingBatch(m) if !self.is_known && m.resync == self.resync => {
                let told = steps::told(&mut *db, id, &m.run_id).await;
                let told = told.map_err(|r| self.refused(r))?;
                let batch = steps::examined(&m, &told).map_err(|r| self.refused(r))?;
                let staged = steps::stage(db, id, batch, Way::File, self.now).await;
                staged.map_err(|r| self.refused(r))?;
            }
            Record::RunFinished(m) if !self.is_known => {
                let done = steps::finish(db, (id, self.serial), &m, self.now).await;
                match done.map_err(|r| self.refused(r))? {
                    Payload::Ack(_) => self.ended(),
                    _ if self.whole && self.counter == self.to => self.resync = true,
                    _ => {
                        return Err(CarriedError::NeedsWhole {
                            host: self.host.hostname.clone(),
                            counter: self.counter,
                        });
                    }
                }
            }
            Record::ResyncDone(m) if self.resync => {
                let done = steps::resynced(db, id, &m, self.now).await;
                done.map_err(|r| self.refused(r))?;
                self.ended();
            }
            Record::InventoryDelta(m) => return self.list(db, m).await,
            _ => {} // of a run that holds already, or the frame of the file
        }
        Ok(())
    }

    async fn begin(&mut self, db: &mut Db, m: &RunStarted) -> Result<()> {
        self.counter = m.counter;
        let id = &self.host.id;
        let counter = i64::try_from(m.counter).unwrap_or(i64::MAX);
        let held = run::of_host(&mut *db, id, &m.run_id).await?;
        self.is_known = held.is_some_and(|r| r.state == RunState::Finished && r.counter == counter);
        if self.is_known {
            if !m.checks_sha256.is_empty() && !m.checks.is_empty() {
                check_list::keep(db, &m.checks).await?; // a later run of the file may name it
            }
            self.taken.known += 1;
            return Ok(());
        }
        if counter <= self.last {
            return Err(CarriedError::Older {
                host: self.host.hostname.clone(),
                counter: m.counter,
                last: self.last,
            });
        }
        let missing = counter - self.last - 1;
        self.taken.missing += missing; // what speaks against the host is noted when the run holds
        let begun = steps::begin(db, id, m, Way::File, self.now).await;
        begun.map_err(|r| self.refused(r))
    }

    /// A package list that does not fit holds no run up: the receipt says which list is held, and the next
    /// file brings all of it.
    async fn list(&mut self, db: &mut Db, part: InventoryDelta) -> Result<()> {
        let done = match self.parts.gather(part) {
            Ok(None) => return Ok(()),
            Ok(Some(parts)) => match inventory::take(db, &self.host.id, &parts, self.now).await? {
                Listed::Broken => Err(inventory::BROKEN.to_owned()),
                _ => Ok(()),
            },
            Err(refusal) => Err(refusal.message),
        };
        if let Err(detail) = done {
            let (kind, subject) = (
                IntegrityKind::ObservationRefused,
                capdo_checks::run::LISTS_PACKAGES,
            );
            integrity::note(db, &self.host.id, kind, subject, &detail, self.now).await?;
        }
        Ok(())
    }

    fn ended(&mut self) {
        self.last = i64::try_from(self.counter).unwrap_or(i64::MAX);
        self.resync = false;
        self.taken.taken += 1;
    }

    fn refused(&self, refusal: Refusal) -> CarriedError {
        CarriedError::Refused {
            host: self.host.hostname.clone(),
            counter: self.counter,
            refusal: Box::new(refusal),
        }
    }
}

/// Keeps of a refused file what it says about the host's honesty.
async fn note(store: &Store, host_id: &str, error: &CarriedError, now: i64) -> Result<()> {
    let CarriedError::Refused { refusal, .. } = error else {
        return Ok(());
    };
    let Some((kind, subject)) = &refusal.integrity else {
        return Ok(());
    };
    let mut tx = store.write().await?;
    integrity::note(&mut tx, host_id, *kind, subject, &refusal.message, now).await?;
    Ok(tx.commit().await?)
}

fn open(path: &Path) -> Result<File> {
    let meta = path.metadata().map_err(|source| unreadable(path, source))?;
    if meta.is_file() {
        File::open(path).map_err(|source| unreadable(path, source))
    } else {
        let source = std::io::Error::other("it is no ordinary file");
        Err(unreadable(path, source))
    }
}

fn reader<'a>(file: &'a File, path: &Path) -> Result<Reader<BufReader<&'a File>>> {
    Reader::new(BufReader::new(file)).map_err(|source| CarriedError::Frame {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn unreadable(path: &Path, source: std::io::Error) -> CarriedError {
    CarriedError::File {
        path: path.to_owned(),
        source,
    }
}
