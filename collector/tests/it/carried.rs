//! Files with runs of one-way sites: taken as a whole or not at all, in order, once, and from nobody
//! else.

use std::path::PathBuf;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_collector::{
    config::Agents,
    identity::{
        Keys, Trust,
        carried::{For, enroll},
    },
    ingest::carried::{CarriedError, Imported, import},
    store::{
        Scope, audit, certificate, finding, finding_change, host, integrity,
        integrity::IntegrityKind, run,
    },
};
use capdo_proto::{
    carried::Writer,
    signing::{carried_bytes, receipt_bytes},
    v1::{
        Assignment, CarriedClosing, CarriedEnrolment, CarriedHeader, EnrollResponse, Finding,
        RefusalCode, ResyncDone, carried_record::Record, session_request::Payload as Out,
    },
};
use prost::Message as _;
use rcgen::{CertificateParams, KeyPair};
use sha2::{Digest as _, Sha256};

use crate::{
    agent::{self, Agent, Run, blind, checks},
    site::{HOUR_MS, Site},
};

/// An agent of a one-way site.
pub(crate) async fn carried(site: &Site) -> Agent {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let machine = Sha256::digest(capdo_collector::store::new_id()).to_vec();
    let request = CarriedEnrolment {
        csr_der: csr.der().to_vec(),
        facts: Some(agent::facts(&machine)),
        clock_ms: site.now(),
        previous: None,
    };
    let store = site.collector.store.clone();
    let trust = Trust::load(store, keys(site), site.now())
        .await
        .unwrap()
        .now();
    let mut tx = site.collector.store.write().await.unwrap();
    let (settings, whom) = (Agents::default(), For::System(&site.system));
    let given = enroll(
        &mut tx,
        &trust,
        &settings,
        &request,
        whom,
        ("test", site.now()),
    );
    let given = given.await.unwrap();
    tx.commit().await.unwrap();
    let response = EnrollResponse::decode(given.grant.enroll_response.as_slice()).unwrap();
    Agent {
        host_id: response.host_id,
        key,
        chain: response.certificate_chain_der,
        ca: site.ca.clone(),
        anchors: response.ca_certificates_der,
        address: site.agents(),
        machine,
    }
}

pub(crate) fn keys(site: &Site) -> Keys {
    Keys {
        data: site.dir.path().to_owned(),
        token: None,
    }
}

/// A run that is carried: it echoes no nonce.
pub(crate) fn run_of(agent: &Agent, counter: u64, state: &[Finding]) -> Run {
    let told = Assignment {
        revision: 1,
        ..Assignment::default()
    };
    agent.run(counter, &told, state)
}

pub(crate) fn header(site: &Site, agent: &Agent, from: u64, to: u64, whole: bool) -> CarriedHeader {
    CarriedHeader {
        host_id: agent.host_id.clone(),
        certificate_chain_der: agent.chain.clone(),
        ca_sha256: Sha256::digest(&agent.ca).to_vec(),
        from_counter: from,
        to_counter: to,
        made_ms: site.now(),
        whole_state: whole,
        machine_id_sha256: agent.machine.clone(),
        agent_version: "0.1.0".to_owned(),
    }
}

/// A file of runs, each with what it sends; with `whole`, the state after the last one.
fn file(
    header: CarriedHeader,
    agent: &Agent,
    runs: &[(Run, &[Finding])],
    whole: &[Finding],
) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let is_whole = header.whole_state;
    let host_id = header.host_id.clone();
    writer.put(Record::Header(header)).unwrap();
    for (run, sent) in runs {
        writer.put(Record::RunStarted(run.started.clone())).unwrap();
        if !sent.is_empty() {
            writer
                .put(Record::FindingBatch(run.batch(0, sent, false)))
                .unwrap();
        }
        writer
            .put(Record::RunFinished(run.finished.clone()))
            .unwrap();
    }
    if is_whole {
        let (run, _) = runs.last().unwrap();
        writer
            .put(Record::FindingBatch(run.batch(0, whole, true)))
            .unwrap();
        let done = ResyncDone {
            run_id: run.started.run_id.clone(),
            state_findings: u32::try_from(whole.len()).unwrap(),
        };
        writer.put(Record::ResyncDone(done)).unwrap();
    }
    close(writer, agent, &host_id)
}

pub(crate) fn close(mut writer: Writer<Vec<u8>>, agent: &Agent, host_id: &str) -> Vec<u8> {
    let sha256 = writer.sha256().to_vec();
    let signature = agent.sign_bytes(&carried_bytes(host_id, &sha256));
    let closing = CarriedClosing { sha256, signature };
    writer.put(Record::Closing(closing)).unwrap();
    writer.into_inner()
}

/// A file of one run that sends its whole state.
pub(crate) fn one(site: &Site, agent: &Agent, counter: u64, state: &[Finding]) -> Vec<u8> {
    let run = run_of(agent, counter, state);
    let header = header(site, agent, counter, counter, false);
    file(header, agent, &[(run, state)], &[])
}

pub(crate) async fn take(site: &Site, bytes: &[u8]) -> Result<Imported, CarriedError> {
    let path = site.dir.path().join("x.runs");
    std::fs::write(&path, bytes).unwrap();
    take_file(site, path).await
}

async fn take_file(site: &Site, path: PathBuf) -> Result<Imported, CarriedError> {
    let store = &site.collector.store;
    import(store, &keys(site), &path, "test", site.now()).await
}

pub(crate) fn state(n: usize, detail: &str) -> Vec<Finding> {
    checks(n).iter().map(|c| blind(c, detail)).collect()
}

async fn held(site: &Site, agent: &Agent) -> Vec<finding::Finding> {
    let mut db = site.collector.store.read().await.unwrap();
    let holds = finding_change::verify(&mut db, &agent.host_id).await;
    assert_eq!(holds.unwrap(), None);
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id).await;
    held.unwrap().into_iter().map(|h| h.finding).collect()
}

async fn events(site: &Site, agent: &Agent) -> Vec<IntegrityKind> {
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id)).await;
    events.unwrap().into_iter().map(|e| e.kind).collect()
}

#[tokio::test]
async fn a_file_is_taken_once_and_its_receipt_is_by_the_ca() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let seen = state(3, "x");
    let bytes = one(&site, &agent, 1, &seen);
    let first = take(&site, &bytes).await.unwrap();
    assert!(!first.already);
    assert_eq!(
        (first.file.taken, first.file.known, first.file.missing),
        (1, 0, 0)
    );
    let found = held(&site, &agent).await;
    assert_eq!(found.len(), 3);
    for finding in &found {
        assert_eq!(finding.verdict, "unknown");
        assert!(
            finding.confirmed_at <= site.now(),
            "the agent's clock runs ahead"
        );
    }
    let (_, ca) = x509_parser::parse_x509_certificate(&site.ca).unwrap();
    let key = ca.public_key().subject_public_key.data.to_vec();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    key.verify(&receipt_bytes(&first.file.receipt), &first.file.signature)
        .unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&first.file.receipt).unwrap();
    assert_eq!(receipt["host_id"], agent.host_id.as_str());
    assert_eq!(receipt["last_counter"], 1);
    assert_eq!(receipt["file_sha256"], hex::encode(Sha256::digest(&bytes)));

    let mut db = site.collector.store.read().await.unwrap();
    let logged = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    drop(db);
    assert_eq!(
        logged.iter().filter(|e| e.action == "run.import").count(),
        1
    );
    site.clock.advance(HOUR_MS);
    let again = take(&site, &bytes).await.unwrap();
    assert!(again.already);
    assert_eq!(again.file, first.file);
    assert_eq!(held(&site, &agent).await, found, "nothing became fresher");
    let mut db = site.collector.store.read().await.unwrap();
    assert_eq!(
        audit::list(&mut db, &Scope::All, None, 100).await.unwrap(),
        logged
    );
}

#[tokio::test]
async fn evidence_is_as_old_as_its_run_however_late_the_file_comes() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let seen = state(1, "x");
    let mut run = run_of(&agent, 1, &seen);
    let long_ago = site.now() - 100 * HOUR_MS;
    run.finished.finished_ms = long_ago;
    run.finished.signature = agent.sign(&run.started, &run.finished);
    let bytes = file(
        header(&site, &agent, 1, 1, false),
        &agent,
        &[(run, &seen)],
        &[],
    );
    take(&site, &bytes).await.unwrap();
    assert_eq!(held(&site, &agent).await[0].confirmed_at, long_ago);
}

#[tokio::test]
async fn of_a_file_that_was_changed_or_cut_nothing_is_taken() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let seen = state(2, "x");
    let good = one(&site, &agent, 1, &seen);
    let step = (good.len() / 150).max(1);
    let tail = good.len() - 130..good.len();
    for at in (0..good.len()).step_by(step).chain(tail.clone()) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        let error = take(&site, &bytes).await.map(|i| i.file.taken);
        assert!(
            error.is_err(),
            "byte {at} was flipped and the file was taken"
        );
    }
    for at in (0..good.len()).step_by(step * 3).chain(tail) {
        assert!(take(&site, &good[..at]).await.is_err(), "cut at {at}");
    }
    assert!(take(&site, &[&good[..], b"x"].concat()).await.is_err());
    assert!(take(&site, &[&good[..], &good[..]].concat()).await.is_err());
    assert_eq!(held(&site, &agent).await, []);
    let mut db = site.collector.store.read().await.unwrap();
    let runs = run::list(&mut db, &Scope::All, &agent.host_id, 10)
        .await
        .unwrap();
    assert_eq!(runs, []);
    drop(db);
    assert_eq!(events(&site, &agent).await, []);
    assert_eq!(take(&site, &good).await.unwrap().file.taken, 1);
}

#[tokio::test]
async fn files_are_taken_in_their_order() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let (a, b) = (
        state(2, "a"),
        [state(1, "b"), state(2, "a").split_off(1)].concat(),
    );
    let first = one(&site, &agent, 1, &a);
    // The second holds only what changed.
    let run = run_of(&agent, 2, &b);
    let second = file(
        header(&site, &agent, 2, 2, false),
        &agent,
        &[(run, &b[..1])],
        &[],
    );
    let early = take(&site, &second).await.unwrap_err();
    assert!(
        matches!(early, CarriedError::NeedsWhole { counter: 2, .. }),
        "{early}"
    );
    assert_eq!(held(&site, &agent).await, []);
    assert_eq!(
        events(&site, &agent).await,
        [],
        "nothing of a file that was not taken"
    );
    take(&site, &first).await.unwrap();
    take(&site, &second).await.unwrap();
    assert_eq!(held(&site, &agent).await.len(), 2);
    let old = one(&site, &agent, 1, &a);
    let late = take(&site, &old).await.unwrap_err();
    assert!(
        matches!(
            late,
            CarriedError::Older {
                counter: 1,
                last: 2,
                ..
            }
        ),
        "{late}"
    );
    assert!(take(&site, &first).await.unwrap().already);
}

#[tokio::test]
async fn a_file_that_repeats_runs_adds_only_the_new_ones() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let (a, b) = (state(2, "a"), state(2, "b"));
    let run = run_of(&agent, 1, &a);
    let again = Run {
        started: run.started.clone(),
        finished: run.finished.clone(),
    };
    take(
        &site,
        &file(
            header(&site, &agent, 1, 1, false),
            &agent,
            &[(run, &a)],
            &[],
        ),
    )
    .await
    .unwrap();
    let runs = [(again, &a[..]), (run_of(&agent, 2, &b), &b[..])];
    let both = file(header(&site, &agent, 1, 2, false), &agent, &runs, &[]);
    let done = take(&site, &both).await.unwrap();
    assert_eq!((done.file.taken, done.file.known), (1, 1));
}

#[tokio::test]
async fn a_gap_is_noted_and_needs_a_state_that_fits_or_is_whole() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let (a, b) = (state(2, "a"), state(3, "b"));
    take(&site, &one(&site, &agent, 1, &a)).await.unwrap();
    // Only the third check is sent, though all three changed in runs that are missing.
    let run = run_of(&agent, 4, &b);
    let changes = file(
        header(&site, &agent, 4, 4, false),
        &agent,
        &[(run, &b[2..])],
        &[],
    );
    let error = take(&site, &changes).await.unwrap_err();
    assert!(matches!(error, CarriedError::NeedsWhole { .. }), "{error}");
    let run = run_of(&agent, 4, &b);
    let whole = file(header(&site, &agent, 4, 4, true), &agent, &[(run, &[])], &b);
    let done = take(&site, &whole).await.unwrap();
    assert_eq!((done.file.taken, done.file.missing), (1, 2));
    assert_eq!(held(&site, &agent).await.len(), 3);
    assert_eq!(events(&site, &agent).await, [IntegrityKind::RunsMissing]);
}

#[tokio::test]
async fn a_file_speaks_only_for_its_own_host_at_its_own_collector() {
    let site = Site::start().await;
    let (one_host, other) = (carried(&site).await, carried(&site).await);
    let seen = state(1, "x");
    // Signed by the other's key, or under the other's certificate.
    let run = run_of(&one_host, 1, &seen);
    let forged = file(
        header(&site, &one_host, 1, 1, false),
        &other,
        &[(run, &seen)],
        &[],
    );
    let error = take(&site, &forged).await.unwrap_err();
    assert!(matches!(error, CarriedError::Signature { .. }), "{error}");
    let mut named = header(&site, &one_host, 1, 1, false);
    named.certificate_chain_der = other.chain.clone();
    let run = run_of(&one_host, 1, &seen);
    let error = take(&site, &file(named, &other, &[(run, &seen)], &[]))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::Certificate(_)), "{error}");

    let elsewhere = Site::start().await;
    let foreign = carried(&elsewhere).await;
    let error = take(&site, &one(&elsewhere, &foreign, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::OtherCollector(_)), "{error}");
    // Its host claims our CA, and still is none of ours.
    let mut named = header(&site, &foreign, 1, 1, false);
    named.ca_sha256 = Sha256::digest(&site.ca).to_vec();
    let run = run_of(&foreign, 1, &seen);
    let error = take(&site, &file(named, &foreign, &[(run, &seen)], &[]))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::Certificate(_)), "{error}");
    for agent in [&one_host, &other] {
        assert_eq!(held(&site, agent).await, []);
    }
    // Each speaks for itself, beside the other.
    take(&site, &one(&site, &one_host, 1, &seen)).await.unwrap();
    take(&site, &one(&site, &other, 1, &seen)).await.unwrap();
    assert_eq!(
        held(&site, &one_host).await.len(),
        held(&site, &other).await.len()
    );
}

#[tokio::test]
async fn a_revoked_or_expired_key_brings_nothing() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let seen = state(1, "x");
    site.clock.advance(91 * 24 * HOUR_MS);
    let error = take(&site, &one(&site, &agent, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::Expired { .. }), "{error}");
    site.clock.advance(-91 * 24 * HOUR_MS);
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "test", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = take(&site, &one(&site, &agent, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::Revoked { .. }), "{error}");
}

#[tokio::test]
async fn a_host_connects_or_is_carried_and_an_officer_says_which() {
    let site = Site::start().await;
    let seen = state(1, "x");
    let connects = Agent::enrolled(&site).await;
    let error = take(&site, &one(&site, &connects, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::NotCarried { .. }), "{error}");
    let (mut stream, told) = connects.open().await;
    let mut nonceless = told.clone();
    nonceless.nonce = Vec::new();
    let run = connects.run(1, &nonceless, &seen);
    stream.send(Out::RunStarted(run.started)).await;
    assert_eq!(stream.refused().await.code(), RefusalCode::NonceMismatch);

    let agent = carried(&site).await;
    let (mut stream, ()) = agent.dial().await.unwrap();
    stream.send(Out::Hello(agent.hello())).await;
    let refused = stream.refused().await;
    assert_eq!(refused.machine_code, "host.carried");
    let mut tx = site.collector.store.write().await.unwrap();
    host::set_carried(&mut tx, &agent.host_id, false)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    agent.open().await;
    let error = take(&site, &one(&site, &agent, 1, &seen))
        .await
        .unwrap_err();
    assert!(matches!(error, CarriedError::NotCarried { .. }), "{error}");
}
