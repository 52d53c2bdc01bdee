//! What becomes of package lists: who may call itself what, and who is judged anew when.

use std::{collections::BTreeMap, time::Duration};

use capdo_checks::{
    Facts, Observation, Subject,
    advisories::CHECK,
    facts::{inventory::Inventory, versions::Scheme},
};
use capdo_collector::{
    advise,
    feeds::Kind,
    search::{self, Query},
    store::{
        Db, Scope, Store,
        finding::{self, Finding as Kept},
        host::{self, Claims},
        inventory, observation,
    },
};
use capdo_proto::v1::{SubjectKind, session_response::Payload as In};

use crate::inventory::{acked, advised, alpine, deb, debian, delta, listed, signing};
use crate::{
    agent::Agent,
    feeds::{import, sample},
    site::Site,
};

/// The release that the host's own check names.
async fn names_release(db: &mut Db, host: &str, release: &str, now: i64) {
    let seen = Observation {
        check: "patch.os-support".to_owned(),
        version: 2,
        subject: Subject::host(),
        facts: Facts::new()
            .observed("release", release, "/etc/os-release")
            .facts,
        gap: None,
    };
    keep(db, host, &seen, now).await;
}

/// What a host calls itself decides which advisories it is compared with, and whether at all. It has no
/// way out of the comparison by calling itself something else.
#[expect(
    clippy::too_many_lines,
    reason = "one story, told from beginning to end"
)]
#[tokio::test(flavor = "multi_thread")]
async fn to_call_itself_another_distribution_is_no_way_out() {
    let site = Site::start().await;
    let (store, now) = (&site.collector.store, site.now());
    import(store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    let called = |os: &str, version: &str, base: &str| {
        let mut packages = vec![deb("openssl", "3.0.9-1", "openssl")];
        if !base.is_empty() {
            packages.push(deb("base-files", base, "base-files"));
        }
        Inventory {
            os: os.into(),
            os_version: version.into(),
            ..debian(packages)
        }
    };
    let cases = [
        (
            "debian",
            called("unknown", "", ""),
            "",
            "unknown-distribution",
        ),
        (
            "debian",
            called("alpine", "3.20", ""),
            "",
            "unknown-distribution",
        ),
        ("debian", alpine(), "", "unknown-distribution"),
        ("unknown", called("unknown", "", ""), "", "unknown-release"),
        ("debian", called("debian", "99", ""), "", "unknown-release"),
        (
            "unknown",
            called("unknown", "", "12.4+deb12u5"),
            "",
            "unknown-distribution",
        ),
        // Older fixes have lower numbers: with Debian 11's, Debian 12 would always be fine.
        (
            "debian",
            called("debian", "11", "12.4+deb12u5"),
            "",
            "unknown-distribution",
        ),
        (
            "debian",
            called("debian", "11", ""),
            "debian 12",
            "unknown-distribution",
        ),
        (
            "debian",
            called("debian", "12", "12.4+deb12u5"),
            "debian 12",
            "fail",
        ),
        (
            "debian",
            Inventory {
                scheme: Scheme::Rpm,
                ..called("debian", "12", "")
            },
            "",
            "unknown-release",
        ),
        ("debian", debian(vec![]), "debian 12", "unknown-list"),
        ("alpine", alpine(), "alpine 3.20.3", ""),
    ];
    for (n, (enrolled, list, release, expected)) in cases.into_iter().enumerate() {
        let mut tx = store.write().await.unwrap();
        let name = format!("h{n}");
        let host = simulated(&mut tx, &site.system, &list, &name, enrolled, now).await;
        if !release.is_empty() {
            names_release(&mut tx, &host, release, now).await;
        }
        sqlx::query("UPDATE fix_first SET first_at = 0")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        advise::host(store, &host, now).await.unwrap();
        let reason = advised(store, &host).await.map(|(_, reason)| reason);
        assert_eq!(
            reason.unwrap_or_default(),
            expected,
            "{n}: {} {}",
            list.os,
            list.os_version
        );
    }
}

/// A list of attacks changes what is found only where something is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_attacks_touches_only_hosts_where_something_is_open() {
    let site = Site::start().await;
    let (store, now) = (&site.collector.store, site.now());
    import(store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    let mut tx = store.write().await.unwrap();
    let mut hosts = Vec::new();
    for version in ["3.0.9-1", "99"] {
        let list = debian(vec![deb("openssl", version, "openssl")]);
        hosts.push(simulated(&mut tx, &site.system, &list, version, "debian", now).await);
    }
    tx.commit().await.unwrap();
    let mut seen = Vec::new();
    for day in ["2026-11-19", "2026-11-21"] {
        let kev =
            serde_json::json!({"dateReleased": day, "vulnerabilities": [{"cveID": "CVE-1-1"}]});
        let file = site.dir.path().join("kev.json");
        std::fs::write(&file, kev.to_string()).unwrap();
        import(store, Kind::Kev, &file).await.unwrap();
        advise::all(store, now).await.unwrap();
        let mut db = store.read().await.unwrap();
        for host in &hosts {
            let held = finding::one(&mut db, host, CHECK).await.unwrap().unwrap();
            seen.push(held.finding.observation_sha256);
        }
    }
    assert_ne!(seen[0], seen[2], "open: how recent the list is, matters");
    assert_eq!(seen[1], seen[3], "nothing is open");
}

/// A collector that went back to a copy, or lost a list, asks for it: the agent takes it for delivered.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_lost_is_asked_for() {
    let site = Site::start().await;
    let store = &site.collector.store;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let list = debian(vec![deb("a", "1", "a")]);
    acked(&mut stream, delta(None, &list)).await;
    let state = [signing(&list)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    drop(stream);
    let mut tx = store.write().await.unwrap();
    for sql in ["DELETE FROM package", "DELETE FROM inventory"] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut stream, _) = agent.open().await;
    let wanted = list.sha256();
    assert!(matches!(stream.next().await, In::InventoryRequest(r) if r.sha256 == wanted));
    acked(&mut stream, delta(None, &list)).await;
    drop(stream);
    // Held again: the next session begins without a word of it.
    let (mut stream, told) = agent.open().await;
    stream.complete(&agent.run(2, &told, &state), &state).await;
}

/// Enters a host with a list that its agent signed.
pub(crate) async fn simulated(
    db: &mut Db,
    system: &str,
    list: &Inventory,
    name: &str,
    os_id: &str,
    now: i64,
) -> String {
    let id = capdo_collector::store::new_id();
    let claims = Claims {
        hostname: name,
        machine_id_sha256: &[],
        os_id,
        os_version: "12",
        agent_version: "0",
    };
    host::add(&mut *db, &id, system, &claims, now)
        .await
        .unwrap();
    inventory::put(&mut *db, &id, &BTreeMap::new(), list, now)
        .await
        .unwrap();
    keep(db, &id, &listed(list), now).await;
    id
}

/// Makes this what a host's agent said last.
async fn keep(db: &mut Db, host: &str, seen: &Observation, now: i64) {
    observation::keep(&mut *db, &seen.sha256(), &seen.to_bytes(), now)
        .await
        .unwrap();
    let kept = Kept {
        host_id: host.to_owned(),
        check_id: seen.check.clone(),
        subject_kind: SubjectKind::Host.into(),
        subject_name: String::new(),
        observation_sha256: seen.sha256().to_vec(),
        verdict: "pass".to_owned(),
        reason: "{\"key\":\"pass\"}".to_owned(),
        claimed_verdict: "pass".to_owned(),
        claim_mismatch: false,
        observed_at: now,
        confirmed_at: now,
        since: now,
    };
    finding::put(db, &kept).await.unwrap();
}

/// 200 hosts with 700 packages each; a feed of 30 000 fixes comes in, then a list of attacks. Prints
/// how long it takes until every host is judged anew, with no agent about.
#[expect(
    clippy::too_many_lines,
    reason = "one story, told from beginning to end"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_feed_judges_a_province_anew() {
    let site = Site::start().await;
    let (store, now) = (&site.collector.store, site.now());
    let mut hosts = Vec::new();
    let mut tx = store.write().await.unwrap();
    for n in 0..200 {
        let packages = (0..700).map(|p| {
            deb(
                &format!("b{p}"),
                if p % 50 == n % 50 { "1.0" } else { "9.0" },
                &format!("s{p}"),
            )
        });
        let list = debian(packages.collect());
        hosts.push(
            simulated(
                &mut tx,
                &site.system,
                &list,
                &format!("h{n}"),
                "debian",
                now,
            )
            .await,
        );
    }
    tx.commit().await.unwrap();
    let tracker: BTreeMap<String, serde_json::Value> = (0..700)
        .map(|p| {
            let holes: BTreeMap<String, serde_json::Value> = (0..43)
                .map(|c| {
                    let fixed = format!("2.{c}");
                    let release = serde_json::json!({"bookworm": {"status": "resolved", "fixed_version": fixed, "urgency": "low"}});
                    (format!("CVE-2026-{:05}", p * 43 + c), serde_json::json!({ "releases": release }))
                })
                .collect();
            (format!("s{p}"), serde_json::to_value(holes).unwrap())
        })
        .collect();
    let file = site.dir.path().join("tracker.json");
    std::fs::write(&file, serde_json::to_vec(&tracker).unwrap()).unwrap();
    let start = std::time::Instant::now();
    import(store, Kind::DebianTracker, &file).await.unwrap();
    let imported = start.elapsed();
    let judged = wait_for_all(store, &hosts, "unknown").await;
    let kev = serde_json::json!({"dateReleased": "2026-11-21T00:00:00Z", "vulnerabilities": [{"cveID": "CVE-2026-00001", "dateAdded": "2026-11-21"}]});
    let file = site.dir.path().join("kev.json");
    std::fs::write(&file, kev.to_string()).unwrap();
    import(store, Kind::Kev, &file).await.unwrap();
    let again = wait_for_all(store, &hosts[..1], "fail").await;
    println!(
        "200 hosts × 700 packages × 30100 fixes: import {imported:?}, then all judged after {judged:?} \
         ({:?} a host; the promise is a minute for all of them); after a list of attacks, again after {again:?}",
        judged / 200
    );

    let query = Query::parse("s7 < 2.0").unwrap();
    let mut db = store.read().await.unwrap();
    let (found, _) = search::run(&mut db, &Scope::All, &query).await.unwrap();
    assert_eq!(found.len(), 4, "hosts 7, 57, 107, 157");
    let other = Scope::Agency("other".to_owned());
    assert!(
        search::run(&mut db, &other, &query)
            .await
            .unwrap()
            .0
            .is_empty()
    );
}

async fn wait_for_all(store: &Store, hosts: &[String], verdict: &str) -> Duration {
    let start = std::time::Instant::now();
    for host in hosts {
        while advised(store, host)
            .await
            .is_none_or(|(is, _)| is != verdict)
        {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "{host} is not judged after two minutes; the promise is a minute for all hosts of a province"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    start.elapsed()
}
