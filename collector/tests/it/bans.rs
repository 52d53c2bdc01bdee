//! Who is turned away, and an officer's word against it.

use std::time::Duration;

use capdo_collector::store::{Scope, audit, ban};
use capdo_proto::v1::{EnrollRequest, RenewRequest};
use serde_json::Value;
use tonic::Code;

use crate::{
    agent::{Agent, connect, enroll},
    command::{collector, said},
    site::Site,
};

/// Runs a command; its JSON.
fn did(site: &Site, args: &[&str]) -> Value {
    let output = collector(site.dir.path(), &[&["--json"], args].concat());
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Breaks the protocol until the host is turned away.
async fn offend(site: &Site, agent: &Agent) {
    let mut client = agent.client().await;
    for _ in 0..25 {
        let Err(status) = client.renew(RenewRequest::default()).await else {
            panic!("nonsense was taken")
        };
        assert!(!status.message().contains("Timeout"), "{status:?}");
    }
    listed(site, &format!("host:{}", agent.host_id)).await;
}

/// Waits until a ban is listed.
pub(crate) async fn listed(site: &Site, offender: &str) {
    for _ in 0..100 {
        let mut db = site.collector.store.read().await.unwrap();
        let bans = ban::list(&mut db, site.now()).await.unwrap();
        if bans.iter().any(|b| b.offender == offender) {
            return;
        }
        drop(db);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{offender} is not listed");
}

async fn is_let_in(agent: &Agent) -> bool {
    let identity = Some((agent.chain.clone(), agent.key.serialize_der()));
    let Ok(mut client) = connect(agent.address, &agent.ca, identity).await else {
        return false;
    };
    let Err(status) = client.renew(RenewRequest::default()).await else {
        panic!("nonsense was taken")
    };
    assert!(!status.message().contains("Timeout"), "{status:?}");
    status.code() == Code::InvalidArgument
}

/// Whether somebody without a certificate is listened to, who then is told that what he asks is nonsense.
async fn may_ask(site: &Site) -> bool {
    let Ok(mut client) = connect(site.agents(), &site.ca, None).await else {
        return false;
    };
    let nonsense = client.enroll(EnrollRequest::default()).await;
    nonsense.is_err_and(|status| status.code() == Code::InvalidArgument)
}

/// Whether something holds within a few seconds.
async fn soon(mut holds: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..50 {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

async fn audited(site: &Site, action: &str) -> Option<audit::Entry> {
    let mut db = site.collector.store.read().await.unwrap();
    let log = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    log.into_iter().find(|e| e.action == action)
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_a_host_lifts_its_ban_and_nobody_elses() {
    let site = Site::start().await;
    let (agent, other) = (Agent::enrolled(&site).await, Agent::enrolled(&site).await);
    offend(&site, &agent).await;
    offend(&site, &other).await;
    assert!(!is_let_in(&agent).await);
    assert_eq!(did(&site, &["ban", "list"]).as_array().unwrap().len(), 2);

    let enabled = did(&site, &["host", "enable", &agent.host_id]);
    assert_eq!(enabled["ban_lifted"], true);
    assert!(soon(async || is_let_in(&agent).await).await);
    assert!(!is_let_in(&other).await);
    let entry = audited(&site, "host.enable").await.unwrap();
    assert!(entry.detail.contains("\"ban_lifted\":true"), "{entry:?}");
    assert_eq!(did(&site, &["ban", "list"]).as_array().unwrap().len(), 1);

    let lift = |lang: &str| {
        let args = ["--lang", lang, "ban", "lift", &other.host_id];
        said(&collector(site.dir.path(), &args))
    };
    assert!(lift("en").contains("is let in again within a second"));
    assert!(lift("vi").contains("Không có lệnh từ chối nào"));
    assert!(soon(async || is_let_in(&other).await).await);
    let entry = audited(&site, "ban.lift").await.unwrap();
    assert_eq!(entry.target, format!("host:{}", other.host_id));
    assert_eq!(entry.agency_id.as_ref(), Some(&site.agency));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_let_in_again_and_its_agents_never_were_turned_away() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    for _ in 0..20 {
        let Err(_) = enroll(&site, "guess").await else {
            panic!("a guess was taken")
        };
    }
    listed(&site, "address:127.0.0.1").await;
    assert!(!may_ask(&site).await);
    agent.open().await; // with a certificate, from the same address
    assert_eq!(
        did(&site, &["ban", "lift", "127.0.0.1"])["was_listed"],
        true
    );
    assert!(soon(async || may_ask(&site).await).await);
    enroll(&site, &site.token().await).await.unwrap();
    let entry = audited(&site, "ban.lift").await.unwrap();
    assert_eq!(
        (entry.target.as_str(), entry.agency_id),
        ("address:127.0.0.1", None)
    );
    // A restart turns nobody away, and lists nobody.
    for _ in 0..20 {
        enroll(&site, "guess").await.err().unwrap();
    }
    listed(&site, "address:127.0.0.1").await;
    let site = site.restart().await;
    let none = async || {
        let mut db = site.collector.store.read().await.unwrap();
        ban::list(&mut db, site.now()).await.unwrap().is_empty()
    };
    assert!(soon(none).await);
    enroll(&site, &site.token().await).await.unwrap();
}

#[tokio::test]
async fn strangers_do_not_use_up_the_tries_of_those_with_a_good_token() {
    let site = Site::start().await;
    // As many as an address may try in a minute, and one less than turns it away.
    for _ in 0..19 {
        let refused = enroll(&site, "guess").await.err().unwrap();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    for _ in 0..3 {
        enroll(&site, &site.token().await).await.unwrap();
    }
    // A good token that leaked is no way around the limit: it is good once, and tried a few times.
    let site = Site::start().await;
    let known = Agent::enrolled(&site).await;
    let token = site.token().await;
    let mut codes = Vec::new();
    for _ in 0..7 {
        let again = crate::agent::enroll_as(&site, &token, None, known.machine.clone()).await;
        codes.push(again.err().unwrap().code());
    }
    assert_eq!(codes[..5], [Code::AlreadyExists; 5]);
    assert_eq!(codes[5..], [Code::ResourceExhausted; 2]);
}
