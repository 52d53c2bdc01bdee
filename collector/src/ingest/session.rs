//! One stream of one host: every message validated, its order kept, its sender still in good
//! standing.

mod greeting;
mod trust;

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::{Duration, Instant},
};

use capdo_proto::{
    Validate,
    v1::{
        InventoryDelta, InventoryRequest, RefusalCode, RunNow, SessionRequest, SessionResponse,
        session_request, session_response::Payload,
    },
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tonic::{Status, Streaming};

use super::{
    Ingest,
    conduct::{self, Conduct},
    crowd::Place,
    inventory::Parts,
    live::Command,
    peer::Peer,
    refusal::Refusal,
    strikes::Offence,
};
use crate::{
    metric::Metric,
    stop::stopped,
    store::{StoreError, certificate, integrity, integrity::IntegrityKind},
};

type Sender = mpsc::Sender<Result<SessionResponse, Status>>;

/// How long the first message may take.
const HELLO: Duration = Duration::from_secs(30);
/// After so long without a word, a run that has not ended gives its place up.
const IDLE: Duration = Duration::from_secs(30);
/// Two streams that were heard within this time are two machines, not a reconnect.
const OVERLAP: Duration = Duration::from_secs(5);
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
    /// Whether the agent takes word of the CAs to trust; an older one would end the stream.
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
            Some(In::RunFinished(m)) => {
                let from = (host, self.serial.as_str());
                self.ingest.finish(from, &m).await.map(Some)
            }
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

    /// Takes one of the places for runs that come in, unless this stream holds one and its turn is not over.
    fn enter(&self) -> Result<(), Refusal> {
        let (crowd, now) = (&self.ingest.crowd, Instant::now());
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(over) = place.take_if(|p| p.is_over(now)) {
            return Err(crowd.leave(&self.host_id, over, now));
        }
        if place.is_none() {
            *place = Some(crowd.enter(&self.host_id, self.ingest.live.count(), now)?);
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
    Refusal::later(RefusalCode::HostDisabled, "host.disabled", text, 600)
}

fn carried() -> Refusal {
    let text = "This host's runs are carried in files. An officer may let it connect: \
                capdo-collector host set HOST --carried false.";
    Refusal::later(RefusalCode::HostDisabled, "host.carried", text, 600)
}

fn not_in_order() -> Refusal {
    let text = "Hello is the first message, and only the first.";
    Refusal::never(RefusalCode::InvalidMessage, "session.out-of-order", text)
}
