//! Every message of `capdo.v1`: decoded, held against its bounds, encoded and decoded again.

use capdo_proto::{
    Validate,
    digest::{StateItem, announced, state_digest},
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
    Subject, CheckRef, Endpoint, InventoryHeader, Package, PackageKey, PreviousIdentity,
    TrustAnchors, TrustAnchorsHeld, MissingRuns, CarriedRecord, CarriedHeader, CarriedClosing,
    CarriedEnrolment, CarriedGrant,
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

const RUN: &str = "01900000-0000-7000-8000-000000000000";

/// A sound message of the kinds that hold most, and an empty one of each.
pub fn seeds(seeds: &mut Seeds) {
    use v1::session_request::Payload;
    let batch = batch();
    seeds.choosing(4, &batch.encode_to_vec());
    seeds.choosing(8, &assignment().encode_to_vec());
    let named = v1::RunStarted {
        checks_sha256: announced(&started().checks).to_vec(),
        ..started()
    };
    for payload in [
        Payload::RunStarted(started()),
        Payload::RunStarted(named),
        Payload::FindingBatch(batch),
        Payload::InventoryDelta(delta()),
    ] {
        let payload = Some(payload);
        seeds.choosing(0, &v1::SessionRequest { payload }.encode_to_vec());
    }
    for n in 0..ALL.len() {
        seeds.choosing(n, b"");
    }
}

fn started() -> v1::RunStarted {
    let check = v1::CheckRef {
        check_id: "ssh.root-login".into(),
        check_version: 1,
    };
    v1::RunStarted {
        run_id: RUN.into(),
        counter: 1,
        nonce: vec![7; 32],
        started_ms: 1_800_000_000_000,
        catalogue_sha256: vec![7; 32],
        checks: vec![check],
        assignment_revision: 1,
        missing_before: None,
        checks_sha256: Vec::new(),
    }
}

fn batch() -> v1::FindingBatch {
    let finding = v1::Finding {
        check_id: "ssh.root-login".into(),
        check_version: 1,
        subject: Some(v1::Subject {
            kind: 1,
            name: String::new(),
        }),
        observation: b"{}".to_vec(),
        observation_sha256: vec![7; 32],
        claimed_verdict: 1,
        observed_at_ms: 1_800_000_000_000,
        ..v1::Finding::default()
    };
    v1::FindingBatch {
        run_id: RUN.into(),
        findings: vec![finding],
        ..v1::FindingBatch::default()
    }
}

fn assignment() -> v1::Assignment {
    let endpoint = v1::Endpoint {
        host: "a.vn".into(),
        port: 443,
        kind: 2,
        sni: String::new(),
    };
    v1::Assignment {
        revision: 1,
        system_level: 3,
        standard_id: "tcvn-14423-2026".into(),
        thresholds: [("a.b".to_owned(), 3)].into(),
        endpoints: vec![endpoint],
        run_interval_s: 3600,
        nonce: vec![7; 32],
        lang: "vi".into(),
        ..v1::Assignment::default()
    }
}

fn delta() -> v1::InventoryDelta {
    let package = v1::Package {
        name: "a".into(),
        version: "1".into(),
        ..v1::Package::default()
    };
    let header = v1::InventoryHeader {
        scheme: "dpkg".into(),
        os: "debian".into(),
        ..v1::InventoryHeader::default()
    };
    v1::InventoryDelta {
        sha256: vec![7; 32],
        last: true,
        header: Some(header),
        upserts: vec![package],
        ..v1::InventoryDelta::default()
    }
}
