//! The collector's clock is set by ten years, either way and back: nothing hangs, nothing is held against a
//! host, and nothing is expired or alive for good.

use capdo_collector::store::{
    Scope,
    certificate::{self, Certificate},
    finding, integrity, score, session, token,
};

use crate::{
    agent::{Agent, blind, checks},
    site::Site,
};

const TEN_YEARS_MS: i64 = 3_653 * 86_400_000;

async fn confirmed(site: &Site, agent: &Agent) -> Vec<i64> {
    let mut db = site.collector.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id).await;
    let held = held.unwrap();
    held.iter().map(|h| h.finding.confirmed_at).collect()
}

/// Waits until the score was computed at the time that the clock shows, and gives its coverage.
async fn coverage(site: &Site) -> u32 {
    for _ in 0..200 {
        site.collector.changed.mark(&site.system);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let mut db = site.collector.store.read().await.unwrap();
        let all = score::latest(&mut db, &Scope::All, Some(&site.system)).await;
        if let Some(score) = all.unwrap().first().filter(|s| s.at == site.now()) {
            return score.coverage_bp;
        }
    }
    panic!("no score");
}

#[tokio::test]
async fn runs_go_on_whatever_the_clock_is_set_to() {
    for jump in [TEN_YEARS_MS, -TEN_YEARS_MS] {
        let site = Site::start().await;
        let agent = Agent::enrolled(&site).await;
        let (mut stream, told) = agent.open().await;
        let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
        stream.complete(&agent.run(1, &told, &state), &state).await;
        let before = coverage(&site).await;
        site.clock.advance(jump);
        // The host's clock is as wrong: the end of its runs lies beyond both.
        stream.complete(&agent.run(2, &told, &state), &[]).await;
        site.clock.advance(-jump);
        stream.complete(&agent.run(3, &told, &state), &[]).await;
        let now = site.now();
        assert_eq!(
            confirmed(&site, &agent).await,
            [now; 3],
            "confirmed by the run of now, {jump}"
        );
        assert_eq!(coverage(&site).await, before, "{jump}");
        println!(
            "a clock set by {jump} ms and back: three runs taken, evidence of now, coverage {before}"
        );
    }
}

#[tokio::test]
async fn a_certificate_of_the_future_is_replaced_once_the_clock_is_right() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    site.clock.advance(TEN_YEARS_MS);
    // Asks for a certificate of then, which nobody takes now.
    let identity = Some((agent.chain.clone(), agent.key.serialize_der()));
    let wrong = crate::agent::connect(agent.address, &agent.ca, identity).await;
    assert!(wrong.is_err(), "the certificate of the future was taken");
    site.clock.advance(-TEN_YEARS_MS);
    drop(agent.open().await);
    // Set back to before there was a CA: the certificate that holds stays.
    site.clock.advance(-TEN_YEARS_MS);
    drop(agent.open().await);
}

#[tokio::test]
async fn a_clock_set_back_is_no_second_machine() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (first, _) = agent.open().await;
    tokio::time::sleep(std::time::Duration::from_millis(5_500)).await;
    site.clock.advance(-TEN_YEARS_MS);
    // The old stream is half-open: its end was never heard.
    let (second, _) = agent.open().await;
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id)).await;
    assert_eq!(events.unwrap(), [], "the host is said to be two machines");
    drop((first, second));
}

#[tokio::test]
async fn what_was_made_in_a_wrong_future_is_not_good_for_years() {
    let site = Site::start().await;
    let now = site.now();
    let then = now + TEN_YEARS_MS;
    let mut tx = site.collector.store.write().await.unwrap();
    let user: String = capdo_collector::store::user::list(&mut tx, &Scope::All)
        .await
        .unwrap()[0]
        .id
        .clone();
    session::add(&mut tx, &[7; 32], &user, then).await.unwrap();
    assert!(
        session::user(&mut tx, &[7; 32], then)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        session::user(&mut tx, &[7; 32], now)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(session::sweep(&mut tx, now).await.unwrap(), 1);
    let made = token::NewToken {
        sha256: &[8; 32],
        system_id: &site.system,
        host_id: None,
        created_by: "test",
        created_at: then,
        expires_at: then + 1,
    };
    token::add(&mut tx, &made).await.unwrap();
    assert!(
        token::usable(&mut tx, &[8; 32], then)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        token::usable(&mut tx, &[8; 32], now)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn evidence_of_a_host_whose_clock_is_years_behind_is_of_today() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let given = site.now();
    site.clock.advance(60_000);
    let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
    let mut run = agent.run(1, &told, &state);
    run.finished.finished_ms = given - TEN_YEARS_MS;
    run.finished.signature = agent.sign(&run.started, &run.finished);
    stream.complete(&run, &state).await;
    assert_eq!(
        confirmed(&site, &agent).await,
        [given; 3],
        "no older than the nonce"
    );
}

#[tokio::test]
async fn a_certificate_from_a_wrong_past_still_proves_who_holds_its_key() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (now, then) = (site.now(), site.now() - TEN_YEARS_MS);
    let mut tx = site.collector.store.write().await.unwrap();
    let since = now - 180 * 86_400_000;
    let enrolled = certificate::keys_since(&mut tx, &agent.host_id, since)
        .await
        .unwrap();
    let issued = |serial: &str, key: u8, not_after| Certificate {
        serial: serial.to_owned(),
        host_id: agent.host_id.clone(),
        public_key: vec![key; 65],
        issued_at: then,
        not_after,
        revoked_at: None,
        revoked_why: None,
        authority: 1,
        told: 1,
    };
    for (serial, key) in [("01", 1), ("02", 2)] {
        let certificate = issued(serial, key, then + 1);
        certificate::add(&mut tx, &certificate).await.unwrap();
    }
    let keys = certificate::keys_since(&mut tx, &agent.host_id, since)
        .await
        .unwrap();
    assert_eq!(
        keys,
        [enrolled[0].clone(), vec![2; 65]],
        "the last one, not one before it"
    );
    // Nobody of whom nothing else is known from less than so long ago.
    let later = now + 10 * TEN_YEARS_MS;
    let keys = certificate::keys_since(&mut tx, &agent.host_id, later)
        .await
        .unwrap();
    assert!(keys.is_empty());
    drop(tx);
    // While the clock shows a time before the CA's, no certificate is issued.
    let token = site.token().await;
    site.clock.advance(-TEN_YEARS_MS);
    assert!(crate::agent::enroll(&site, &token).await.is_err());
    site.clock.advance(TEN_YEARS_MS);
    crate::agent::enroll(&site, &token).await.unwrap();
}
