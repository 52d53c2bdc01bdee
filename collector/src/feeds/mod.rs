//! Feeds: advisories, known attacks and probabilities, imported from files, since a province's
//! collector has no internet.
//!
//! ```text
//! file ──▶ checksum ──▶ unpack, bounded ──▶ parse one entry at a time ──▶ batches ──▶ store
//!                                                                        (durable)   (visible at the end)
//! ```
//!
//! Nothing counts before the whole file was read; then all of it does, in one transaction. An import that
//! was interrupted goes on after the last batch that is durable.

mod attacks;
mod csaf;
mod debian;
mod error;
mod guard;
mod import;
mod input;
mod osv;
mod oval;

use std::{io, path::Path};

use capdo_checks::{advisories::ANY_STREAM, check::Severity};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

pub use error::FeedError;
pub use import::{Import, Outcome, Request};

use self::guard::Shape;
use crate::store::advisory::Record;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// OSV records of Debian, Ubuntu, AlmaLinux, Rocky Linux, Alpine: a zip, a folder, one JSON.
    Osv,
    /// The JSON of Debian's security tracker.
    DebianTracker,
    /// Debian's list of DSA or DLA.
    DebianList,
    /// CSAF documents of Red Hat: a tar, a folder, one JSON.
    Csaf,
    /// An OVAL v2 file of Red Hat.
    Oval,
    /// CISA's known exploited vulnerabilities.
    Kev,
    /// EPSS scores.
    Epss,
}

impl Kind {
    /// The name in the store and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Osv => "osv",
            Self::DebianTracker => "debian-tracker",
            Self::DebianList => "debian-list",
            Self::Csaf => "csaf",
            Self::Oval => "oval",
            Self::Kev => "kev",
            Self::Epss => "epss",
        }
    }

    /// Whether the path holds everything of its kind, so that it takes the place of earlier ones and
    /// makes what it speaks about fresh. A single record does neither. Debian's lists hold what got an
    /// advisory and nothing that was fixed otherwise: they add dates to the tracker's entries.
    fn is_whole(self, path: &Path) -> bool {
        match self {
            Self::Osv | Self::Csaf => input::is_collection(path),
            Self::DebianList => false,
            _ => true,
        }
    }
}

/// What one entry of a file says.
#[derive(Debug, Default)]
struct Unit {
    /// Nothing where it says nothing of use.
    records: Vec<Record>,
    /// How recent it is, in milliseconds since the Unix epoch.
    dated: Option<i64>,
}

/// Entries in one batch.
const BATCH: usize = 500;

/// Takes entries from a parser, skips those that are durable already, and hands on batches.
struct Sink<'a> {
    skip: u64,
    batch: Vec<Unit>,
    to: &'a mpsc::Sender<Vec<Unit>>,
}

impl<'a> Sink<'a> {
    fn new(skip: u64, to: &'a mpsc::Sender<Vec<Unit>>) -> Self {
        Self {
            skip,
            batch: Vec::with_capacity(BATCH),
            to,
        }
    }

    fn put(&mut self, unit: Unit) -> io::Result<()> {
        if let Some(left) = self.skip.checked_sub(1) {
            self.skip = left;
            return Ok(());
        }
        self.batch.push(unit);
        if self.batch.len() == BATCH {
            return self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let sent = self.to.blocking_send(batch);
        sent.map_err(|_| io::Error::other("the import was stopped"))
    }
}

/// Reads a file to its end as an import does, and stores nothing: how many records it holds that an
/// import would store. Blocks; not for async code.
///
/// # Errors
/// When the file cannot be read, breaks a bound, or is not of its kind.
pub fn count(kind: Kind, path: &Path) -> Result<u64, FeedError> {
    let (to, mut batches) = mpsc::channel::<Vec<Unit>>(1);
    std::thread::scope(|scope| {
        let counting = scope.spawn(move || {
            let mut records = 0_u64;
            while let Some(batch) = batches.blocking_recv() {
                let all = batch.iter().flat_map(|unit| &unit.records);
                records += all.filter(|r| import::is_sane(r)).count() as u64;
            }
            records
        });
        let parsed = parse(kind, path, &mut Sink::new(0, &to));
        drop(to);
        let records = counting.join().expect("counting does not panic");
        parsed.map_err(|e| FeedError::file(path, e))?;
        Ok(records)
    })
}

/// Parses a file from its beginning. Blocks.
fn parse(kind: Kind, path: &Path, sink: &mut Sink<'_>) -> io::Result<()> {
    match kind {
        Kind::Osv => documents(path, sink, osv::Osv::read)?,
        Kind::Csaf => documents(path, sink, csaf::Csaf::read)?,
        Kind::DebianTracker => debian::tracker(input::stream(path, Shape::Json)?, sink)?,
        Kind::DebianList => debian::list(input::stream(path, Shape::Lines)?, sink)?,
        Kind::Oval => oval::read(input::stream(path, Shape::Xml)?, sink)?,
        Kind::Kev => attacks::kev(input::stream(path, Shape::Json)?, sink)?,
        Kind::Epss => attacks::epss(input::stream(path, Shape::Lines)?, sink)?,
    }
    sink.flush()
}

fn documents<T: DeserializeOwned>(
    path: &Path,
    sink: &mut Sink<'_>,
    read: impl Fn(T) -> Unit,
) -> io::Result<()> {
    input::each_document(path, &mut |document| {
        if sink.skip > 0 {
            sink.put(Unit::default())?; // durable already: not even parsed
            return Ok(true);
        }
        let document: T = serde_json::from_reader(io::BufReader::new(document))?;
        sink.put(read(document))?;
        Ok(true)
    })
}

/// A date with or without time and offset, in milliseconds since the Unix epoch.
fn date_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let day = text.get(..10)?.parse::<jiff::civil::Date>().ok()?;
    let at = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(at.timestamp().as_millisecond())
}

/// The module that a fix is of: a module's package has the numbers of its stream, and the module that is
/// `named` with it; where none is, it is of some stream.
fn stream(fixed: &str, named: &str) -> String {
    match (fixed.contains(".module"), named) {
        (false, _) => "",
        (true, "") => ANY_STREAM,
        (true, named) => named,
    }
    .to_owned()
}

/// The words that distributions rate with.
fn severity_of(word: &str) -> Option<Severity> {
    match word.trim().to_ascii_lowercase().as_str() {
        "low" | "negligible" => Some(Severity::Low),
        "medium" | "moderate" => Some(Severity::Medium),
        "high" | "important" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    }
}
