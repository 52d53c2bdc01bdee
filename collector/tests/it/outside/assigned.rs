//! Which endpoints travel to which host.

use capdo_collector::store::endpoint::{self, EndpointKind, NewEndpoint};

use super::NAME;
use crate::{agent::Agent, site::Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_given_the_named_endpoints_that_it_answers_for() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let other = Agent::enrolled(&site).await;
    let mut tx = site.collector.store.write().await.unwrap();
    for (host, on) in [
        (NAME, Some(agent.host_id.as_str())),
        ("b.gov.vn", Some(other.host_id.as_str())),
        ("c.gov.vn", None),
        ("203.0.113.7", Some(agent.host_id.as_str())), // an address may be translated on the way
    ] {
        let new = NewEndpoint {
            system_id: &site.system,
            host_id: on,
            kind: EndpointKind::Https,
            host,
            port: 443,
            sni: "",
        };
        endpoint::add(&mut tx, &new, site.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (_stream, told) = agent.open().await;
    let hosts: Vec<_> = told.endpoints.iter().map(|e| e.host.as_str()).collect();
    assert_eq!(hosts, [NAME]);
    let (_stream, told) = other.open().await;
    assert_eq!(told.endpoints[0].host, "b.gov.vn");
    assert_eq!(told.endpoints[0].port, 443);
}
