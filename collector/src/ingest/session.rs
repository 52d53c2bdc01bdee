//! One stream of one host: every message validated, its order kept, its sender still in good
//! standing.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use capdo_proto::{
    PROTOCOL_VERSION, Validate,
    limits::MAX_RENEW_WITHIN_MS,
    v1::{
        Hello, InventoryDelta, InventoryRequest, RefusalCode, RunNow, ServerTime, SessionRequest,
        SessionResponse, TrustAnchors, TrustAnchorsHeld, session_request,
        session_response::Payload,
    },
};
use subtle::ConstantTimeEq;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tonic::{Status, Streaming};

use super::{
    Ingest, assigned,
    conduct::{self, Conduct},
    crowd::Place,
    declared,
    inventory::{self, Parts},
    live::Command,
    peer::Peer,
    refusal::Refusal,
    strikes::Offence,
};
use crate::{
    identity::secret,
    metric::Metric,
    stop::stopped,
    store::{
        Db, Result as Stored, Scope, StoreError, assignment, authority, certificate, check_list,
        host, integrity,
        integrity::IntegrityKind,
        release::{self, Known},
        restored, system,
    },
};

type Sender = mpsc::Sender<Result<SessionResponse, Status>>;

/// How long the first message may take.
const HELLO: Duration = Duration::from_secs(30);
/// After so long without a word, a run that has not ended gives its place up.
const IDLE: Duration = Duration::from_secs(30);
/// Two streams that were heard within this time are two machines, not a reconnect.
const OVERLAP: Duration = Duration::from_secs(5);
/// How long the renewal of one certificate may take of the time in which all renew.
const RENEWAL_MS: u64 = 500;
/// How long an answer may wait to be read.
const READ: Duration = Duration::from_secs(30);

/// Serves a stream until it ends.
pub(super) async fn run(
    ingest: Arc<Ingest>,
    host_id: String,
    peer: Peer,
    mut inbound: Streaming<SessionRequest>,
    sender: Sender,
) {
    let session = Session {
        ingest,
        host_id,
        serial: peer.serial.clone().unwrap_or_default(),
        peer,
        sender,
        parts: tokio::sync::Mutex::default(),
        takes_trust: AtomicBool::new(false),
        place: Mutex::default(),
        conduct: Conduct::default(),
    };
    let hello = match timeout(HELLO, inbound.message()).await {
        Ok(Ok(Some(SessionRequest {
            payload: Some(session_request::Payload::Hello(hello)),
        }))) => hello,
        Ok(Ok(Some(_))) => {
            session.strike(Offence::Order, "a session began without a greeting");
            return session.refuse(&not_in_order()).await;
        }
        Ok(Err(status)) => return session.broke(&status),
        Ok(Ok(None)) => return,
        Err(_) => return session.strike(Offence::Slow, "a session did not begin in time"),
    };
    if let Err(refusal) = session.hello(&hello).await {
        session.judge(&refusal);
        return session.refuse(&refusal).await;
    }
    session.serve(inbound).await;
}

struct Session {
    ingest: Arc<Ingest>,
    host_id: String,
    serial: String,
    peer: Peer,
    sender: Sender,
    parts: tokio::sync::Mutex<Parts>,
    /// Whether the agent takes [`TrustAnchors`]; an older one would end the stream.
    takes_trust: AtomicBool,
    /// Held while a run of this stream comes in.
    place: Mutex<Option<Place>>,
    conduct: Conduct,
}

impl Session {
    async fn serve(&self, mut inbound: Streaming<SessionRequest>) {
        let live = self.ingest.live();
        let mut attached = live.attach(&self.host_id, &self.serial, self.peer.cut.clone());
        if let Some(ago) = attached.replaced {
            self.note_overlap(ago).await;
        }
        // From here on a revocation reaches the stream; this looks for one that came before.
        if let Err(refusal) = self.good_standing().await {
            self.refuse(&refusal).await;
            return live.detach(&self.host_id, attached.number);
        }
        let mut stop = self.ingest.stop.clone();
        loop {
            tokio::select! {
                message = inbound.message() => {
                    live.heard(&self.host_id, attached.number);
                    match message {
                        Ok(Some(message)) => if !self.take(message).await { break },
                        Ok(None) => break,
                        Err(status) => {
                            self.broke(&status);
                            drop(timeout(READ, self.sender.send(Err(status))).await);
                            break;
                        }
                    }
                }
                command = attached.commands.recv() => {
                    if !self.obey(command).await { break }
                }
                () = sleep(IDLE) => self.leave(), // a run that stands still holds nobody up
                () = stopped(&mut stop) => break,
            }
        }
        live.detach(&self.host_id, attached.number);
    }

    /// Takes a message; whether the stream goes on.
    async fn take(&self, message: SessionRequest) -> bool {
        use session_request::Payload as In;
        if !self.conduct.paces(Instant::now()) {
            self.strike(Offence::Flood, "more messages than any work needs");
        }
        if let Err(refusal) = self.check(&message).await {
            Metric::MessageRefused.add(1);
            self.judge(&refusal);
            let run = run_of(&message);
            self.refuse(&refusal.run(&run)).await;
            return false;
        }
        let host = self.host_id.as_str();
        if let Some(In::InventoryDelta(part)) = message.payload {
            return self.take_list(part).await;
        }
        if let Err(busy) = self.enter() {
            Metric::MessageRefused.add(1);
            let busy = busy.run(&run_of(&message));
            return self.send(Payload::Refused(busy.to_message())).await;
        }
        let reply = match message.payload {
            Some(In::RunStarted(m)) => self.ingest.begin(host, &m).await.map(|()| None),
            Some(In::FindingBatch(m)) => self.ingest.stage(host, &m).await.map(Some),
            Some(In::RunFinished(m)) => self.ingest.finish(host, &m).await.map(Some),
            Some(In::ResyncDone(m)) => self.ingest.resynced(host, &m).await.map(Some),
            Some(In::TrustAnchorsHeld(m)) => self.holds(&m).await.map(|()| None),
            Some(In::Hello(_) | In::InventoryDelta(_)) | None => Err(not_in_order()),
        };
        match reply {
            Ok(None) => true,
            Ok(Some(payload)) => {
                if is_end(&payload) {
                    self.leave();
                }
                Metric::MessageTaken.add(1);
                self.send(payload).await
            }
            Err(refusal) => {
                self.leave();
                Metric::MessageRefused.add(1);
                self.judge(&refusal);
                self.send(Payload::Refused(refusal.to_message())).await
            }
        }
    }

    /// Takes one of the places for runs that come in, unless this stream holds one.
    fn enter(&self) -> Result<(), Refusal> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            *place = Some(self.ingest.crowd.enter(self.ingest.live.count())?);
        }
        Ok(())
    }

    fn leave(&self) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes a part of a package list; whether the stream goes on. One that is not taken ends nothing:
    /// findings are worth more than a list, and the next session brings it again.
    async fn take_list(&self, part: InventoryDelta) -> bool {
        let mut parts = self.parts.lock().await;
        match self.ingest.listed(&self.host_id, &mut parts, part).await {
            Ok(None) => true,
            Ok(Some(payload)) => {
                Metric::MessageTaken.add(1);
                self.send(payload).await
            }
            Err(refusal) => {
                Metric::MessageRefused.add(1);
                self.judge(&refusal);
                self.note_list(&refusal).await;
                true
            }
        }
    }

    async fn note_list(&self, refusal: &Refusal) {
        tracing::warn!(
            host = self.host_id,
            code = refusal.machine_code,
            "a package list is refused"
        );
        if refusal.retry_after_ms > 0 {
            return;
        }
        let noted = async {
            let mut tx = self.ingest.store.write().await?;
            let (kind, now) = (
                IntegrityKind::ObservationRefused,
                self.ingest.clock.now_ms(),
            );
            let subject = capdo_checks::run::LISTS_PACKAGES;
            integrity::note(&mut tx, &self.host_id, kind, subject, &refusal.message, now).await?;
            Ok::<_, StoreError>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "a refused package list could not be recorded");
        }
    }

    /// Every message: within its bounds, and from who is still let in.
    async fn check(&self, message: &SessionRequest) -> Result<(), Refusal> {
        message.validate()?;
        self.good_standing().await
    }

    async fn good_standing(&self) -> Result<(), Refusal> {
        let mut db = self.ingest.store.read().await?;
        let standing = certificate::standing(&mut db, &self.serial).await?;
        if standing.is_some_and(|s| s.is_good() && !s.carried && s.host_id == self.host_id) {
            return Ok(());
        }
        Err(disabled())
    }

    async fn hello(&self, hello: &Hello) -> Result<(), Refusal> {
        hello.validate()?;
        if hello.protocol_version != PROTOCOL_VERSION {
            let text = format!("This collector speaks protocol {PROTOCOL_VERSION}.");
            return Err(Refusal::later(
                RefusalCode::ProtocolVersion,
                "hello.version",
                &text,
                3600,
            ));
        }
        let ingest = &self.ingest;
        let now = ingest.clock.now_ms();
        let nonce = secret::random().map_err(|error| {
            tracing::error!(%error, "no nonce");
            Refusal::later(
                RefusalCode::Internal,
                "collector.random",
                "The collector failed.",
                30,
            )
        })?;
        let mut tx = ingest.store.write().await?;
        let host = host::find(&mut tx, &Scope::All, &self.host_id).await?;
        if host.carried {
            return Err(carried());
        }
        let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
        greeted(&mut tx, &host, hello, now).await?;
        authority::connected(&mut tx, &host.id, &self.serial, now).await?;
        let measured = (system.standard_id.as_str(), system.level());
        let revision = assignment::add(&mut tx, &host.id, &nonce, measured, now).await?;
        let lost = inventory::lost(&mut tx, &host.id).await?;
        // After a restore the record is behind, and nothing on its way will tell.
        let behind = hello.spool_depth == 0
            && i64::try_from(hello.last_run_counter).unwrap_or(i64::MAX) > host.last_counter
            && restored::ever(&mut tx).await?;
        let endpoints = declared::of(&mut tx, &host).await?;
        let checks = check_list::last_of(&mut tx, &host.id).await?;
        tx.commit().await?;
        self.send(Payload::ServerTime(ServerTime {
            server_time_ms: now,
        }))
        .await;
        let given = (revision, &nonce);
        let mut told = assigned(&host, &system, given, endpoints, &ingest.settings);
        told.checks_sha256 = checks;
        self.send(Payload::Assignment(told)).await;
        if behind {
            let check_ids = Vec::new();
            self.send(Payload::RunNow(RunNow { check_ids })).await;
        }
        self.ask_for(lost).await;
        let takes = hello.takes_trust_anchors;
        self.takes_trust.store(takes, Ordering::Relaxed);
        self.tell_trust().await;
        Ok(())
    }

    /// Tells the agent which CAs to trust, where it takes that; whether it still listens.
    async fn tell_trust(&self) -> bool {
        if !self.takes_trust.load(Ordering::Relaxed) {
            return true;
        }
        let trust = self.ingest.trust.now();
        let issuer = async {
            let mut db = self.ingest.store.read().await?;
            certificate::authority(&mut db, &self.serial).await
        };
        let old = match issuer.await {
            Ok(issuer) => issuer.is_some_and(|number| number < trust.number),
            Err(error) => {
                tracing::error!(%error, "the issuer of a certificate could not be looked up");
                false
            }
        };
        // All who are connected renew; each takes a moment of the one writer.
        let streams = u64::try_from(self.ingest.live.count()).unwrap_or(u64::MAX);
        let within = streams
            .saturating_mul(RENEWAL_MS)
            .saturating_add(RENEWAL_MS);
        let message = TrustAnchors {
            ca_certificates_der: trust.to_wire(),
            renew_within_ms: if old {
                within.min(MAX_RENEW_WITHIN_MS)
            } else {
                0
            },
        };
        self.send(Payload::TrustAnchors(message)).await
    }

    /// Notes which CAs the agent says that it trusts.
    async fn holds(&self, held: &TrustAnchorsHeld) -> Result<(), Refusal> {
        let now = self.ingest.clock.now_ms();
        let mut tx = self.ingest.store.write().await?;
        authority::hold(&mut tx, &self.host_id, &held.sha256, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn ask_for(&self, list: Option<Vec<u8>>) {
        if let Some(sha256) = list {
            let request = InventoryRequest { sha256 };
            self.send(Payload::InventoryRequest(request)).await;
        }
    }

    /// Does what it is told from outside; whether the stream goes on.
    async fn obey(&self, command: Option<Command>) -> bool {
        match command {
            Some(Command::RunNow(check_ids)) => {
                self.send(Payload::RunNow(RunNow { check_ids })).await
            }
            Some(Command::Trust) => self.tell_trust().await,
            Some(Command::Revoked) => {
                self.refuse(&disabled()).await;
                false
            }
            Some(Command::Replaced) => {
                let text = "Another stream of this identity was opened.";
                let code = RefusalCode::DuplicateSession;
                self.refuse(&Refusal::later(code, "session.replaced", text, 60))
                    .await;
                false
            }
            None => false,
        }
    }

    /// Another stream was heard so long ago.
    async fn note_overlap(&self, ago: Duration) {
        if ago > OVERLAP {
            return;
        }
        let now = self.ingest.clock.now_ms();
        let noted = async {
            let mut tx = self.ingest.store.write().await?;
            let detail = "a second stream was opened while the first was still heard";
            let kind = IntegrityKind::TwoStreams;
            integrity::note(&mut tx, &self.host_id, kind, "", detail, now).await?;
            Ok::<_, StoreError>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "two streams of one host could not be recorded");
        }
    }

    async fn refuse(&self, refusal: &Refusal) {
        tracing::warn!(
            host = self.host_id,
            code = refusal.machine_code,
            "a stream is ended"
        );
        self.send(Payload::Refused(refusal.to_message())).await;
    }

    /// Sends an answer; whether the agent still listens. One that never reads is cut off.
    async fn send(&self, payload: Payload) -> bool {
        let message = SessionResponse {
            payload: Some(payload),
        };
        match timeout(READ, self.sender.send(Ok(message))).await {
            Ok(sent) => sent.is_ok(),
            Err(_) => {
                self.strike(Offence::Deaf, "answers were not read");
                self.peer.cut.make();
                false
            }
        }
    }

    fn strike(&self, offence: Offence, detail: &str) {
        self.peer.strike(&self.ingest.guard, offence, detail);
    }

    /// Counts what a refusal says against the sender, once for each run and reason.
    fn judge(&self, refusal: &Refusal) {
        if let Some(offence) = self.conduct.offence(refusal) {
            let detail = format!("{}: {}", refusal.machine_code, refusal.message);
            self.strike(offence, &detail);
        }
    }

    /// A stream broke. That a connection was lost is nobody's fault.
    fn broke(&self, status: &Status) {
        tracing::info!(host = self.host_id, %status, "a stream broke");
        if conduct::is_offence(status) {
            self.strike(Offence::Message, status.message());
        }
    }
}

/// Notes what a host says of itself, and what that says against it.
async fn greeted(db: &mut Db, host: &host::Host, hello: &Hello, now: i64) -> Stored<()> {
    let drift = hello.clock_ms.saturating_sub(now);
    let program = (&hello.agent_version[..], &hello.agent_binary_sha256[..]);
    host::seen(&mut *db, &host.id, program, drift, now).await?;
    if release::known(&mut *db, program.1).await? == Known::Unknown {
        let (kind, sha256) = (IntegrityKind::UnknownBinary, hex::encode(program.1));
        let detail = format!("SHA-256 {sha256} is of no registered release");
        integrity::note(&mut *db, &host.id, kind, "", &detail, now).await?;
    }
    for (kind, detail) in doubts(host, hello) {
        integrity::note(&mut *db, &host.id, kind, "", detail, now).await?;
    }
    Ok(())
}

/// What a greeting says against the host.
fn doubts(host: &host::Host, hello: &Hello) -> Vec<(IntegrityKind, &'static str)> {
    let mut doubts = Vec::new();
    let (known, told) = (&host.machine_id_sha256, &hello.machine_id_sha256);
    if !known.is_empty() && !told.is_empty() && !bool::from(known.ct_eq(told)) {
        let detail = "the machine id is not the one that this identity enrolled with";
        doubts.push((IntegrityKind::MachineChanged, detail));
    }
    if i64::try_from(hello.last_run_counter).unwrap_or(i64::MAX) < host.last_counter {
        let detail = "the agent has made fewer runs than were taken from this identity";
        doubts.push((IntegrityKind::CounterWentBack, detail));
    }
    doubts
}

/// Whether an answer ends a run.
fn is_end(payload: &Payload) -> bool {
    use capdo_proto::v1::ack::Durable;
    let Payload::Ack(ack) = payload else {
        return false;
    };
    matches!(
        ack.durable,
        Some(Durable::RunFinished(_) | Durable::ResyncDone(_))
    )
}

/// The run that a message names, where it names one within bounds.
fn run_of(message: &SessionRequest) -> String {
    use session_request::Payload as In;
    let id = match &message.payload {
        Some(In::RunStarted(m)) => &m.run_id,
        Some(In::FindingBatch(m)) => &m.run_id,
        Some(In::RunFinished(m)) => &m.run_id,
        Some(In::ResyncDone(m)) => &m.run_id,
        Some(In::Hello(_) | In::InventoryDelta(_) | In::TrustAnchorsHeld(_)) | None => {
            return String::new();
        }
    };
    uuid::Uuid::parse_str(id)
        .map(|id| id.to_string())
        .unwrap_or_default()
}

fn disabled() -> Refusal {
    let text = "The host is disabled or its identity is revoked.";
    Refusal::later(RefusalCode::HostDisabled, "host.disabled", text, 3600)
}

fn carried() -> Refusal {
    let text = "This host's runs are carried in files. An officer may let it connect: \
                capdo-collector host set HOST --carried false.";
    Refusal::later(RefusalCode::HostDisabled, "host.carried", text, 3600)
}

fn not_in_order() -> Refusal {
    let text = "Hello is the first message, and only the first.";
    Refusal::never(RefusalCode::InvalidMessage, "session.out-of-order", text)
}
