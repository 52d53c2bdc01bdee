//! A run's way in over a session: each step in a transaction of its own, acked when it is durable.

use capdo_proto::v1::{
    FindingBatch, RefusalCode, ResyncDone, RunFinished, RunStarted, ack::Durable,
    session_response::Payload,
};
use sqlx::{Sqlite, Transaction};

use super::{
    Ingest,
    refusal::Refusal,
    steps::{self, Reply, Way, ack},
};
use crate::store::{
    Scope, host, integrity,
    run::{self, Run, RunState},
    staged,
};

impl Ingest {
    /// A run begins. Nothing is answered: its first batch is acked.
    pub(super) async fn begin(&self, host_id: &str, m: &RunStarted) -> Result<(), Refusal> {
        let now = self.clock.now_ms();
        if !self.runs.allow(host_id.to_owned(), now) {
            let text = "Too many runs: wait before the next.";
            return Err(
                Refusal::later(RefusalCode::Busy, "run.too-often", text, 600).run(&m.run_id),
            );
        }
        let mut tx = self.store.write().await?;
        match steps::begin(&mut tx, host_id, m, Way::Session, now).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(refusal) => {
                drop(tx);
                Err(self.refused(host_id, refusal.run(&m.run_id)).await)
            }
        }
    }

    /// Some findings of a run: durable when this returns.
    pub(super) async fn stage(&self, host_id: &str, m: &FindingBatch) -> Reply {
        match self.try_stage(host_id, m).await {
            Ok(()) => Ok(ack(&m.run_id, Durable::BatchSequence(m.sequence))),
            Err(refusal) => Err(self.refused(host_id, refusal.run(&m.run_id)).await),
        }
    }

    /// A run ends: its findings hold when this answers with an ack.
    pub(super) async fn finish(&self, (host_id, serial): (&str, &str), m: &RunFinished) -> Reply {
        let mut tx = self.store.write().await?;
        let tried = steps::finish(&mut tx, (host_id, serial), m, self.clock.now_ms()).await;
        self.conclude(tx, host_id, &m.run_id, tried).await
    }

    /// A whole resend ends: its findings hold when this answers with an ack.
    pub(super) async fn resynced(&self, host_id: &str, m: &ResyncDone) -> Reply {
        let mut tx = self.store.write().await?;
        let tried = steps::resynced(&mut tx, host_id, m, self.clock.now_ms()).await;
        self.conclude(tx, host_id, &m.run_id, tried).await
    }

    /// Makes durable what was accepted; keeps nothing of what was refused but that.
    async fn conclude(
        &self,
        tx: Transaction<'static, Sqlite>,
        host_id: &str,
        run_id: &str,
        tried: Reply,
    ) -> Reply {
        match tried {
            Ok(reply) => {
                tx.commit().await?;
                self.accepted(host_id, &reply).await;
                Ok(reply)
            }
            Err(refusal) => {
                drop(tx);
                Err(self.refused(host_id, refusal.run(run_id)).await)
            }
        }
    }

    async fn try_stage(&self, host_id: &str, m: &FindingBatch) -> Result<(), Refusal> {
        let mut db = self.store.read().await?;
        let told = steps::told(&mut db, host_id, &m.run_id).await?;
        drop(db);
        let batch = steps::examined(m, &told)?; // judging must not hold the writer
        let mut tx = self.store.write().await?;
        steps::stage(&mut tx, host_id, batch, Way::Session, self.clock.now_ms()).await?;
        Ok(tx.commit().await?)
    }

    /// Tells whoever computes scores that findings of the host's system changed.
    async fn accepted(&self, host_id: &str, reply: &Payload) {
        if !matches!(reply, Payload::Ack(_)) {
            return;
        }
        self.advise(host_id).await;
        self.judge_keys(host_id).await;
        let found = match self.store.read().await {
            Ok(mut db) => host::find(&mut db, &Scope::All, host_id).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(host) => self.changed.mark(&host.system_id),
            Err(error) => tracing::warn!(%error, "a score waits for the next sweep"),
        }
    }

    /// Writes a refusal to the record: the run is over, and what it says about the host is kept.
    async fn refused(&self, host_id: &str, refusal: Refusal) -> Refusal {
        tracing::warn!(
            host = host_id,
            run = refusal.run_id,
            code = refusal.machine_code,
            "refused: {}",
            refusal.message
        );
        if refusal.retry_after_ms > 0 && refusal.integrity.is_none() {
            return refusal;
        }
        if let Err(error) = self.record(host_id, &refusal).await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
        refusal
    }

    async fn record(&self, host_id: &str, refusal: &Refusal) -> crate::store::Result<()> {
        let now = self.clock.now_ms();
        let mut tx = self.store.write().await?;
        if let Some((kind, subject)) = &refusal.integrity {
            integrity::note(&mut tx, host_id, *kind, subject, &refusal.message, now).await?;
        }
        let run = run::of_host(&mut tx, host_id, &refusal.run_id).await?;
        let ends = |r: &Run| refusal.retry_after_ms == 0 && r.state != RunState::Finished;
        if let Some(run) = run.filter(ends) {
            let why = Some(refusal.machine_code.as_str());
            run::set_state(&mut tx, &run.id, RunState::Refused, why).await?;
            staged::clear(&mut tx, &run.id).await?;
        }
        Ok(tx.commit().await?)
    }
}
