//! What the collector does with what agents send: evidence against its envelope, certificate requests.

use std::sync::OnceLock;

use capdo_checks::catalogue::{Catalogue, Level, Thresholds};
use capdo_collector::{
    identity::Authority,
    ingest::rejudge::{conclude_stored, examine},
};
use capdo_proto::{Validate, digest, v1};
use jiff::Timestamp;
use prost::Message;

use crate::bytes::seen;
use crate::{bytes, seeds::Seeds, story};

fn thresholds() -> &'static Thresholds {
    static ALL: OnceLock<Thresholds> = OnceLock::new();
    ALL.get_or_init(|| {
        let level = Level::try_from(3).expect("there is a level 3");
        Thresholds::of(Catalogue::embedded().current(), level)
    })
}

fn authority() -> &'static Authority {
    static CA: OnceLock<Authority> = OnceLock::new();
    CA.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        Authority::create(folder.path(), 1_800_000_000_000).expect("a CA can be made")
    })
}

/// Tries one input: a byte chooses between evidence, a batch as it came, and a request.
pub fn run(data: &[u8]) {
    let Some((mode, held)) = bytes::first(data) else {
        return;
    };
    match mode % 3 {
        0 => evidence(held),
        1 => batch(held),
        _ => seen(authority().issue_host("host", held, 1_800_000_000_000)),
    }
}

fn evidence(held: &[u8]) {
    let concluded = conclude_stored(held, Timestamp::UNIX_EPOCH, thresholds());
    assert_ne!(concluded.reason.key, "common-crashed", "a judge panicked");
}

fn batch(held: &[u8]) {
    let Ok(mut batch) = v1::FindingBatch::decode(held) else {
        return;
    };
    for finding in &mut batch.findings {
        // The fuzzer finds no SHA-256.
        finding.observation_sha256 = digest::observation_sha256(&finding.observation).to_vec();
    }
    if batch.validate().is_err() {
        return;
    }
    for finding in &batch.findings {
        if let Ok(examined) = examine(finding, thresholds()) {
            assert_eq!(examined.evidence.is_none(), finding.deleted);
        }
    }
}

/// Findings of the stories, and a request.
pub fn seeds(seeds: &mut Seeds) {
    let stories = story::of(&["ssh.root-login", "tls.", "patch.", "mfa.ssh", "backup.age"]);
    for observation in story::observations(&stories).into_iter().take(300) {
        let evidence = observation.to_bytes();
        seeds.choosing(0, &evidence);
        let finding = v1::Finding {
            check_id: observation.check.clone(),
            check_version: observation.version,
            subject: Some(v1::Subject {
                kind: 1,
                name: String::new(),
            }),
            observation_sha256: digest::observation_sha256(&evidence).to_vec(),
            observation: evidence,
            claimed_verdict: 1,
            observed_at_ms: 1_800_000_000_000,
            ..v1::Finding::default()
        };
        let batch = v1::FindingBatch {
            run_id: "01900000-0000-7000-8000-000000000000".to_owned(),
            findings: vec![finding],
            ..v1::FindingBatch::default()
        };
        seeds.choosing(1, &batch.encode_to_vec());
    }
}
