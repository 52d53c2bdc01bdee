//! A small agent: enough to speak the protocol, and to break it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use capdo_checks::{Facts, Gap, GapReason, Observation, Subject};
use capdo_proto::{
    PROTOCOL_VERSION,
    digest::{StateItem, announced, observation_sha256, state_digest},
    signing::{FinishedRun, again_bytes},
    v1::{
        self, Assignment, EnrollRequest, Finding, FindingBatch, Hello, HostFacts, PreviousIdentity,
        RunFinished, RunStarted, SessionRequest, SubjectKind,
        agent_service_client::AgentServiceClient, session_request::Payload as Out,
        session_response::Payload as In,
    },
};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint},
};

use crate::site::Site;

/// The most that an answer takes.
const ANSWER: Duration = Duration::from_secs(60);

pub(crate) type Client = AgentServiceClient<Channel>;

pub(crate) struct Agent {
    pub(crate) host_id: String,
    pub(crate) key: KeyPair,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) ca: Vec<u8>,
    pub(crate) address: SocketAddr,
    pub(crate) machine: Vec<u8>,
    /// The CAs that it was told to trust when it enrolled.
    pub(crate) anchors: Vec<Vec<u8>>,
}

impl Agent {
    pub(crate) async fn enrolled(site: &Site) -> Self {
        enroll(site, &site.token().await).await.unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        let identity = Some((self.chain.clone(), self.key.serialize_der()));
        connect(self.address, &self.ca, identity).await.unwrap()
    }

    /// Opens a stream, says hello, and gives it with the assignment.
    pub(crate) async fn open(&self) -> (Stream, Assignment) {
        let (mut stream, _) = self.dial().await.unwrap();
        stream.send(Out::Hello(self.hello())).await;
        let In::ServerTime(_) = stream.next().await else {
            panic!("no time")
        };
        let In::Assignment(assignment) = stream.next().await else {
            panic!("no assignment")
        };
        (stream, assignment)
    }

    pub(crate) fn hello(&self) -> Hello {
        Hello {
            protocol_version: PROTOCOL_VERSION,
            agent_version: "0.1.0".to_owned(),
            agent_binary_sha256: vec![2; 32],
            last_run_counter: 1_000_000,
            clock_ms: 1_795_000_000_000,
            spool_depth: 0,
            machine_id_sha256: self.machine.clone(),
            takes_trust_anchors: false,
        }
    }

    pub(crate) async fn dial(&self) -> Result<(Stream, ()), Status> {
        Ok((Stream::over(self.client().await).await?, ()))
    }

    /// A whole run: begun, `sent`, and ended over the state `state`.
    pub(crate) fn run(&self, counter: u64, told: &Assignment, state: &[Finding]) -> Run {
        let id = capdo_collector::store::new_id();
        let mut checks: Vec<v1::CheckRef> = state
            .iter()
            .map(|f| v1::CheckRef {
                check_id: f.check_id.clone(),
                check_version: f.check_version,
            })
            .collect();
        checks.dedup();
        let started = RunStarted {
            run_id: id.clone(),
            counter,
            nonce: told.nonce.clone(),
            started_ms: 1_795_000_000_000,
            catalogue_sha256: vec![4; 32],
            checks,
            assignment_revision: told.revision,
            missing_before: None,
            checks_sha256: Vec::new(),
        };
        let digest = digest(state);
        let mut finished = RunFinished {
            run_id: id,
            finished_ms: 4_000_000_000_000,
            state_sha256: digest.to_vec(),
            state_findings: u32::try_from(state.len()).unwrap(),
            unchanged_findings: 0,
            cpu_ms: 10,
            peak_rss_kib: 100,
            cpu_limit_ms: 300_000,
            rss_limit_kib: 80 << 10,
            checks_over_budget: 0,
            signature: Vec::new(),
        };
        finished.signature = self.sign(&started, &finished);
        Run { started, finished }
    }

    pub(crate) fn sign(&self, started: &RunStarted, finished: &RunFinished) -> Vec<u8> {
        let bytes = FinishedRun {
            host_id: &self.host_id,
            run_id: &started.run_id,
            counter: started.counter,
            nonce: &started.nonce,
            state_sha256: finished.state_sha256.as_slice().try_into().unwrap(),
            finished_ms: finished.finished_ms,
            checks_sha256: &started.checks_sha256,
        }
        .signed_bytes();
        self.sign_bytes(&bytes)
    }

    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let der = self.key.serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).unwrap();
        key.sign(&SystemRandom::new(), bytes)
            .unwrap()
            .as_ref()
            .to_vec()
    }
}

#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) started: RunStarted,
    pub(crate) finished: RunFinished,
}

impl Run {
    /// Named by its list of checks, which it brings or leaves out.
    pub(crate) fn naming(mut self, agent: &Agent, brings: bool) -> Self {
        self.started.checks_sha256 = announced(&self.started.checks).to_vec();
        if !brings {
            self.started.checks.clear();
        }
        self.finished.signature = agent.sign(&self.started, &self.finished);
        self
    }

    pub(crate) fn batch(&self, sequence: u32, findings: &[Finding], resync: bool) -> FindingBatch {
        let run_id = self.started.run_id.clone();
        FindingBatch {
            run_id,
            sequence,
            findings: findings.to_vec(),
            resync,
        }
    }
}

pub(crate) struct Stream {
    pub(crate) sender: mpsc::Sender<SessionRequest>,
    pub(crate) inbound: Streaming<v1::SessionResponse>,
}

impl Stream {
    /// Opens a stream over a connection that stands.
    pub(crate) async fn over(mut client: Client) -> Result<Self, Status> {
        let (sender, receiver) = mpsc::channel(16);
        let inbound = client.session(ReceiverStream::new(receiver)).await?;
        let inbound = inbound.into_inner();
        Ok(Self { sender, inbound })
    }

    pub(crate) async fn send(&self, payload: Out) {
        self.sender
            .send(SessionRequest {
                payload: Some(payload),
            })
            .await
            .unwrap();
    }

    pub(crate) async fn next(&mut self) -> In {
        self.try_next().await.unwrap().expect("an answer")
    }

    pub(crate) async fn try_next(&mut self) -> Result<Option<In>, Status> {
        self.next_within(20).await
    }

    pub(crate) async fn next_within(&mut self, seconds: u64) -> Result<Option<In>, Status> {
        let wait = Duration::from_secs(seconds);
        let message = tokio::time::timeout(wait, self.inbound.message())
            .await
            .expect("in time")?;
        Ok(message.and_then(|m| m.payload))
    }

    /// Sends the batch and waits for its ack.
    pub(crate) async fn acked(&mut self, batch: FindingBatch) {
        let sequence = batch.sequence;
        self.send(Out::FindingBatch(batch)).await;
        match self.next().await {
            In::Ack(ack) => {
                assert_eq!(ack.durable, Some(v1::ack::Durable::BatchSequence(sequence)));
            }
            other => panic!("no ack: {other:?}"),
        }
    }

    /// Sends a whole run in one batch and waits until it is taken.
    pub(crate) async fn complete(&mut self, run: &Run, findings: &[Finding]) {
        self.send(Out::RunStarted(run.started.clone())).await;
        if !findings.is_empty() {
            self.acked(run.batch(0, findings, false)).await;
        }
        self.send(Out::RunFinished(run.finished.clone())).await;
        match self.next().await {
            In::Ack(ack) => assert_eq!(ack.durable, Some(v1::ack::Durable::RunFinished(true))),
            other => panic!("not taken: {other:?}"),
        }
    }

    pub(crate) async fn refused(&mut self) -> v1::Refused {
        match self.next().await {
            In::Refused(refused) => refused,
            other => panic!("not refused: {other:?}"),
        }
    }
}

pub(crate) async fn enroll(site: &Site, token: &str) -> Result<Agent, Status> {
    enroll_as(site, token, None, machine()).await
}

/// Enrols the machine with this id, with the key that `old` had where that is given.
pub(crate) async fn enroll_as(
    site: &Site,
    token: &str,
    old: Option<&Agent>,
    machine: Vec<u8>,
) -> Result<Agent, Status> {
    let (key, csr_der) = csr();
    let mut client = connect(site.agents(), &site.ca, None).await.unwrap();
    let previous = old.map(|old| PreviousIdentity {
        host_id: old.host_id.clone(),
        signature: old.sign_bytes(&again_bytes(&old.host_id, &csr_der)),
    });
    let request = EnrollRequest {
        token: token.to_owned(),
        csr_der,
        facts: Some(facts(&machine)),
        clock_ms: site.now(),
        previous,
    };
    let answer = client.enroll(request).await?.into_inner();
    Ok(Agent {
        host_id: answer.host_id,
        key,
        chain: answer.certificate_chain_der,
        ca: site.ca.clone(),
        address: site.agents(),
        machine,
        anchors: answer.ca_certificates_der,
    })
}

/// A new key and the request for its certificate.
pub(crate) fn csr() -> (KeyPair, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    (key, csr.der().to_vec())
}

/// The machine id of a machine that was never there before.
pub(crate) fn machine() -> Vec<u8> {
    observation_sha256(capdo_collector::store::new_id().as_bytes()).to_vec()
}

pub(crate) fn facts(machine: &[u8]) -> HostFacts {
    HostFacts {
        hostname: "web-1".to_owned(),
        machine_id_sha256: machine.to_vec(),
        os_id: "ubuntu".to_owned(),
        os_version: "24.04".to_owned(),
        agent_version: "0.1.0".to_owned(),
        key_place: v1::KeyPlace::File.into(),
    }
}

pub(crate) type Identity = (Vec<Vec<u8>>, Vec<u8>);

pub(crate) async fn connect(
    address: SocketAddr,
    ca: &[u8],
    identity: Option<Identity>,
) -> Result<Client, tonic::transport::Error> {
    connect_from(Ipv4Addr::LOCALHOST, address, ca, identity).await
}

/// What an agent speaks TLS with.
pub(crate) fn connector(ca: &[u8], identity: Option<Identity>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.to_vec())).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = chain.into_iter().map(CertificateDer::from).collect();
            builder
                .with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key).into())
                .unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// A connection from one of our own addresses.
pub(crate) async fn tcp(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

pub(crate) async fn connect_from(
    from: Ipv4Addr,
    address: SocketAddr,
    ca: &[u8],
    identity: Option<Identity>,
) -> Result<Client, tonic::transport::Error> {
    let channel = channel_from(from, address, ca, identity).await?;
    Ok(AgentServiceClient::new(channel).max_encoding_message_size(64 << 20))
}

pub(crate) async fn channel_from(
    from: Ipv4Addr,
    address: SocketAddr,
    ca: &[u8],
    identity: Option<Identity>,
) -> Result<Channel, tonic::transport::Error> {
    let connector = connector(ca, identity);
    let dial = tower::service_fn(move |_| {
        let connector = connector.clone();
        async move {
            let stream = tcp(from, address).await?;
            let name = ServerName::try_from("localhost").unwrap();
            Ok::<_, std::io::Error>(TokioIo::new(connector.connect(name, stream).await?))
        }
    });
    // What is never answered fails its test, and does not hold up all of them.
    let endpoint = Endpoint::from_static("http://localhost").timeout(ANSWER);
    let dialled = tokio::time::timeout(ANSWER, endpoint.connect_with_connector(dial));
    dialled
        .await
        .expect("a connection is made or refused in time")
}

/// A finding that could not see anything: its only honest verdict is unknown.
pub(crate) fn blind(check: &str, detail: &str) -> Finding {
    let version = capdo_checks::registry::find(check).map_or(1, |c| c.meta().version);
    let observation = Observation {
        check: check.to_owned(),
        version,
        subject: Subject::host(),
        facts: Vec::new(),
        gap: Some(Gap::new(GapReason::NoPermission, detail)),
    };
    let bytes = observation.to_bytes();
    Finding {
        check_id: check.to_owned(),
        check_version: version,
        subject: Some(v1::Subject {
            kind: SubjectKind::Host.into(),
            name: String::new(),
        }),
        observed_at_ms: 1_795_000_000_000,
        observation_sha256: observation_sha256(&bytes).to_vec(),
        observation: bytes,
        claimed_verdict: v1::Verdict::Unknown.into(),
        claimed_reason_key: "common-gap".to_owned(),
        deleted: false,
    }
}

/// A finding about the host itself with these facts, claimed to be what it says.
pub(crate) fn seen(check: &str, facts: Facts, claim: v1::Verdict) -> Finding {
    seen_of(Subject::host(), SubjectKind::Host, check, facts, claim)
}

/// A finding about an address of the host.
pub(crate) fn seen_at(label: &str, check: &str, facts: Facts, claim: v1::Verdict) -> Finding {
    let subject = Subject::new(capdo_checks::observation::SubjectKind::Endpoint, label);
    seen_of(subject, SubjectKind::Endpoint, check, facts, claim)
}

fn seen_of(
    subject: Subject,
    kind: SubjectKind,
    check: &str,
    facts: Facts,
    claim: v1::Verdict,
) -> Finding {
    let mut finding = blind(check, "x");
    finding.subject = Some(v1::Subject {
        kind: kind.into(),
        name: subject.name.clone(),
    });
    let observation = Observation {
        check: check.to_owned(),
        version: finding.check_version,
        subject,
        facts: facts.facts,
        gap: None,
    };
    finding.observation = observation.to_bytes();
    finding.observation_sha256 = observation_sha256(&finding.observation).to_vec();
    finding.claimed_verdict = claim.into();
    finding
}

/// The message by which the subject of a finding is gone.
pub(crate) fn gone(finding: &Finding) -> Finding {
    Finding {
        deleted: true,
        observation: Vec::new(),
        observation_sha256: Vec::new(),
        claimed_verdict: 0,
        claimed_reason_key: String::new(),
        ..finding.clone()
    }
}

/// The ids of some checks that exist.
pub(crate) fn checks(n: usize) -> Vec<&'static str> {
    capdo_checks::registry::all()
        .iter()
        .map(|c| c.meta().id)
        .take(n)
        .collect()
}

fn digest(state: &[Finding]) -> [u8; 32] {
    let hashes: Vec<[u8; 32]> = state
        .iter()
        .map(|f| f.observation_sha256.as_slice().try_into().unwrap())
        .collect();
    state_digest(state.iter().zip(&hashes).map(|(f, sha)| {
        let subject = f.subject.as_ref().expect("every finding has one");
        StateItem {
            check_id: &f.check_id,
            subject_kind: subject.kind(),
            subject_name: &subject.name,
            observation_sha256: sha,
        }
    }))
}
