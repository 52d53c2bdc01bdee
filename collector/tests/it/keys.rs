//! Keys that several hosts hold: found when a host comes, and nobody fails by a stranger's word.

use std::{collections::BTreeSet, time::Duration};

use capdo_checks::{Facts, Observation, Subject, shared_keys::Kind};
use capdo_collector::{
    identity::authority::CERTIFICATE_FILE,
    keys,
    store::{
        Scope, Store,
        agency::{self, AgencyKind},
        endpoint::{self, EndpointKind, NewEndpoint},
        finding::{self, Finding},
        finding_change,
        host::{self, Claims, HostState},
        key, new_id, observation,
        system::{self, Details, Dossier},
    },
    verify::{self, Anchors, Wanted},
};
use capdo_proto::v1::Verdict;

use crate::{
    agent::{Agent, seen},
    site::Site,
};

const NOW: i64 = 1_795_334_040_000;
const NAME: &str = "cong.tinh.gov.vn";

/// Two agencies: the first with two systems, the second with one.
struct Province {
    _dir: tempfile::TempDir,
    store: Store,
    systems: [String; 3],
}

impl Province {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let mut systems = Vec::new();
        for (name, of) in [("Sở A", &["một", "hai"][..]), ("Xã B", &["ba"][..])] {
            let agency = agency::add(&mut tx, name, AgencyKind::Department, NOW)
                .await
                .unwrap();
            for name in of {
                let details = Details {
                    name,
                    standard_id: "tcvn-14423-2026",
                    proposed_level: 3,
                    approved_level: None,
                    dossier: Dossier::Draft,
                    declared_hosts: 1,
                };
                systems.push(system::add(&mut tx, &agency, &details, NOW).await.unwrap());
            }
        }
        tx.commit().await.unwrap();
        Self {
            _dir: dir,
            store,
            systems: systems.try_into().unwrap(),
        }
    }

    async fn host(&self, system: usize, name: &str) -> String {
        let id = new_id();
        let claims = Claims {
            hostname: name,
            machine_id_sha256: &[],
            os_id: "debian",
            os_version: "12",
            agent_version: "0.1.0",
        };
        let mut tx = self.store.write().await.unwrap();
        host::add(&mut tx, &id, &self.systems[system], &claims, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// What the host's agent says, and what follows for everybody.
    async fn says(&self, host: &str, check: &str, facts: Facts) {
        let observed = Observation {
            check: check.to_owned(),
            version: 1,
            subject: Subject::host(),
            facts: facts.facts,
            gap: facts.gap,
        };
        let sha256 = observed.sha256();
        let mut tx = self.store.write().await.unwrap();
        observation::keep(&mut tx, &sha256, &observed.to_bytes(), NOW)
            .await
            .unwrap();
        let row = Finding {
            host_id: host.to_owned(),
            check_id: check.to_owned(),
            subject_kind: 1,
            subject_name: String::new(),
            observation_sha256: sha256.to_vec(),
            verdict: "pass".to_owned(),
            reason: "{\"key\":\"pass\"}".to_owned(),
            claimed_verdict: "pass".to_owned(),
            claim_mismatch: false,
            observed_at: NOW,
            confirmed_at: NOW,
            since: NOW,
        };
        finding::put(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        keys::host(&self.store, host, NOW).await.unwrap();
        self.settle(NOW).await;
    }

    /// The host holds a key of TLS in a file (`held`), or serves it only.
    async fn tls(&self, host: &str, key: char, held: bool, names: &[&str]) {
        let facts = Facts::new()
            .observed("tls", true, "")
            .observed("spki_sha256", key.to_string().repeat(64), "")
            .observed("names", names.to_vec(), "");
        let check = if held {
            "tls.key-files"
        } else {
            "tls.shared-keys"
        };
        self.says(host, check, facts).await;
    }

    /// The host has these SSH host keys.
    async fn ssh(&self, host: &str, keys: &[u8]) {
        let keys: Vec<String> = keys.iter().map(|n| format!("SHA256:{n:043}")).collect();
        let facts = Facts::new()
            .configured("sshd_present", true, "")
            .configured("host_keys", keys, "");
        self.says(host, "ssh.config-permissions", facts).await;
    }

    /// Judges whatever is due; it comes to an end.
    async fn settle(&self, now: i64) {
        for _ in 0..100 {
            if keys::some_due(&self.store, now).await.unwrap().is_none() {
                return;
            }
        }
        panic!("it never ends");
    }

    async fn reason(&self, host: &str, kind: Kind) -> String {
        reason(&self.store, host, kind).await
    }

    async fn declare(&self, system: usize, name: &str, on: Option<&str>) -> String {
        let new = NewEndpoint {
            system_id: &self.systems[system],
            host_id: on,
            kind: EndpointKind::Https,
            host: name,
            port: 443,
            sni: "",
        };
        let mut tx = self.store.write().await.unwrap();
        let id = endpoint::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        self.settle(NOW).await;
        id
    }

    /// The collector sees the key at an endpoint.
    async fn sees(&self, endpoint: &str, key: char, address: &str) {
        let sight = BTreeSet::from([(key.to_string().repeat(64), address.to_owned())]);
        let mut tx = self.store.write().await.unwrap();
        key::put_seen(&mut tx, endpoint, &sight, (NOW, NOW + 1000))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.settle(NOW).await;
    }

    async fn set(&self, host: &str, state: HostState) {
        let mut tx = self.store.write().await.unwrap();
        host::set_state(&mut tx, &Scope::All, host, state)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.settle(NOW).await;
    }
}

/// The verdict and the reason, such as `fail fail-systems`.
async fn reason(store: &Store, host: &str, kind: Kind) -> String {
    let mut db = store.read().await.unwrap();
    let Some(held) = finding::one(&mut db, host, kind.check()).await.unwrap() else {
        return String::new();
    };
    let reason: serde_json::Value = serde_json::from_str(&held.finding.reason).unwrap();
    format!(
        "{} {}",
        held.finding.verdict,
        reason["key"].as_str().unwrap()
    )
}

#[tokio::test]
async fn clones_fail_when_the_second_comes_and_pass_with_keys_of_their_own() {
    let at = Province::new().await;
    let (first, second, other) = (
        at.host(0, "a1").await,
        at.host(0, "a2").await,
        at.host(1, "a3").await,
    );
    at.ssh(&first, &[1, 2]).await;
    at.ssh(&other, &[7]).await;
    assert_eq!(at.reason(&first, Kind::Ssh).await, "pass pass");
    at.ssh(&second, &[2, 3]).await;
    assert_eq!(at.reason(&second, Kind::Ssh).await, "fail fail");
    assert_eq!(at.reason(&first, Kind::Ssh).await, "fail fail");
    assert_eq!(at.reason(&other, Kind::Ssh).await, "pass pass");
    at.ssh(&second, &[3]).await;
    assert_eq!(at.reason(&first, Kind::Ssh).await, "pass pass");
    // In another system of the agency it is a clone as well; one that is retired holds nothing.
    at.ssh(&other, &[3]).await;
    assert_eq!(at.reason(&second, Kind::Ssh).await, "fail fail");
    at.set(&other, HostState::Disabled).await;
    assert_eq!(at.reason(&second, Kind::Ssh).await, "fail fail");
    at.set(&other, HostState::Retired).await;
    assert_eq!(at.reason(&second, Kind::Ssh).await, "pass pass");
    let mut db = at.store.read().await.unwrap();
    for id in [&first, &second, &other] {
        let flaw = finding_change::verify(&mut db, id).await.unwrap();
        assert_eq!(flaw, None);
    }
}

#[tokio::test]
async fn a_stranger_who_claims_a_public_key_fails_nobody() {
    let at = Province::new().await;
    let (victim, liar) = (at.host(0, "web-a").await, at.host(2, "web-b").await);
    at.tls(&victim, 'a', true, &[NAME]).await;
    at.ssh(&victim, &[1]).await;
    assert_eq!(at.reason(&victim, Kind::Tls).await, "pass pass");
    at.tls(&liar, 'a', true, &[NAME]).await;
    at.ssh(&liar, &[1]).await;
    for kind in Kind::ALL {
        assert_eq!(at.reason(&victim, kind).await, "unknown unknown-claimed");
        assert_eq!(at.reason(&liar, kind).await, "unknown unknown-claimed");
        // The agency learns how many, and nothing else of them.
        let mut db = at.store.read().await.unwrap();
        let held = finding::one(&mut db, &victim, kind.check()).await.unwrap();
        let said = String::from_utf8(held.unwrap().bytes).unwrap();
        for name in [liar.as_str(), &at.systems[2], "web-b", "Xã B", "ba"] {
            assert!(!said.contains(&format!("\"{name}\"")), "{said}");
        }
        let own = Scope::Agency(
            system::find(&mut db, &Scope::All, &at.systems[0])
                .await
                .unwrap()
                .agency_id,
        );
        assert_eq!(key::shared(&mut db, &own, 10).await.unwrap(), vec![]);
        assert_eq!(
            key::shared(&mut db, &Scope::All, 10).await.unwrap().len(),
            4
        );
    }
    // Nor does he by declaring the victim's own address as his.
    let his = at.declare(2, NAME, Some(&liar)).await;
    let own = at.declare(0, NAME, Some(&victim)).await;
    at.sees(&own, 'a', "203.0.113.7:443").await;
    at.sees(&his, 'a', "203.0.113.7:443").await;
    assert_eq!(
        at.reason(&victim, Kind::Tls).await,
        "unknown unknown-claimed"
    );
    // An officer who turns him away takes his word with him.
    at.set(&liar, HostState::Disabled).await;
    for kind in Kind::ALL {
        assert_eq!(at.reason(&victim, kind).await, "pass pass");
    }
}

#[tokio::test]
async fn what_the_collector_sees_with_another_agency_fails_both() {
    let at = Province::new().await;
    let (a, b) = (at.host(0, "web-a").await, at.host(2, "web-b").await);
    at.tls(&a, 'a', true, &["*.tinh.gov.vn"]).await;
    at.tls(&b, 'a', true, &["*.tinh.gov.vn"]).await;
    let (at_a, at_b) = (
        at.declare(0, "a.tinh.gov.vn", Some(&a)).await,
        at.declare(2, "b.tinh.gov.vn", Some(&b)).await,
    );
    at.sees(&at_a, 'a', "203.0.113.7:443").await;
    assert_eq!(at.reason(&a, Kind::Tls).await, "unknown unknown-claimed");
    assert_eq!(at.reason(&b, Kind::Tls).await, "fail fail-agencies");
    at.sees(&at_b, 'a', "203.0.113.8:443").await;
    assert_eq!(at.reason(&a, Kind::Tls).await, "fail fail-agencies");
    // A look that is over shows nothing any more.
    keys::host(&at.store, &a, NOW + 1001).await.unwrap();
    assert_eq!(at.reason(&a, Kind::Tls).await, "unknown unknown-claimed");
}

#[tokio::test]
async fn one_system_may_share_the_key_of_a_service_that_it_declares() {
    let at = Province::new().await;
    let (one, two) = (at.host(0, "web-1").await, at.host(0, "web-2").await);
    at.tls(&one, 'a', true, &[NAME]).await;
    at.tls(&two, 'a', false, &[NAME]).await;
    assert_eq!(at.reason(&one, Kind::Tls).await, "partial partial");
    // A name of one host alone explains nothing, nor does another name.
    at.declare(0, NAME, Some(&one)).await;
    at.declare(0, "khac.tinh.gov.vn", None).await;
    assert_eq!(at.reason(&two, Kind::Tls).await, "partial partial");
    let at = Province::new().await;
    let (one, two) = (at.host(0, "web-1").await, at.host(0, "web-2").await);
    at.tls(&one, 'a', true, &[NAME]).await;
    at.tls(&two, 'a', false, &[NAME]).await;
    let service = at.declare(0, NAME, None).await;
    for host in [&one, &two] {
        assert_eq!(at.reason(host, Kind::Tls).await, "pass pass-service");
    }
    // In another system it is a copy where both have the file, and may be a relay where one has not.
    let far = at.host(1, "web-3").await;
    at.tls(&far, 'a', false, &[NAME]).await;
    assert_eq!(
        at.reason(&one, Kind::Tls).await,
        "unknown unknown-passed-on"
    );
    at.tls(&far, 'a', true, &[NAME]).await;
    assert_eq!(at.reason(&one, Kind::Tls).await, "fail fail-systems");
    assert_eq!(at.reason(&far, Kind::Tls).await, "fail fail-systems");
    at.set(&far, HostState::Retired).await;
    assert_eq!(at.reason(&one, Kind::Tls).await, "pass pass-service");
    let mut tx = at.store.write().await.unwrap();
    endpoint::archive(&mut tx, &Scope::All, &service, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    at.settle(NOW).await;
    assert_eq!(at.reason(&one, Kind::Tls).await, "partial partial");
}

#[tokio::test]
async fn a_key_that_was_not_seen_is_no_pass() {
    let at = Province::new().await;
    let host = at.host(0, "web").await;
    assert_eq!(at.reason(&host, Kind::Tls).await, "");
    let gap = capdo_checks::Gap::parse("x");
    at.says(&host, "tls.shared-keys", Facts::unseen(gap)).await;
    assert_eq!(at.reason(&host, Kind::Tls).await, "unknown unknown-unseen");
    let none = Facts::new().observed("endpoints", 0_usize, "");
    at.says(&host, "tls.shared-keys", none).await;
    assert_eq!(
        at.reason(&host, Kind::Tls).await,
        "not_applicable not-applicable"
    );
    // An agent of before does not name its SSH host keys.
    let old = Facts::new().configured("sshd_present", true, "");
    at.says(&host, "ssh.config-permissions", old).await;
    assert_eq!(at.reason(&host, Kind::Ssh).await, "unknown unknown-unseen");
}

/// Through the wire: the second agent's run judges the first one's host as well, and the record holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_one_host_judges_the_others_of_its_keys() {
    let site = Site::start().await;
    let store = &site.collector.store;
    let told = |key: u8| {
        let facts = Facts::new()
            .configured("sshd_present", true, "")
            .configured("host_keys", vec![format!("SHA256:{key:043}")], "");
        [seen("ssh.config-permissions", facts, Verdict::Unknown)]
    };
    let mut hosts = Vec::new();
    for key in [1, 1, 2] {
        let agent = Agent::enrolled(&site).await;
        let (mut stream, assigned) = agent.open().await;
        let state = told(key);
        stream
            .complete(&agent.run(1, &assigned, &state), &state)
            .await;
        hosts.push(agent.host_id.clone());
    }
    for _ in 0..200 {
        if reason(store, &hosts[0], Kind::Ssh).await == "fail fail" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut all = Vec::new();
    for host in &hosts {
        all.push(reason(store, host, Kind::Ssh).await);
    }
    assert_eq!(all, ["fail fail", "fail fail", "pass pass"]);
    let ca = Anchors::read(&[site.dir.path().join(CERTIFICATE_FILE)]).unwrap();
    let report = verify::run(store, &ca, &Wanted::default()).await.unwrap();
    assert!(report.holds(), "{:?}", report.broken);
}
