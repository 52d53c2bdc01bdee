//! One stream of one host: every message validated, its order kept, its sender still in good
//! standing.

use std::{sync::Arc, time::Duration};

use capdo_proto::{
    PROTOCOL_VERSION, Validate,
    v1::{
        Hello, InventoryDelta, InventoryRequest, RefusalCode, RunNow, ServerTime, SessionRequest,
        SessionResponse, session_request, session_response::Payload,
    },
};
use subtle::ConstantTimeEq;
use tokio::{sync::mpsc, time::timeout};
use tonic::{Status, Streaming};

use super::{
    Ingest, assigned,
    cut::Cut,
    inventory::{self, Parts},
    live::Command,
    peer::Peer,
    refusal::Refusal,
};
use crate::{
    identity::secret,
    metric::Metric,
    stop::stopped,
    store::{
        Scope, assignment, certificate, host, integrity, integrity::IntegrityKind, restored, system,
    },
};

type Sender = mpsc::Sender<Result<SessionResponse, Status>>;

/// How long the first message may take.
const HELLO: Duration = Duration::from_secs(30);
/// Two streams that were heard within this time are two machines, not a reconnect.
const OVERLAP_MS: i64 = 5_000;

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
        serial: peer.serial.unwrap_or_default(),
        cut: peer.cut,
        sender,
        parts: tokio::sync::Mutex::default(),
    };
    let hello = match timeout(HELLO, inbound.message()).await {
        Ok(Ok(Some(SessionRequest {
            payload: Some(session_request::Payload::Hello(hello)),
        }))) => hello,
        Ok(Ok(Some(_))) => return session.refuse(&not_in_order()).await,
        _ => return,
    };
    if let Err(refusal) = session.hello(&hello).await {
        return session.refuse(&refusal).await;
    }
    session.serve(inbound).await;
}

struct Session {
    ingest: Arc<Ingest>,
    host_id: String,
    serial: String,
    cut: Cut,
    sender: Sender,
    parts: tokio::sync::Mutex<Parts>,
}

impl Session {
    async fn serve(&self, mut inbound: Streaming<SessionRequest>) {
        let live = self.ingest.live();
        let (cut, now) = (self.cut.clone(), self.ingest.clock.now_ms());
        let mut attached = live.attach(&self.host_id, &self.serial, cut, now);
        if let Some(heard_at) = attached.replaced {
            self.note_overlap(heard_at).await;
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
                    live.heard(&self.host_id, attached.number, self.ingest.clock.now_ms());
                    match message {
                        Ok(Some(message)) => if !self.take(message).await { break },
                        Ok(None) => break,
                        Err(status) => {
                            tracing::info!(host = self.host_id, %status, "a stream broke");
                            drop(self.sender.send(Err(status)).await);
                            break;
                        }
                    }
                }
                command = attached.commands.recv() => {
                    if !self.obey(command).await { break }
                }
                () = stopped(&mut stop) => break,
            }
        }
        live.detach(&self.host_id, attached.number);
    }

    /// Takes a message; whether the stream goes on.
    async fn take(&self, message: SessionRequest) -> bool {
        use session_request::Payload as In;
        if let Err(refusal) = self.check(&message).await {
            Metric::MessageRefused.add(1);
            let run = run_of(&message);
            self.refuse(&refusal.run(&run)).await;
            return false;
        }
        let host = self.host_id.as_str();
        if let Some(In::InventoryDelta(part)) = message.payload {
            return self.take_list(part).await;
        }
        let reply = match message.payload {
            Some(In::RunStarted(m)) => self.ingest.begin(host, &m).await.map(|()| None),
            Some(In::FindingBatch(m)) => self.ingest.stage(host, &m).await.map(Some),
            Some(In::RunFinished(m)) => self.ingest.finish(host, &m).await.map(Some),
            Some(In::ResyncDone(m)) => self.ingest.resynced(host, &m).await.map(Some),
            Some(In::Hello(_) | In::InventoryDelta(_)) | None => Err(not_in_order()),
        };
        match reply {
            Ok(None) => true,
            Ok(Some(payload)) => {
                Metric::MessageTaken.add(1);
                self.send(payload).await
            }
            Err(refusal) => {
                Metric::MessageRefused.add(1);
                self.send(Payload::Refused(refusal.to_message())).await
            }
        }
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
            Ok::<_, crate::store::StoreError>(tx.commit().await?)
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
        let drift = hello.clock_ms.saturating_sub(now);
        host::seen(&mut tx, &host.id, &hello.agent_version, drift, now).await?;
        for (kind, detail) in doubts(&host, hello) {
            integrity::note(&mut tx, &host.id, kind, "", detail, now).await?;
        }
        let measured = (system.standard_id.as_str(), system.level());
        let revision = assignment::add(&mut tx, &host.id, &nonce, measured, now).await?;
        let lost = inventory::lost(&mut tx, &host.id).await?;
        // After a restore the record is behind, and nothing on its way will tell.
        let behind = hello.spool_depth == 0
            && i64::try_from(hello.last_run_counter).unwrap_or(i64::MAX) > host.last_counter
            && restored::ever(&mut tx).await?;
        tx.commit().await?;
        self.send(Payload::ServerTime(ServerTime {
            server_time_ms: now,
        }))
        .await;
        let told = assigned(&host, &system, (revision, &nonce), &ingest.settings);
        self.send(Payload::Assignment(told)).await;
        if behind {
            let check_ids = Vec::new();
            self.send(Payload::RunNow(RunNow { check_ids })).await;
        }
        self.ask_for(lost).await;
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

    async fn note_overlap(&self, heard_at: i64) {
        let now = self.ingest.clock.now_ms();
        if now - heard_at > OVERLAP_MS {
            return;
        }
        let noted = async {
            let mut tx = self.ingest.store.write().await?;
            let detail = "a second stream was opened while the first was still heard";
            let kind = IntegrityKind::TwoStreams;
            integrity::note(&mut tx, &self.host_id, kind, "", detail, now).await?;
            Ok::<_, crate::store::StoreError>(tx.commit().await?)
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

    /// Sends an answer; whether the agent still listens.
    async fn send(&self, payload: Payload) -> bool {
        let message = SessionResponse {
            payload: Some(payload),
        };
        self.sender.send(Ok(message)).await.is_ok()
    }
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

/// The run that a message names, where it names one within bounds.
fn run_of(message: &SessionRequest) -> String {
    use session_request::Payload as In;
    let id = match &message.payload {
        Some(In::RunStarted(m)) => &m.run_id,
        Some(In::FindingBatch(m)) => &m.run_id,
        Some(In::RunFinished(m)) => &m.run_id,
        Some(In::ResyncDone(m)) => &m.run_id,
        Some(In::Hello(_) | In::InventoryDelta(_)) | None => return String::new(),
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
