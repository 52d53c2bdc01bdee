//! What the pages show at a glance: counts beside names, without reading evidence.

use serde::Serialize;
use tokio_stream::StreamExt;

use super::{Db, Result, Scope, host::HostState, system::Dossier};

/// A system with its latest score (without the card) and the counts that go with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct SystemLine {
    /// The system.
    pub id: String,
    /// Its owner.
    pub agency_id: String,
    /// Its name.
    pub name: String,
    /// The level that the agency proposes.
    pub proposed_level: u8,
    /// The level that was approved.
    pub approved_level: Option<u8>,
    /// How far its dossier has come.
    pub dossier: Dossier,
    /// How many hosts the agency declared.
    pub declared_hosts: u32,
    /// When the score was computed; the fields below are `None` where there is none yet.
    pub scored_at: Option<i64>,
    /// The score.
    pub score_bp: Option<u32>,
    /// The share with evidence.
    pub coverage_bp: Option<u32>,
    /// The share that is not applicable or waived.
    pub exempt_bp: Option<u32>,
    /// The score if waived controls counted.
    pub before_waivers_bp: Option<u32>,
    /// The highest level whose gate is open.
    pub attained: Option<u8>,
    /// Hosts with an agent.
    pub enrolled_hosts: u32,
    /// Integrity events of its hosts that nobody acknowledged since they last came.
    pub integrity_events: u32,
    /// When a finding last changed.
    pub last_change_at: Option<i64>,
}

impl SystemLine {
    /// The level it is measured at: approved where there is one, else proposed.
    pub fn level(&self) -> u8 {
        self.approved_level.unwrap_or(self.proposed_level)
    }
}

/// The systems of the scope that are in service; of one agency where `agency_id` is given.
///
/// # Errors
/// When the store fails; likewise below.
pub async fn systems(
    db: &mut Db,
    scope: &Scope,
    agency_id: Option<&str>,
) -> Result<Vec<SystemLine>> {
    Ok(sqlx::query_as(
        "SELECT system.id, system.agency_id, system.name, system.proposed_level, \
         system.approved_level, system.dossier, system.declared_hosts, \
         score_system.at AS scored_at, score_system.score_bp, score_system.coverage_bp, \
         score_system.exempt_bp, score_system.before_waivers_bp, score_system.attained, \
         (SELECT count(*) FROM host WHERE host.system_id = system.id \
          AND host.state <> 'retired') AS enrolled_hosts, \
         (SELECT count(*) FROM integrity_event \
          JOIN host ON host.id = integrity_event.host_id \
          WHERE host.system_id = system.id AND host.state <> 'retired' \
          AND (acknowledged_at IS NULL OR last_at > acknowledged_at)) AS integrity_events, \
         (SELECT max((SELECT finding_change.at FROM finding_change \
          WHERE finding_change.host_id = host.id ORDER BY finding_change.seq DESC LIMIT 1)) \
          FROM host WHERE host.system_id = system.id) AS last_change_at \
         FROM system LEFT JOIN score_system ON score_system.system_id = system.id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR system.agency_id = $2) \
         AND system.archived_at IS NULL ORDER BY system.agency_id, system.name",
    )
    .bind(scope.agency())
    .bind(agency_id)
    .fetch_all(db)
    .await?)
}

/// A host with how often its findings have each verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct HostLine {
    /// The host.
    pub id: String,
    /// What it calls itself. A claim.
    pub hostname: String,
    /// Its operating system. A claim.
    pub os_id: String,
    /// The version of that. A claim.
    pub os_version: String,
    /// The version of its agent. A claim.
    pub agent_version: String,
    /// Whether it takes part.
    pub state: HostState,
    /// When its agent last spoke.
    pub last_seen_at: Option<i64>,
    /// When its last run was accepted.
    pub last_run_at: Option<i64>,
    /// Findings that pass.
    pub pass: u32,
    /// Findings that pass in part.
    pub partial: u32,
    /// Findings that fail.
    pub fail: u32,
    /// Findings without sufficient evidence.
    pub unknown: u32,
    /// Integrity events that nobody acknowledged since they last came.
    pub integrity_events: u32,
}

/// The hosts of a system that are not retired, by name.
pub async fn hosts(db: &mut Db, scope: &Scope, system_id: &str) -> Result<Vec<HostLine>> {
    Ok(sqlx::query_as(
        "SELECT host.id, host.hostname, host.os_id, host.os_version, host.agent_version, \
         host.state, host.last_seen_at, host.last_run_at, \
         (SELECT count(*) FROM finding WHERE host_id = host.id AND verdict = 'pass') AS pass, \
         (SELECT count(*) FROM finding WHERE host_id = host.id AND verdict = 'partial') AS partial, \
         (SELECT count(*) FROM finding WHERE host_id = host.id AND verdict = 'fail') AS fail, \
         (SELECT count(*) FROM finding WHERE host_id = host.id AND verdict = 'unknown') AS unknown, \
         (SELECT count(*) FROM integrity_event WHERE host_id = host.id \
          AND (acknowledged_at IS NULL OR last_at > acknowledged_at)) AS integrity_events \
         FROM host JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.system_id = $2 \
         AND host.state <> 'retired' ORDER BY host.hostname, host.id",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}

/// The worst that one check found on one host, from best to worst.
macro_rules! worst {
    () => {
        "max(CASE WHEN finding.confirmed_at < $3 THEN 5 WHEN finding.verdict = 'unknown' THEN 4 \
         WHEN finding.verdict = 'fail' THEN 3 WHEN finding.verdict = 'partial' THEN 2 \
         WHEN finding.verdict = 'pass' THEN 1 ELSE 0 END)"
    };
}

/// One check on one host of a system: the worst of its subjects.
macro_rules! cells {
    () => {
        concat!(
            "SELECT finding.check_id, finding.host_id, host.hostname, ",
            worst!(),
            " AS worst FROM finding JOIN host ON host.id = finding.host_id \
             JOIN system ON system.id = host.system_id \
             WHERE ($1 IS NULL OR system.agency_id = $1) AND host.system_id = $2 \
             AND host.state <> 'retired' GROUP BY finding.check_id, finding.host_id, host.hostname"
        )
    };
}

/// On how many hosts of a system a check's worst verdict is this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Tally {
    /// The check.
    pub check_id: String,
    /// 0 not applicable, 1 pass, 2 partial, 3 fail, 4 unknown, 5 older than `fresh_from`.
    pub worst: u8,
    /// How many hosts.
    pub hosts: u32,
}

/// Counts hosts by check and worst verdict. Evidence confirmed before `fresh_from` is stale.
pub async fn tallies(
    db: &mut Db,
    scope: &Scope,
    system_id: &str,
    fresh_from: i64,
) -> Result<Vec<Tally>> {
    Ok(sqlx::query_as(concat!(
        "SELECT check_id, worst, count(*) AS hosts FROM (",
        cells!(),
        ") AS cell GROUP BY check_id, worst ORDER BY check_id, worst"
    ))
    .bind(scope.agency())
    .bind(system_id)
    .bind(fresh_from)
    .fetch_all(db)
    .await?)
}

/// A host on which a check does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct OpenCell {
    /// The check.
    pub check_id: String,
    /// The host.
    pub host_id: String,
    /// Its name.
    pub hostname: String,
    /// As in [`Tally`], 2 to 5.
    pub worst: u8,
}

/// For each check up to `most` hosts of a system on which it does not pass, worst first.
pub async fn open_cells(
    db: &mut Db,
    scope: &Scope,
    system_id: &str,
    fresh_from: i64,
    most: u32,
) -> Result<Vec<OpenCell>> {
    Ok(sqlx::query_as(concat!(
        "SELECT check_id, host_id, hostname, worst FROM (SELECT cell.*, row_number() OVER \
         (PARTITION BY check_id ORDER BY worst DESC, hostname, host_id) AS place FROM (",
        cells!(),
        ") AS cell WHERE worst >= 2) AS placed WHERE place <= $4 ORDER BY check_id, place"
    ))
    .bind(scope.agency())
    .bind(system_id)
    .bind(fresh_from)
    .bind(most)
    .fetch_all(db)
    .await?)
}

/// A host on which a check does not pass, with where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Open {
    /// The host.
    pub host_id: String,
    /// Its name.
    pub hostname: String,
    /// Its system.
    pub system_id: String,
    /// The name of that.
    pub system_name: String,
    /// The name of the owner.
    pub agency_name: String,
    /// The verdict.
    pub verdict: String,
    /// The subject; empty for the host itself.
    pub subject_name: String,
    /// Since when.
    pub since: i64,
}

/// Findings of a check that are not pass and not proved to be without object, oldest first.
pub async fn open_findings(
    db: &mut Db,
    scope: &Scope,
    check_id: &str,
    most: u32,
) -> Result<Vec<Open>> {
    Ok(sqlx::query_as(
        "SELECT finding.host_id, host.hostname, system.id AS system_id, \
         system.name AS system_name, agency.name AS agency_name, finding.verdict, \
         finding.subject_name, finding.since FROM finding \
         JOIN host ON host.id = finding.host_id JOIN system ON system.id = host.system_id \
         JOIN agency ON agency.id = system.agency_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND finding.check_id = $2 \
         AND finding.verdict IN ('fail', 'partial', 'unknown') AND host.state <> 'retired' \
         AND system.archived_at IS NULL \
         ORDER BY finding.since, finding.host_id, finding.subject_name LIMIT $3",
    )
    .bind(scope.agency())
    .bind(check_id)
    .bind(most)
    .fetch_all(db)
    .await?)
}

/// A system's stored scorecard and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CardLine {
    /// The system.
    pub system_id: String,
    /// Its name.
    pub system_name: String,
    /// The name of the owner.
    pub agency_name: String,
    /// The scorecard, as JSON.
    pub card: String,
}

/// Hands each scorecard of the scope under a standard to `pick`, one at a time, and collects what
/// it keeps. A province's cards together may be large; what is kept of each is small.
pub async fn from_cards<T>(
    db: &mut Db,
    scope: &Scope,
    standard_id: &str,
    mut pick: impl FnMut(CardLine) -> Option<T> + Send,
) -> Result<Vec<T>> {
    let mut rows = sqlx::query_as::<_, CardLine>(
        "SELECT system.id AS system_id, system.name AS system_name, agency.name AS agency_name, \
         score_system.card FROM score_system JOIN system ON system.id = score_system.system_id \
         JOIN agency ON agency.id = system.agency_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND score_system.standard_id = $2 \
         AND system.archived_at IS NULL ORDER BY agency.name, system.name",
    )
    .bind(scope.agency())
    .bind(standard_id)
    .fetch(db);
    let mut kept = Vec::new();
    while let Some(row) = rows.next().await {
        kept.extend(pick(row?));
    }
    Ok(kept)
}
