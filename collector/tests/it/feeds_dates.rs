//! Since when a fix could have been installed, and how recent what is compared with is.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

use capdo_checks::{
    advisories::{Distribution, Fix},
    facts::inventory::Inventory,
};
use capdo_collector::{
    advise,
    feeds::{Import, Kind, Outcome, Request},
    store::{Store, advisory, feed},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    feeds::{fixes, import, now, open, sample},
    inventory::{advised, deb, debian, says},
    inventory_judged::simulated,
    site::Site,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap().to_string()
}

/// A folder of records.
fn folder(dir: &Path, name: &str, records: &[Value]) -> PathBuf {
    let folder = dir.join(name);
    fs::create_dir(&folder).unwrap();
    for record in records {
        let id = record["id"].as_str().unwrap();
        fs::write(folder.join(format!("{id}.json")), record.to_string()).unwrap();
    }
    folder
}

/// A record of OSV; no fix where `fixed` is empty.
fn osv(id: &str, ecosystem: &str, package: &str, published: i64, fixed: &str) -> Value {
    let mut events = vec![json!({ "introduced": "0" })];
    if !fixed.is_empty() {
        events.push(json!({ "fixed": fixed }));
    }
    json!({
        "id": id, "published": day(published), "modified": day(now() - DAY_MS),
        "upstream": ["CVE-2019-1"],
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": events }],
        }],
    })
}

async fn import_at(store: &Store, kind: Kind, path: &Path, at: i64) {
    let request = Request {
        kind,
        path,
        sha256: None,
        dated_at: Some(at),
        may_shrink: false,
        actor: "test",
    };
    let import = Import::new(store.clone(), at);
    import.run(&request, |_| {}).await.unwrap();
}

async fn found(store: &Store, of: (&str, &str), package: &str) -> Vec<Fix> {
    let mut db = store.read().await.unwrap();
    let of = Distribution::new(of.0, of.1);
    let names = BTreeSet::from([package.to_owned()]);
    let all = advisory::fixes(&mut db, &of, &names, &HashSet::new()).await;
    all.unwrap().remove(package).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_of_before_does_not_make_its_fix_old() {
    let (_dir, store) = open().await;
    let at = now();
    import_at(&store, Kind::Csaf, &sample("csaf.json"), at).await;
    let all = found(&store, ("rhel", "9"), "openssl-libs").await;
    let of = |channel: &str| {
        let one = all.iter().find(|f| f.channel == channel).unwrap();
        (one.advisory.as_str(), one.since().unwrap().to_string())
    };
    let came = "2024-01-22T12:24:32Z".to_owned();
    assert_eq!(of(""), ("RHSA-2024:0310", came));
    // Nothing is said of the day of this one: since this collector knows it.
    assert_eq!(of("eus"), ("CVE-2023-5363", day(at)));
}

/// Judged with a list of attacks of today.
async fn judged(site: &Site, folders: &[(PathBuf, i64)]) -> Option<(String, String)> {
    let (store, now) = (&site.collector.store, site.now());
    let kev = site.dir.path().join("kev.json");
    let list = json!({ "dateReleased": day(now), "vulnerabilities": [{ "cveID": "CVE-1-1" }] });
    fs::write(&kev, list.to_string()).unwrap();
    import(store, Kind::Kev, &kev).await.unwrap();
    for (folder, at) in folders {
        import_at(store, Kind::Osv, folder, *at).await;
    }
    let list = Inventory {
        os: "ubuntu".into(),
        os_version: "22.04".into(),
        ..debian(vec![deb("bash", "1", "bash")])
    };
    let mut tx = store.write().await.unwrap();
    let host = simulated(&mut tx, &site.system, &list, "h", "ubuntu", now).await;
    tx.commit().await.unwrap();
    advise::host(store, &host, now).await.unwrap();
    advised(store, &host).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_of_yesterday_for_a_hole_of_years_ago_is_in_time() {
    let site = Site::start().await;
    let now = site.now();
    let (old, yesterday) = (now - 2_000 * DAY_MS, now - DAY_MS);
    let ubuntu = "Ubuntu:22.04:LTS";
    let both = [
        osv("UBUNTU-CVE-2019-1", ubuntu, "bash", old, "2"),
        osv("USN-1-1", ubuntu, "bash", yesterday, "2"),
    ];
    let folder = folder(site.dir.path(), "osv", &both);
    assert_eq!(
        judged(&site, &[(folder, now)]).await,
        says("pass", "pass-within")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_that_was_known_before_its_fix_is_in_time() {
    let site = Site::start().await;
    let now = site.now();
    let then = now - 60 * DAY_MS;
    let of = |name: &str, fixed: &str| {
        let other = osv("UBUNTU-CVE-2019-2", "Ubuntu:22.04:LTS", "sed", then, "2");
        let one = osv("UBUNTU-CVE-2019-1", "Ubuntu:22.04:LTS", "bash", then, fixed);
        folder(site.dir.path(), name, &[one, other])
    };
    let folders = [(of("before", ""), then), (of("after", "2"), now)];
    assert_eq!(judged(&site, &folders).await, says("pass", "pass-within"));
    // And a USN of long ago counts.
    let site = Site::start().await;
    let late = osv("USN-1-1", "Ubuntu:22.04:LTS", "bash", then, "2");
    let late = folder(site.dir.path(), "late", &[late]);
    assert_eq!(judged(&site, &[(late, now)]).await, says("fail", "fail"));
}

/// What closed a hole for those who pay, or in part, is not what closes it for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_of_another_channel_or_version_makes_a_new_one_no_older() {
    let (ordinary, pro) = ("Ubuntu:22.04:LTS", "Ubuntu:Pro:22.04:LTS");
    for (channel, fixed) in [(pro, "2"), (ordinary, "0.9")] {
        let site = Site::start().await;
        let now = site.now();
        let then = now - 60 * DAY_MS;
        let other = osv("UBUNTU-CVE-2019-2", ordinary, "sed", then, "2");
        let before = osv("UBUNTU-CVE-2019-1", channel, "bash", then, fixed);
        let mut after = osv("UBUNTU-CVE-2019-1", ordinary, "bash", then, "2");
        let kept = before["affected"][0].clone();
        after["affected"].as_array_mut().unwrap().push(kept);
        let dir = site.dir.path();
        let folders = [
            (folder(dir, "before", &[before, other.clone()]), then),
            (folder(dir, "after", &[after, other]), now),
        ];
        assert_eq!(
            judged(&site, &folders).await,
            says("pass", "pass-within"),
            "{channel} {fixed}"
        );
    }
}

/// What is there at the first look came on some day before; a small collection is no look at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_of_the_first_feed_has_no_known_day() {
    let ubuntu = "Ubuntu:22.04:LTS";
    let day = |ago: i64| now() - ago * DAY_MS;
    let one = |fixed: &str| osv("UBUNTU-CVE-2019-1", ubuntu, "bash", day(2_000), fixed);
    let sed = |n: i64| {
        osv(
            &format!("UBUNTU-CVE-2018-{n}"),
            ubuntu,
            "sed",
            day(2_000),
            "2",
        )
    };
    let all: Vec<Value> = (0..5).map(sed).chain([one("2")]).collect();
    let cases = [
        (vec![(&all[..], 0)], says("unknown", "unknown-undated")),
        (
            vec![(&all[..1], 9), (&all[..], 0)],
            says("unknown", "unknown-undated"),
        ),
        (
            vec![(&all[..5], 9), (&all[..], 0)],
            says("pass", "pass-within"),
        ),
        // By then it is too old whenever it came.
        (vec![(&all[..], 60)], says("fail", "fail")),
    ];
    for (n, (feeds, expected)) in cases.into_iter().enumerate() {
        let site = Site::start().await;
        let folders: Vec<(PathBuf, i64)> = feeds
            .iter()
            .map(|(records, ago)| {
                let folder = folder(site.dir.path(), &format!("days-{ago}"), records);
                (folder, site.now() - ago * DAY_MS)
            })
            .collect();
        assert_eq!(judged(&site, &folders).await, expected, "{n}");
    }
}

/// A small folder of one kind beside everything of another kind makes nothing fresh; a large one does.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_collection_of_another_kind_makes_nothing_fresh() {
    let (dir, store) = open().await;
    let (dir, long_ago) = (dir.path(), now() - 180 * DAY_MS);
    let standing = json!({ "releases": { "bookworm": { "status": "resolved",
        "fixed_version": "2", "urgency": "low" } } });
    let all: serde_json::Map<String, Value> = (0..10)
        .map(|n| (format!("p{n}"), json!({ "CVE-2026-1": standing })))
        .collect();
    let tracker = dir.join("tracker.json");
    fs::write(&tracker, Value::Object(all).to_string()).unwrap();
    import_at(&store, Kind::DebianTracker, &tracker, long_ago).await;
    let fresh = async || {
        let mut db = store.read().await.unwrap();
        feed::freshness(&mut db, "debian", "12").await.unwrap()
    };
    assert_eq!(fresh().await, Some(Some(long_ago)));
    let record = |n: i64| osv(&format!("DSA-{n}-1"), "Debian:12", &format!("p{n}"), 0, "2");
    let small: Vec<Value> = (0..3).map(record).collect();
    import(&store, Kind::Osv, &folder(dir, "small", &small))
        .await
        .unwrap();
    assert_eq!(fresh().await, Some(Some(long_ago)), "three records");
    let large: Vec<Value> = (0..10).map(record).collect();
    import(&store, Kind::Osv, &folder(dir, "large", &large))
        .await
        .unwrap();
    assert!(fresh().await.flatten() > Some(long_ago));
}

#[tokio::test(flavor = "multi_thread")]
async fn fixes_of_modules_that_name_no_stream_are_counted() {
    let (dir, store) = open().await;
    let mut record = osv(
        "RLSA-2022-6450",
        "Rocky Linux:8",
        "ruby",
        0,
        "0:3.0.4-141.module+el8.6.0+1001+b5678180",
    );
    record["summary"] = "Moderate: ruby security, bug fix, and enhancement update".into();
    let named = json!({ "summary": "Moderate: ruby:3.0 security update" });
    let mut other = record.clone();
    other["summary"] = named["summary"].clone();
    other["id"] = "RLSA-2022-6451".into();
    let folder = folder(dir.path(), "rocky", &[record, other]);
    let Outcome::Imported(feed) = import(&store, Kind::Osv, &folder).await.unwrap() else {
        panic!()
    };
    let fixed = "0:3.0.4-141.module+el8.6.0+1001+b5678180";
    assert_eq!(
        fixes(&store, ("rocky", "8"), "ruby").await,
        [
            format!("RLSA-2022-6450 {fixed} *"),
            format!("RLSA-2022-6451 {fixed} ruby:3.0"),
        ]
    );
    let mut db = store.read().await.unwrap();
    assert_eq!(feed::without_stream(&mut db, feed.id).await.unwrap(), 1);
}
