//! The spool: what the agent saw and the collector has not yet taken, on disk.
//!
//! Rules, in the order of their weight:
//!
//! 1. Nothing is dropped before its ack, except by rule 5.
//! 2. A run sends what differs from the last *acked* state, worked out when its turn comes. So a run
//!    that is refused or given up takes no finding with it: what it changed, the next one sends.
//! 3. An acked batch is never sent again, except in a resync, after its run was set aside, or where the
//!    collector says that it lacks it.
//! 4. Only one process writes (the service), but for a receipt that is taken on a one-way site; others
//!    may read at any time (WAL).
//! 5. Before the files would pass [`Spool::bound`] bytes, the oldest unacked runs are given up, never
//!    the latest. What only they saw is superseded by what later runs saw; that their history is
//!    missing is recorded, and the next run tells the collector. Only a latest state that takes more
//!    than half of the bound by itself passes it.

mod carried;
mod inventory;
mod missing;
mod outbox;
mod put;
mod room;
mod schema;
mod settle;
mod state;
mod take_up;

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use capdo_checks::Value;
use capdo_proto::v1;
use prost::Message as _;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

pub use self::{
    carried::CarriedRun,
    outbox::{Batch, Pending},
    put::NewRun,
    settle::{Receipted, Settled},
};
use crate::{
    say::{Args, Explain, english_error},
    state_dir,
};

/// The file in the state folder.
pub const FILE: &str = "spool.db";

/// No host makes so many runs, and no collector takes them, were each as far ahead as one may be.
const MOST_RUNS: i64 = i64::MAX / 2;

/// Bytes that the spool may take on the disk, its log included.
pub const BOUND: u64 = 50 << 20;

/// The spool cannot be used.
#[derive(Debug)]
pub enum SpoolError {
    /// The database refused: disk full, no permission, a damaged file.
    Database {
        /// Which file.
        file: PathBuf,
        /// The database's words.
        source: rusqlite::Error,
    },
    /// The file holds something that this version did not write.
    Broken {
        /// Which file.
        file: PathBuf,
        /// What.
        what: &'static str,
    },
}

impl Explain for SpoolError {
    fn sentence(&self) -> (&'static str, Args) {
        let (file, detail) = match self {
            Self::Database { file, source } => (file, source.to_string()),
            Self::Broken { file, what } => (file, (*what).to_owned()),
        };
        let file = ("file", Value::from(file.display().to_string()));
        ("spool-failed", vec![file, ("detail", Value::from(detail))])
    }
}

english_error!(SpoolError);

impl SpoolError {
    /// Whether it may pass by itself: the disk is full, was mounted read-only or is slow.
    pub fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        let Self::Database { source, .. } = self else {
            return false;
        };
        matches!(
            source.sqlite_error_code(),
            Some(
                Code::DiskFull
                    | Code::ReadOnly
                    | Code::SystemIoFailure
                    | Code::CannotOpen
                    | Code::PermissionDenied
                    | Code::DatabaseBusy
                    | Code::DatabaseLocked
                    | Code::FileLockingProtocolFailed
            )
        )
    }
}

/// The spool, open for writing.
pub struct Spool {
    db: Connection,
    file: PathBuf,
    /// Bytes that the spool may take on the disk.
    bound: u64,
    /// Whether nobody else may read it now; see [`schema::alone`].
    alone: bool,
}

/// One state of the spool; see [`Spool::view`].
#[derive(Debug)]
pub struct View<'a>(#[expect(dead_code, reason = "held, not used")] rusqlite::Transaction<'a>);

type DbResult<T> = rusqlite::Result<T>;

impl Spool {
    /// Opens the spool in the state folder, or makes a new one. One that is there is opened on a full disk
    /// too; then nobody else may read it until there was room to store a run.
    ///
    /// # Errors
    /// When the file cannot be opened or is no spool.
    pub fn open(state_dir: &Path) -> Result<Self, SpoolError> {
        Self::open_bounded(state_dir, BOUND)
    }

    /// As [`Self::open`], with another bound.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_bounded(state_dir: &Path, bound: u64) -> Result<Self, SpoolError> {
        let (spool, why_alone) = Self::opened(&state_dir.join(FILE), bound)?;
        if let Some(error) = why_alone {
            tracing::warn!(%error, "The spool is read alone until there is room on the disk.");
        }
        Ok(spool)
    }

    /// The spool, and why nobody else may read it now where that is so.
    fn opened(file: &Path, bound: u64) -> Result<(Self, Option<SpoolError>), SpoolError> {
        // As where a command starts beside the service after an upgrade: SQLite locks each step of bringing
        // the tables up to date, not all of them. Where the folder cannot be locked, it has the word.
        let turn = file.parent().and_then(|folder| File::open(folder).ok());
        let _held = turn.as_ref().map(File::lock);
        own(file);
        let opened = Connection::open(file).and_then(|mut db| {
            schema::prepare(&mut db)?;
            Ok(db)
        });
        let spool = |db, alone| Self {
            db,
            file: file.to_owned(),
            bound,
            alone,
        };
        let source = match opened {
            Ok(db) => return Ok((spool(db, false), None)),
            Err(source) => source,
        };
        let error = SpoolError::Database {
            file: file.to_owned(),
            source,
        };
        let alone = error.may_pass().then(|| schema::alone(file));
        match alone {
            Some(Ok(Some(db))) => Ok((spool(db, true), Some(error))),
            _ => Err(error),
        }
    }

    /// Lets others read the spool again, where there is room for that now.
    fn share(&mut self) -> Result<(), SpoolError> {
        if !self.alone {
            return Ok(());
        }
        let nowhere = self.wrap(Connection::open_in_memory())?;
        drop(std::mem::replace(&mut self.db, nowhere)); // its lock would be in the way
        (*self, _) = Self::opened(&self.file, self.bound)?;
        Ok(())
    }

    /// How many runs wait in the spool of a state folder, read without the service; `None` where
    /// there is no spool.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn peek_depth(state_dir: &Path) -> Result<Option<u32>, SpoolError> {
        peek(state_dir, depth)
    }

    /// As [`Self::peek_depth`], how many runs the collector will never get; see [`Self::gaps`].
    ///
    /// # Errors
    /// As [`Self::peek_depth`].
    pub fn peek_gaps(state_dir: &Path) -> Result<Option<u32>, SpoolError> {
        peek(state_dir, missing::count)
    }

    /// How many finished runs the collector has not settled.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn depth(&self) -> Result<u32, SpoolError> {
        self.wrap(depth(&self.db))
    }

    /// The counter of the last finished run; 0 for none.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn last_counter(&self) -> Result<u64, SpoolError> {
        self.wrap(last_counter(&self.db)).map(i64::cast_unsigned)
    }

    /// The assignment that was last kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn assignment(&self) -> Result<Option<v1::Assignment>, SpoolError> {
        let bytes: Option<Vec<u8>> = self.wrap(meta(&self.db, "assignment"))?;
        // One that a later version wrote and this one cannot read counts as none.
        Ok(bytes.and_then(|b| v1::Assignment::decode(b.as_slice()).ok()))
    }

    /// Keeps an assignment.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keep_assignment(&self, assignment: &v1::Assignment) -> Result<(), SpoolError> {
        self.wrap(put_meta(
            &self.db,
            "assignment",
            &assignment.encode_to_vec(),
        ))
    }

    /// The latest time that the collector told, in milliseconds since the Unix epoch; 0 for none.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn heard_ms(&self) -> Result<i64, SpoolError> {
        let bytes: Option<Vec<u8>> = self.wrap(meta(&self.db, "heard_ms"))?;
        let bytes = bytes.and_then(|b| b.try_into().ok());
        Ok(bytes.map_or(0, i64::from_be_bytes))
    }

    /// Keeps the time that the collector told.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keep_heard_ms(&self, time_ms: i64) -> Result<(), SpoolError> {
        self.wrap(put_meta(&self.db, "heard_ms", &time_ms.to_be_bytes()))
    }

    /// Counts runs on from `counter`, where the own one is lower: the collector has taken that many
    /// from this host, and this state folder is an older one or a new one. A number to which no collector
    /// can have come is not believed: it would leave none to count on with.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_from(&mut self, counter: u64) -> Result<(), SpoolError> {
        let counter = i64::try_from(counter).unwrap_or(i64::MAX);
        if counter > MOST_RUNS {
            tracing::error!(
                counter,
                "The collector tells a number of runs that cannot be; it does not count."
            );
            return Ok(());
        }
        self.transact(|db| {
            if last_counter(db)? < counter {
                put_meta(db, "counter", &counter.to_be_bytes())?;
            }
            Ok(())
        })
    }

    /// Holds what is read until the view is dropped at one state, whatever is written meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn view(&self) -> Result<View<'_>, SpoolError> {
        self.wrap(self.db.unchecked_transaction()).map(View)
    }

    fn wrap<T>(&self, result: DbResult<T>) -> Result<T, SpoolError> {
        result.map_err(|source| SpoolError::Database {
            file: self.file.clone(),
            source,
        })
    }

    /// Runs `work` in a transaction.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> DbResult<T>,
    ) -> Result<T, SpoolError> {
        let done = self
            .db
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .and_then(|tx| {
                let value = work(&tx)?;
                tx.commit()?;
                Ok(value)
            });
        self.wrap(done)
    }
}

fn peek(
    state_dir: &Path,
    read: impl FnOnce(&Connection) -> DbResult<u32>,
) -> Result<Option<u32>, SpoolError> {
    let file = state_dir.join(FILE);
    if !file.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(&file, flags)
        .and_then(|db| read(&db))
        .map(Some)
        .map_err(|source| SpoolError::Database { file, source })
}

/// Has the files of the spool belong to the owner of the state folder. SQLite gives those that it makes
/// beside the first to the owner of that one. Why a file cannot be made, opening it says.
fn own(file: &Path) {
    let beside = |end: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    for end in ["-wal", "-shm"] {
        state_dir::hand_over(&beside(end));
    }
    if let Err(error) = state_dir::make_empty(file) {
        tracing::debug!(%error, "The spool cannot be made.");
    }
}

fn depth(db: &Connection) -> DbResult<u32> {
    let sql = "SELECT count(*) FROM run WHERE fate = 'pending'";
    db.query_row(sql, [], |r| r.get(0))
}

fn last_counter(db: &Connection) -> DbResult<i64> {
    let bytes: Option<Vec<u8>> = meta(db, "counter")?;
    let bytes = bytes.and_then(|b| b.try_into().ok());
    Ok(bytes.map_or(0, i64::from_be_bytes))
}

fn meta(db: &Connection, name: &str) -> DbResult<Option<Vec<u8>>> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    db.query_row(sql, [name], |r| r.get(0)).optional()
}

fn put_meta(db: &Connection, name: &str, value: &[u8]) -> DbResult<()> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    db.execute(sql, params![name, value]).map(drop)
}
