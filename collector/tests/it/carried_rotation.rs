//! The CA is replaced, and hosts of one-way sites know of it only what is carried to them.

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_collector::{
    config::Agents,
    identity::{
        Trust,
        carried::{For, Given, enroll},
    },
    ingest::carried::{CarriedError, Imported},
    store::authority::{self, AuthorityState},
};
use capdo_proto::{
    signing::{again_bytes, grant_bytes, receipt_bytes},
    v1::{CarriedEnrolment, EnrollResponse, PreviousIdentity},
};
use prost::Message as _;
use x509_parser::parse_x509_certificate;

use crate::{
    agent::{self, Agent},
    carried::{carried, keys, one, state, take},
    rotation::{ca, refused},
    site::Site,
};

/// Whether a CA signed these bytes.
fn is_by(ca: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let (_, ca) = parse_x509_certificate(ca).unwrap();
    let point = &ca.public_key().subject_public_key.data;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    key.verify(bytes, signature).is_ok()
}

fn receipt_is_by(ca: &[u8], taken: &Imported) -> bool {
    let file = &taken.file;
    is_by(ca, &receipt_bytes(&file.receipt), &file.signature)
}

/// Gives a host that proves its key a new certificate, from file to file; the grant.
async fn renewed(site: &Site, agent: &mut Agent) -> Given {
    let (key, csr_der) = agent::csr();
    let signature = agent.sign_bytes(&again_bytes(&agent.host_id, &csr_der));
    let request = CarriedEnrolment {
        csr_der,
        facts: Some(agent::facts(&agent.machine)),
        clock_ms: site.now(),
        previous: Some(PreviousIdentity {
            host_id: agent.host_id.clone(),
            signature,
        }),
    };
    let store = site.collector.store.clone();
    let trust = Trust::load(store, keys(site), site.now())
        .await
        .unwrap()
        .now();
    let mut tx = site.collector.store.write().await.unwrap();
    let whom = For::System(&site.system);
    let who = ("test", site.now());
    let given = enroll(&mut tx, &trust, &Agents::default(), &request, whom, who).await;
    tx.commit().await.unwrap();
    let given = given.unwrap();
    let response = EnrollResponse::decode(given.grant.enroll_response.as_slice()).unwrap();
    assert_eq!(response.host_id, agent.host_id);
    agent.key = key;
    agent.chain = response.certificate_chain_der;
    agent.anchors = response.ca_certificates_der;
    given
}

/// The certificates of CAs, oldest first.
async fn authorities(site: &Site) -> Vec<Vec<u8>> {
    let mut db = site.collector.store.read().await.unwrap();
    let rows = authority::list(&mut db).await.unwrap();
    rows.into_iter().rev().map(|r| r.certificate).collect()
}

async fn become_current(site: &Site, number: i64) {
    for _ in 0..100 {
        let mut db = site.collector.store.read().await.unwrap();
        if authority::find(&mut db, number).await.unwrap().state == AuthorityState::Current {
            return;
        }
        drop(db);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("CA {number} does not issue");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_comes_by_files_is_not_cut_off_by_a_rotation() {
    let site = Site::start().await;
    let mut agent = carried(&site).await;
    let (a, b, c) = (state(1, "a"), state(1, "b"), state(1, "c"));
    let before = one(&site, &agent, 1, &a); // signed before the rotation, brought after it
    let made = ca(&site, &["rotate"]);
    let shown = ca(&site, &["show", "2"]);
    assert_eq!(shown["not_ready"][0]["id"], agent.host_id, "{made}");
    // It cannot confirm, so that the next one does not issue by itself before its date.
    ca(&site, &["promote"]);
    become_current(&site, 2).await;
    let [old, new] = authorities(&site).await.try_into().unwrap();

    // What the old CA's certificate signed is taken, and the receipt is by the CA that the host knows.
    let taken = take(&site, &before).await.unwrap();
    assert!(receipt_is_by(&old, &taken) && !receipt_is_by(&new, &taken));
    let taken = take(&site, &one(&site, &agent, 2, &b)).await.unwrap();
    assert!(receipt_is_by(&old, &taken));
    assert!(refused(&site, &["retire", "1"]).contains("1 hosts would be cut off"));

    // By its key it gets a certificate of the new one, whose fingerprint the officer hands over.
    let grant = renewed(&site, &mut agent).await.grant;
    let signed = grant_bytes(&grant.enroll_response, &grant.assignment);
    assert!(is_by(&new, &signed, &grant.signature));
    assert_eq!(agent.anchors, [old.clone(), new.clone()]);
    // Not before a file shows that the grant arrived.
    assert!(refused(&site, &["retire", "1"]).contains("1 hosts would be cut off"));
    let taken = take(&site, &one(&site, &agent, 3, &c)).await.unwrap();
    assert!(receipt_is_by(&new, &taken));
    ca(&site, &["retire", "1"]);
    // Its file still names the CA that it heard of first.
    let taken = take(&site, &one(&site, &agent, 4, &a)).await.unwrap();
    assert!(receipt_is_by(&new, &taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_a_ca_that_was_retired_meanwhile_is_given_again() {
    let site = Site::start().await;
    let mut agent = carried(&site).await; // the grant of the old CA is on its way
    ca(&site, &["rotate"]);
    ca(&site, &["promote"]);
    become_current(&site, 2).await;
    ca(&site, &["retire", "1", "--force"]);
    let seen = state(1, "x");
    let error = take(&site, &one(&site, &agent, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::Revoked { .. }), "{error}");
    let again = renewed(&site, &mut agent).await;
    assert!(again.again, "it proved its key, and keeps its identity");
    let new = authorities(&site).await.pop().unwrap();
    assert_eq!(agent.anchors, std::slice::from_ref(&new));
    let taken = take(&site, &one(&site, &agent, 1, &seen)).await.unwrap();
    assert!(receipt_is_by(&new, &taken));
}
