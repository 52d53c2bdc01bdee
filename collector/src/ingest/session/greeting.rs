//! The first message of a stream: who speaks, what that says against the host, and what the agent is told.

use std::sync::atomic::Ordering;

use capdo_proto::{
    PROTOCOL_VERSION, Validate,
    v1::{Hello, RefusalCode, RunNow, ServerTime, session_response::Payload},
};
use subtle::ConstantTimeEq;

use super::{
    super::{assigned, declared, inventory, refusal::Refusal},
    Session, carried,
};
use crate::{
    identity::secret,
    store::{
        Db, Result as Stored, Scope, assignment, authority, check_list, host, integrity,
        integrity::IntegrityKind,
        release::{self, Known},
        restored, system,
    },
};

impl Session {
    /// Takes the greeting, and answers it with the time, an assignment and the CAs to trust.
    pub(super) async fn hello(&self, hello: &Hello) -> Result<(), Refusal> {
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
