//! What the bounds let through and what they stop.

use capdo_proto::digest::observation_sha256;
use capdo_proto::limits::*;
use capdo_proto::v1::*;
use capdo_proto::{Invalid, Validate};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use crate::samples;

/// Changes one thing in a valid message and says which field is then wrong, and how.
macro_rules! broken {
    ($($sample:expr, |$m:ident| $change:expr => $code:literal;)*) => {
        $({
            let mut message = $sample;
            assert_eq!(message.validate(), Ok(()), "{}", stringify!($sample));
            {
                let $m = &mut message;
                $change;
            }
            let code = message.validate().map_err(|invalid| invalid.machine_code());
            assert_eq!(code, Err($code.to_owned()), "{}", stringify!($change));
        })*
    };
}

#[test]
fn samples_are_valid() {
    for request in samples::requests() {
        assert_eq!(request.validate(), Ok(()), "{request:?}");
    }
    for response in samples::responses() {
        assert_eq!(response.validate(), Ok(()), "{response:?}");
    }
}

#[test]
fn identity_bounds() {
    broken! {
        samples::enroll_request(), |m| { m.token.clear(); m.previous = None; }
            => "enroll-request.token.too-short";
        samples::enroll_request(), |m| m.previous.as_mut().unwrap().host_id.clear()
            => "previous-identity.host-id.wrong-length";
        samples::enroll_request(), |m| m.previous.as_mut().unwrap().signature = vec![0; 73]
            => "previous-identity.signature.too-long";
        samples::enroll_request(), |m| m.token.push(' ') => "enroll-request.token.charset";
        samples::enroll_request(), |m| m.token = "a".repeat(129) => "enroll-request.token.too-long";
        samples::enroll_request(), |m| m.csr_der = vec![0; MAX_CSR_BYTES + 1]
            => "enroll-request.csr-der.too-long";
        samples::enroll_request(), |m| m.facts = None => "enroll-request.facts.missing";
        samples::enroll_request(), |m| m.clock_ms = -1 => "enroll-request.clock-ms.out-of-range";
        samples::renew_request(), |m| m.csr_der.clear() => "renew-request.csr-der.too-short";
        samples::facts(), |m| m.hostname.push('\n') => "host-facts.hostname.charset";
        samples::facts(), |m| m.hostname.push('\u{202e}') => "host-facts.hostname.charset";
        samples::facts(), |m| m.machine_id_sha256.truncate(31)
            => "host-facts.machine-id-sha256.wrong-length";
        samples::enroll_response(), |m| m.host_id = m.host_id.to_uppercase()
            => "enroll-response.host-id.uuid";
        samples::enroll_response(), |m| m.host_id.replace_range(14..15, "4")
            => "enroll-response.host-id.uuid";
        samples::enroll_response(), |m| m.host_id.push('0')
            => "enroll-response.host-id.wrong-length";
        samples::enroll_response(), |m| m.certificate_chain_der.clear()
            => "enroll-response.certificate-chain-der.too-short";
        samples::renew_response(), |m| m.ca_certificates_der = vec![vec![1]; 9]
            => "renew-response.ca-certificates-der.too-many";
        samples::renew_response(), |m| m.renew_after_ms = m.not_after_ms + 1
            => "renew-response.renew-after-ms.out-of-range";
        samples::trust_anchors(), |m| m.ca_certificates_der.clear()
            => "trust-anchors.ca-certificates-der.too-short";
        samples::trust_anchors(), |m| m.ca_certificates_der = vec![vec![1]; 9]
            => "trust-anchors.ca-certificates-der.too-many";
        samples::trust_anchors(), |m| m.ca_certificates_der[1] = vec![1; 8_193]
            => "trust-anchors.ca-certificates-der.too-long";
        samples::trust_anchors(), |m| m.renew_within_ms = 86_400_001
            => "trust-anchors.renew-within-ms.out-of-range";
        TrustAnchorsHeld { sha256: vec![vec![1; 32]] }, |m| m.sha256[0].pop()
            => "trust-anchors-held.sha256.wrong-length";
        TrustAnchorsHeld { sha256: vec![vec![1; 32]] }, |m| m.sha256 = vec![vec![1; 32]; 9]
            => "trust-anchors-held.sha256.too-many";
    }
}

#[test]
fn finding_bounds() {
    broken! {
        samples::finding("a"), |m| m.check_id = "Ssh".into() => "finding.check-id.charset";
        samples::finding("a"), |m| m.check_id = "a".repeat(129) => "finding.check-id.too-long";
        samples::finding("a"), |m| m.check_version = 0 => "finding.check-version.out-of-range";
        samples::finding("a"), |m| m.subject = None => "finding.subject.missing";
        samples::finding("a"), |m| m.observed_at_ms = i64::MAX
            => "finding.observed-at-ms.out-of-range";
        samples::finding("a"), |m| m.observation = vec![0; MAX_OBSERVATION_BYTES + 1]
            => "finding.observation.too-long";
        samples::finding("a"), |m| m.observation[0] = 0
            => "finding.observation-sha256.hash-mismatch";
        samples::finding("a"), |m| m.observation_sha256.clear()
            => "finding.observation-sha256.wrong-length";
        samples::finding("a"), |m| m.claimed_verdict = 0 => "finding.claimed-verdict.unknown-enum";
        samples::finding("a"), |m| m.claimed_verdict = 6 => "finding.claimed-verdict.unknown-enum";
        samples::finding("a"), |m| m.deleted = true => "finding.observation.not-allowed";
        samples::deleted("a"), |m| m.claimed_verdict = 1 => "finding.claimed-verdict.not-allowed";
        samples::finding("a").subject.unwrap(), |m| m.kind = -1 => "subject.kind.unknown-enum";
        samples::finding("a").subject.unwrap(), |m| m.kind = SubjectKind::Host.into()
            => "subject.name.not-allowed";
        samples::finding("a").subject.unwrap(), |m| m.name.clear() => "subject.name.too-short";
        samples::finding("a").subject.unwrap(), |m| m.name = "ệ".repeat(171)
            => "subject.name.too-long";
    }
}

#[test]
fn batch_bounds() {
    let other = |n: usize| samples::finding(&n.to_string());
    broken! {
        samples::batch(), |m| m.findings.clear() => "finding-batch.findings.too-short";
        samples::batch(), |m| m.findings = (0..257).map(other).collect()
            => "finding-batch.findings.too-many";
        samples::batch(), |m| m.findings[1] = m.findings[0].clone()
            => "finding-batch.findings.duplicate";
        samples::batch(), |m| m.resync = true => "finding.deleted.not-allowed";
        samples::batch(), |m| m.run_id.clear() => "finding-batch.run-id.wrong-length";
        samples::batch(), |m| m.sequence = MAX_BATCH_SEQUENCE + 1
            => "finding-batch.sequence.out-of-range";
    }
}

#[test]
fn a_batch_is_bounded_as_a_whole() {
    let mut batch = samples::batch();
    batch.findings = (0..40).map(|n: usize| large(&n.to_string())).collect();
    let Err(Invalid::TooLong {
        field,
        actual,
        limit,
    }) = batch.validate()
    else {
        panic!("{:?}", batch.validate());
    };
    assert_eq!((field, limit), ("finding_batch", MAX_BATCH_BYTES));
    assert!(actual > limit);
    batch.findings.truncate(30);
    assert_eq!(batch.validate(), Ok(()));
}

fn large(name: &str) -> Finding {
    let observation = vec![b'1'; MAX_OBSERVATION_BYTES];
    let observation_sha256 = observation_sha256(&observation).to_vec();
    Finding {
        observation,
        observation_sha256,
        ..samples::finding(name)
    }
}

#[test]
fn request_bounds() {
    broken! {
        samples::hello(), |m| m.protocol_version = 0 => "hello.protocol-version.out-of-range";
        samples::hello(), |m| m.agent_binary_sha256.clear()
            => "hello.agent-binary-sha256.wrong-length";
        samples::hello(), |m| m.last_run_counter = MAX_COUNTER + 1
            => "hello.last-run-counter.out-of-range";
        samples::hello(), |m| m.spool_depth = u32::MAX => "hello.spool-depth.out-of-range";
        samples::run_started(), |m| m.counter = 0 => "run-started.counter.out-of-range";
        samples::run_started(), |m| m.nonce.push(0) => "run-started.nonce.wrong-length";
        samples::missing_runs(), |m| m.runs = 0 => "missing-runs.runs.out-of-range";
        samples::missing_runs(), |m| m.runs = 1_000_001 => "missing-runs.runs.out-of-range";
        samples::missing_runs(), |m| m.first_ms = m.last_ms + 1
            => "missing-runs.last-ms.out-of-range";
        samples::missing_runs(), |m| m.last_ms = i64::MAX
            => "missing-runs.last-ms.out-of-range";
        samples::run_started(), |m| m.missing_before = Some(MissingRuns::default())
            => "missing-runs.runs.out-of-range";
        samples::run_started(), |m| m.checks.clear() => "run-started.checks.too-short";
        samples::run_started(), |m| m.checks = vec![m.checks[0].clone(); 2_049]
            => "run-started.checks.too-many";
        samples::run_started(), |m| m.checks.push(m.checks[0].clone())
            => "run-started.checks.duplicate";
        samples::run_started(), |m| m.checks_sha256 = vec![0; 32]
            => "run-started.checks-sha256.hash-mismatch";
        samples::run_started(), |m| m.checks_sha256 = vec![0; 31]
            => "run-started.checks-sha256.wrong-length";
        samples::assignment(), |m| m.checks_sha256 = vec![0; 31]
            => "assignment.checks-sha256.wrong-length";
        samples::run_finished(), |m| m.state_findings = 20_001
            => "run-finished.state-findings.out-of-range";
        samples::run_finished(), |m| m.unchanged_findings = 101
            => "run-finished.unchanged-findings.out-of-range";
        samples::run_finished(), |m| m.cpu_limit_ms = 86_400_001
            => "run-finished.cpu-limit-ms.out-of-range";
        samples::run_finished(), |m| m.rss_limit_kib = (1 << 30) + 1
            => "run-finished.rss-limit-kib.out-of-range";
        samples::run_finished(), |m| m.checks_over_budget = 2_049
            => "run-finished.checks-over-budget.out-of-range";
        samples::run_finished(), |m| m.signature.resize(73, 0)
            => "run-finished.signature.too-long";
        samples::run_finished(), |m| m.signature.clear() => "run-finished.signature.too-short";
        samples::requests().remove(0), |m| m.payload = None => "session-request.payload.missing";
    }
}

#[test]
fn response_bounds() {
    broken! {
        samples::assignment(), |m| m.system_level = 6 => "assignment.system-level.out-of-range";
        samples::assignment(), |m| m.system_level = 0 => "assignment.system-level.out-of-range";
        samples::assignment(), |m| m.thresholds.extend([("A".into(), 1)])
            => "assignment.thresholds.charset";
        samples::assignment(), |m| m.endpoints = vec![m.endpoints[0].clone(); 257]
            => "assignment.endpoints.too-many";
        samples::assignment(), |m| m.endpoints[0].port = 65_536 => "endpoint.port.out-of-range";
        samples::assignment(), |m| m.endpoints[1].port = 53 => "endpoint.port.not-allowed";
        samples::assignment(), |m| m.endpoints[0].host.push('/') => "endpoint.host.charset";
        samples::assignment(), |m| m.run_interval_s = 59
            => "assignment.run-interval-s.out-of-range";
        samples::assignment(), |m| m.run_jitter_s = 86_401
            => "assignment.run-jitter-s.out-of-range";
        samples::assignment(), |m| m.nonce.clear() => "assignment.nonce.wrong-length";
        samples::assignment(), |m| m.lang = "v".into() => "assignment.lang.too-short";
        RunNow::default(), |m| m.check_ids.push(String::new()) => "run-now.check-ids.too-short";
        samples::ack(ack::Durable::RunFinished(true)), |m| m.durable = None
            => "ack.durable.missing";
        samples::ack(ack::Durable::RunFinished(true)),
            |m| m.durable = Some(ack::Durable::RunFinished(false)) => "ack.run-finished.missing";
        samples::refused(), |m| m.code = 99 => "refused.code.unknown-enum";
        samples::refused(), |m| m.message.push('\u{1b}') => "refused.message.charset";
        samples::refused(), |m| m.run_id.push('x') => "refused.run-id.wrong-length";
        samples::refused(), |m| m.retry_after_ms = u64::MAX
            => "refused.retry-after-ms.out-of-range";
    }
}

#[test]
fn a_list_of_checks_is_sent_or_named_or_both() {
    let mut run = samples::run_started();
    run.checks_sha256 = capdo_proto::digest::announced(&run.checks).to_vec();
    assert_eq!(run.validate(), Ok(()));
    run.checks.clear();
    assert_eq!(run.validate(), Ok(()));
}

#[test]
fn an_error_names_field_actual_and_limit() {
    let mut finding = samples::finding("a");
    finding.observation = vec![0; 65_537];
    let invalid = finding.validate().unwrap_err();
    assert_eq!(invalid.field(), "finding.observation");
    assert_eq!(
        invalid.to_string(),
        "finding.observation: 65537 bytes, at most 65536"
    );
}

#[test]
fn a_token_is_never_printed() {
    let printed = format!("{:?}", samples::enroll_request());
    assert!(
        printed.contains("[redacted]") && !printed.contains("secret"),
        "{printed}"
    );
}

#[test]
fn a_map_encodes_the_same_way_twice() {
    let mut one = samples::assignment();
    let mut other = samples::assignment();
    one.thresholds = (0..50).map(|n| (format!("t{n}"), n)).collect();
    other.thresholds = (0..50).rev().map(|n| (format!("t{n}"), n)).collect();
    assert_eq!(one.encode_to_vec(), other.encode_to_vec());
}

/// Decodes `bytes` as every message that can arrive, and checks what decodes.
#[test]
fn inventory_bounds() {
    let package = samples::inventory_delta().upserts[0].clone();
    broken! {
        samples::inventory_delta(), |m| m.sha256.clear() => "inventory-delta.sha256.wrong-length";
        samples::inventory_delta(), |m| m.base_sha256 = vec![1; 31]
            => "inventory-delta.base-sha256.wrong-length";
        samples::inventory_delta(), |m| m.sequence = 64 => "inventory-delta.sequence.out-of-range";
        samples::inventory_delta(), |m| m.header = None => "inventory-delta.header.missing";
        samples::inventory_delta(), |m| m.upserts = vec![package; MAX_PACKAGES_PER_DELTA]
            => "inventory-delta.entries.too-many";
        samples::inventory_delta(), |m| m.upserts[0].name.clear() => "package.name.too-short";
        samples::inventory_delta(), |m| m.upserts[0].vendor = "a".repeat(256)
            => "package.vendor.too-long";
        samples::inventory_delta(), |m| m.upserts[0].version.push('\u{202e}')
            => "package.version.charset";
        samples::inventory_delta(), |m| m.removals[0].arch.push('\n') => "package-key.arch.charset";
        samples::inventory_delta(), |m| m.header.as_mut().unwrap().channels = vec![String::new(); 17]
            => "inventory-header.channels.too-many";
    }
}

fn decode_all(bytes: &[u8]) {
    fn one<M: Message + Default + Validate>(bytes: &[u8]) {
        if let Ok(message) = M::decode(bytes)
            && let Err(invalid) = message.validate()
        {
            assert!(invalid.machine_code().len() <= MAX_ID_LEN);
            assert!(!invalid.to_string().is_empty());
        }
    }
    one::<EnrollRequest>(bytes);
    one::<EnrollResponse>(bytes);
    one::<RenewRequest>(bytes);
    one::<RenewResponse>(bytes);
    one::<SessionRequest>(bytes);
    one::<SessionResponse>(bytes);
}

/// The encoded form of some valid message.
fn encoded() -> impl Strategy<Value = Vec<u8>> {
    let mut all: Vec<Vec<u8>> = samples::requests()
        .iter()
        .map(Message::encode_to_vec)
        .collect();
    all.extend(samples::responses().iter().map(Message::encode_to_vec));
    all.push(samples::enroll_request().encode_to_vec());
    all.push(samples::enroll_response().encode_to_vec());
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..512)) {
        decode_all(&bytes);
    }

    /// Random bytes seldom decode; valid messages with some bytes changed often do.
    #[test]
    fn damaged_messages_never_panic(
        mut bytes in encoded(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        decode_all(&bytes);
        decode_all(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn ids_are_as_the_pattern_says(id in "[a-z0-9.-]{1,128}", bad in "[^a-z0-9.-]") {
        let check = CheckRef { check_id: id.clone(), check_version: 1 };
        prop_assert_eq!(check.validate(), Ok(()));
        let check = CheckRef { check_id: bad, check_version: 1 };
        prop_assert!(matches!(check.validate(), Err(Invalid::Charset { offset: 0, .. })), "{id}");
    }
}
