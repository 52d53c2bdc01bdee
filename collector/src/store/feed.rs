//! Feeds: imported files of advisories. A half-imported one is in the tables and is never compared with
//! anything: every query joins on `state = 'complete'`.

use capdo_checks::advisories::ANY_STREAM;
use serde::Serialize;

use super::{Db, Result};

/// Whether what a feed brought counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum FeedState {
    /// Not yet: its import goes on, or was interrupted.
    Importing,
    /// It counts.
    Complete,
    /// No more: a later one took its place.
    Replaced,
}

/// A stored feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Feed {
    /// Its id; later feeds have higher ones.
    pub id: i64,
    /// What it is, such as `osv`.
    pub kind: String,
    /// The name of the file.
    pub name: String,
    /// SHA-256 of the file.
    #[serde(serialize_with = "as_hex")]
    pub sha256: Vec<u8>,
    /// Bytes of the file.
    pub bytes: i64,
    /// Whether it holds everything of its kind, so that it takes the place of earlier ones.
    pub whole: bool,
    /// Whether what it brought counts.
    pub state: FeedState,
    /// How many entries of the file are durable; an interrupted import goes on from here.
    pub position: i64,
    /// How many records it brought.
    pub records: i64,
    /// How many entries were not about anything that is stored: no fix, or not understood.
    pub skipped: i64,
    /// How recent its content is.
    pub dated_at: Option<i64>,
    /// When the import began.
    pub started_at: i64,
    /// When it was complete.
    pub imported_at: Option<i64>,
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(bytes))
}

/// A file that is about to be imported.
#[derive(Clone, Copy, Debug)]
pub struct NewFeed<'a> {
    /// What it is.
    pub kind: &'a str,
    /// The name of the file.
    pub name: &'a str,
    /// SHA-256 of the file.
    pub sha256: &'a [u8; 32],
    /// Bytes of the file.
    pub bytes: i64,
    /// Whether it holds everything of its kind.
    pub whole: bool,
}

/// The feed of that kind that was made of these bytes and is not replaced: to be gone on with, or
/// there already. None where an earlier version read the file and left out the days of its fixes.
///
/// # Errors
/// When the store fails.
pub async fn of_file(db: &mut Db, kind: &str, sha256: &[u8; 32]) -> Result<Option<Feed>> {
    Ok(sqlx::query_as(
        "SELECT * FROM feed WHERE kind = $1 AND sha256 = $2 AND state <> 'replaced' \
         AND NOT without_days ORDER BY id DESC LIMIT 1",
    )
    .bind(kind)
    .bind(sha256.as_slice())
    .fetch_optional(db)
    .await?)
}

/// Enters a feed whose import begins. Where the same file counts already and is only read anew, the feed has the
/// place of that one: what came after it keeps its word.
///
/// # Errors
/// When the store fails.
pub async fn begin(db: &mut Db, new: &NewFeed<'_>, at: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "INSERT INTO feed (kind, name, sha256, bytes, whole, state, position, records, skipped, \
         started_at, place) VALUES ($1, $2, $3, $4, $5, 'importing', 0, 0, 0, $6, \
         (SELECT max(coalesce(place, id)) FROM feed WHERE kind = $1 AND sha256 = $3 \
         AND state = 'complete' AND without_days)) RETURNING id",
    )
    .bind(new.kind)
    .bind(new.name)
    .bind(new.sha256.as_slice())
    .bind(new.bytes)
    .bind(new.whole)
    .bind(at)
    .fetch_one(db)
    .await?)
}

/// Notes that an import goes on, so that it is not taken for one that nobody ends.
///
/// # Errors
/// When the store fails.
pub async fn go_on(db: &mut Db, id: i64, at: i64) -> Result<()> {
    sqlx::query("UPDATE feed SET started_at = $2 WHERE id = $1 AND state = 'importing'")
        .bind(id)
        .bind(at)
        .execute(db)
        .await?;
    Ok(())
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Entries of the file that are durable.
    pub position: i64,
    /// Records that they brought.
    pub records: i64,
    /// Entries that brought none.
    pub skipped: i64,
    /// How recent the content is so far.
    pub dated_at: Option<i64>,
}

/// Notes how far an import has come, in the transaction that made it so.
///
/// # Errors
/// When the store fails.
pub async fn advance(db: &mut Db, id: i64, progress: &Progress) -> Result<()> {
    sqlx::query(
        "UPDATE feed SET position = $2, records = $3, skipped = $4, dated_at = $5 \
         WHERE id = $1 AND state = 'importing'",
    )
    .bind(id)
    .bind(progress.position)
    .bind(progress.records)
    .bind(progress.skipped)
    .bind(progress.dated_at)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes which releases a feed speaks about, counted from its fixes.
///
/// # Errors
/// When the store fails.
pub async fn count_scope(db: &mut Db, id: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO feed_scope (feed_id, distro, release, fixes, packages) \
         SELECT feed_id, distro, release, count(*), count(DISTINCT package) \
         FROM advisory_fix WHERE feed_id = $1 GROUP BY distro, release \
         ON CONFLICT (feed_id, distro, release) DO UPDATE SET fixes = excluded.fixes, \
         packages = excluded.packages",
    )
    .bind(id)
    .execute(db)
    .await?;
    Ok(())
}

/// The complete feeds that one takes the place of: of a whole one, those of its kind that came before it and whose
/// every distribution it speaks about too; of one that was read anew, what was read of the same file before. With
/// how many records each brought.
///
/// # Errors
/// When the store fails.
pub async fn replaced_by(db: &mut Db, id: i64) -> Result<Vec<(i64, i64)>> {
    Ok(sqlx::query_as(
        "SELECT old.id, old.records FROM feed AS old JOIN feed AS new ON new.id = $1 \
         WHERE old.kind = new.kind AND old.id <> new.id AND old.state = 'complete' \
         AND coalesce(old.place, old.id) <= coalesce(new.place, new.id) \
         AND (new.place IS NOT NULL AND old.sha256 = new.sha256 \
         OR new.whole AND NOT EXISTS (SELECT 1 FROM feed_scope AS o \
         WHERE o.feed_id = old.id AND NOT EXISTS (SELECT 1 FROM feed_scope AS n \
         WHERE n.feed_id = new.id AND n.distro = o.distro))) ORDER BY old.id",
    )
    .bind(id)
    .fetch_all(db)
    .await?)
}

/// A release for which a feed has less than `share` hundredths of the fixes of one of those that it
/// would replace; with both numbers.
///
/// # Errors
/// When the store fails.
pub async fn shrunk_release(
    db: &mut Db,
    id: i64,
    replaces: &[i64],
    share: i64,
) -> Result<Option<(String, i64, i64)>> {
    Ok(sqlx::query_as(
        "SELECT o.distro || ' ' || o.release, coalesce(n.fixes, 0), o.fixes \
         FROM json_each($2) AS old JOIN feed_scope AS o ON o.feed_id = old.value \
         LEFT JOIN feed_scope AS n ON n.feed_id = $1 AND n.distro = o.distro \
         AND n.release = o.release \
         WHERE coalesce(n.fixes, 0) < o.fixes * $3 / 100 ORDER BY o.fixes DESC LIMIT 1",
    )
    .bind(id)
    .bind(serde_json::to_string(replaces).unwrap_or_default())
    .bind(share)
    .fetch_optional(db)
    .await?)
}

/// The latest year in the numbers of the holes that a feed names by `CVE-YEAR-NUMBER`.
///
/// # Errors
/// When the store fails.
pub async fn newest_year(db: &mut Db, id: i64) -> Result<Option<i16>> {
    let sql = "SELECT max(substr(id, 5, 4)) FROM advisory WHERE feed_id = $1 \
               AND id GLOB 'CVE-[12][0-9][0-9][0-9]-*'";
    let year: Option<String> = sqlx::query_scalar(sql).bind(id).fetch_one(db).await?;
    Ok(year.and_then(|y| y.parse().ok()))
}

/// Makes a feed count, and those that it replaces not: at once, in the caller's transaction.
///
/// # Errors
/// When the store fails.
pub async fn complete(db: &mut Db, id: i64, replaces: &[i64], at: i64) -> Result<()> {
    for old in replaces {
        sqlx::query("UPDATE feed SET state = 'replaced' WHERE id = $1")
            .bind(old)
            .execute(&mut *db)
            .await?;
    }
    sqlx::query("UPDATE feed SET state = 'complete', imported_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes what a feed brought. Its own row stays, for the record.
///
/// # Errors
/// When the store fails.
pub async fn clear(db: &mut Db, id: i64) -> Result<()> {
    for sql in [
        "DELETE FROM advisory_fix WHERE feed_id = $1",
        "DELETE FROM advisory WHERE feed_id = $1",
        "DELETE FROM feed_scope WHERE feed_id = $1",
        "DELETE FROM kev WHERE feed_id = $1",
        "DELETE FROM epss WHERE feed_id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *db).await?;
    }
    Ok(())
}

/// The feeds that were ever imported, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db) -> Result<Vec<Feed>> {
    Ok(
        sqlx::query_as("SELECT * FROM feed ORDER BY id DESC LIMIT 1000")
            .fetch_all(db)
            .await?,
    )
}

/// One feed.
///
/// # Errors
/// When the store fails.
pub async fn find(db: &mut Db, id: i64) -> Result<Option<Feed>> {
    Ok(sqlx::query_as("SELECT * FROM feed WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?)
}

/// Which releases a feed speaks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ScopeRow {
    /// The distribution.
    pub distro: String,
    /// Its release.
    pub release: String,
    /// How many fixes.
    pub fixes: i64,
}

/// Which releases a feed speaks about.
///
/// # Errors
/// When the store fails.
pub async fn scope(db: &mut Db, id: i64) -> Result<Vec<ScopeRow>> {
    let sql = "SELECT distro, release, fixes FROM feed_scope WHERE feed_id = $1 \
               ORDER BY distro, release";
    Ok(sqlx::query_as(sql).bind(id).fetch_all(db).await?)
}

/// A number that changes whenever what counts changes: the last completion, and which feed it was.
///
/// # Errors
/// When the store fails.
pub async fn revision(db: &mut Db) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT coalesce(max(imported_at), 0), coalesce(max(id), 0) FROM feed \
         WHERE state = 'complete'",
    )
    .fetch_one(db)
    .await?)
}

/// How many fixes of a feed are of some stream of a module and do not name it.
///
/// # Errors
/// When the store fails.
pub async fn without_stream(db: &mut Db, id: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM advisory_fix WHERE feed_id = $1 AND module = $2";
    Ok(sqlx::query_scalar(sql)
        .bind(id)
        .bind(ANY_STREAM)
        .fetch_one(db)
        .await?)
}

/// How recent the advisories for a release are: the date of the newest complete feed that holds all
/// of them. Neither a single advisory that was added nor a small collection beside a large one makes
/// anything fresh. Feeds of one kind are compared by their fixes; those of different kinds, which count
/// these in different ways, by the packages that they name. `None` when no feed speaks
/// about the release; `Some(None)` when one does and none that holds all bears a date.
///
/// # Errors
/// When the store fails.
pub async fn freshness(db: &mut Db, distro: &str, release: &str) -> Result<Option<Option<i64>>> {
    let (count, dated): (i64, Option<i64>) = sqlx::query_as(
        "SELECT count(*), max(CASE WHEN NOT EXISTS (SELECT 1 FROM feed AS larger \
         JOIN feed_scope AS more ON more.feed_id = larger.id \
         WHERE larger.state = 'complete' AND larger.whole \
         AND more.distro = $1 AND more.release = $2 \
         AND CASE WHEN larger.kind = feed.kind THEN feed_scope.fixes < more.fixes * 80 / 100 \
         ELSE feed_scope.packages < more.packages / 2 END) THEN feed.dated_at END) \
         FROM feed JOIN feed_scope ON feed_scope.feed_id = feed.id \
         WHERE feed.state = 'complete' AND feed.whole AND feed_scope.distro = $1 \
         AND feed_scope.release = $2",
    )
    .bind(distro)
    .bind(release)
    .fetch_one(db)
    .await?;
    Ok((count > 0).then_some(dated))
}

/// The date of the newest complete feed of a kind.
///
/// # Errors
/// When the store fails.
pub async fn dated(db: &mut Db, kind: &str) -> Result<Option<i64>> {
    let sql = "SELECT max(dated_at) FROM feed WHERE kind = $1 AND state = 'complete'";
    Ok(sqlx::query_scalar(sql).bind(kind).fetch_one(db).await?)
}

/// Whether any complete feed speaks about any release of any distribution.
///
/// # Errors
/// When the store fails.
pub async fn any(db: &mut Db) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM feed_scope JOIN feed ON feed.id = feed_scope.feed_id \
               WHERE feed.state = 'complete' AND feed.whole)";
    Ok(sqlx::query_scalar(sql).fetch_one(db).await?)
}

/// A feed that leaves something behind which nothing will ever use: its import was begun before
/// `before` and not ended, or its removal was interrupted.
///
/// # Errors
/// When the store fails.
pub async fn left_over(db: &mut Db, before: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM feed WHERE state = 'importing' AND started_at < $1 \
         OR state = 'replaced' AND (EXISTS (SELECT 1 FROM advisory_fix WHERE feed_id = feed.id) \
         OR EXISTS (SELECT 1 FROM advisory WHERE feed_id = feed.id) \
         OR EXISTS (SELECT 1 FROM kev WHERE feed_id = feed.id) \
         OR EXISTS (SELECT 1 FROM epss WHERE feed_id = feed.id)) ORDER BY id LIMIT 1",
    )
    .bind(before)
    .fetch_optional(db)
    .await?)
}

/// Removes at most `most` rows of each kind of what a feed brought; how many went. The feed counts no
/// more and is not gone on with: the same file is then imported from its beginning.
///
/// # Errors
/// When the store fails.
pub async fn clear_some(db: &mut Db, id: i64, most: i64) -> Result<u64> {
    sqlx::query("UPDATE feed SET state = 'replaced' WHERE id = $1 AND state = 'importing'")
        .bind(id)
        .execute(&mut *db)
        .await?;
    let mut gone = 0;
    for sql in [
        "DELETE FROM advisory_fix WHERE feed_id = $1 AND (distro, release, package, advisory) IN \
         (SELECT distro, release, package, advisory FROM advisory_fix WHERE feed_id = $1 LIMIT $2)",
        "DELETE FROM advisory WHERE feed_id = $1 AND (distro, id) IN \
         (SELECT distro, id FROM advisory WHERE feed_id = $1 LIMIT $2)",
        "DELETE FROM feed_scope WHERE feed_id = $1 AND (distro, release) IN \
         (SELECT distro, release FROM feed_scope WHERE feed_id = $1 LIMIT $2)",
        "DELETE FROM kev WHERE feed_id = $1 AND cve IN \
         (SELECT cve FROM kev WHERE feed_id = $1 LIMIT $2)",
        "DELETE FROM epss WHERE feed_id = $1 AND cve IN \
         (SELECT cve FROM epss WHERE feed_id = $1 LIMIT $2)",
    ] {
        let done = sqlx::query(sql)
            .bind(id)
            .bind(most)
            .execute(&mut *db)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}

/// Removes a feed's own row, where nothing came of it.
///
/// # Errors
/// When the store fails.
pub async fn remove(db: &mut Db, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM feed WHERE id = $1 AND state = 'importing'")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
