//! Package lists on the wire, and what advisories make of them.

use std::time::Duration;

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
    store::{
        Scope, Store,
        finding::{self},
        finding_change,
        integrity::{self, IntegrityKind},
        inventory,
    },
};
use capdo_proto::{
    digest::observation_sha256,
    v1::{
        self, Finding, InventoryDelta, InventoryHeader, Package, PackageKey,
        session_request::Payload as Out, session_response::Payload as In,
    },
};

use crate::{
    agent::{Agent, Stream, blind},
    feeds::{import, sample},
    site::Site,
};

pub(crate) fn deb(name: &str, version: &str, source: &str) -> Installed {
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
pub(crate) fn debian(mut packages: Vec<Installed>) -> Inventory {
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
pub(crate) fn delta(before: Option<&Inventory>, after: &Inventory) -> InventoryDelta {
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

pub(crate) fn listed(inventory: &Inventory) -> Observation {
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
pub(crate) fn signing(inventory: &Inventory) -> Finding {
    let bytes = listed(inventory).to_bytes();
    Finding {
        observation_sha256: observation_sha256(&bytes).to_vec(),
        observation: bytes,
        claimed_verdict: v1::Verdict::Pass.into(),
        claimed_reason_key: "pass".to_owned(),
        ..blind(LISTS_PACKAGES, "")
    }
}

pub(crate) async fn acked(stream: &mut Stream, delta: InventoryDelta) {
    let sha256 = delta.sha256.clone();
    stream.send(Out::InventoryDelta(delta)).await;
    match stream.next().await {
        In::InventoryAck(ack) => assert_eq!(ack.sha256, sha256),
        other => panic!("not taken: {other:?}"),
    }
}

/// The verdict and the reason of the collector's own check.
pub(crate) async fn advised(store: &Store, host: &str) -> Option<(String, String)> {
    let held = finding::one(&mut store.read().await.unwrap(), host, CHECK)
        .await
        .unwrap()?;
    let reason: serde_json::Value = serde_json::from_str(&held.finding.reason).unwrap();
    Some((
        held.finding.verdict,
        reason["key"].as_str().unwrap().to_owned(),
    ))
}

pub(crate) fn says(verdict: &str, reason: &str) -> Option<(String, String)> {
    Some((verdict.to_owned(), reason.to_owned()))
}

pub(crate) fn alpine() -> Inventory {
    Inventory {
        scheme: Scheme::Apk,
        os: "alpine".into(),
        os_version: "3.20.3".into(),
        packages: vec![deb("apk-tools", "2.14.4-r0", "apk-tools")],
        ..debian(vec![])
    }
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
