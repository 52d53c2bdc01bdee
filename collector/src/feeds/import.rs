//! Importing one file: checked, resumed, made visible at once.

use std::{io, path::Path};

use serde::Serialize;
use tokio::sync::mpsc;

use super::{FeedError, Kind, Sink, Unit, input, parse};
use crate::store::{
    Db, Store,
    advisory::{self, Record},
    audit::{self, Event},
    feed::{self, Feed, FeedState, NewFeed, Progress},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Batches that wait for the store; with their size, the most memory that parsing takes.
const WAITING: usize = 2;
/// A file with less than this share of the records of the one whose place it takes, in hundredths, is
/// taken for one that was cut off.
const LEAST_SHARE: i64 = 80;
/// Longest text of a record that is stored.
const MAX_TEXT: usize = 512;
/// Most holes, and most fixes, of one advisory.
const MAX_PARTS: usize = 20_000;

/// What to import.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the file is.
    pub kind: Kind,
    /// The file or folder.
    pub path: &'a Path,
    /// The SHA-256 that it must have.
    pub sha256: Option<[u8; 32]>,
    /// How recent it is, where the file itself does not say.
    pub dated_at: Option<i64>,
    /// Whether it may take the place of one with far more records.
    pub may_shrink: bool,
    /// Who imports, for the audit log.
    pub actor: &'a str,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "feed")]
pub enum Outcome {
    /// The same bytes were imported before; nothing was done.
    Already(Feed),
    /// It counts now.
    Imported(Feed),
}

/// Imports files into a store.
#[derive(Clone, Debug)]
pub struct Import {
    store: Store,
    now: i64,
}

impl Import {
    /// Imports into `store`.
    pub const fn new(store: Store, now: i64) -> Self {
        Self { store, now }
    }

    /// Imports a file. `progress` is told how many entries are durable.
    ///
    /// # Errors
    /// When the file cannot be read, has another checksum, breaks a bound, is not of its kind or holds
    /// nothing of use; nothing of it counts then.
    pub async fn run(
        &self,
        request: &Request<'_>,
        mut progress: impl FnMut(i64),
    ) -> Result<Outcome, FeedError> {
        let path = request.path;
        let fail = |e: io::Error| FeedError::file(path, e);
        let (sha256, bytes) = fingerprint(path).await.map_err(fail)?;
        if request.sha256.is_some_and(|wanted| wanted != sha256) {
            return Err(FeedError::Checksum {
                file: path.to_owned(),
                sha256: hex::encode(sha256),
            });
        }
        let feed = self.begin(request, &sha256, bytes).await?;
        if feed.state == FeedState::Complete {
            return Ok(Outcome::Already(feed));
        }
        if let Err(error) = self.read(request, &feed, &mut progress).await {
            self.forget_nothing(feed.id).await?;
            return Err(error);
        }
        if fingerprint(path).await.map_err(fail)?.0 != sha256 {
            self.forget(feed.id).await?;
            return Err(FeedError::Changed(path.to_owned()));
        }
        self.complete(request, feed.id).await.map(Outcome::Imported)
    }

    /// The feed of these bytes: a new one, or one that was begun before.
    async fn begin(
        &self,
        request: &Request<'_>,
        sha256: &[u8; 32],
        bytes: u64,
    ) -> Result<Feed, FeedError> {
        let kind = request.kind.code();
        let name = request
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let name: String = capdo_checks::observation::clean(&name)
            .chars()
            .take(200)
            .collect();
        let mut tx = self.store.write().await?;
        if let Some(known) = feed::of_file(&mut tx, kind, sha256).await? {
            feed::go_on(&mut tx, known.id, self.now).await?;
            tx.commit().await?;
            return Ok(known);
        }
        let new = NewFeed {
            kind,
            name: &name,
            sha256,
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            whole: request.kind.is_whole(request.path),
        };
        let id = feed::begin(&mut tx, &new, self.now).await?;
        let begun = feed::find(&mut tx, id).await?;
        tx.commit().await?;
        begun.ok_or(FeedError::NoSuch(id))
    }

    async fn read(
        &self,
        request: &Request<'_>,
        feed: &Feed,
        progress: &mut impl FnMut(i64),
    ) -> Result<(), FeedError> {
        let (to, mut batches) = mpsc::channel::<Vec<Unit>>(WAITING);
        let (kind, path) = (request.kind, request.path.to_owned());
        let skip = u64::try_from(feed.position).unwrap_or(0);
        let parser = tokio::task::spawn_blocking(move || {
            let mut sink = Sink::new(skip, &to);
            parse(kind, &path, &mut sink)
        });
        let mut done = Progress {
            position: feed.position,
            records: feed.records,
            skipped: feed.skipped,
            dated_at: feed.dated_at,
        };
        while let Some(batch) = batches.recv().await {
            self.store_batch(feed.id, &batch, &mut done).await?;
            progress(done.position);
        }
        let parsed = parser.await.map_err(io::Error::other).and_then(|p| p);
        parsed.map_err(|e| FeedError::file(request.path, e))
    }

    /// Makes a batch durable, and where the import goes on after it.
    async fn store_batch(
        &self,
        id: i64,
        batch: &[Unit],
        done: &mut Progress,
    ) -> Result<(), FeedError> {
        let mut next = *done;
        let mut tx = self.store.write().await?;
        for unit in batch {
            next.position += 1;
            // A date from the future would make the feed look fresh for ever.
            let dated = unit.dated.filter(|at| *at <= self.now + DAY_MS);
            next.dated_at = next.dated_at.max(dated);
            let mut any = false;
            for record in unit.records.iter().filter(|r| is_sane(r)) {
                advisory::add(&mut tx, id, record, self.now).await?;
                next.records += 1;
                any = true;
            }
            next.skipped += i64::from(!any);
        }
        feed::advance(&mut tx, id, &next).await?;
        tx.commit().await?;
        *done = next;
        Ok(())
    }

    /// Makes the feed count and those that it replaces not, then removes what these brought.
    async fn complete(&self, request: &Request<'_>, id: i64) -> Result<Feed, FeedError> {
        let mut tx = self.store.write().await?;
        feed::count_scope(&mut tx, id).await?;
        let read = feed::find(&mut tx, id)
            .await?
            .ok_or(FeedError::NoSuch(id))?;
        match read.state {
            FeedState::Importing => {}
            FeedState::Complete => return Ok(read), // the same file was imported beside this
            FeedState::Replaced => return Err(FeedError::NoSuch(id)), // given up and tidied away
        }
        if read.records == 0 {
            drop(tx);
            self.forget(id).await?;
            return Err(FeedError::Empty(request.path.to_owned()));
        }
        let mut replaced = feed::replaced_by(&mut tx, id).await?;
        replaced.retain(|(old, _)| *old != id);
        let old: Vec<i64> = replaced.iter().map(|(id, _)| *id).collect();
        if read.whole && !request.may_shrink {
            let before = replaced.iter().map(|(_, records)| *records).max();
            shrinks(&mut tx, request.path, &read, before.unwrap_or(0), &old).await?;
        }
        let mut progress = progress_of(&read);
        progress.dated_at = self.dated(&mut tx, request, &read).await?;
        feed::advance(&mut tx, id, &progress).await?;
        feed::complete(&mut tx, id, &old, self.now).await?;
        let event = Event {
            actor: request.actor,
            action: "feed.import",
            agency_id: None,
            target: &id.to_string(),
            detail: serde_json::json!({
                "kind": read.kind, "name": read.name, "sha256": hex::encode(&read.sha256),
                "records": read.records, "replaces": old,
            }),
        };
        audit::append(&mut tx, &event, self.now).await?;
        let feed = feed::find(&mut tx, id)
            .await?
            .ok_or(FeedError::NoSuch(id))?;
        tx.commit().await?;
        for old in old {
            let mut tx = self.store.write().await?;
            feed::clear(&mut tx, old).await?;
            tx.commit().await?;
        }
        Ok(feed)
    }

    /// How recent a feed is that was read to its end.
    async fn dated(
        &self,
        db: &mut Db,
        request: &Request<'_>,
        read: &Feed,
    ) -> Result<Option<i64>, FeedError> {
        let mut dated = read.dated_at.or(request.dated_at);
        if dated.is_none() {
            // A copy of an old file is a new file: it is no younger than the holes that it knows.
            let newest = feed::newest_year(db, read.id).await?.and_then(end_of_year);
            let at = modified(request.path);
            dated = at.map(|at| newest.map_or(at, |end| at.min(end)));
        }
        // A date from the future tells nothing.
        let known = dated.filter(|at| *at <= self.now + DAY_MS);
        Ok(known.map(|at| at.min(self.now)))
    }

    /// Forgets a feed of which nothing is stored: there is nothing to go on with.
    async fn forget_nothing(&self, id: i64) -> Result<(), FeedError> {
        let found = feed::find(&mut *self.store.read().await?, id).await?;
        match found.filter(|f| f.state == FeedState::Importing && f.records == 0) {
            Some(_) => self.forget(id).await,
            None => Ok(()),
        }
    }

    async fn forget(&self, id: i64) -> Result<(), FeedError> {
        let mut tx = self.store.write().await?;
        feed::clear(&mut tx, id).await?;
        feed::remove(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }
}

/// Refuses a feed that holds far less than one of `old`, whose place it would take: altogether, or of
/// any one release.
async fn shrinks(
    db: &mut Db,
    path: &Path,
    read: &Feed,
    before: i64,
    old: &[i64],
) -> Result<(), FeedError> {
    let shrunk = |release, now, before| FeedError::Shrunk {
        file: path.to_owned(),
        release,
        now,
        before,
    };
    if read.records < before.saturating_mul(LEAST_SHARE) / 100 {
        return Err(shrunk(String::new(), read.records, before));
    }
    let lost = feed::shrunk_release(db, read.id, old, LEAST_SHARE).await?;
    lost.map_or(Ok(()), |(release, now, before)| {
        Err(shrunk(release, now, before))
    })
}

async fn fingerprint(path: &Path) -> io::Result<([u8; 32], u64)> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || input::fingerprint(&path)).await;
    hashed.map_err(io::Error::other)?
}

const fn progress_of(feed: &Feed) -> Progress {
    Progress {
        position: feed.position,
        records: feed.records,
        skipped: feed.skipped,
        dated_at: feed.dated_at,
    }
}

/// When the file was last written: Debian's tracker says nowhere how recent it is.
fn modified(path: &Path) -> Option<i64> {
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    jiff::Timestamp::try_from(at)
        .ok()
        .map(|t| t.as_millisecond())
}

fn end_of_year(year: i16) -> Option<i64> {
    let last = jiff::civil::Date::new(year, 12, 31).ok()?;
    let end = last.at(23, 59, 59, 0).to_zoned(jiff::tz::TimeZone::UTC);
    Some(end.ok()?.timestamp().as_millisecond())
}

/// Names, versions and ids are short in every feed; what is not is none.
pub(super) fn is_sane(record: &Record) -> bool {
    let fits = |text: &String| text.len() <= MAX_TEXT && !text.chars().any(char::is_control);
    match record {
        Record::Kev(cve, _) | Record::Epss(cve, _) => fits(cve),
        Record::Advisory(a) => {
            let texts = a.fixes.iter().flat_map(|f| {
                [
                    &f.release,
                    &f.package,
                    &f.introduced,
                    &f.fixed,
                    &f.arch,
                    &f.module,
                    &f.channel,
                    &f.name,
                ]
            });
            !a.id.is_empty()
                && a.cves.len() <= MAX_PARTS
                && a.fixes.len() <= MAX_PARTS
                && [&a.id, &a.distro]
                    .into_iter()
                    .chain(&a.cves)
                    .chain(texts)
                    .all(fits)
        }
    }
}
