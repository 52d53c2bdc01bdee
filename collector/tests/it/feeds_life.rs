//! What an import leaves behind: checked, resumed, visible at once or not at all, and taken away again.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use capdo_collector::{
    feeds::{FeedError, Import, Kind, Outcome, Request},
    store::{Store, feed},
};

use crate::feeds::{fixes, import, import_as, now, open, sample};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_does_nothing_and_a_newer_one_takes_its_place() {
    let (dir, store) = open().await;
    let first = import(&store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    let Outcome::Imported(first) = first else {
        panic!()
    };
    let again = import(&store, Kind::DebianTracker, &sample("debian-tracker.json"))
        .await
        .unwrap();
    assert_eq!(again, Outcome::Already(first.clone()));

    // Debian takes one fix back: the release never had the hole.
    let text = fs::read_to_string(sample("debian-tracker.json")).unwrap();
    let newer = dir.path().join("newer.json");
    fs::write(&newer, text.replace("7.88.1-10+deb12u4", "0")).unwrap();
    assert_eq!(fixes(&store, ("debian", "12"), "curl").await.len(), 1);
    let Outcome::Imported(second) = import(&store, Kind::DebianTracker, &newer).await.unwrap()
    else {
        panic!()
    };
    assert!(fixes(&store, ("debian", "12"), "curl").await.is_empty());
    let mut db = store.read().await.unwrap();
    let old = feed::find(&mut db, first.id).await.unwrap().unwrap();
    assert_eq!(old.state, feed::FeedState::Replaced);
    assert_eq!(
        feed::scope(&mut db, first.id).await.unwrap(),
        [],
        "what it brought is gone"
    );
    drop(db);

    // One that was cut off does not take the place of a whole one, unless that is said.
    let cut = dir.path().join("cut.json");
    fs::write(
        &cut,
        r#"{"curl":{"CVE-2023-38545":{"releases":{"bookworm":{"status":"resolved",
        "fixed_version":"7.88.1-10+deb12u4","urgency":"low"},"bullseye":{"status":"resolved",
        "fixed_version":"7.74.0-1.3+deb11u10","urgency":"low"},"trixie":{"status":"resolved",
        "fixed_version":"8.3.0-3","urgency":"low"}}}}}"#,
    )
    .unwrap();
    let error = import(&store, Kind::DebianTracker, &cut).await.unwrap_err();
    assert!(matches!(error, FeedError::Shrunk { now: 1, .. }), "{error}");
    let mut db = store.read().await.unwrap();
    let state = feed::find(&mut db, second.id).await.unwrap().unwrap().state;
    assert_eq!(state, feed::FeedState::Complete);
    drop(db);
    import_as(&store, Kind::DebianTracker, &cut, true)
        .await
        .unwrap();
    assert!(fixes(&store, ("debian", "12"), "openssh").await.is_empty());
}

/// A single record adds to a whole feed; the latest word on it holds, and makes nothing fresh.
#[tokio::test(flavor = "multi_thread")]
async fn a_single_record_takes_back_what_a_feed_said() {
    let (dir, store) = open().await;
    import(&store, Kind::Osv, &sample("osv")).await.unwrap();
    assert_eq!(fixes(&store, ("almalinux", "9"), "openssl").await.len(), 2);
    let fresh = feed::freshness(&mut store.read().await.unwrap(), "almalinux", "9")
        .await
        .unwrap();
    let text = fs::read_to_string(sample("osv/ALSA-2022-6224.json")).unwrap();
    let one = dir.path().join("ALSA-2022:6224.json");
    let withdrawn = text.replacen('{', r#"{"withdrawn": "2026-11-21T00:00:00Z","#, 1);
    fs::write(&one, withdrawn.replace("2023-09-15", "2026-11-21")).unwrap();
    let Outcome::Imported(feed) = import(&store, Kind::Osv, &one).await.unwrap() else {
        panic!()
    };
    assert!(!feed.whole);
    let left = fixes(&store, ("almalinux", "9"), "openssl").await;
    assert!(left.len() == 1 && !left[0].contains("6224"), "{left:?}");
    let after = feed::freshness(&mut store.read().await.unwrap(), "almalinux", "9")
        .await
        .unwrap();
    assert_eq!(fresh, after);
    assert!(fresh.flatten().is_some());
}

/// A tracker of so many holes, each with a text of so many bytes.
pub(crate) fn big_tracker(path: &Path, holes: usize, bytes: usize) {
    let mut out = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let text = "x".repeat(bytes);
    write!(out, "{{\"openssl\":{{").unwrap();
    for n in 0..holes {
        let comma = if n == 0 { "" } else { "," };
        write!(
            out,
            "{comma}\"CVE-2026-{n:06}\":{{\"description\":\"{text}\",\"releases\":{{\"bookworm\":\
             {{\"status\":\"resolved\",\"fixed_version\":\"3.0.{n}-1\",\"urgency\":\"low\"}}}}}}"
        )
        .unwrap();
    }
    write!(out, "}}}}").unwrap();
}

/// An interrupted import is invisible, goes on after what is durable, and ends as one that was not.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_is_invisible_and_goes_on() {
    let (dir, store) = open().await;
    let path = dir.path().join("tracker.json");
    big_tracker(&path, 3_000, 10);
    let request = Request {
        kind: Kind::DebianTracker,
        path: &path,
        sha256: None,
        dated_at: Some(now()),
        may_shrink: false,
        actor: "test",
    };
    let mut told = Vec::new();
    let import = Import::new(store.clone(), now());
    // The future is dropped in the midst of it, as a killed process would.
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    tokio::select! {
        _ = import.run(&request, |n| {
            told.push(n);
            if n >= 1_000 && let Some(stop) = stop.take() { stop.send(()).unwrap(); }
        }) => panic!("it was to be interrupted"),
        _ = stopped => {}
    }
    let mut db = store.read().await.unwrap();
    let begun = feed::list(&mut db).await.unwrap().remove(0);
    assert_eq!(begun.state, feed::FeedState::Importing);
    assert!((1_000..3_000).contains(&begun.position), "{begun:?}");
    assert_eq!(
        feed::freshness(&mut db, "debian", "12").await.unwrap(),
        None
    );
    drop(db);
    assert!(
        fixes(&store, ("debian", "12"), "openssl").await.is_empty(),
        "half a feed counts"
    );

    let mut resumed = Vec::new();
    let done = import.run(&request, |n| resumed.push(n)).await.unwrap();
    let Outcome::Imported(feed) = done else {
        panic!()
    };
    assert_eq!(
        (feed.id, feed.position, feed.records),
        (begun.id, 3_000, 3_000)
    );
    assert_eq!(
        resumed[0],
        begun.position + 500,
        "what was durable is not read again"
    );
    assert_eq!(
        fixes(&store, ("debian", "12"), "openssl").await.len(),
        3_000
    );
}

async fn fresh(store: &Store, release: &str) -> Option<Option<i64>> {
    let mut db = store.read().await.unwrap();
    feed::freshness(&mut db, "debian", release).await.unwrap()
}

/// OSV records of Debian, `releases` of them with a fix each.
fn osv_folder(dir: &Path, name: &str, modified: &str, releases: &[&str]) -> PathBuf {
    let folder = dir.join(name);
    fs::create_dir(&folder).unwrap();
    for (n, release) in releases.iter().enumerate() {
        let record = serde_json::json!({
            "id": format!("DSA-{n}-1"), "modified": modified,
            "affected": [{
                "package": { "ecosystem": format!("Debian:{release}"), "name": format!("p{n}") },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2" }] }],
            }],
        });
        fs::write(folder.join(format!("DSA-{n}-1.json")), record.to_string()).unwrap();
    }
    folder
}

/// A feed with as many records as the one before, and none of them about a release that hosts run,
/// would take these hosts out of the comparison.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_does_not_get_lost_and_a_small_collection_makes_nothing_fresh() {
    let (dir, store) = open().await;
    let (dir, old, new) = (dir.path(), "2024-01-01T00:00:00Z", "2026-11-20T00:00:00Z");
    let both = osv_folder(dir, "both", old, &["12", "12", "12", "11", "11", "11"]);
    import(&store, Kind::Osv, &both).await.unwrap();
    let dated = fresh(&store, "12").await.unwrap();
    let one_gone = osv_folder(dir, "gone", new, &["11"; 6]);
    let error = import(&store, Kind::Osv, &one_gone).await.unwrap_err();
    assert!(
        matches!(&error, FeedError::Shrunk { release, now: 0, before: 3, .. } if release == "debian 12"),
        "{error}"
    );
    assert!(error.to_string().contains("debian 12"), "{error}");
    assert_eq!(fresh(&store, "12").await, Some(dated));
    import_as(&store, Kind::Osv, &one_gone, true).await.unwrap();
    assert_eq!(fresh(&store, "12").await, None);

    // It speaks of another distribution less, so it replaces nothing; nor does it make anything fresh.
    let (_other, store) = open().await;
    let wide = osv_folder(dir, "wide", old, &["12"; 6]);
    let ubuntu = fs::read_to_string(wide.join("DSA-0-1.json")).unwrap();
    let ubuntu = ubuntu
        .replace("Debian:12", "Ubuntu:22.04:LTS")
        .replace("DSA-0", "USN-0");
    fs::write(wide.join("USN-0-1.json"), ubuntu).unwrap();
    import(&store, Kind::Osv, &wide).await.unwrap();
    let small = osv_folder(dir, "small", new, &["12"]);
    import(&store, Kind::Osv, &small).await.unwrap();
    assert_eq!(fresh(&store, "12").await, Some(dated));
}

/// The tracker does not say how recent it is. Neither a copy of an old file nor a date from the future
/// makes it recent.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_tracker_is_not_fresh_because_it_was_copied() {
    let (dir, store) = open().await;
    let path = dir.path().join("tracker.json");
    let text = fs::read_to_string(sample("debian-tracker.json")).unwrap();
    assert!(text.contains("CVE-2024-") && !text.contains("CVE-2025-"));
    fs::write(&path, &text).unwrap(); // written today
    import(&store, Kind::DebianTracker, &path).await.unwrap();
    let end_of_2024 = 1_735_689_599_000;
    assert_eq!(fresh(&store, "12").await, Some(Some(end_of_2024)));

    let year = 365 * 24 * 60 * 60 * 1000;
    let newer = text.replace("CVE-2024-", "CVE-2999-");
    for (n, from_file) in [true, false].into_iter().enumerate() {
        let (_other, store) = open().await;
        fs::write(&path, format!("{newer}{}", " ".repeat(n))).unwrap();
        if from_file {
            let at = std::time::UNIX_EPOCH
                + std::time::Duration::from_millis(u64::try_from(now()).unwrap())
                + std::time::Duration::from_secs(40 * 86_400);
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(at).unwrap();
        }
        let request = Request {
            kind: Kind::DebianTracker,
            path: &path,
            sha256: None,
            dated_at: (!from_file).then(|| now() + year),
            may_shrink: false,
            actor: "test",
        };
        let import = Import::new(store.clone(), now());
        import.run(&request, |_| {}).await.unwrap();
        assert_eq!(fresh(&store, "12").await, Some(None), "{from_file}");
    }
}

/// What counts is what the checksum was made of.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_read_does_not_count() {
    let (dir, store) = open().await;
    let path = dir.path().join("tracker.json");
    big_tracker(&path, 3_000, 10);
    let request = Request {
        kind: Kind::DebianTracker,
        path: &path,
        sha256: None,
        dated_at: Some(now()),
        may_shrink: false,
        actor: "test",
    };
    let mut told = 0;
    let import = Import::new(store.clone(), now());
    let error = import
        .run(&request, |_| {
            told += 1;
            if told == 1 {
                let mut file = fs::File::options().append(true).open(&path).unwrap();
                file.write_all(b" ").unwrap();
            }
        })
        .await
        .unwrap_err();
    assert!(matches!(error, FeedError::Changed(_)), "{error}");
    let mut db = store.read().await.unwrap();
    assert_eq!(feed::list(&mut db).await.unwrap(), []);
}

/// An import that nobody ended goes, a bounded piece at a time; one that is gone on with does not, and
/// the same file is afterwards imported whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_imports_left_behind_goes() {
    use capdo_collector::store::purge::{self, ABANDON_MS, Cursor};
    let (dir, store) = open().await;
    let path = dir.path().join("tracker.json");
    big_tracker(&path, 3_000, 10);
    let request = Request {
        kind: Kind::DebianTracker,
        path: &path,
        sha256: None,
        dated_at: Some(now()),
        may_shrink: false,
        actor: "test",
    };
    let import = Import::new(store.clone(), now());
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    tokio::select! {
        _ = import.run(&request, |_| if let Some(stop) = stop.take() { stop.send(()).unwrap(); }) =>
            panic!("it was to be interrupted"),
        _ = stopped => {}
    }
    let pass = async |at| {
        purge::pass(&store, &mut Cursor::default(), at)
            .await
            .unwrap()
            .feeds
    };
    assert_eq!(
        pass(now() + ABANDON_MS - 60_000).await,
        0,
        "it may be gone on with"
    );
    assert!(pass(now() + ABANDON_MS + 60_000).await > 0);
    assert_eq!(pass(now() + ABANDON_MS + 60_000).await, 0);
    for sql in [
        "SELECT count(*) FROM advisory",
        "SELECT count(*) FROM advisory_fix",
    ] {
        let mut db = store.read().await.unwrap();
        let left: i64 = sqlx::query_scalar(sql).fetch_one(&mut *db).await.unwrap();
        assert_eq!(left, 0, "{sql}");
    }
    let Outcome::Imported(whole) = import.run(&request, |_| {}).await.unwrap() else {
        panic!()
    };
    assert_eq!((whole.position, whole.records), (3_000, 3_000));
    // A removal that was interrupted goes on.
    let mut tx = store.write().await.unwrap();
    sqlx::query("UPDATE feed SET state = 'replaced'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(pass(now()).await, 6_001, "advisories, fixes and a release");
}
