//! A store of an earlier version, with data, is brought up to date and goes on.

use std::{borrow::Cow, path::Path};

use capdo_collector::{
    clock::{Clock as _, SystemClock},
    feeds::Kind,
    identity::{Authority, authority::CERTIFICATE_FILE},
    store::{
        FILE, Scope, Store,
        feed::{self, FeedState},
        finding, finding_change, host,
    },
};
use sqlx::{
    Connection as _, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::{
    agent::{Agent, blind, checks},
    feeds::{fixes, import, open, sample, zip_of},
    record::look,
    site::Site,
};

/// The last migration of the version before identities were bound to machines.
const EARLIER: i64 = 3;

/// A new store of an earlier version, empty.
async fn of_migration(data: &Path, last: i64) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(data.join(FILE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(false);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let mut migrator: Migrator = sqlx::migrate!("migrations/sqlite");
    let earlier = migrator.migrations.iter().filter(|m| m.version <= last);
    migrator.migrations = Cow::Owned(earlier.cloned().collect());
    migrator.run(&mut db).await.unwrap();
    db
}

/// Puts a store of the earlier version in the place of the one in `data`, with all of its data.
async fn set_back(data: &Path) {
    let new = data.join("new.db");
    for suffix in ["", "-wal", "-shm"] {
        let from = data.join(format!("{FILE}{suffix}"));
        if from.exists() {
            std::fs::rename(from, data.join(format!("new.db{suffix}"))).unwrap();
        }
    }
    let mut db = of_migration(data, EARLIER).await;
    sqlx::query("ATTACH $1 AS new")
        .bind(new.to_str().unwrap())
        .execute(&mut db)
        .await
        .unwrap();
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' \
                  AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%' \
                  AND name IN (SELECT name FROM new.sqlite_schema)";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
    for table in tables {
        let columns = "SELECT group_concat(name, ', ') FROM pragma_table_info($1)";
        let columns: String = sqlx::query_scalar(columns)
            .bind(&table)
            .fetch_one(&mut db)
            .await
            .unwrap();
        let copy = format!(
            "INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}"
        );
        sqlx::query(sqlx::AssertSqlSafe(copy))
            .execute(&mut db)
            .await
            .unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_store_of_the_version_before_goes_on_with_all_it_holds() {
    let site = Site::start().await;
    let mut agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(5).iter().map(|c| blind(c, "before")).collect();
    stream.complete(&agent.run(1, &told, &state), &state).await;
    drop(stream);
    let site = site.restart_after(set_back).await;
    agent.address = site.agents();
    let (mut stream, _) = agent.open().await;
    // Only what changed travels: the rest is what the earlier version held. Under the assignment of then.
    let mut next = state.clone();
    next[0] = blind(checks(1)[0], "after");
    stream
        .complete(&agent.run(2, &told, &next), &next[..1])
        .await;
    let mut db = site.collector.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id)
        .await
        .unwrap();
    let found = host::find(&mut db, &Scope::All, &agent.host_id)
        .await
        .unwrap();
    let broken = finding_change::verify(&mut db, &agent.host_id)
        .await
        .unwrap();
    assert_eq!((held.len(), found.last_counter, broken), (5, 2, None));
    println!(
        "a store of migration {EARLIER} with a run of 5 findings: up to date, the next run taken as changes"
    );
}

/// The last migration of the version before this one.
const LAST: i64 = 15;

/// What looks showed before goes on to count, and the record is as closed as it was.
#[tokio::test]
async fn what_looks_showed_before_their_addresses_were_kept_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = of_migration(dir.path(), LAST).await;
    for sql in [
        "INSERT INTO agency (id, name, kind, created_at) VALUES ('a', 'A', 'department', 1)",
        "INSERT INTO system (id, agency_id, name, standard_id, proposed_level, dossier, \
         declared_hosts, created_at) VALUES ('s', 'a', 'S', 'tcvn-14423-2026', 3, 'none', 1, 1)",
        "INSERT INTO host (id, system_id, hostname, machine_id_sha256, os_id, os_version, \
         agent_version, state, enrolled_at) VALUES ('h', 's', 'h', x'00', '', '', '', 'active', 1)",
        "INSERT INTO endpoint (id, system_id, host_id, kind, host, port, sni, created_at) \
         VALUES ('e', 's', 'h', 'https', 'a.vn', 443, '', 1)",
        "INSERT INTO contradiction VALUES ('e', 'h', 'tls.versions', 'tls10', 'x', 'y', 1, 2, 2, 9)",
        "INSERT INTO record VALUES (1, 1, 'event', NULL, 's', '{}', x'00', x'01')",
    ] {
        sqlx::query(sql).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let kept: (String, String, i64) =
        sqlx::query_as("SELECT topic, address, counts_until FROM contradiction")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    assert_eq!(kept, ("tls10".to_owned(), String::new(), 9));
    for sql in ["UPDATE record SET at = 2", "DELETE FROM record"] {
        let refused = sqlx::query(sql).execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

/// What stood before the log said how things stand is taken as it was at the upgrade, and guarded from then on.
#[tokio::test]
async fn what_stood_before_the_log_said_so_is_guarded_from_the_upgrade_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = of_migration(dir.path(), LAST).await;
    for sql in [
        "INSERT INTO agency (id, name, kind, created_at) VALUES ('a', 'A', 'department', 1)",
        "INSERT INTO system (id, agency_id, name, standard_id, proposed_level, dossier, \
         declared_hosts, created_at) VALUES ('s', 'a', 'S', 'tcvn-14423-2026', 3, 'none', 1, 1)",
    ] {
        sqlx::query(sql).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
    Authority::create(dir.path(), 1_795_000_000_000).unwrap();
    let before = SystemClock.now_ms();
    let holds = async || {
        let ca = dir.path().join(CERTIFICATE_FILE);
        let report = look(dir.path(), &ca, None).await;
        let named = report.broken.into_iter().map(|b| (b.table, b.row, b.what));
        named.collect::<Vec<_>>()
    };
    for _ in 0..2 {
        Store::open(dir.path()).await.unwrap().close().await;
    }
    assert_eq!(holds().await, []);
    let store = Store::open(dir.path()).await.unwrap();
    // Said on the day of the upgrade, to the agency that it concerns.
    let found: Vec<(i64, String)> =
        sqlx::query_as("SELECT at, action FROM audit WHERE agency_id = 'a' ORDER BY seq")
            .fetch_all(&mut *store.read().await.unwrap())
            .await
            .unwrap();
    let actions: Vec<&str> = found.iter().map(|(_, action)| action.as_str()).collect();
    assert_eq!(actions, ["agency.found", "system.found"]);
    assert!(found.iter().all(|(at, _)| *at >= before), "{found:?}");
    let mut tx = store.write().await.unwrap();
    for sql in [
        "UPDATE system SET proposed_level = 1",
        "INSERT INTO agency (id, name, kind, created_at) VALUES ('b', 'B', 'department', 1)",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    Store::open(dir.path()).await.unwrap().close().await;
    let named = holds().await;
    assert_eq!(
        named,
        [
            ("agency", "b".to_owned(), "unrecorded"),
            ("system", "s".to_owned(), "differs")
        ]
    );
}

/// A hole that was heard of long before anything closed it makes no host late, and files whose days were not read are
/// read again.
#[tokio::test]
async fn fixes_of_before_are_known_since_a_feed_brought_them() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let dir = tempfile::tempdir().unwrap();
    let mut db = of_migration(dir.path(), LAST).await;
    for sql in [
        "INSERT INTO feed VALUES (1, 'debian-tracker', 't', zeroblob(32), 1, 1, 'complete', 1, 1, 0, NULL, \
         170 * 86400000, 170 * 86400000), (2, 'debian-tracker', 'u', x'01', 1, 1, 'complete', 1, 1, 0, NULL, \
         180 * 86400000, 180 * 86400000), (3, 'csaf', 'v', zeroblob(32), 1, 0, 'complete', 1, 1, 0, NULL, \
         170 * 86400000, 170 * 86400000)",
        "INSERT INTO advisory VALUES (1, 'debian', 'CVE-2025-1', NULL, 5, '[]'), \
         (2, 'debian', 'CVE-2025-1', NULL, 5, '[]'), (1, 'debian', 'DSA-1-1', NULL, 5, '[]')",
        "INSERT INTO advisory_fix VALUES \
         (1, 'debian', '12', 'bash', 'CVE-2025-1', 1, '', '2', '', '', ''), \
         (2, 'debian', '12', 'bash', 'CVE-2025-1', 1, '', '2', '', '', ''), \
         (1, 'debian', '12', 'sed', 'CVE-2025-1', 1, '', '2', '', '', ''), \
         (1, 'debian', '12', 'sed', 'CVE-2025-1', 1, '1', '2', '', '', ''), \
         (1, 'debian', '12', 'bash', 'DSA-1-1', 1, '', '2', '', '', '')",
        "INSERT INTO advisory_first VALUES ('debian', 'CVE-2025-1', 0), ('debian', 'DSA-1-1', 0)",
    ] {
        sqlx::query(sql).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut db = store.read().await.unwrap();
    let known: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT package, advisory, first_at FROM fix_first ORDER BY 1, 2")
            .fetch_all(&mut *db)
            .await
            .unwrap();
    let in_days = known.iter();
    let in_days = in_days.map(|(package, id, at)| (package.as_str(), id.as_str(), at / DAY));
    let known: Vec<_> = in_days.collect();
    assert_eq!(
        known,
        [
            ("bash", "CVE-2025-1", 170),
            ("bash", "DSA-1-1", 0),
            ("sed", "CVE-2025-1", 170)
        ]
    );
    let same = async |kind: &str, db: &mut _| {
        let known = feed::of_file(db, kind, &[0; 32]).await.unwrap();
        known.map(|f| f.id)
    };
    assert_eq!(same("debian-tracker", &mut db).await, Some(1));
    assert_eq!(same("csaf", &mut db).await, None, "read anew");
}

/// A file that is read anew after an upgrade says what it said then: what came after it keeps its word, and
/// nothing counts twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_read_anew_takes_no_newer_word_away() {
    let (dir, store) = open().await;
    let text = std::fs::read_to_string(sample("csaf.json")).unwrap();
    let archive = dir.path().join("archive.zip");
    zip_of(
        &archive,
        &[("2023/cve-2023-5363.json", text.clone().into())],
    );
    let single = dir.path().join("cve-2023-5363.json");
    let newer = text.replace("3.0.7-25.el9_3", "3.0.7-99.el9_3");
    std::fs::write(&single, newer.replace("2026-11-19", "2026-11-20")).unwrap();
    let counts = async || {
        let mut all = fixes(&store, ("rhel", "9"), "openssl-libs").await;
        all.retain(|f| !f.ends_with("eus"));
        all
    };
    for path in [&archive, &single] {
        import(&store, Kind::Csaf, path).await.unwrap();
    }
    let before = counts().await;
    assert!(
        before.len() == 1 && before[0].contains("3.0.7-99"),
        "{before:?}"
    );
    // As the upgrade leaves them.
    let mut tx = store.write().await.unwrap();
    sqlx::query("UPDATE feed SET without_days = 1")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for path in [&archive, &single, &archive] {
        let anew = import(&store, Kind::Csaf, path).await.unwrap();
        println!("{anew:?}");
        assert_eq!(counts().await, before, "{}", path.display());
    }
    let feeds = feed::list(&mut store.read().await.unwrap()).await.unwrap();
    let complete = feeds.iter().filter(|f| f.state == FeedState::Complete);
    assert_eq!((complete.count(), feeds.len()), (2, 4));
    // What is really newer holds again.
    let newest = text.replace("3.0.7-25.el9_3", "3.0.7-100.el9_3");
    std::fs::write(&single, newest.replace("2026-11-19", "2026-11-21")).unwrap();
    import(&store, Kind::Csaf, &single).await.unwrap();
    let after = counts().await;
    assert!(
        after.len() == 1 && after[0].contains("3.0.7-100"),
        "{after:?}"
    );
}

/// As after an upgrade, when the service starts beside a command.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_is_brought_up_to_date_once_however_many_open_it() {
    for _ in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let path = dir.path().to_owned();
                tokio::spawn(async move { Store::open(&path).await.map(drop) })
            })
            .collect();
        for one in opening {
            one.await.unwrap().unwrap();
        }
    }
}

/// How each migration begins in SHA-384. A store remembers what brought it up to date and takes no other for it: a
/// change to one that is out would shut everybody's store. What is new goes into a file of its own, and here.
const OUT: [(i64, &str); 21] = [
    (1, "3c03d6620170d9e7"),
    (2, "758f8d8568467b3f"),
    (3, "e9445c5fc8438696"),
    (4, "5ec590b8bfb48d73"),
    (5, "abb9e16778791c08"),
    (6, "20b96526da01e8f7"),
    (7, "4498e66e208cfda2"),
    (8, "c2b48f221524f5d8"),
    (9, "166dd35ce2458e73"),
    (10, "3b2cc1259294c6db"),
    (11, "ba69c5fa4cf49c8c"),
    (12, "651d68a47858f665"),
    (13, "6cddb33411e89835"),
    (14, "aff4ec68a27de531"),
    (15, "7b41d6845be80db9"),
    (16, "22ac35b8e9edcba9"),
    (17, "3f2e0ad483a402c4"),
    (18, "cf68e9b7c0bac1e1"),
    (19, "43d92775bc4a9ca5"),
    (20, "84cc6707e08db07c"),
    (21, "631651312c9baf3a"),
];

#[test]
fn migrations_that_are_out_stay_as_they_are() {
    let migrator: Migrator = sqlx::migrate!("migrations/sqlite");
    let all = migrator.migrations.iter();
    let now: Vec<(i64, String)> = all
        .map(|m| (m.version, hex::encode(&m.checksum[..8])))
        .collect();
    let out: Vec<(i64, String)> = OUT.iter().map(|(n, h)| (*n, (*h).to_owned())).collect();
    assert_eq!(now, out);
}
