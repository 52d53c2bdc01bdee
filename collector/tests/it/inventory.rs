//! Package lists on the wire, and what advisories make of them.

use std::{collections::BTreeMap, time::Duration};

use capdo_checks::{
    Facts, Observation, Subject,
    advisories::CHECK,
    facts::{
        inventory::{Installed, Inventory},
        versions::Scheme,
    },
    run::LISTS_PACKAGES,
};
use capdo_collector::{
    advise,
    feeds::Kind,
    search::{self, Query},
    store::{
        Db, Scope, Store,
        finding::{self, Finding as Kept},
        finding_change,
        host::{self, Claims},
        integrity::{self, IntegrityKind},
        inventory, observation,
    },
};
use capdo_proto::{
    digest::observation_sha256,
    v1::{
        self, Finding, InventoryDelta, InventoryHeader, Package, PackageKey, SubjectKind,
        session_request::Payload as Out, session_response::Payload as In,
    },
};

use crate::{
    agent::{Agent, Stream, blind},
    feeds::{import, sample},
    site::Site,
};

fn deb(name: &str, version: &str, source: &str) -> Installed {
    Installed {
        name: name.into(),
        version: version.into(),
        arch: "amd64".into(),
        source: source.into(),
        source_version: version.into(),
        ..Installed::default()
    }
}

/// A list with these packages; with dpkg too, unless it is empty.
fn debian(mut packages: Vec<Installed>) -> Inventory {
    if !packages.is_empty() {
        packages.push(deb("dpkg", "1.21.22", "dpkg"));
    }
    packages.sort();
    Inventory {
        scheme: Scheme::Dpkg,
        os: "debian".into(),
        os_version: "12".into(),
        kernel: "6.1.0-18-amd64".into(),
        kernel_build: String::new(),
        channels: Vec::new(),
        packages,
    }
}

/// What makes `after` of `before`, as an agent would send it.
fn delta(before: Option<&Inventory>, after: &Inventory) -> InventoryDelta {
    let old: Vec<Installed> = before.map(|b| b.packages.clone()).unwrap_or_default();
    let package = |p: &Installed| Package {
        name: p.name.clone(),
        version: p.version.clone(),
        arch: p.arch.clone(),
        source: p.source.clone(),
        source_version: p.source_version.clone(),
        vendor: p.vendor.clone(),
        module: p.module.clone(),
    };
    let key = |p: &Installed| PackageKey {
        name: p.name.clone(),
        arch: p.arch.clone(),
        version: p.version.clone(),
    };
    InventoryDelta {
        base_sha256: before.map_or_else(Vec::new, |b| b.sha256().to_vec()),
        sha256: after.sha256().to_vec(),
        sequence: 0,
        last: true,
        header: Some(InventoryHeader {
            scheme: match after.scheme {
                Scheme::Apk => "apk",
                Scheme::Dpkg => "dpkg",
                Scheme::Rpm => "rpm",
            }
            .into(),
            os: after.os.clone(),
            os_version: after.os_version.clone(),
            kernel: after.kernel.clone(),
            kernel_build: String::new(),
            channels: Vec::new(),
        }),
        upserts: after
            .packages
            .iter()
            .filter(|p| !old.contains(p))
            .map(package)
            .collect(),
        removals: old
            .iter()
            .filter(|p| !after.packages.contains(p))
            .map(key)
            .collect(),
    }
}

fn listed(inventory: &Inventory) -> Observation {
    let facts = Facts::new()
        .observed("packages", inventory.packages.len(), "dpkg")
        .observed("lists_itself", true, "dpkg")
        .observed("sha256", hex::encode(inventory.sha256()), "dpkg");
    Observation {
        check: LISTS_PACKAGES.to_owned(),
        version: 1,
        subject: Subject::host(),
        facts: facts.facts,
        gap: None,
    }
}

/// The finding that signs a list.
fn signing(inventory: &Inventory) -> Finding {
    let bytes = listed(inventory).to_bytes();
    Finding {
        observation_sha256: observation_sha256(&bytes).to_vec(),
        observation: bytes,
        claimed_verdict: v1::Verdict::Pass.into(),
        claimed_reason_key: "pass".to_owned(),
        ..blind(LISTS_PACKAGES, "")
    }
}

async fn acked(stream: &mut Stream, delta: InventoryDelta) {
    let sha256 = delta.sha256.clone();
    stream.send(Out::InventoryDelta(delta)).await;
    match stream.next().await {
        In::InventoryAck(ack) => assert_eq!(ack.sha256, sha256),
        other => panic!("not taken: {other:?}"),
    }
}

/// The verdict and the reason of the collector's own check.
async fn advised(store: &Store, host: &str) -> Option<(String, String)> {
    let held = finding::one(&mut store.read().await.unwrap(), host, CHECK)
        .await
        .unwrap()?;
    let reason: serde_json::Value = serde_json::from_str(&held.finding.reason).unwrap();
    Some((
        held.finding.verdict,
        reason["key"].as_str().unwrap().to_owned(),
    ))
}

fn says(verdict: &str, reason: &str) -> Option<(String, String)> {
    Some((verdict.to_owned(), reason.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_travels_once_and_then_only_what_changed() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    assert!(told.takes_inventory);
    let old = debian((0..700).map(|n| deb(&format!("p{n}"), "1", "s")).collect());
    acked(&mut stream, delta(None, &old)).await;
    let mut new = old.clone();
    new.packages[5].version = "2".into();
    let change = delta(Some(&old), &new);
    assert_eq!((change.upserts.len(), change.removals.len()), (1, 1));
    acked(&mut stream, change.clone()).await;
    acked(&mut stream, change).await; // again: taken the same way
    let store = &site.collector.store;
    let held = inventory::find(&mut store.read().await.unwrap(), &agent.host_id)
        .await
        .unwrap();
    assert_eq!(held, Some(new.clone()));

    // A change of a list that the collector does not hold: the whole is asked for, and taken.
    let mut lost = delta(Some(&debian(vec![])), &new);
    lost.sha256 = vec![9; 32];
    stream.send(Out::InventoryDelta(lost)).await;
    assert!(matches!(stream.next().await, In::InventoryRequest(r) if r.sha256 == [9; 32]));
    let third = debian(vec![deb("a", "1", "a")]);
    acked(&mut stream, delta(None, &third)).await;

    // In parts, whose middle one goes missing: nothing of it holds, and the stream goes on.
    let parts: Vec<InventoryDelta> = (0..3)
        .map(|sequence| InventoryDelta {
            sequence,
            last: sequence == 2,
            ..delta(None, &old)
        })
        .collect();
    stream.send(Out::InventoryDelta(parts[0].clone())).await;
    stream.send(Out::InventoryDelta(parts[2].clone())).await;
    // A list that does not give its SHA-256.
    stream
        .send(Out::InventoryDelta(InventoryDelta {
            sha256: vec![8; 32],
            ..delta(None, &old)
        }))
        .await;
    let state = [signing(&third)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let mut db = store.read().await.unwrap();
    assert_eq!(
        inventory::find(&mut db, &agent.host_id).await.unwrap(),
        Some(third)
    );
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id))
        .await
        .unwrap();
    let event = events.iter().find(|e| e.subject == LISTS_PACKAGES).unwrap();
    assert_eq!(
        (event.kind, event.count),
        (IntegrityKind::ObservationRefused, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn advisories_are_judged_from_what_the_agent_signed() {
    let site = Site::start().await;
    let store = &site.collector.store;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let vulnerable = debian(vec![
        deb("libc6", "2.36-9", "glibc"),
        deb("openssl", "3.0.9-1", "openssl"),
        deb("openssh-server", "1:9.2p1-2+deb12u3", "openssh"),
    ]);
    let fixed = debian(vec![
        deb("libc6", "2.36-9+deb12u3", "glibc"),
        deb("openssl", "3.0.11-1~deb12u2", "openssl"),
    ]);
    acked(&mut stream, delta(None, &vulnerable)).await;
    let state = [signing(&vulnerable)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    assert_eq!(
        advised(store, &agent.host_id).await,
        None,
        "no feed: not measured"
    );

    import(store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    import(store, Kind::DebianList, &sample("dsa-list"))
        .await
        .unwrap();
    advise::all(store, site.now()).await.unwrap();
    assert_eq!(advised(store, &agent.host_id).await, says("fail", "fail"));
    import(store, Kind::Kev, &sample("kev.json")).await.unwrap();
    // The collector notices by itself what another process imported.
    for _ in 0..300 {
        if advised(store, &agent.host_id).await != says("fail", "fail") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        advised(store, &agent.host_id).await,
        says("fail", "fail-exploited")
    );

    // Another list than the one that was signed changes nothing; once it is signed, it counts.
    acked(&mut stream, delta(Some(&vulnerable), &fixed)).await;
    assert_eq!(
        advised(store, &agent.host_id).await,
        says("fail", "fail-exploited")
    );
    let state = [signing(&fixed)];
    stream.complete(&agent.run(2, &told, &state), &state).await;
    let mut db = store.read().await.unwrap();
    let held = finding::one(&mut db, &agent.host_id, CHECK)
        .await
        .unwrap()
        .unwrap();
    let seen = Observation::from_bytes(&held.bytes).unwrap();
    assert_eq!(seen.best("open_count").unwrap().value.as_int(), Some(0));
    assert_eq!(
        finding_change::verify(&mut db, &agent.host_id)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_may_not_say_what_the_collector_makes() {
    let site = Site::start().await;
    let store = &site.collector.store;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let lie = [blind(CHECK, "x")];
    let run = agent.run(1, &told, &lie);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream
        .send(Out::FindingBatch(run.batch(0, &lie, false)))
        .await;
    assert_eq!(stream.refused().await.machine_code, "finding.observation");
    let mut db = store.read().await.unwrap();
    assert!(
        finding::one(&mut db, &agent.host_id, CHECK)
            .await
            .unwrap()
            .is_none()
    );
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id))
        .await
        .unwrap();
    assert!(events.iter().any(|e| e.subject == CHECK), "{events:?}");
    drop(db);

    // Silence is no way out either: with feeds, a host without a list is not assessed.
    import(store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    advise::all(store, site.now()).await.unwrap();
    assert_eq!(
        advised(store, &agent.host_id).await,
        says("unknown", "unknown-inventory")
    );
    // Nor is a list of something else that nobody signed.
    acked(&mut stream, delta(None, &alpine())).await;
    assert_eq!(
        advised(store, &agent.host_id).await,
        says("unknown", "unknown-inventory")
    );
}

fn alpine() -> Inventory {
    Inventory {
        scheme: Scheme::Apk,
        os: "alpine".into(),
        os_version: "3.20.3".into(),
        packages: vec![deb("apk-tools", "2.14.4-r0", "apk-tools")],
        ..debian(vec![])
    }
}

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
        sqlx::query("UPDATE advisory_first SET first_at = 0")
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
async fn simulated(
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
        "200 hosts × 700 packages × 30100 fixes: import {imported:?}, then all judged after {judged:?}; \
         after a list of attacks, again after {again:?}"
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
                "{host} is not judged"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    start.elapsed()
}
