//! The record: untouched it verifies, and whatever is done to it is found and named.

use std::{
    fs,
    path::{Path, PathBuf},
};

use capdo_checks::Facts;
use capdo_collector::{
    identity::{Authority, authority::CERTIFICATE_FILE},
    store::{
        Db, Scope, Store,
        authorisation::{self, NewAuthorisation},
        certificate,
        endpoint::{self, EndpointKind, NewEndpoint},
        host,
        host::HostState,
        integrity,
        integrity::IntegrityKind,
    },
    verify::{self, Anchors, Head, Report, Wanted},
};
use capdo_proto::v1::Verdict;
use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::{
    agent::{Agent, blind, checks, gone, seen},
    site::{Site, entered},
};

/// How many runs the speed is measured over.
const MANY: u64 = 100;

/// A folder with a record: two hosts, one of them retired, runs that changed something, one that did not.
struct Folder {
    dir: TempDir,
    /// Before the last run.
    early: TempDir,
}

async fn folder() -> Folder {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let clock = Facts::new()
        .effective("container", true, "/proc")
        .effective("services", Vec::<capdo_checks::Value>::new(), "systemctl");
    let fine = seen("time.synchronised", clock, Verdict::NotApplicable);
    let state = [
        blind(checks(1)[0], "x"),
        fine.clone(),
        blind(checks(3)[2], "z"),
    ];
    // The first brings its list of checks with its name, the second only names it, the last does neither.
    let brings = agent.run(1, &told, &state).naming(&agent, true);
    stream.complete(&brings, &state).await;
    site.clock.advance(1000);
    let names = agent.run(2, &told, &state).naming(&agent, false);
    stream.complete(&names, &[]).await;
    let other = Agent::enrolled(&site).await;
    let (mut second, said) = other.open().await;
    let few = [blind(checks(1)[0], "other")];
    second.complete(&other.run(1, &said, &few), &few).await;
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &other.host_id, "lost", site.now())
        .await
        .unwrap();
    host::set_state(&mut tx, &Scope::All, &other.host_id, HostState::Retired)
        .await
        .unwrap();
    entered(&mut tx, "host.retire", &other.host_id, site.now()).await;
    declare(
        &mut tx,
        (&site.agency, &site.system),
        &agent.host_id,
        site.now(),
    )
    .await;
    let (kind, at) = (IntegrityKind::TwoStreams, site.now());
    integrity::note(&mut tx, &agent.host_id, kind, "", "x", at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let early = copied(site.dir.path());
    site.clock.advance(1000);
    let next = [blind(checks(1)[0], "changed"), fine];
    let sent = [next[0].clone(), gone(&state[2])];
    stream.complete(&agent.run(3, &told, &next), &sent).await;
    drop((stream, second));
    let Site { dir, collector, .. } = site;
    collector.stop().await;
    Folder { dir, early }
}

/// An endpoint on a host, and a permission to look at it.
async fn declare(db: &mut Db, (agency_id, system_id): (&str, &str), host_id: &str, now: i64) {
    let new = NewEndpoint {
        system_id,
        host_id: Some(host_id),
        kind: EndpointKind::Https,
        host: "a.vn",
        port: 443,
        sni: "",
    };
    let endpoint = endpoint::add(&mut *db, &new, now).await.unwrap();
    entered(&mut *db, "endpoint.add", &endpoint, now).await;
    let new = NewAuthorisation {
        agency_id,
        system_id: None,
        number: "12/UBND",
        dated: "2026-11-01",
        signed_by: "Trần Văn A",
        targets: "a.vn",
        valid_from: now,
        valid_until: now + 1000,
        document: b"%PDF-1.7",
        recorded_by: "officer",
    };
    let permit = authorisation::add(&mut *db, &new, now).await.unwrap();
    entered(&mut *db, "authorisation.add", &permit, now).await;
}

/// A copy of a folder, with what lies beside the store.
pub(crate) fn copied(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for name in ["capdo.db", "capdo.db-wal", CERTIFICATE_FILE] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.path().join(name)).unwrap();
        }
    }
    to
}

pub(crate) async fn look(dir: &Path, ca: &Path, expect: Option<&str>) -> Report {
    let anchors = Anchors::read(&[PathBuf::from(ca)]).unwrap();
    let wanted = Wanted {
        host: None,
        expect: expect.map(|head| Head::parse(head).unwrap()),
    };
    let store = Store::inspect(dir).await.unwrap();
    let report = verify::run(&store, &anchors, &wanted).await.unwrap();
    store.close().await;
    report
}

async fn verified(dir: &Path, expect: Option<&str>) -> Report {
    look(dir, &dir.join(CERTIFICATE_FILE), expect).await
}

/// A copy to which was done what somebody with a database tool could do.
async fn changed(folder: &Folder, sql: &str) -> TempDir {
    let copy = copied(folder.dir.path());
    let mut db = SqliteConnectOptions::new()
        .filename(copy.path().join("capdo.db"))
        .foreign_keys(false)
        .pragma("ignore_check_constraints", "ON")
        .connect()
        .await
        .unwrap();
    for table in ["audit", "finding_change", "record"] {
        for act in ["update", "delete"] {
            let drop = format!("DROP TRIGGER {table}_no_{act}");
            let drop = sqlx::AssertSqlSafe(drop);
            sqlx::query(drop).execute(&mut db).await.unwrap();
        }
    }
    let safe = sqlx::AssertSqlSafe(sql.to_owned());
    let done = sqlx::raw_sql(safe).execute(&mut db).await;
    let done = done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(done.rows_affected() > 0, "{sql} does nothing");
    db.close().await.unwrap();
    copy
}

fn first(report: &Report) -> (&str, &str) {
    let first = report.broken.first().map(|b| (b.table, b.what));
    first.unwrap_or(("", "nothing"))
}

#[tokio::test]
async fn an_untouched_record_holds_and_goes_on_from_an_earlier_head() {
    let folder = folder().await;
    let report = verified(folder.dir.path(), None).await;
    assert!(report.holds(), "{:?}", report.broken);
    assert_eq!((report.hosts, report.runs, report.certificates), (2, 4, 2));
    assert_eq!(
        (report.changes, report.findings, report.observations),
        (6, 3, 5)
    );
    assert_eq!(
        (report.keys_on_record_only, report.judged_by_other_rules),
        (0, 0)
    );
    let before = verified(folder.early.path(), None).await;
    assert!(before.holds(), "{:?}", before.broken);
    let later = verified(folder.dir.path(), Some(&before.head)).await;
    assert_eq!((later.expected, later.holds()), (Some(true), true));
    let names: Vec<_> = fs::read_dir(folder.dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        !names.iter().any(|n| n.to_string_lossy().contains("-wal")),
        "{names:?}"
    );
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_seen_against_a_head_kept_outside() {
    let folder = folder().await;
    let head = verified(folder.dir.path(), None).await.head;
    let report = verified(folder.early.path(), Some(&head)).await;
    assert_eq!(first(&report), ("record", "head-cut"));
    let seq = head.split_once('-').unwrap().0;
    let other = format!("{seq}-{}", "ab".repeat(32));
    let report = verified(folder.dir.path(), Some(&other)).await;
    assert_eq!(first(&report), ("record", "head-other"));
}

#[tokio::test]
async fn another_ca_vouches_for_nothing() {
    let folder = folder().await;
    let other = tempfile::tempdir().unwrap();
    Authority::create(other.path(), 1_795_000_000_000).unwrap();
    let ca = other.path().join(CERTIFICATE_FILE);
    let report = look(folder.dir.path(), &ca, None).await;
    assert_eq!(first(&report), ("authority", "untrusted"));
    let mut broken = report.broken.iter();
    assert!(broken.any(|b| (b.table, b.what) == ("certificate", "untrusted")));
    assert!(report.broken.iter().any(|b| b.what == "signature"));
}

/// What is done, the table that is named first, and what is said of it.
const DONE: [(&str, &str, &str); 42] = [
    ("DELETE FROM check_list", "check_list", "missing"),
    (
        "UPDATE check_list SET checks = '[]'",
        "check_list",
        "content",
    ),
    (
        "DELETE FROM finding_change WHERE seq = 2",
        "finding_change",
        "gap",
    ),
    ("DELETE FROM finding_change WHERE seq = 5", "run", "digest"),
    (
        "UPDATE finding_change SET seq = 100 - seq WHERE seq IN (1, 2); UPDATE finding_change SET seq = seq - 97 WHERE seq > 90",
        "finding_change",
        "content",
    ),
    (
        "UPDATE finding_change SET verdict = 'pass' WHERE seq = 1",
        "finding_change",
        "content",
    ),
    ("DELETE FROM run WHERE counter = 2", "run", "missing"),
    ("DELETE FROM run WHERE counter = 3", "run", "missing"),
    (
        "UPDATE run SET state = 'refused' WHERE counter = 3",
        "run",
        "differs",
    ),
    (
        "UPDATE run SET counter = 1 WHERE counter = 2",
        "run",
        "content",
    ),
    ("UPDATE assignment SET nonce = zeroblob(32)", "run", "nonce"),
    (
        "UPDATE run SET nonce = zeroblob(32) WHERE counter = 2",
        "run",
        "content",
    ),
    (
        "DELETE FROM observation WHERE rowid = 1",
        "observation",
        "missing",
    ),
    (
        "UPDATE observation SET bytes = CAST(bytes || x'20' AS BLOB) WHERE rowid = 1",
        "observation",
        "content",
    ),
    (
        "DELETE FROM finding WHERE check_id = 'time.synchronised'",
        "finding",
        "missing",
    ),
    (
        "UPDATE finding SET verdict = 'pass' WHERE check_id = 'time.synchronised'",
        "finding",
        "differs",
    ),
    (
        "UPDATE finding SET confirmed_at = confirmed_at + 1",
        "finding",
        "claims",
    ),
    ("DELETE FROM audit WHERE seq = 1", "audit", "gap"),
    (
        "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
        "audit",
        "missing",
    ),
    (
        "UPDATE audit SET actor = 'nobody' WHERE seq = 1",
        "audit",
        "content",
    ),
    ("DELETE FROM record WHERE seq = 3", "record", "gap"),
    (
        "DELETE FROM record WHERE seq = (SELECT max(seq) FROM record)",
        "run",
        "unrecorded",
    ),
    (
        "UPDATE record SET detail = '{}' WHERE kind = 'run'",
        "record",
        "content",
    ),
    (
        "DELETE FROM certificate WHERE revoked_at IS NULL",
        "certificate",
        "missing",
    ),
    (
        "UPDATE certificate SET revoked_at = NULL, revoked_why = NULL",
        "certificate",
        "differs",
    ),
    ("DELETE FROM integrity_event", "integrity_event", "missing"),
    ("UPDATE host SET last_counter = 9", "host", "differs"),
    (
        "UPDATE host SET state = 'retired' WHERE state = 'active'",
        "host",
        "differs",
    ),
    ("UPDATE host SET system_id = 'another'", "host", "differs"),
    ("UPDATE system SET declared_hosts = 1", "system", "differs"),
    ("UPDATE system SET proposed_level = 1", "system", "differs"),
    (
        "UPDATE system SET standard_id = 'tcvn-11930-2017'",
        "system",
        "differs",
    ),
    ("UPDATE system SET archived_at = 1", "system", "differs"),
    ("DELETE FROM system", "system", "missing"),
    (
        "INSERT INTO system SELECT 'x', agency_id, 'X', standard_id, 1, 1, dossier, 0, \
         created_at, NULL FROM system",
        "system",
        "unrecorded",
    ),
    ("UPDATE endpoint SET archived_at = 1", "endpoint", "differs"),
    ("UPDATE endpoint SET host_id = NULL", "endpoint", "differs"),
    ("UPDATE endpoint SET port = 444", "endpoint", "differs"),
    (
        "DROP TRIGGER authorisation_no_update; UPDATE authorisation SET valid_until = valid_until + 1",
        "authorisation",
        "differs",
    ),
    (
        "UPDATE finding_change SET verdict = 'pass' WHERE host_id IN \
         (SELECT id FROM host WHERE state = 'retired')",
        "finding_change",
        "content",
    ),
    ("DELETE FROM host", "host", "missing"),
    (
        "UPDATE certificate SET der = CAST(replace(hex(der), 'zz', '') AS BLOB)",
        "certificate",
        "differs",
    ),
];

#[tokio::test]
async fn what_is_deleted_reordered_or_cut_off_is_named() {
    let folder = folder().await;
    let mut wrong = Vec::new();
    for (sql, table, what) in DONE {
        let report = verified(changed(&folder, sql).await.path(), None).await;
        if !report
            .broken
            .iter()
            .any(|b| (b.table, b.what) == (table, what))
        {
            wrong.push(format!("{sql}: {:?}", report.broken));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Something is changed behind the collector's back, and then somebody does something honest to it.
#[tokio::test]
async fn an_honest_act_makes_no_change_good_that_came_before_it() {
    let folder = folder().await;
    for (sql, table, action) in [
        (
            "UPDATE system SET approved_level = 1",
            "system",
            "system.set",
        ),
        (
            "UPDATE system SET declared_hosts = 1",
            "system",
            "system.archive",
        ),
        ("UPDATE host SET system_id = 'x'", "host", "host.renew"),
        (
            "UPDATE host SET state = 'disabled'",
            "host",
            "host.enroll-carried",
        ),
        ("UPDATE host SET carried = 1", "host", "host.disable"),
        ("UPDATE agency SET archived_at = 1", "agency", "agency.set"),
        (
            "UPDATE endpoint SET host_id = NULL",
            "endpoint",
            "endpoint.archive",
        ),
    ] {
        let copy = changed(&folder, sql).await;
        let store = Store::open(copy.path()).await.unwrap();
        let id = format!("SELECT id FROM {table} LIMIT 1");
        let mut tx = store.write().await.unwrap();
        let id: String = sqlx::query_scalar(sqlx::AssertSqlSafe(id))
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        entered(&mut tx, action, &id, 1).await;
        tx.commit().await.unwrap();
        store.close().await;
        let report = verified(copy.path(), None).await;
        let named = report
            .broken
            .iter()
            .any(|b| (b.table, b.what) == (table, "differs"));
        assert!(named, "{sql}, {action}: {:?}", report.broken);
    }
}

/// What is no part of the record: notes for people that others may write later, and indexes.
const FREE: [&str; 15] = [
    "certificate.revoked_why",
    "run.refused_why",
    "run.cpu_limit_ms",
    "run.rss_limit_kib",
    "run.over_budget",
    "certificate.authority",
    "certificate.told",
    "observation.first_at",
    "integrity_event.detail",
    "integrity_event.count",
    "integrity_event.last_at",
    "integrity_event.acknowledged_at",
    "integrity_event.acknowledged_by",
    "integrity_event.acknowledged_why",
    "certificate.revoked_at",
];

#[tokio::test]
async fn every_column_that_is_changed_is_noticed() {
    let folder = folder().await;
    let tables = [
        ("audit", "seq = 1"),
        ("record", "seq = 2"),
        ("finding_change", "seq = 1"),
        ("run", "counter = 2"),
        ("check_list", "sha256 IS NOT NULL"),
        ("observation", "rowid = 1"),
        ("finding", "check_id = 'time.synchronised'"),
        ("certificate", "revoked_at IS NULL"),
        ("integrity_event", "true"),
    ];
    let mut missed = Vec::new();
    for (table, row) in tables {
        for column in columns(folder.dir.path(), table).await {
            if FREE.contains(&format!("{table}.{column}").as_str()) {
                continue;
            }
            if holds_null(folder.dir.path(), table, &column, row).await {
                continue;
            }
            let sql = format!(
                "UPDATE {table} SET {column} = CASE typeof({column}) WHEN 'integer' \
                 THEN {column} + 2000 WHEN 'text' THEN {column} || 'x' ELSE randomblob(33) END \
                 WHERE {row}"
            );
            let copy = changed(&folder, &sql).await;
            let anchors = Anchors::read(&[copy.path().join(CERTIFICATE_FILE)]).unwrap();
            let store = Store::inspect(copy.path()).await.unwrap();
            let report = verify::run(&store, &anchors, &Wanted::default()).await;
            // A value that cannot even be read ends the verification, which is as good.
            if report.is_ok_and(|r| r.holds()) {
                missed.push(format!("{table}.{column}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

async fn columns(dir: &Path, table: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}')");
    rows(dir, sql).await
}

async fn holds_null(dir: &Path, table: &str, column: &str, row: &str) -> bool {
    let sql = format!("SELECT 'x' FROM {table} WHERE {row} AND {column} IS NOT NULL");
    rows(dir, sql).await.is_empty()
}

async fn rows(dir: &Path, sql: String) -> Vec<String> {
    let file = dir.join("capdo.db");
    let options = SqliteConnectOptions::new()
        .filename(file)
        .immutable(true)
        .read_only(true);
    let mut db = options.connect().await.unwrap();
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn many_runs_are_verified_quickly() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let names = checks(20);
    for counter in 1..=MANY {
        site.clock.advance(10 * 60_000);
        let detail = format!("{counter}");
        let state: Vec<_> = names.iter().map(|c| blind(c, &detail)).collect();
        stream
            .complete(&agent.run(counter, &told, &state), &state)
            .await;
    }
    let report = verified(site.dir.path(), None).await;
    assert!(report.holds(), "{:?}", report.broken);
    assert_eq!(report.runs, MANY);
    println!(
        "{} runs, {} changes in {} ms: {} ms for 1,000 runs",
        report.runs,
        report.changes,
        report.took_ms,
        report.took_ms * 1000 / report.runs
    );
}
