//! Who is let in.

use capdo_collector::{
    identity::Authority,
    store::{Scope, audit, certificate, host, host::HostState, token},
};
use capdo_proto::v1::RenewRequest;
use rcgen::KeyPair;
use tonic::Code;

use crate::{
    agent::{Agent, blind, checks, connect, enroll, enroll_as, facts},
    site::{HOUR_MS, Site},
};

#[tokio::test]
async fn a_token_enrols_one_host_once() {
    let site = Site::start().await;
    let secret = site.token().await;
    let agent = enroll(&site, &secret).await.unwrap();
    assert_eq!(agent.anchors, std::slice::from_ref(&site.ca));
    let mut db = site.collector.store.read().await.unwrap();
    let host = host::find(&mut db, &Scope::Agency(site.agency.clone()), &agent.host_id).await;
    assert_eq!(host.unwrap().system_id, site.system);
    host::find(&mut db, &Scope::Agency("other".to_owned()), &agent.host_id)
        .await
        .unwrap_err();
    let tokens = token::list(&mut db, &Scope::All, None).await.unwrap();
    assert_eq!(
        tokens[0].used_by_host.as_deref(),
        Some(agent.host_id.as_str())
    );
    assert_eq!(audit::verify(&mut db).await.unwrap(), None);
    drop(db);

    let again = enroll(&site, &secret).await.err().unwrap();
    assert_eq!(again.code(), Code::Unauthenticated);
    let mut db = site.collector.store.read().await.unwrap();
    assert_eq!(
        host::list(&mut db, &Scope::All, None).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn expired_and_unknown_tokens_are_refused_alike() {
    let site = Site::start().await;
    let secret = site.token().await;
    site.clock.advance(HOUR_MS);
    let expired = enroll(&site, &secret).await.err().unwrap();
    let unknown = enroll(&site, "never-given-out").await.err().unwrap();
    assert_eq!(expired.code(), Code::Unauthenticated);
    assert_eq!(
        (expired.code(), expired.message()),
        (unknown.code(), unknown.message())
    );
}

#[tokio::test]
async fn enrolling_is_rate_limited() {
    let site = Site::start().await;
    let mut codes = Vec::new();
    for _ in 0..25 {
        codes.push(enroll(&site, "guess").await.err().unwrap().code());
    }
    // Guesses beyond the first few are not looked at: too often, or the address is turned away.
    let looked_at = codes
        .iter()
        .filter(|c| **c == Code::Unauthenticated)
        .count();
    assert!((1..=20).contains(&looked_at), "{codes:?}");
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_refused() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let dir = tempfile::tempdir().unwrap();
    let other = Authority::create(dir.path(), site.now()).unwrap();
    let key = KeyPair::generate().unwrap();
    let csr = rcgen::CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let forged = other
        .issue_host(&agent.host_id, csr.der(), site.now())
        .unwrap();
    let identity = Some((vec![forged.der.to_vec()], key.serialize_der()));
    // TLS 1.3 lets the client finish first, so the refusal may come with the first call.
    if let Ok(mut client) = connect(site.agents(), &site.ca, identity).await {
        let request = tokio_stream::empty::<capdo_proto::v1::SessionRequest>();
        client.session(request).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_session_needs_a_certificate() {
    let site = Site::start().await;
    let mut client = connect(site.agents(), &site.ca, None).await.unwrap();
    let request = tokio_stream::empty::<capdo_proto::v1::SessionRequest>();
    let status = client.session(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_revoked_host_is_turned_away() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let status = agent.dial().await.err().unwrap();
    assert_eq!(status.code(), Code::PermissionDenied);
}

fn renewal(site: &Site) -> (KeyPair, RenewRequest) {
    let key = KeyPair::generate().unwrap();
    let csr = rcgen::CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let request = RenewRequest {
        csr_der: csr.der().to_vec(),
        facts: Some(facts(&[1; 32])),
        clock_ms: site.now(),
    };
    (key, request)
}

#[tokio::test]
async fn a_certificate_is_renewed_over_the_one_that_holds() {
    let site = Site::start().await;
    let mut agent = Agent::enrolled(&site).await;
    let (key, request) = renewal(&site);
    let answer = agent.client().await.renew(request).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.host_id, agent.host_id);
    assert!(answer.not_after_ms > site.now() && answer.renew_after_ms < answer.not_after_ms);
    assert_ne!(answer.certificate_chain_der, agent.chain);
    let mut db = site.collector.store.read().await.unwrap();
    let held = certificate::list(&mut db, &Scope::All, &agent.host_id).await;
    assert_eq!(held.unwrap().len(), 2);
    drop(db);
    // The agent may lose the answer: the old certificate holds until it ends.
    agent.open().await;
    (agent.key, agent.chain) = (key, answer.certificate_chain_der);
    agent.open().await;
}

#[tokio::test]
async fn nothing_is_renewed_without_a_certificate_or_with_a_revoked_one() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut stranger = connect(site.agents(), &site.ca, None).await.unwrap();
    let refused = stranger.renew(renewal(&site).1).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = agent.client().await.renew(renewal(&site).1).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let mut db = site.collector.store.read().await.unwrap();
    let held = certificate::list(&mut db, &Scope::All, &agent.host_id).await;
    assert_eq!(held.unwrap().len(), 1);
}

#[tokio::test]
async fn a_renewal_under_way_does_not_survive_a_revocation() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut client = agent.client().await;
    let mut tx = site.collector.store.write().await.unwrap();
    let request = renewal(&site).1;
    let renewing = tokio::spawn(async move { client.renew(request).await });
    // It was let in and waits for the writer.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(!renewing.is_finished());
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = renewing.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut db = site.collector.store.read().await.unwrap();
    let held = certificate::list(&mut db, &Scope::All, &agent.host_id).await;
    assert!(held.unwrap().iter().all(|c| c.revoked_at.is_some()));
}

#[tokio::test]
async fn renewals_with_a_stolen_key_do_not_shut_the_host_out() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let mut thief = agent.client().await;
    for _ in 0..9 {
        site.clock.advance(1_000);
        thief.renew(renewal(&site).1).await.unwrap();
    }
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    // Nor from coming back with its key where the certificate was lost.
    let again = enroll_as(&site, "", Some(&agent), agent.machine.clone()).await;
    assert_eq!(again.unwrap().host_id, agent.host_id);
}

#[tokio::test]
async fn who_shows_no_certificate_may_send_little() {
    let site = Site::start().await;
    let mut stranger = connect(site.agents(), &site.ca, None).await.unwrap();
    let mut request = renewal(&site).1;
    request.csr_der = vec![0; 1 << 20];
    let refused = stranger.renew(request).await.unwrap_err();
    assert_ne!(refused.code(), Code::Unauthenticated, "it was read whole");
}

const DAY_MS: i64 = 24 * HOUR_MS;

async fn host_count(site: &Site) -> usize {
    let mut db = site.collector.store.read().await.unwrap();
    host::list(&mut db, &Scope::All, None).await.unwrap().len()
}

async fn audited(site: &Site, action: &str) -> usize {
    let mut db = site.collector.store.read().await.unwrap();
    let log = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    log.iter().filter(|e| e.action == action).count()
}

/// Makes every certificate one that ran out so many days ago.
async fn ran_out(site: &Site, days: i64) {
    let mut tx = site.collector.store.write().await.unwrap();
    sqlx::query("UPDATE certificate SET not_after = $1")
        .bind(site.now() - days * DAY_MS)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_machine_that_is_known_needs_its_key_or_an_officer() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let secret = site.token().await;
    let refused = enroll_as(&site, &secret, None, agent.machine.clone()).await;
    assert_eq!(refused.err().unwrap().code(), Code::AlreadyExists);
    assert_eq!(audited(&site, "token.refused").await, 1);
    // The token is not spent: the host comes back with its key, under the id it had.
    let again = enroll_as(&site, &secret, Some(&agent), agent.machine.clone()).await;
    assert_eq!(again.unwrap().host_id, agent.host_id);
    assert_eq!(audited(&site, "host.enroll-again").await, 1);
    assert_eq!(host_count(&site).await, 1);
    // The key that was there before still holds, or a thief could lock the host out.
    agent.open().await;
}

#[tokio::test]
async fn a_host_that_was_away_for_long_comes_back_by_its_key_alone() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    ran_out(&site, 170).await;
    let again = enroll_as(&site, "", Some(&agent), agent.machine.clone()).await;
    assert_eq!(again.unwrap().host_id, agent.host_id);
}

#[tokio::test]
async fn a_key_does_not_speak_for_its_host_forever() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    ran_out(&site, 181).await;
    let late = enroll_as(&site, "", Some(&agent), agent.machine.clone()).await;
    assert_eq!(late.err().unwrap().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn neither_another_key_nor_a_revoked_one_speaks_for_a_host() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut liar = Agent::enrolled(&site).await;
    liar.host_id.clone_from(&agent.host_id);
    let refused = enroll_as(&site, "", Some(&liar), agent.machine.clone()).await;
    assert_eq!(refused.err().unwrap().code(), Code::Unauthenticated);

    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = enroll_as(&site, "", Some(&agent), agent.machine.clone()).await;
    assert_eq!(refused.err().unwrap().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_disabled_host_does_not_come_back_by_its_key() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut tx = site.collector.store.write().await.unwrap();
    host::set_state(&mut tx, &Scope::All, &agent.host_id, HostState::Disabled)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = enroll_as(&site, "", Some(&agent), agent.machine.clone()).await;
    assert_eq!(refused.err().unwrap().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn an_officers_token_gives_a_host_a_new_key_and_ends_the_old_one() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, _) = agent.open().await;
    let secret = site.token_for(Some(&agent.host_id)).await;
    let fresh = enroll_as(&site, &secret, None, vec![9; 32]).await.unwrap();
    assert_eq!(fresh.host_id, agent.host_id);
    assert_eq!(host_count(&site).await, 1);
    assert_eq!(audited(&site, "host.enroll-anew").await, 1);
    stream.refused().await; // the stream that the old key had opened
    let status = agent.dial().await.err().unwrap();
    assert_eq!(status.code(), Code::PermissionDenied);
    fresh.open().await;
    let again = enroll_as(&site, &secret, None, vec![9; 32]).await;
    assert_eq!(again.err().unwrap().code(), Code::Unauthenticated);
}
