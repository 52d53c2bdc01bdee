//! A collector for tests: real TLS 1.3 and real gRPC on loopback, in memory, with a script of what
//! it refuses.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use capdo_agent::clock::{Clock as _, SystemClock};
use capdo_proto::{
    Validate as _,
    digest::{StateItem, observation_sha256, state_digest},
    signing::FinishedRun,
    v1::{
        self,
        agent_service_server::{AgentService, AgentServiceServer},
        session_request::Payload as Heard,
        session_response::Payload as Say,
    },
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, IsCa,
    KeyPair,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, transport::server::Connected};

pub(crate) const HOST_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
pub(crate) const TOKEN: &str = "TOKEN-1";
pub(crate) const NONCE: [u8; 32] = [9; 32];

type Key = (String, i32, String);
type State = BTreeMap<Key, Vec<u8>>;
/// A run that is not finished: what announced it, what it changes, what it deletes.
type Staged = (v1::RunStarted, State, Vec<Key>);
/// The open sessions.
type Says = Arc<Mutex<Vec<mpsc::Sender<Result<v1::SessionResponse, Status>>>>>;

/// What the collector has taken, and what it is to do next.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) state: State,
    pub(crate) runs: Vec<(u64, u32, u32)>,
    pub(crate) resyncs: u32,
    pub(crate) findings_received: usize,
    pub(crate) hellos: Vec<v1::Hello>,
    pub(crate) renewals: u32,
    /// What the agent last said that it trusts.
    pub(crate) trusted: Vec<Vec<u8>>,
    /// Refusals to give instead of the next acks of runs.
    pub(crate) refuse: Vec<v1::Refused>,
    /// Sessions to cut after the next batches.
    pub(crate) cut: u32,
    /// Milliseconds until renewal, for identities that are granted.
    pub(crate) renew_in_ms: i64,
    /// Seconds that certificates live which are granted from now on; long where none are given.
    pub(crate) life_s: Option<i64>,
    /// How many came back by their key alone.
    pub(crate) back_by_key: u32,
    /// Whether it is one from before runs named their lists of checks.
    pub(crate) old: bool,
    /// The lists of checks that it holds.
    pub(crate) lists: BTreeSet<Vec<u8>>,
    /// The one that the last run named.
    pub(crate) last_list: Vec<u8>,
    /// How often a list was sent, and how often one was named that it does not hold.
    pub(crate) lists_sent: usize,
    pub(crate) lists_unknown: usize,
    staged: BTreeMap<String, Staged>,
    client_key: Vec<u8>,
}

pub(crate) struct Collector {
    pub(crate) address: String,
    pub(crate) ca_der: Vec<u8>,
    pub(crate) book: Arc<Mutex<Book>>,
    /// Says something to every open session.
    says: Says,
}

type Ca = Arc<CertifiedIssuer<'static, KeyPair>>;

impl Collector {
    pub(crate) async fn start() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let ca: Ca = Arc::new(ca);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let book = Arc::new(Mutex::new(Book {
            renew_in_ms: 3_600_000,
            ..Book::default()
        }));
        let says = Arc::default();
        let service = Service {
            ca: ca.clone(),
            book: book.clone(),
            says: Arc::clone(&says),
        };
        let acceptor = TlsAcceptor::from(Arc::new(server_config(&ca)));
        let (sender, connections) = mpsc::channel(4);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(tls) = acceptor.accept(tcp).await {
                        drop(sender.send(Ok::<_, std::io::Error>(Connection(tls))).await);
                    }
                });
            }
        });
        let server = tonic::transport::Server::builder()
            .add_service(AgentServiceServer::new(service))
            .serve_with_incoming(ReceiverStream::new(connections));
        tokio::spawn(server);
        Self {
            address,
            ca_der: ca.der().to_vec(),
            book,
            says,
        }
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Book) -> T) -> T {
        look(&mut self.book.lock().unwrap())
    }

    pub(crate) async fn say(&self, say: Say) {
        let open = self.says.lock().unwrap().clone();
        for session in open {
            let message = v1::SessionResponse {
                payload: Some(say.clone()),
            };
            drop(session.send(Ok(message)).await);
        }
    }
}

fn server_config(ca: &Ca) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = params.signed_by(&key, ca).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let chain = vec![leaf.der().clone(), ca.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// A connection that knows who called.
struct Connection(TlsStream<TcpStream>);

#[derive(Clone)]
struct Peer {
    certified: bool,
    _address: Option<SocketAddr>,
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        let (tcp, tls) = self.0.get_ref();
        Peer {
            certified: tls.peer_certificates().is_some(),
            _address: tcp.peer_addr().ok(),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

struct Service {
    ca: Ca,
    book: Arc<Mutex<Book>>,
    says: Says,
}

impl Service {
    fn certify(&self, csr: Vec<u8>) -> (CertificateDer<'static>, Vec<u8>) {
        let csr = CertificateSigningRequestDer::from(csr);
        let mut csr = CertificateSigningRequestParams::from_der(&csr).unwrap();
        csr.params = CertificateParams::new(vec![HOST_ID.to_owned()]).unwrap();
        if let Some(life) = self.book.lock().unwrap().life_s {
            let now = SystemClock.now().as_second();
            let until = time::OffsetDateTime::from_unix_timestamp(now + life);
            csr.params.not_after = until.unwrap();
        }
        let key = rcgen::PublicKeyData::der_bytes(&csr.public_key).to_vec();
        (csr.signed_by(&self.ca).unwrap().der().clone(), key)
    }

    fn grant(&self, csr: Vec<u8>, clock_ms: i64) -> v1::EnrollResponse {
        let (leaf, key) = self.certify(csr);
        let mut book = self.book.lock().unwrap();
        book.client_key = key;
        v1::EnrollResponse {
            host_id: HOST_ID.to_owned(),
            certificate_chain_der: vec![leaf.to_vec()],
            ca_certificates_der: vec![self.ca.der().to_vec()],
            server_time_ms: clock_ms,
            not_after_ms: clock_ms + 10 * 86_400_000,
            renew_after_ms: clock_ms + book.renew_in_ms,
            last_run_counter: 0,
        }
    }
}

fn certified<T>(request: &Request<T>) -> Result<(), Status> {
    let peer = request.extensions().get::<Peer>();
    if peer.is_some_and(|p| p.certified) {
        Ok(())
    } else {
        Err(Status::unauthenticated("no client certificate"))
    }
}

#[tonic::async_trait]
impl AgentService for Service {
    async fn enroll(
        &self,
        request: Request<v1::EnrollRequest>,
    ) -> Result<Response<v1::EnrollResponse>, Status> {
        let request = request.into_inner();
        request
            .validate()
            .map_err(|e| Status::invalid_argument(e.to_string()))?;
        let by_key = request.previous.is_some_and(|p| p.host_id == HOST_ID);
        if by_key {
            let mut book = self.book.lock().unwrap();
            book.back_by_key += 1;
            book.life_s = None;
        } else if request.token != TOKEN {
            return Err(Status::unauthenticated("token"));
        }
        Ok(Response::new(self.grant(request.csr_der, request.clock_ms)))
    }

    async fn renew(
        &self,
        request: Request<v1::RenewRequest>,
    ) -> Result<Response<v1::RenewResponse>, Status> {
        certified(&request)?;
        let request = request.into_inner();
        self.book.lock().unwrap().renew_in_ms = 3_600_000;
        let granted = self.grant(request.csr_der, request.clock_ms);
        self.book.lock().unwrap().renewals += 1;
        Ok(Response::new(v1::RenewResponse {
            host_id: granted.host_id,
            certificate_chain_der: granted.certificate_chain_der,
            ca_certificates_der: granted.ca_certificates_der,
            server_time_ms: granted.server_time_ms,
            not_after_ms: granted.not_after_ms,
            renew_after_ms: granted.renew_after_ms,
        }))
    }

    type SessionStream = Pin<Box<dyn Stream<Item = Result<v1::SessionResponse, Status>> + Send>>;

    async fn session(
        &self,
        request: Request<Streaming<v1::SessionRequest>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        certified(&request)?;
        let mut incoming = request.into_inner();
        let (sender, outgoing) = mpsc::channel(16);
        self.says.lock().unwrap().push(sender.clone());
        let book = self.book.clone();
        tokio::spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                message.validate().unwrap();
                let answers = answer(&mut book.lock().unwrap(), message.payload.unwrap());
                let Some(answers) = answers else {
                    drop(sender.send(Err(Status::unavailable("cut"))).await);
                    return;
                };
                for say in answers {
                    let message = v1::SessionResponse { payload: Some(say) };
                    message.validate().unwrap();
                    drop(sender.send(Ok(message)).await);
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }
}

/// What the collector says to a message; `None` cuts the session.
fn answer(book: &mut Book, heard: Heard) -> Option<Vec<Say>> {
    Some(match heard {
        Heard::Hello(hello) => {
            let server_time_ms = hello.clock_ms;
            book.hellos.push(hello);
            vec![
                Say::ServerTime(v1::ServerTime { server_time_ms }),
                Say::Assignment(assignment(book)),
            ]
        }
        Heard::RunStarted(started) => {
            assert_eq!(started.nonce, NONCE);
            if let Some(refused) = list_unknown(book, &started) {
                return Some(vec![Say::Refused(refused)]);
            }
            let id = started.run_id.clone();
            book.staged
                .entry(id)
                .or_insert((started, State::new(), vec![]));
            vec![]
        }
        Heard::FindingBatch(batch) => {
            if !book.staged.contains_key(&batch.run_id) {
                return Some(vec![later("run.unknown", batch.run_id)]);
            }
            if book.cut > 0 {
                book.cut -= 1;
                return None;
            }
            book.findings_received += batch.findings.len();
            if batch.resync && book.resyncs == 0 {
                book.resyncs = 1;
                book.state.clear();
            }
            stage(book, &batch);
            let durable = v1::ack::Durable::BatchSequence(batch.sequence);
            vec![ack(batch.run_id, durable)]
        }
        Heard::RunFinished(finished) => finish(book, &finished),
        Heard::TrustAnchorsHeld(held) => {
            book.trusted = held.sha256;
            vec![]
        }
        Heard::InventoryDelta(_) => panic!("a collector that does not take package lists got one"),
        Heard::ResyncDone(done) => {
            commit(book, &done.run_id);
            assert_eq!(
                usize::try_from(done.state_findings).unwrap(),
                book.state.len()
            );
            vec![ack(done.run_id, v1::ack::Durable::ResyncDone(true))]
        }
    })
}

/// Whether a run names a list that nobody brought. Keeps one that is brought.
fn list_unknown(book: &mut Book, started: &v1::RunStarted) -> Option<v1::Refused> {
    let list = &started.checks_sha256;
    if book.old {
        assert!(list.is_empty(), "an older collector got the name of a list");
        assert!(!started.checks.is_empty());
    } else if started.checks.is_empty() && !book.lists.contains(list) {
        book.lists_unknown += 1;
        match later("run.checks-unknown", started.run_id.clone()) {
            Say::Refused(refused) => return Some(refused),
            _ => unreachable!(),
        }
    } else {
        book.lists_sent += usize::from(!started.checks.is_empty());
        book.lists.insert(list.clone());
        book.last_list.clone_from(list);
    }
    None
}

fn later(code: &str, run_id: String) -> Say {
    Say::Refused(v1::Refused {
        code: v1::RefusalCode::InvalidMessage.into(),
        machine_code: code.to_owned(),
        message: "x".to_owned(),
        retry_after_ms: 50,
        run_id,
    })
}

fn stage(book: &mut Book, batch: &v1::FindingBatch) {
    let staged = book.staged.get_mut(&batch.run_id).unwrap();
    for f in &batch.findings {
        let subject = f.subject.clone().unwrap();
        let key = (f.check_id.clone(), subject.kind, subject.name);
        if f.deleted {
            staged.2.push(key);
        } else {
            staged.1.insert(key, f.observation.clone());
        }
    }
}

fn commit(book: &mut Book, run_id: &str) -> Option<v1::RunStarted> {
    let (started, upserts, deletes) = book.staged.get(run_id)?.clone();
    book.state.extend(upserts);
    for key in deletes {
        book.state.remove(&key);
    }
    Some(started)
}

fn finish(book: &mut Book, finished: &v1::RunFinished) -> Vec<Say> {
    if let Some(mut refused) = book.refuse.pop() {
        refused.run_id.clone_from(&finished.run_id);
        return vec![Say::Refused(refused)];
    }
    let Some(started) = commit(book, &finished.run_id) else {
        return vec![later("run.unknown", finished.run_id.clone())];
    };
    let state: [u8; 32] = finished.state_sha256.as_slice().try_into().unwrap();
    let run = FinishedRun {
        host_id: HOST_ID,
        run_id: &started.run_id,
        counter: started.counter,
        nonce: &NONCE,
        state_sha256: &state,
        finished_ms: finished.finished_ms,
        checks_sha256: &started.checks_sha256,
    };
    verify(&book.client_key, &run.signed_bytes(), &finished.signature);
    if digest(&book.state) != state {
        return vec![Say::ResyncRequest(v1::ResyncRequest {
            run_id: finished.run_id.clone(),
            reason: v1::ResyncReason::DigestMismatch.into(),
        })];
    }
    let counts = (
        started.counter,
        finished.state_findings,
        finished.unchanged_findings,
    );
    book.runs.push(counts);
    vec![ack(
        finished.run_id.clone(),
        v1::ack::Durable::RunFinished(true),
    )]
}

fn verify(key: &[u8], message: &[u8], signature: &[u8]) {
    use rustls::crypto::aws_lc_rs::default_provider;
    let algorithms = default_provider().signature_verification_algorithms;
    let p256 = algorithms
        .mapping
        .iter()
        .find(|(scheme, _)| *scheme == rustls::SignatureScheme::ECDSA_NISTP256_SHA256)
        .unwrap();
    let ok = p256
        .1
        .iter()
        .any(|a| a.verify_signature(key, message, signature).is_ok());
    assert!(ok, "the signature does not verify");
}

fn digest(state: &State) -> [u8; 32] {
    let hashed: Vec<_> = state
        .iter()
        .map(|(k, v)| (k, observation_sha256(v)))
        .collect();
    state_digest(hashed.iter().map(|((check, kind, name), sha)| StateItem {
        check_id: check,
        subject_kind: v1::SubjectKind::try_from(*kind).unwrap(),
        subject_name: name,
        observation_sha256: sha,
    }))
}

fn ack(run_id: String, durable: v1::ack::Durable) -> Say {
    Say::Ack(v1::Ack {
        run_id,
        durable: Some(durable),
    })
}

fn assignment(book: &Book) -> v1::Assignment {
    v1::Assignment {
        revision: 1,
        system_level: 3,
        standard_id: "tcvn-14423-2026".to_owned(),
        thresholds: BTreeMap::new(),
        endpoints: vec![],
        run_interval_s: 3_600,
        run_jitter_s: 0,
        nonce: NONCE.to_vec(),
        lang: "vi".to_owned(),
        takes_inventory: false, // as collectors before package lists
        last_run_counter: 0,
        takes_checks_sha256: !book.old,
        checks_sha256: book.last_list.clone(),
    }
}
