//! Advisories, their fixes, known attacks and probabilities: what feeds brought.

use std::collections::{BTreeSet, HashMap, HashSet};

use capdo_checks::{
    advisories::{Distribution, Fix},
    check::Severity,
};
use sqlx::Row as _;

use super::{Db, Result};
use crate::clock::timestamp;

/// One thing that a feed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An advisory of a distribution.
    Advisory(Advisory),
    /// A hole that is known to be attacked, since that time where it is said.
    Kev(String, Option<i64>),
    /// How probable attacks are, in basis points.
    Epss(String, u32),
}

/// An advisory of one distribution. One without fixes is kept too: it takes back what an earlier feed
/// said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    /// The distribution.
    pub distro: String,
    /// Its id.
    pub id: String,
    /// How bad the distribution calls it.
    pub severity: Option<Severity>,
    /// When it was published, in milliseconds since the Unix epoch.
    pub published: Option<i64>,
    /// The holes.
    pub cves: Vec<String>,
    /// What closes them.
    pub fixes: Vec<FixRow>,
}

/// A fix for one package of one release.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixRow {
    /// The release.
    pub release: String,
    /// The package.
    pub package: String,
    /// Whether that is a source package.
    pub by_source: bool,
    /// The first version that has the hole, or an empty text.
    pub introduced: String,
    /// The first version without it.
    pub fixed: String,
    /// The only architecture, or an empty text.
    pub arch: String,
    /// The module and stream, `ANY_STREAM`, or an empty text.
    pub module: String,
    /// The repository beside the ordinary ones, or an empty text.
    pub channel: String,
    /// What closed the hole, where the advisory is that of the hole; or an empty text.
    pub name: String,
    /// When that was published, in milliseconds since the Unix epoch; else when the advisory was.
    pub published: Option<i64>,
}

const fn severity_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn severity_of(code: &str) -> Option<Severity> {
    [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]
    .into_iter()
    .find(|s| severity_code(*s) == code)
}

/// Adds what a feed says.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, feed: i64, record: &Record, now: i64) -> Result<()> {
    match record {
        Record::Advisory(advisory) => add_advisory(db, feed, advisory, now).await,
        Record::Kev(cve, added) => {
            let sql = "INSERT INTO kev VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            sqlx::query(sql)
                .bind(feed)
                .bind(cve)
                .bind(added)
                .execute(db)
                .await?;
            Ok(())
        }
        Record::Epss(cve, bp) => {
            let sql = "INSERT INTO epss VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            sqlx::query(sql)
                .bind(feed)
                .bind(cve)
                .bind(bp)
                .execute(db)
                .await?;
            Ok(())
        }
    }
}

/// Debian's tracker has one entry for each package of a hole; together they are one advisory.
async fn add_advisory(db: &mut Db, feed: i64, advisory: &Advisory, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO advisory (feed_id, distro, id, severity, published, cves) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (feed_id, distro, id) DO UPDATE SET \
         severity = coalesce(severity, excluded.severity), \
         published = min(coalesce(published, excluded.published), \
         coalesce(excluded.published, published))",
    )
    .bind(feed)
    .bind(&advisory.distro)
    .bind(&advisory.id)
    .bind(advisory.severity.map(severity_code))
    .bind(advisory.published)
    .bind(serde_json::to_string(&advisory.cves).unwrap_or_default())
    .execute(&mut *db)
    .await?;
    for fix in &advisory.fixes {
        add_fix(&mut *db, feed, advisory, fix, now).await?;
    }
    Ok(())
}

/// Of several that differ in their day alone, the earliest holds.
async fn add_fix(
    db: &mut Db,
    feed: i64,
    advisory: &Advisory,
    fix: &FixRow,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO advisory_fix (feed_id, distro, release, package, advisory, by_source, \
         introduced, fixed, arch, module, channel, name, published) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO UPDATE SET \
         name = excluded.name, published = excluded.published \
         WHERE excluded.published IS NOT NULL \
         AND (published IS NULL OR excluded.published < published)",
    )
    .bind(feed)
    .bind(&advisory.distro)
    .bind(&fix.release)
    .bind(&fix.package)
    .bind(&advisory.id)
    .bind(fix.by_source)
    .bind(&fix.introduced)
    .bind(&fix.fixed)
    .bind(&fix.arch)
    .bind(&fix.module)
    .bind(&fix.channel)
    .bind(&fix.name)
    .bind(fix.published)
    .execute(&mut *db)
    .await?;
    note_first(db, feed, advisory, fix, now).await
}

/// Notes when a fix was first heard of. What was there already when its release was first read, by a feed of the
/// same kind that holds everything, came on an unknown day before; one that was far smaller had not told of it.
async fn note_first(
    db: &mut Db,
    feed: i64,
    advisory: &Advisory,
    fix: &FixRow,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO fix_first VALUES ($1, $2, $3, $4, $5, $6, $7, $8 AND NOT EXISTS (\
         SELECT 1 FROM feed_scope AS scope CROSS JOIN feed AS old ON old.id = scope.feed_id \
         CROSS JOIN feed AS own ON own.id = $9 \
         WHERE scope.distro = $1 AND scope.release = $2 AND old.id <> own.id \
         AND old.kind = own.kind AND old.whole AND old.state = 'complete' \
         AND old.bytes * 2 >= own.bytes)) ON CONFLICT DO NOTHING",
    )
    .bind(&advisory.distro)
    .bind(&fix.release)
    .bind(&fix.package)
    .bind(&advisory.id)
    .bind(&fix.fixed)
    .bind(&fix.channel)
    .bind(now)
    .bind(fix.published.or(advisory.published).is_none())
    .bind(feed)
    .execute(db)
    .await?;
    Ok(())
}

/// The fixes of complete feeds for packages with these names, of one release. Where several feeds
/// hold an advisory, the latest one's word holds; one that was read anew is as late as it was at first.
///
/// # Errors
/// When the store fails.
pub async fn fixes(
    db: &mut Db,
    of: &Distribution,
    names: &BTreeSet<String>,
    exploited: &HashSet<String>,
) -> Result<HashMap<String, Vec<Fix>>> {
    let names = serde_json::to_string(names).unwrap_or_default();
    let rows = sqlx::query(
        "SELECT f.package, coalesce(nullif(f.name, ''), f.advisory), f.by_source, f.introduced, \
         f.fixed, f.arch, f.module, f.channel, a.cves, a.severity, \
         coalesce(f.published, a.published), first.first_at, coalesce(first.came_before, 0) \
         FROM json_each($3) AS name \
         JOIN advisory_fix AS f ON f.distro = $1 AND f.release = $2 AND f.package = name.value \
         JOIN feed ON feed.id = f.feed_id AND feed.state = 'complete' \
         JOIN advisory AS a ON a.feed_id = f.feed_id AND a.distro = f.distro AND a.id = f.advisory \
         LEFT JOIN fix_first AS first ON first.distro = f.distro AND first.release = f.release \
         AND first.package = f.package AND first.advisory = f.advisory \
         AND first.fixed = f.fixed AND first.channel = f.channel \
         WHERE NOT EXISTS (SELECT 1 FROM advisory AS later JOIN feed AS by ON by.id = later.feed_id \
         WHERE later.distro = f.distro AND later.id = f.advisory \
         AND coalesce(by.place, by.id) > coalesce(feed.place, feed.id) \
         AND by.state = 'complete')",
    )
    .bind(&of.name)
    .bind(&of.release)
    .bind(names)
    .fetch_all(db)
    .await?;
    let mut all: HashMap<String, Vec<Fix>> = HashMap::new();
    for row in rows {
        let package: String = row.try_get(0)?;
        let cves: String = row.try_get(8)?;
        let cves: Vec<String> = serde_json::from_str(&cves).unwrap_or_default();
        let severity: Option<String> = row.try_get(9)?;
        let time = |at: Option<i64>| at.map(timestamp);
        all.entry(package.clone()).or_default().push(Fix {
            package,
            advisory: row.try_get(1)?,
            by_source: row.try_get(2)?,
            introduced: row.try_get(3)?,
            fixed: row.try_get(4)?,
            arch: row.try_get(5)?,
            module: row.try_get(6)?,
            channel: row.try_get(7)?,
            exploited: cves.iter().any(|cve| exploited.contains(cve)),
            cves,
            severity: severity.as_deref().and_then(severity_of),
            published: time(row.try_get(10)?),
            known_since: time(row.try_get(11)?),
            came_before: row.try_get(12)?,
            epss_bp: None,
        });
    }
    Ok(all)
}

/// The holes that are known to be attacked.
///
/// # Errors
/// When the store fails.
pub async fn exploited(db: &mut Db) -> Result<HashSet<String>> {
    let sql = "SELECT DISTINCT cve FROM kev JOIN feed ON feed.id = kev.feed_id \
               WHERE feed.state = 'complete'";
    let all: Vec<String> = sqlx::query_scalar(sql).fetch_all(db).await?;
    Ok(all.into_iter().collect())
}

/// How probable attacks on these holes are, in basis points.
///
/// # Errors
/// When the store fails.
pub async fn probability(db: &mut Db, cves: &BTreeSet<String>) -> Result<HashMap<String, u32>> {
    let rows: Vec<(String, u32)> = sqlx::query_as(
        "SELECT epss.cve, max(epss.probability_bp) FROM json_each($1) AS wanted \
         JOIN feed ON feed.kind = 'epss' AND feed.state = 'complete' \
         JOIN epss ON epss.feed_id = feed.id AND epss.cve = wanted.value GROUP BY epss.cve",
    )
    .bind(serde_json::to_string(cves).unwrap_or_default())
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().collect())
}
