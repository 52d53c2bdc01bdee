//! A backup while several CAs are known: whose keys are in it.

use std::fs;

use capdo_collector::{
    backup::{self, BackupError, KeyIn, Verified},
    identity::CaKey,
};

use crate::{
    agent::{Agent, blind, checks, enroll},
    backup::backup_of,
    command::{collector, said},
    gaps::reopened,
    rotation::ca,
    site::Site,
};

async fn verified(bytes: &[u8]) -> Result<Verified, BackupError> {
    let scratch = tempfile::tempdir().unwrap();
    backup::verify(bytes, scratch.path()).await
}

fn places(verified: &Verified) -> Vec<(i64, KeyIn)> {
    verified.keys.iter().map(|k| (k.ca, k.key_in)).collect()
}

fn key_files(verified: &Verified) -> usize {
    let names = verified.manifest.files.iter();
    names.filter(|f| f.name.starts_with("ca-key")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_collector_has_the_keys_of_the_old_and_the_new_ca() {
    let site = Site::start().await;
    let mut old = Agent::enrolled(&site).await;
    ca(&site, &["rotate"]);
    // What an attempt left behind that was cut off: the key of no CA.
    let stray = site.dir.path().join("ca-key-0123456789abcdef.pem");
    CaKey::create(&stray).unwrap();
    let both = verified(&backup_of(&site).await).await.unwrap();
    assert_eq!(places(&both), [(2, KeyIn::Backup), (1, KeyIn::Backup)]);
    assert_eq!(key_files(&both), 2, "{:?}", both.manifest.files);

    ca(&site, &["promote"]);
    let bytes = backup_of(&site).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let into = elsewhere.path().join("data");
    site.clock.advance(1000);
    let restored = backup::restore(bytes.as_slice(), &into, "test", site.now()).await;
    assert!(restored.unwrap().has_ca_key);
    let site = site.moved(&into).await;
    old.address = site.agents();
    let (mut stream, told) = reopened(&old).await; // by its certificate of the old CA
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&old.run(1, &told, &state), &state).await;
    enroll(&site, &site.token().await).await.unwrap(); // the new one issues
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_retired_ca_is_in_no_backup() {
    let site = Site::start().await;
    ca(&site, &["rotate"]);
    ca(&site, &["promote"]);
    let key = fs::read(site.dir.path().join("ca-key.pem")).unwrap();
    ca(&site, &["retire", "1"]);
    // As where it could not be removed, or was put back.
    let path = site.dir.path().join("ca-key.pem");
    fs::write(&path, key).unwrap();
    let made = verified(&backup_of(&site).await).await.unwrap();
    assert_eq!(places(&made), [(2, KeyIn::Backup)]);
    assert_eq!(key_files(&made), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_is_named_and_one_of_another_ca_is_refused() {
    let site = Site::start().await;
    ca(&site, &["rotate"]);
    ca(&site, &["promote"]);
    let path = site.dir.path().join("ca-key.pem");
    fs::remove_file(&path).unwrap();
    let bytes = backup_of(&site).await;
    let made = verified(&bytes).await.unwrap();
    assert_eq!(places(&made), [(2, KeyIn::Backup), (1, KeyIn::Elsewhere)]);
    assert!(made.has_ca_key);
    let file = site.dir.path().join("copy.tar");
    fs::write(&file, &bytes).unwrap();
    for (lang, words) in [
        ("en", "Put ca-key.pem beside ca.pem"),
        ("vi", "Hãy đặt ca-key.pem cạnh ca.pem"),
    ] {
        let args = ["--lang", lang, "backup", "verify", file.to_str().unwrap()];
        let text = said(&collector(site.dir.path(), &args));
        assert!(text.contains(words), "{text}");
        assert_eq!(text.matches("ca-key").count(), 1, "{text}");
    }
    CaKey::create(&path).unwrap(); // of no CA
    let refused = verified(&backup_of(&site).await).await.unwrap_err();
    assert!(
        matches!(&refused, BackupError::Part(name) if name == "ca-key.pem"),
        "{refused}"
    );
}
