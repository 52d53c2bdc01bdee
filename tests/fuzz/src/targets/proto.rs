//! Every message of `capdo.v1`: decoded, held against its bounds, encoded and decoded again.

use capdo_proto::{
    Validate,
    digest::{StateItem, state_digest},
    limits::{MAX_BATCH_BYTES, MAX_MESSAGE_BYTES},
    v1,
};
use prost::Message;

use crate::{bytes, seeds::Seeds};

macro_rules! messages {
    ($($message:ident),+ $(,)?) => {
        const ALL: &[(&str, fn(&[u8]))] = &[$((stringify!($message), one::<v1::$message>)),+];
    };
}

messages! {
    SessionRequest, SessionResponse, Hello, RunStarted, FindingBatch, RunFinished, ResyncDone,
    InventoryDelta, Assignment, RunNow, Ack, ResyncRequest, Refused, ServerTime, InventoryAck,
    InventoryRequest, EnrollRequest, EnrollResponse, RenewRequest, RenewResponse, HostFacts, Finding,
    Subject, CheckRef, Endpoint, InventoryHeader, Package, PackageKey,
}

/// The names of all messages that are tried.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|m| m.0)
}

/// Tries one input: a byte chooses the message.
pub fn run(data: &[u8]) {
    if let Some((mode, held)) = bytes::first(data) {
        ALL[usize::from(mode) % ALL.len()].1(held);
        if let Ok(batch) = v1::FindingBatch::decode(held) {
            digested(&batch);
        }
    }
}

fn one<T: Message + Validate + Default + PartialEq>(held: &[u8]) {
    if held.len() > MAX_MESSAGE_BYTES {
        return;
    }
    let Ok(message) = T::decode(held) else {
        return;
    };
    let encoded = message.encode_to_vec();
    let again = T::decode(encoded.as_slice()).expect("what we encode can be decoded");
    assert!(again == message, "encoding changes the message");
    assert_eq!(again.encoded_len(), encoded.len());
    let valid = message.validate();
    assert_eq!(valid.is_ok(), again.validate().is_ok());
    if let Err(invalid) = valid {
        assert!(
            invalid.to_string().len() <= 1024,
            "a refusal repeats the message"
        );
    }
}

/// The order of findings never matters to the digest.
fn digested(batch: &v1::FindingBatch) {
    if batch.validate().is_err() {
        return;
    }
    assert!(batch.encoded_len() <= MAX_BATCH_BYTES);
    let hash = [7; 32];
    let items = || {
        batch.findings.iter().map(|f| StateItem {
            check_id: &f.check_id,
            subject_kind: f
                .subject
                .as_ref()
                .map(v1::Subject::kind)
                .unwrap_or_default(),
            subject_name: f.subject.as_ref().map_or("", |s| s.name.as_str()),
            observation_sha256: &hash,
        })
    };
    let reversed: Vec<_> = items().collect();
    assert_eq!(
        state_digest(items()),
        state_digest(reversed.into_iter().rev())
    );
}

/// A sound message of the kinds that hold most.
pub fn seeds(seeds: &mut Seeds) {
    let run_id = "01900000-0000-7000-8000-000000000000".to_owned();
    let hash = vec![7; 32];
    let started = v1::RunStarted {
        run_id: run_id.clone(),
        counter: 1,
        nonce: hash.clone(),
        started_ms: 1_800_000_000_000,
        catalogue_sha256: hash.clone(),
        checks: vec![v1::CheckRef {
            check_id: "ssh.root-login".into(),
            check_version: 1,
        }],
        assignment_revision: 1,
    };
    let finding = v1::Finding {
        check_id: "ssh.root-login".into(),
        check_version: 1,
        subject: Some(v1::Subject {
            kind: 1,
            name: String::new(),
        }),
        observation: b"{}".to_vec(),
        observation_sha256: hash.clone(),
        claimed_verdict: 1,
        observed_at_ms: 1_800_000_000_000,
        ..v1::Finding::default()
    };
    let batch = v1::FindingBatch {
        run_id: run_id.clone(),
        findings: vec![finding],
        ..v1::FindingBatch::default()
    };
    let assignment = v1::Assignment {
        revision: 1,
        system_level: 3,
        standard_id: "tcvn-14423-2026".into(),
        thresholds: [("a.b".to_owned(), 3)].into(),
        endpoints: vec![v1::Endpoint {
            host: "a.vn".into(),
            port: 443,
            kind: 2,
            sni: String::new(),
        }],
        run_interval_s: 3600,
        nonce: hash.clone(),
        lang: "vi".into(),
        ..v1::Assignment::default()
    };
    let package = v1::Package {
        name: "a".into(),
        version: "1".into(),
        ..v1::Package::default()
    };
    let delta = v1::InventoryDelta {
        sha256: hash,
        last: true,
        header: Some(v1::InventoryHeader {
            scheme: "dpkg".into(),
            os: "debian".into(),
            ..v1::InventoryHeader::default()
        }),
        upserts: vec![package],
        ..v1::InventoryDelta::default()
    };
    use v1::session_request::Payload;
    let all = [
        Payload::RunStarted(started),
        Payload::FindingBatch(batch.clone()),
        Payload::InventoryDelta(delta),
    ];
    for payload in all {
        seeds.choosing(
            0,
            &v1::SessionRequest {
                payload: Some(payload),
            }
            .encode_to_vec(),
        );
    }
    seeds.choosing(4, &batch.encode_to_vec());
    seeds.choosing(8, &assignment.encode_to_vec());
    for n in 0..ALL.len() {
        seeds.choosing(n, b"");
    }
}
