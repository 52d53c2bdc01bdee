//! The CA is replaced while agents come and go.

#![expect(
    clippy::disallowed_methods,
    reason = "openssl is the oracle that we did not write"
)]

use std::{fs, path::Path, process::Command, time::Duration};

use capdo_collector::{
    identity::{Keys, Trust, authority::pem},
    store::{
        Scope, Store, audit,
        authority::{self, AuthorityState},
    },
};
use capdo_proto::v1::{
    RenewRequest, TrustAnchors, TrustAnchorsHeld, session_request::Payload as Out,
    session_response::Payload as In,
};
use rcgen::KeyPair;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    agent::{Agent, Stream, connect, enroll_as, facts},
    command::{collector, said},
    site::{HOUR_MS, Site},
};

const DAY_MS: i64 = 24 * HOUR_MS;

/// Runs `ca …`; its JSON.
pub(crate) fn ca(site: &Site, args: &[&str]) -> Value {
    let output = collector(site.dir.path(), &[&["--json", "ca"], args].concat());
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs `ca …`, which must fail; what it says.
pub(crate) fn refused(site: &Site, args: &[&str]) -> String {
    let args = [&["--lang", "en", "ca"], args].concat();
    let output = collector(site.dir.path(), &args);
    assert!(!output.status.success(), "{}", said(&output));
    said(&output)
}

/// The state of each CA, oldest first.
async fn states(site: &Site) -> Vec<AuthorityState> {
    let mut db = site.collector.store.read().await.unwrap();
    let rows = authority::list(&mut db).await.unwrap();
    rows.iter().rev().map(|r| r.state).collect()
}

async fn become_states(site: &Site, wanted: &[AuthorityState]) {
    for _ in 0..200 {
        if states(site).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", states(site).await);
}

/// Opens a stream of an agent that takes anchors.
async fn open(agent: &Agent) -> (Stream, TrustAnchors) {
    let (mut stream, ()) = agent.dial().await.unwrap();
    let mut hello = agent.hello();
    hello.takes_trust_anchors = true;
    stream.send(Out::Hello(hello)).await;
    assert!(matches!(stream.next().await, In::ServerTime(_)));
    assert!(matches!(stream.next().await, In::Assignment(_)));
    let told = anchors(&mut stream).await;
    (stream, told)
}

async fn anchors(stream: &mut Stream) -> TrustAnchors {
    match stream.next().await {
        In::TrustAnchors(told) => told,
        other => panic!("no anchors: {other:?}"),
    }
}

async fn confirm(stream: &Stream, told: &TrustAnchors) {
    let hash = |der: &Vec<u8>| Sha256::digest(der).to_vec();
    let sha256 = told.ca_certificates_der.iter().map(hash).collect();
    let held = TrustAnchorsHeld { sha256 };
    stream.send(Out::TrustAnchorsHeld(held)).await;
}

/// Renews over the certificate that the agent has; the anchors in the answer.
async fn renew(site: &Site, agent: &mut Agent) -> Vec<Vec<u8>> {
    let key = KeyPair::generate().unwrap();
    let csr = rcgen::CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let request = RenewRequest {
        csr_der: csr.der().to_vec(),
        facts: Some(facts(&agent.machine)),
        clock_ms: site.now(),
    };
    let answer = agent.client().await.renew(request).await.unwrap();
    let answer = answer.into_inner();
    (agent.key, agent.chain) = (key, answer.certificate_chain_der);
    answer.ca_certificates_der
}

#[tokio::test(flavor = "multi_thread")]
async fn no_agent_is_cut_off_by_a_rotation() {
    use AuthorityState::{Current, Next, Retired};
    let site = Site::start().await;
    let mut fresh = Agent::enrolled(&site).await;
    let mut older = Agent::enrolled(&site).await; // does not take anchors over a session
    let away = Agent::enrolled(&site).await;
    let (mut stream, told) = open(&fresh).await;
    assert_eq!(told.ca_certificates_der, std::slice::from_ref(&site.ca));

    // The next CA is made, and told to who is connected and takes it.
    let made = ca(&site, &["rotate"]);
    assert_eq!(made["ca"]["number"], 2);
    let told = anchors(&mut stream).await;
    assert_eq!(
        (told.ca_certificates_der.len(), told.renew_within_ms),
        (2, 0)
    );
    assert_eq!(told.ca_certificates_der[0], site.ca);
    confirm(&stream, &told).await;
    older.open().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    // Two have not confirmed, so that it does not issue by itself.
    assert_eq!(states(&site).await, [Current, Next]);
    let shown = ca(&site, &["show", "2"]);
    assert_eq!(shown["not_ready"].as_array().unwrap().len(), 2);
    assert!(refused(&site, &["rotate"]).contains("CA 2 is made already"));
    assert!(refused(&site, &["retire", "1"]).contains("CA 1 issues"));

    // It issues. Agents of the old one are let in and asked to renew.
    ca(&site, &["promote"]);
    let told = anchors(&mut stream).await;
    assert!(told.renew_within_ms > 0);
    assert!(refused(&site, &["retire", "1"]).contains("3 hosts would be cut off: web-1"));
    assert_eq!(renew(&site, &mut fresh).await.len(), 2);
    let (mut stream, told) = open(&fresh).await;
    assert_eq!(told.renew_within_ms, 0, "its certificate is of the new CA");
    confirm(&stream, &told).await;
    // The older agent learns of it when its certificate is due. It trusts the old CA alone so far.
    assert_eq!(renew(&site, &mut older).await, told.ca_certificates_der);
    let left = refused(&site, &["retire", "1"]);
    assert!(left.contains("2 hosts"), "{left}"); // not before it connected with it
    older.open().await;
    let left = refused(&site, &["retire", "1"]);
    assert!(left.contains("1 hosts"), "{left}");

    // The old one goes, though one host was never there.
    let gone = ca(&site, &["retire", "1", "--force"]);
    assert_eq!(gone["hosts"][0]["id"], away.host_id);
    assert_eq!(states(&site).await, [Retired, Current]);
    assert!(!site.dir.path().join("ca-key.pem").exists());
    let told = anchors(&mut stream).await;
    assert_eq!(told.ca_certificates_der.len(), 1);
    assert_ne!(told.ca_certificates_der[0], site.ca);
    let back = comes_back(&site, &away, &told.ca_certificates_der).await;
    is_on_record_and_goes_on(site, back).await;
}

/// The certificate of a host that was away is no longer taken, but the host still knows the collector,
/// and comes back by its key.
async fn comes_back(site: &Site, away: &Agent, anchors: &[Vec<u8>]) -> Agent {
    let identity = Some((away.chain.clone(), away.key.serialize_der()));
    if let Ok(mut client) = connect(site.agents(), &site.ca, identity).await {
        let request = tokio_stream::empty::<capdo_proto::v1::SessionRequest>();
        client.session(request).await.unwrap_err();
    }
    let mut back = enroll_as(site, "", Some(away), away.machine.clone())
        .await
        .unwrap();
    assert_eq!(back.host_id, away.host_id);
    assert_eq!(back.anchors, anchors);
    back.ca.clone_from(&back.anchors[0]);
    back.open().await;
    back
}

async fn is_on_record_and_goes_on(site: Site, mut back: Agent) {
    use AuthorityState::{Current, Previous, Retired};
    // Every step is on record, and a restart finds all of it.
    let site = site.restart().await;
    back.address = site.agents();
    back.open().await;
    let mut db = site.collector.store.read().await.unwrap();
    let log = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    for action in ["ca.rotate", "ca.promote", "ca.retire"] {
        assert!(log.iter().any(|e| e.action == action), "{action}");
    }
    assert_eq!(audit::verify(&mut db).await.unwrap(), None);
    drop(db);
    // And again: who trusts the first one alone is led over two of them.
    ca(&site, &["rotate"]);
    ca(&site, &["promote"]);
    become_states(&site, &[Retired, Previous, Current]).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    connect(site.agents(), &site.ca, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_ca_issues_once_every_host_has_confirmed() {
    use AuthorityState::{Current, Next, Previous};
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, _) = open(&agent).await;
    ca(&site, &["rotate"]);
    let told = anchors(&mut stream).await;
    assert_eq!(states(&site).await, [Current, Next]);
    confirm(&stream, &told).await;
    become_states(&site, &[Previous, Current]).await;
    let told = anchors(&mut stream).await;
    assert!(told.renew_within_ms > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_ca_issues_when_its_date_has_come() {
    use AuthorityState::{Current, Next, Previous};
    let site = Site::start().await;
    let _silent = Agent::enrolled(&site).await;
    ca(&site, &["rotate", "--days", "7"]);
    site.clock.advance(6 * DAY_MS);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(states(&site).await, [Current, Next]);
    site.clock.advance(2 * DAY_MS);
    become_states(&site, &[Previous, Current]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_ca_that_is_not_wanted_is_taken_back() {
    use AuthorityState::{Current, Retired};
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, _) = open(&agent).await;
    ca(&site, &["rotate"]);
    assert_eq!(anchors(&mut stream).await.ca_certificates_der.len(), 2);
    ca(&site, &["retire", "2"]);
    let told = anchors(&mut stream).await;
    assert_eq!(told.ca_certificates_der, std::slice::from_ref(&site.ca));
    assert_eq!(states(&site).await, [Current, Retired]);
    assert!(refused(&site, &["promote"]).contains("There is no next CA"));
    let vi = collector(site.dir.path(), &["ca", "promote"]);
    assert!(said(&vi).contains("Chưa có CA kế tiếp"));
}

fn openssl(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("openssl").current_dir(dir).args(args).output();
    said(&output.expect("openssl is installed; tests/run installs it"))
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_follows_the_chain_from_the_first_ca_to_the_third() {
    let site = Site::start().await;
    for old in ["1", "2"] {
        ca(&site, &["rotate"]);
        // There is no host to wait for.
        while ca(&site, &["list"])[0]["state"] != "current" {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        ca(&site, &["retire", old]);
    }
    let dir = site.dir.path();
    let store = Store::open(dir).await.unwrap();
    let keys = Keys {
        data: dir.to_owned(),
        token: None,
    };
    let trust = Trust::load(store, keys, site.now()).await.unwrap().now();
    let names = ["collector.example".to_owned()];
    let (leaf, _) = trust.issuer.issue_server(&names, site.now()).unwrap();
    fs::write(dir.join("leaf.pem"), pem(&leaf.der)).unwrap();
    fs::write(dir.join("first.pem"), pem(&site.ca)).unwrap();
    let shown: String = trust.chain.iter().map(|c| pem(c)).collect();
    fs::write(dir.join("shown.pem"), shown).unwrap();
    assert_eq!(
        trust.chain.len(),
        3,
        "two that lead over, and the third itself"
    );
    let verify = ["verify", "-x509_strict", "-CAfile", "first.pem"];
    let with = openssl(
        dir,
        &[&verify[..], &["-untrusted", "shown.pem", "leaf.pem"]].concat(),
    );
    assert!(with.contains("leaf.pem: OK"), "{with}");
    let without = openssl(dir, &[&verify[..], &["leaf.pem"]].concat());
    assert!(!without.contains("OK"), "{without}");
}
