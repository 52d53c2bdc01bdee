//! One valid message of each kind.

use capdo_proto::digest::observation_sha256;
use capdo_proto::v1::{session_request, session_response, *};

pub(crate) const RUN: &str = "01932b6e-8f4c-7abc-9def-0123456789ab";
const NOW: i64 = 1_795_305_600_000;

pub(crate) fn facts() -> HostFacts {
    HostFacts {
        hostname: "máy-chủ-1.example.gov.vn".to_owned(),
        machine_id_sha256: vec![1; 32],
        os_id: "ubuntu".to_owned(),
        os_version: "24.04".to_owned(),
        agent_version: "0.1.0".to_owned(),
        key_place: KeyPlace::Tpm.into(),
    }
}

pub(crate) fn enroll_request() -> EnrollRequest {
    EnrollRequest {
        token: "Ab-9_secret".to_owned(),
        csr_der: vec![0x30; 300],
        facts: Some(facts()),
        clock_ms: NOW,
        previous: Some(PreviousIdentity {
            host_id: RUN.to_owned(),
            signature: vec![0x30; 70],
        }),
    }
}

pub(crate) fn renew_request() -> RenewRequest {
    RenewRequest {
        csr_der: vec![0x30; 300],
        facts: Some(facts()),
        clock_ms: NOW,
    }
}

pub(crate) fn enroll_response() -> EnrollResponse {
    EnrollResponse {
        host_id: RUN.to_owned(),
        certificate_chain_der: vec![vec![0x30; 500]],
        ca_certificates_der: vec![vec![0x30; 500]],
        server_time_ms: NOW,
        not_after_ms: NOW + 3_000,
        renew_after_ms: NOW + 2_000,
        last_run_counter: 7,
    }
}

pub(crate) fn renew_response() -> RenewResponse {
    let EnrollResponse {
        host_id,
        certificate_chain_der,
        ca_certificates_der,
        server_time_ms,
        not_after_ms,
        renew_after_ms,
        last_run_counter: _,
    } = enroll_response();
    RenewResponse {
        host_id,
        certificate_chain_der,
        ca_certificates_der,
        server_time_ms,
        not_after_ms,
        renew_after_ms,
    }
}

pub(crate) fn finding(name: &str) -> Finding {
    let observation = br#"{"permit_root_login":"no"}"#.to_vec();
    Finding {
        check_id: "ssh.root-login".to_owned(),
        check_version: 1,
        subject: Some(Subject {
            kind: SubjectKind::File.into(),
            name: name.to_owned(),
        }),
        observed_at_ms: NOW,
        observation_sha256: observation_sha256(&observation).to_vec(),
        observation,
        claimed_verdict: Verdict::Pass.into(),
        claimed_reason_key: "ssh.root-login.off".to_owned(),
        deleted: false,
    }
}

pub(crate) fn deleted(name: &str) -> Finding {
    Finding {
        observation: Vec::new(),
        observation_sha256: Vec::new(),
        claimed_verdict: 0,
        claimed_reason_key: String::new(),
        deleted: true,
        ..finding(name)
    }
}

pub(crate) fn batch() -> FindingBatch {
    FindingBatch {
        run_id: RUN.to_owned(),
        sequence: 0,
        findings: vec![finding("/etc/ssh/sshd_config"), deleted("/etc/ssh/old")],
        resync: false,
    }
}

pub(crate) fn hello() -> Hello {
    Hello {
        protocol_version: capdo_proto::PROTOCOL_VERSION,
        agent_version: "0.1.0".to_owned(),
        agent_binary_sha256: vec![2; 32],
        last_run_counter: 0,
        clock_ms: NOW,
        spool_depth: 3,
        machine_id_sha256: vec![1; 32],
        takes_trust_anchors: true,
    }
}

pub(crate) fn trust_anchors() -> TrustAnchors {
    TrustAnchors {
        ca_certificates_der: vec![vec![0x30; 500], vec![0x30; 501]],
        renew_within_ms: 60_000,
    }
}

pub(crate) fn run_started() -> RunStarted {
    RunStarted {
        run_id: RUN.to_owned(),
        counter: 1,
        nonce: vec![3; 32],
        started_ms: NOW,
        catalogue_sha256: vec![4; 32],
        checks: vec![CheckRef {
            check_id: "ssh.root-login".to_owned(),
            check_version: 1,
        }],
        assignment_revision: 1,
        missing_before: Some(missing_runs()),
        checks_sha256: Vec::new(),
    }
}

pub(crate) fn missing_runs() -> MissingRuns {
    MissingRuns {
        runs: 3,
        first_ms: NOW - 2,
        last_ms: NOW - 1,
    }
}

pub(crate) fn run_finished() -> RunFinished {
    RunFinished {
        run_id: RUN.to_owned(),
        finished_ms: NOW,
        state_sha256: vec![5; 32],
        state_findings: 100,
        unchanged_findings: 98,
        cpu_ms: 700,
        peak_rss_kib: 9_000,
        cpu_limit_ms: 300_000,
        rss_limit_kib: 81_920,
        checks_over_budget: 3,
        signature: vec![0x30; 71],
    }
}

pub(crate) fn assignment() -> Assignment {
    Assignment {
        revision: 1,
        system_level: 3,
        standard_id: "tcvn-14423-2026".to_owned(),
        thresholds: [("password.min-length".to_owned(), 12)].into(),
        endpoints: vec![
            Endpoint {
                host: "::1".to_owned(),
                port: 443,
                kind: EndpointKind::Https.into(),
                sni: "www.example.gov.vn".to_owned(),
            },
            Endpoint {
                host: "example.gov.vn".to_owned(),
                port: 0,
                kind: EndpointKind::DnsZone.into(),
                sni: String::new(),
            },
        ],
        run_interval_s: 86_400,
        run_jitter_s: 3_600,
        nonce: vec![3; 32],
        lang: "vi".to_owned(),
        takes_inventory: true,
        last_run_counter: 7,
        takes_checks_sha256: true,
        checks_sha256: vec![6; 32],
    }
}

pub(crate) fn refused() -> Refused {
    Refused {
        code: RefusalCode::Busy.into(),
        machine_code: "session.busy".to_owned(),
        message: "The collector is busy.".to_owned(),
        retry_after_ms: 60_000,
        run_id: String::new(),
    }
}

pub(crate) fn ack(durable: ack::Durable) -> Ack {
    Ack {
        run_id: RUN.to_owned(),
        durable: Some(durable),
    }
}

pub(crate) fn inventory_delta() -> InventoryDelta {
    let text = |text: &str| text.to_owned();
    InventoryDelta {
        base_sha256: Vec::new(),
        sha256: vec![7; 32],
        sequence: 0,
        last: true,
        header: Some(InventoryHeader {
            scheme: text("dpkg"),
            os: text("debian"),
            os_version: text("12"),
            kernel: text("6.1.0-28-amd64"),
            kernel_build: text("6.1.119-1"),
            channels: vec![text("esm")],
        }),
        upserts: vec![Package {
            name: text("libc6"),
            version: text("2.36-9+b1"),
            arch: text("amd64"),
            source: text("glibc"),
            source_version: text("2.36-9"),
            vendor: String::new(),
            module: String::new(),
        }],
        removals: vec![PackageKey {
            name: text("libc6"),
            arch: text("amd64"),
            version: text("2.36-8"),
        }],
    }
}

pub(crate) fn requests() -> Vec<SessionRequest> {
    use session_request::Payload;
    let done = ResyncDone {
        run_id: RUN.to_owned(),
        state_findings: 100,
    };
    [
        Payload::Hello(hello()),
        Payload::RunStarted(run_started()),
        Payload::FindingBatch(batch()),
        Payload::RunFinished(run_finished()),
        Payload::ResyncDone(done),
        Payload::InventoryDelta(inventory_delta()),
        Payload::TrustAnchorsHeld(TrustAnchorsHeld {
            sha256: vec![vec![8; 32], vec![9; 32]],
        }),
    ]
    .map(|payload| SessionRequest {
        payload: Some(payload),
    })
    .into()
}

pub(crate) fn responses() -> Vec<SessionResponse> {
    use session_response::Payload;
    let reason = ResyncReason::DigestMismatch.into();
    [
        Payload::Assignment(assignment()),
        Payload::RunNow(RunNow {
            check_ids: vec!["ssh.root-login".to_owned()],
        }),
        Payload::Ack(ack(ack::Durable::BatchSequence(0))),
        Payload::Ack(ack(ack::Durable::RunFinished(true))),
        Payload::Ack(ack(ack::Durable::ResyncDone(true))),
        Payload::ResyncRequest(ResyncRequest {
            run_id: RUN.to_owned(),
            reason,
        }),
        Payload::Refused(refused()),
        Payload::ServerTime(ServerTime {
            server_time_ms: NOW,
        }),
        Payload::InventoryAck(InventoryAck {
            sha256: vec![7; 32],
        }),
        Payload::InventoryRequest(InventoryRequest {
            sha256: vec![7; 32],
        }),
        Payload::TrustAnchors(trust_anchors()),
    ]
    .map(|payload| SessionResponse {
        payload: Some(payload),
    })
    .into()
}
