//! The store: an embedded SQLite file. One file per table, with all of its SQL.
//!
//! * One writer, whose transactions begin at once (`BEGIN IMMEDIATE`) and are on disk when they
//!   commit (`synchronous=FULL`): an ack promises that.
//! * Readers beside it, which never wait for the writer (WAL) and cannot write.
//! * Every read of what belongs to an agency takes a [`Scope`], and the SQL enforces it.
//! * Functions take the connection that [`Store::read`] or [`Store::write`] gave, so that several
//!   make one transaction.

pub mod advisory;
pub mod agency;
pub mod assignment;
pub mod audit;
pub mod authorisation;
pub mod authority;
pub mod ban;
pub mod carried_file;
pub mod certificate;
pub mod chain;
pub mod check_list;
pub mod contradiction;
pub mod endpoint;
mod error;
pub mod feed;
pub mod finding;
pub mod finding_change;
pub mod gap;
pub mod host;
pub mod intake;
pub mod integrity;
pub mod inventory;
pub mod key;
pub mod observation;
pub mod outside_finding;
pub mod overview;
pub mod probe;
pub mod purge;
pub mod record;
pub mod release;
pub mod restored;
pub mod run;
mod scope;
pub mod score;
pub mod session;
pub mod staged;
pub mod standing;
pub mod system;
pub mod token;
pub mod user;

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use capdo_cli::disk::{self, Trouble};
use sqlx::{
    Connection as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use error::StoreError;
pub use scope::Scope;

use crate::clock::{Clock as _, SystemClock};

/// A connection, inside a transaction or not: what every function of the tables takes.
pub use sqlx::SqliteConnection as Db;

/// What a function of the store returns.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The file of the store in the data folder.
pub const FILE: &str = "capdo.db";

const READERS: u32 = 8;
/// How long a look at the disk holds.
const LOOK: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_secs(20);

/// An open store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
    folder: Arc<PathBuf>,
    looked: Arc<Mutex<Option<Look>>>,
}

/// What a look at the disk showed, and when.
type Look = (Instant, Option<Trouble>);

impl Store {
    /// Opens the store in the folder `data`, creates it where it is new, and brings it up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer version.
    pub async fn open(data: &Path) -> Result<Self> {
        let path = data.join(FILE);
        let fail = |source| StoreError::Open {
            path: path.clone(),
            source,
        };
        create_private(&path).map_err(|source| StoreError::File {
            path: path.clone(),
            source,
        })?;
        let alone = alone(data).await.map_err(|source| StoreError::File {
            path: data.to_owned(),
            source,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON");
        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone().synchronous(SqliteSynchronous::Full))
            .await
            .map_err(fail)?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|source| StoreError::Migrate {
                path: path.clone(),
                source: Box::new(source),
            })?;
        let reader = pool()
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(fail)?;
        let store = Self {
            writer,
            reader,
            folder: Arc::new(data.to_owned()),
            looked: Arc::default(),
        };
        let now = SystemClock.now_ms();
        record::begin(&store, now).await?;
        standing::begin(&store, now).await?;
        drop(alone);
        Ok(store)
    }

    /// Opens the store in the folder `data` to be looked at and nothing else: nothing is created,
    /// brought up to date or written, so that a copy on a medium that cannot be written will do.
    /// Every connection comes from the same few; [`Self::write`] fails.
    ///
    /// # Errors
    /// When the file cannot be opened, or its version has no record yet.
    pub async fn inspect(data: &Path) -> Result<Self> {
        let path = data.join(FILE);
        let fail = |source| StoreError::Open {
            path: path.clone(),
            source,
        };
        // What is not in the file yet lies beside it. Where nothing does, nobody has the file open, and
        // it can be read without the files that readers otherwise make beside it.
        let alone = !data.join(format!("{FILE}-wal")).exists();
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .read_only(true)
            .immutable(alone)
            .busy_timeout(BUSY)
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("query_only", "ON");
        let reader = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await
            .map_err(fail)?;
        let known: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'record')",
        )
        .fetch_one(&reader)
        .await?;
        if !known {
            return Err(StoreError::NoRecord(path));
        }
        Ok(Self {
            writer: reader.clone(),
            reader,
            folder: Arc::new(data.to_owned()),
            looked: Arc::default(),
        })
    }

    /// A connection that only reads.
    ///
    /// # Errors
    /// When none becomes free in time.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>> {
        Ok(self.reader.acquire().await?)
    }

    /// A transaction that sees one state of the store throughout, for reads that must agree.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.reader.begin().await?)
    }

    /// The writing transaction; there is one at a time. Nothing is kept without `commit`.
    ///
    /// # Errors
    /// When the writer does not become free in time.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// As [`Self::write`], unless somebody else writes just now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write_if_free(&self) -> Result<Option<Transaction<'static, Sqlite>>> {
        Ok(self.writer.try_begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Why nothing can be kept, looked at every few seconds; `None` while all is well.
    pub fn trouble(&self) -> Option<Trouble> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        match *looked {
            Some((at, trouble)) if at.elapsed() < LOOK => trouble,
            _ => {
                let trouble = disk::trouble(&self.folder);
                *looked = Some((Instant::now(), trouble));
                trouble
            }
        }
    }

    /// Closes every connection, the write-ahead log merged.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// A lock on the folder, held until this is dropped. SQLite locks each step of bringing a store up to date,
/// and two programs that both begin with the same one would fail, as where the service starts beside a command
/// after an upgrade; nor does it wait when two give a new file its write-ahead log at once. Who waits too long
/// goes on, and is told by SQLite.
async fn alone(data: &Path) -> std::io::Result<File> {
    const EVERY: Duration = Duration::from_millis(20);
    let folder = File::open(data)?;
    let until = Instant::now() + BUSY;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(folder),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(EVERY).await;
            }
            Err(TryLockError::WouldBlock) => return Ok(folder),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Connections that are used again only if their last transaction is over. A database that rolls one back
/// by itself, as when the disk is full, leaves it open in the eyes of sqlx, for good: nothing would ever be
/// written again.
fn pool() -> SqlitePoolOptions {
    let over = |db: &mut SqliteConnection| !db.is_in_transaction();
    SqlitePoolOptions::new().before_acquire(move |db, _| {
        let over = over(db);
        Box::pin(async move { Ok(over) })
    })
}

/// A new id: UUIDv7 as text, so that ids sort by the time they were made.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The database holds every weakness of a province: nobody else on the machine may read it.
fn create_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Whether exactly one row was written.
fn one(done: &sqlx::sqlite::SqliteQueryResult) -> bool {
    done.rows_affected() == 1
}

/// Whether the row that was to be written is there: `what` is its kind, `id` its name.
fn wrote(done: &sqlx::sqlite::SqliteQueryResult, what: &'static str, id: &str) -> Result<()> {
    if one(done) {
        Ok(())
    } else {
        Err(StoreError::not_found(what, id))
    }
}

/// Turns a broken UNIQUE constraint into a sentence about `what`.
fn taken(what: &'static str, name: &str) -> impl FnOnce(sqlx::Error) -> StoreError {
    let name = name.to_owned();
    move |error| match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => StoreError::Taken { what, name },
        _ => StoreError::Sql(error),
    }
}

/// The one number that a query answers.
async fn number(db: &mut SqliteConnection, sql: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(db).await?)
}

/// Whether the store answers; costs nothing, for anybody may ask.
///
/// # Errors
/// When it does not.
pub async fn answers(db: &mut Db) -> Result<()> {
    let any = "SELECT EXISTS (SELECT 1 FROM host)";
    number(db, any).await.map(drop)
}
