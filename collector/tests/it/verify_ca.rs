//! The record after the CA was replaced: older CAs are known by the word of one that is trusted, and a row of
//! the store vouches for nobody by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use capdo_collector::{
    identity::{Authority, CaKey, authority::pem},
    verify::Report,
};
use capdo_proto::signing::before_bytes;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::{
    agent::{Agent, blind, checks},
    command::{collector, said},
    record::{copied, look},
    rotation::ca,
    site::Site,
};

/// A folder in which CA 2 issues; each CA gave a host its certificate, and each host made a run.
struct Rotated {
    dir: TempDir,
    old: Vec<u8>,
    /// A certificate of a host, by CA 2, and its key.
    host: Agent,
}

async fn run(agent: &Agent) {
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
}

async fn rotated() -> Rotated {
    let site = Site::start().await;
    run(&Agent::enrolled(&site).await).await;
    ca(&site, &["rotate"]);
    ca(&site, &["promote"]);
    let file = site.dir.path().join("ca.pem");
    for _ in 0..100 {
        if current(&file) != site.ca {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_ne!(current(&file), site.ca);
    let host = Agent::enrolled(&site).await;
    run(&host).await;
    let Site {
        dir, collector, ca, ..
    } = site;
    collector.stop().await;
    Rotated { dir, old: ca, host }
}

fn current(file: &Path) -> Vec<u8> {
    CertificateDer::from_pem_file(file).unwrap().to_vec()
}

/// What is verified with the CA of the folder.
async fn verified(dir: &Path) -> Report {
    look(dir, &dir.join("ca.pem"), None).await
}

/// A copy in which the rows of CAs were changed, with these values in the places $1 to $3.
async fn forged(rotated: &Rotated, sql: &str, values: [&[u8]; 3]) -> TempDir {
    let copy = copied(rotated.dir.path());
    let mut db = SqliteConnectOptions::new()
        .filename(copy.path().join("capdo.db"))
        .connect()
        .await
        .unwrap();
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let mut query = sqlx::query(sql);
    for value in values {
        query = query.bind(value.to_vec());
    }
    assert!(query.execute(&mut db).await.unwrap().rows_affected() > 0);
    db.close().await.unwrap();
    copy
}

/// What does not hold: the table, the row, and what.
fn broken(report: &Report) -> Vec<(&str, &str, &str)> {
    let broken = report.broken.iter();
    broken.map(|b| (b.table, b.row.as_str(), b.what)).collect()
}

/// A CA of somebody else's.
fn stranger() -> (TempDir, Authority) {
    let dir = tempfile::tempdir().unwrap();
    let key = CaKey::create(&dir.path().join("key.pem")).unwrap();
    (dir, Authority::make(key, 1_795_000_000_000).unwrap())
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ca_is_enough_to_verify_what_the_others_signed() {
    let rotated = rotated().await;
    let report = verified(rotated.dir.path()).await;
    assert!(report.holds(), "{:?}", report.broken);
    assert_eq!((report.certificates, report.ca_sha256.len()), (2, 2));
    // With the first one, which somebody wrote down years ago, the second is known by its word.
    let pinned = rotated.dir.path().join("first.pem");
    fs::write(&pinned, pem(&rotated.old)).unwrap();
    let report = look(rotated.dir.path(), &pinned, None).await;
    assert!(report.holds(), "{:?}", report.broken);
    let first = report.ca_sha256.first().unwrap();
    assert_eq!(*first, hex::encode(sha256(&rotated.old)));
    // And so on the command line.
    let args = ["--lang", "en", "verify", "--ca", pinned.to_str().unwrap()];
    let output = collector(rotated.dir.path(), &args);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).matches("Trusted CA").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_is_pinned_and_is_not_ours_vouches_for_nothing() {
    let rotated = rotated().await;
    let (_dir, stranger) = stranger();
    let pinned = rotated.dir.path().join("stranger.pem");
    fs::write(&pinned, pem(stranger.certificate())).unwrap();
    let report = look(rotated.dir.path(), &pinned, None).await;
    let broken = broken(&report);
    assert!(
        broken.contains(&("authority", "1", "untrusted")),
        "{broken:?}"
    );
    assert!(
        broken.contains(&("authority", "2", "untrusted")),
        "{broken:?}"
    );
    let certificates = broken.iter().filter(|b| b.0 == "certificate");
    assert_eq!(certificates.count(), 2, "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_word_of_the_newer_one_an_older_ca_must_be_given() {
    let rotated = rotated().await;
    let sql = "UPDATE authority SET vouches = NULL WHERE $1 = $1 AND $2 = $2 AND $3 = $3";
    let copy = forged(&rotated, sql, [b"", b"", b""]).await;
    let report = verified(copy.path()).await;
    let found = broken(&report);
    assert!(
        found.contains(&("authority", "1", "untrusted")),
        "{found:?}"
    );
    assert!(found.iter().any(|b| b.0 == "certificate"), "{found:?}");
    let both: PathBuf = copy.path().join("both.pem");
    let text = pem(&rotated.old) + &pem(&current(&copy.path().join("ca.pem")));
    fs::write(&both, text).unwrap();
    let report = look(copy.path(), &both, None).await;
    assert!(report.holds(), "{:?}", report.broken);
}

/// A forger makes a CA of his own and enters it as the newest one.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_row_cannot_vouch_for_itself() {
    let rotated = rotated().await;
    let (_dir, forger) = stranger();
    let ours = current(&rotated.dir.path().join("ca.pem"));
    let (certificate, sha) = (forger.certificate().to_vec(), sha256(forger.certificate()));
    let insert = "INSERT INTO authority (number, state, certificate, sha256, key_file, made_at, \
         cross_signed, vouches) VALUES";

    // As the newest, cross-signed by itself, and saying that ours was the one before it.
    let crossed = forger.cross_sign(&forger, 1_795_000_000_000).unwrap();
    let word = forger
        .sign_bytes(&before_bytes(&sha256(&ours), &sha))
        .unwrap();
    let newest = format!(
        "{insert} (3, 'retired', $1, unhex('{}'), 'x', 1, $2, $3)",
        hex::encode(&sha)
    );
    let copy = forged(&rotated, &newest, [&certificate, &crossed, &word]).await;
    assert_eq!(
        broken(&verified(copy.path()).await),
        [("authority", "3", "untrusted")]
    );

    // With the certificate of a host, which our CA signed, in the place of a CA's.
    let leaf = rotated.host.chain[0].clone();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = rcgen::DistinguishedName::new();
    let name = rotated.host.host_id.clone();
    params.distinguished_name.push(DnType::CommonName, name);
    let host_ca = params
        .self_signed(&rotated.host.key)
        .unwrap()
        .der()
        .to_vec();
    let as_host = format!(
        "{insert} (3, 'retired', $1, unhex('{}'), 'x', 1, $2, $3)",
        hex::encode(sha256(&host_ca))
    );
    let copy = forged(&rotated, &as_host, [&host_ca, &leaf, &word]).await;
    assert_eq!(
        broken(&verified(copy.path()).await),
        [("authority", "3", "untrusted")]
    );
}

/// In the place of the first one, which is the one that it would help to be: what it signed is years old.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_row_cannot_take_the_place_of_an_older_ca() {
    let rotated = rotated().await;
    let (_dir, forger) = stranger();
    let ours = current(&rotated.dir.path().join("ca.pem"));
    let (certificate, sha) = (forger.certificate().to_vec(), sha256(forger.certificate()));

    // Having cross-signed the key of the one that issues.
    let key = CaKey::load(&rotated.dir.path().join(key_file(&rotated).await)).unwrap();
    let second = Authority::with(key, CertificateDer::from(ours.clone())).unwrap();
    let crossed = forger.cross_sign(&second, 1_795_000_000_000).unwrap();
    let first = "UPDATE authority SET certificate = iif(number = 1, $1, certificate), \
         sha256 = iif(number = 1, $2, sha256), cross_signed = iif(number = 2, $3, cross_signed)";
    let copy = forged(&rotated, first, [&certificate, &sha, &crossed]).await;
    let report = verified(copy.path()).await;
    let found = broken(&report);
    assert!(
        found.contains(&("authority", "1", "untrusted")),
        "{found:?}"
    );
    assert!(!report.ca_sha256.contains(&hex::encode(&sha)));

    // Under the fingerprint of the true one.
    let first = "UPDATE authority SET certificate = $1 WHERE number = 1 AND $2 = $2 AND $3 = $3";
    let copy = forged(&rotated, first, [&certificate, b"", b""]).await;
    let found = verified(copy.path()).await;
    assert!(
        broken(&found).contains(&("authority", "1", "differs")),
        "{found:?}"
    );
    assert!(!found.ca_sha256.contains(&hex::encode(&sha)));
}

async fn key_file(rotated: &Rotated) -> String {
    let mut db = SqliteConnectOptions::new()
        .filename(rotated.dir.path().join("capdo.db"))
        .connect()
        .await
        .unwrap();
    let name = sqlx::query_scalar("SELECT key_file FROM authority WHERE state = 'current'");
    let name = name.fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    name
}
