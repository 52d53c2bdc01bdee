//! Connections that say nothing, from the address of an honest host and from others.

use std::{net::Ipv4Addr, time::Duration};

use capdo_collector::store::ban;
use rustls_pki_types::ServerName;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    agent::{Agent, connector, enroll, tcp},
    bans::listed,
    site::Site,
};

/// More than one network may have under way, and less than what any is given to say something.
const MANY: usize = 100;
const SOON: Duration = Duration::from_secs(5);

async fn silent(site: &Site, from: Ipv4Addr) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..MANY {
        held.push(tcp(from, site.agents()).await.unwrap());
    }
    held
}

async fn is_served(agent: &Agent) {
    sleep(Duration::from_millis(500)).await; // until all are accepted
    let came = timeout(SOON, agent.open()).await;
    assert!(came.is_ok(), "shut out");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_beside_a_host_does_not_shut_it_out() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let held = silent(&site, Ipv4Addr::LOCALHOST).await;
    is_served(&agent).await;
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_from_an_address_that_is_turned_away_does_not_shut_its_hosts_out() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    for _ in 0..20 {
        enroll(&site, "guess").await.err().unwrap();
    }
    listed(&site, "address:127.0.0.1").await;
    let held = silent(&site, Ipv4Addr::LOCALHOST).await;
    is_served(&agent).await;
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_from_elsewhere_does_not_shut_a_host_out() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut held = Vec::new();
    for last in 1..=5 {
        held.extend(silent(&site, Ipv4Addr::new(127, 0, 3, last)).await);
    }
    is_served(&agent).await;
    drop(held);
}

/// The hosts of a site that share an address come at once: some have to come again, and nobody is accused.
#[tokio::test(flavor = "multi_thread")]
async fn many_honest_hosts_behind_one_address_are_not_turned_away() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let mut hosts = JoinSet::new();
    for _ in 0..3 * MANY {
        let (ca, to) = (agent.ca.clone(), site.agents());
        hosts.spawn(async move {
            let stream = tcp(Ipv4Addr::LOCALHOST, to).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            connector(&ca, None).connect(name, stream).await.is_ok()
        });
    }
    let came = hosts.join_all().await;
    let mut db = site.collector.store.read().await.unwrap();
    assert_eq!(ban::list(&mut db, site.now()).await.unwrap(), []);
    drop(db);
    println!(
        "{} of {} at once were taken",
        came.iter().filter(|ok| **ok).count(),
        came.len()
    );
    is_served(&agent).await;
}
