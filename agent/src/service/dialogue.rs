//! The protocol of a session, without the connection: what to say next, and what follows from
//! what was heard. One run is under way at a time. `now_ms` is ticks of [`crate::clock::Clock`].

use std::collections::{BTreeSet, VecDeque};

use capdo_checks::facts::inventory::Inventory;
use capdo_proto::{
    limits::BATCH_WINDOW,
    v1::{self, session_request::Payload as Say, session_response::Payload as Heard},
};

use super::{checks::Checks, inventory::deltas};
use crate::{
    identity::{Identity, IdentityError, signed},
    spool::{Batch, Settled, Spool, SpoolError},
};

/// How long the collector may take to settle a run before the session is begun anew.
const SETTLE_LIMIT_MS: i64 = 5 * 60 * 1_000;

/// How long the collector may take to greet: it waits half of that for its own store.
const GREETING_LIMIT_MS: i64 = 60 * 1_000;

/// The machine code by which a collector says that it does not hold the list of checks that a run names.
const CHECKS_UNKNOWN: &str = "run.checks-unknown";

/// The machine code by which a collector says that it lacks a batch before the one that came.
const BATCH_GAP: &str = "finding-batch.gap";

/// What the service is to do about something that was heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Keep the assignment and go by it.
    Assign(Box<v1::Assignment>),
    /// Run these checks now; all where empty.
    RunNow(Vec<String>),
    /// A run was set aside: what it saw must come with another, soon.
    RunAgain(String),
    /// A run is settled.
    Settled(String),
    /// Close the session for this reason, and come back after so many milliseconds; `None` as after any
    /// failure.
    Reconnect(Option<u64>, String),
    /// The collector's clock, in milliseconds since the Unix epoch.
    CollectorTime(i64),
    /// Trust these CAs from now on, and maybe renew the certificate.
    Trust(Box<v1::TrustAnchors>),
}

#[derive(Debug)]
enum Item {
    Started(Box<v1::RunStarted>),
    Batch(String, u32),
    Finished(Box<(v1::RunStarted, v1::RunFinished)>),
    Resync(String, Batch),
    ResyncDone(String, u32),
    Inventory(Box<v1::InventoryDelta>),
    Trusted(Vec<Vec<u8>>),
}

/// The agent's side of one session.
#[derive(Debug, Default)]
pub struct Dialogue {
    /// When the stream was opened.
    opened_ms: Option<i64>,
    /// Whether the collector has answered the hello with an assignment.
    greeted: bool,
    /// The run under way.
    in_flight: Option<String>,
    queue: VecDeque<Item>,
    /// Batches of it that were sent and are not acked yet.
    on_the_way: BTreeSet<u32>,
    /// Nothing is sent before this time: the collector asked for a pause.
    not_before_ms: i64,
    /// When something of the run under way was last said or heard.
    last_word_ms: i64,
    /// Whether the collector takes package lists; an older one would end the session.
    takes_inventory: bool,
    /// Which lists of checks the collector holds.
    checks: Checks,
    /// The package list under way. One that is never acked is not sent again in this session.
    inventory: Option<Inventory>,
}

/// A message cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SayError {
    /// The spool.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The signature.
    #[error(transparent)]
    Sign(#[from] IdentityError),
}

impl SayError {
    /// Whether it may pass by itself, such as a full disk or a busy TPM.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Spool(error) => error.may_pass(),
            Self::Sign(error) => error.may_pass(),
        }
    }
}

impl Dialogue {
    /// The stream is open: from now on the collector is waited for.
    pub const fn open(&mut self, now_ms: i64) {
        self.opened_ms = Some(now_ms);
    }

    /// Whether there is something to say now.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub fn has_word(&mut self, spool: &Spool, now_ms: i64) -> Result<bool, SpoolError> {
        if self.greeted && self.in_flight.is_none() && now_ms >= self.not_before_ms {
            self.take_up(spool, now_ms)?;
            self.take_up_inventory(spool)?;
        }
        Ok(self.queue.front().is_some_and(|next| self.may_go(next)))
    }

    /// What the collector has not acked must not grow without bound, however slow it is.
    fn may_go(&self, item: &Item) -> bool {
        let counts = matches!(item, Item::Batch(..) | Item::Resync(..));
        !counts || self.on_the_way.len() < BATCH_WINDOW
    }

    /// Queues which CAs are trusted, by the SHA-256 of their certificates: they are on disk.
    pub fn say_trusted(&mut self, sha256: Vec<Vec<u8>>) {
        // What was queued before is out of date.
        self.queue.retain(|i| !matches!(i, Item::Trusted(_)));
        self.queue.push_front(Item::Trusted(sha256));
    }

    /// When the pause that the collector asked for is over, where there is one.
    pub fn pause_ends_ms(&self, now_ms: i64) -> Option<i64> {
        (self.not_before_ms > now_ms).then_some(self.not_before_ms)
    }

    /// Whether nothing is under way.
    pub const fn is_idle(&self) -> bool {
        self.in_flight.is_none()
    }

    /// Whether the collector takes longer to greet, or over a run, than it may.
    pub fn is_stuck(&self, now_ms: i64) -> bool {
        let greets = !self.greeted
            && self
                .opened_ms
                .is_some_and(|at| now_ms - at > GREETING_LIMIT_MS);
        let settles = self.in_flight.is_some() && now_ms - self.last_word_ms > SETTLE_LIMIT_MS;
        greets || settles
    }

    /// Queues the oldest run that is not settled.
    fn take_up(&mut self, spool: &Spool, now_ms: i64) -> Result<(), SpoolError> {
        let Some(mut run) = spool.oldest_pending()? else {
            return Ok(());
        };
        let id = run.started.run_id.clone();
        self.checks.announce(&mut run.started);
        self.queue
            .push_back(Item::Started(Box::new(run.started.clone())));
        let batches = run.batches.into_iter().map(|n| Item::Batch(id.clone(), n));
        self.queue.extend(batches);
        let end = Box::new((run.started, run.finished));
        self.queue.push_back(Item::Finished(end));
        self.in_flight = Some(id);
        self.last_word_ms = now_ms;
        Ok(())
    }

    /// Queues what changed in the package list, when no run is under way.
    fn take_up_inventory(&mut self, spool: &Spool) -> Result<(), SpoolError> {
        let free = self.in_flight.is_none() && self.queue.is_empty() && self.inventory.is_none();
        if !free || !self.takes_inventory || !spool.has_new_inventory()? {
            return Ok(());
        }
        let (Some(now), held) = spool.inventories()? else {
            return Ok(());
        };
        let parts = deltas(&now, held.as_ref());
        let parts = parts.into_iter().map(|p| Item::Inventory(Box::new(p)));
        self.queue.extend(parts);
        self.inventory = Some(now);
        Ok(())
    }

    /// The next message.
    ///
    /// # Errors
    /// When the spool cannot be read or the signature cannot be made.
    pub fn next(
        &mut self,
        spool: &Spool,
        identity: &Identity,
        now_ms: i64,
    ) -> Result<Option<v1::SessionRequest>, SayError> {
        if !self.queue.front().is_some_and(|next| self.may_go(next)) {
            return Ok(None);
        }
        let Some(item) = self.queue.pop_front() else {
            return Ok(None);
        };
        self.last_word_ms = now_ms;
        let say = match item {
            Item::Started(started) => Say::RunStarted(*started),
            Item::Batch(run, sequence) => {
                let batch = spool.batch(&run, sequence)?;
                if batch.findings.is_empty() {
                    self.drop_run(&run); // it was given up while it was being sent
                    return Ok(None);
                }
                self.on_the_way.insert(sequence);
                Say::FindingBatch(batch)
            }
            Item::Finished(end) => {
                let (started, finished) = *end;
                Say::RunFinished(signed(&started, finished, identity)?)
            }
            Item::Resync(run, batch) => {
                self.on_the_way.insert(batch.sequence);
                Say::FindingBatch(spool.resync_batch(&run, batch)?)
            }
            Item::Inventory(part) => Say::InventoryDelta(*part),
            Item::Trusted(sha256) => Say::TrustAnchorsHeld(v1::TrustAnchorsHeld { sha256 }),
            Item::ResyncDone(run_id, state_findings) => Say::ResyncDone(v1::ResyncDone {
                run_id,
                state_findings,
            }),
        };
        Ok(Some(v1::SessionRequest { payload: Some(say) }))
    }

    /// Takes in a message that keeps its bounds.
    ///
    /// # Errors
    /// When the spool refuses.
    pub fn hear(
        &mut self,
        heard: Heard,
        spool: &mut Spool,
        now_ms: i64,
    ) -> Result<Vec<Order>, SpoolError> {
        self.last_word_ms = now_ms;
        Ok(match heard {
            Heard::ServerTime(t) => {
                // Kept for the next start; one that cannot be kept is no reason to end a session.
                if let Err(error) = spool.keep_heard_ms(t.server_time_ms) {
                    tracing::warn!(%error, "The collector's time is not kept.");
                }
                vec![Order::CollectorTime(t.server_time_ms)]
            }
            Heard::RunNow(run) => vec![Order::RunNow(run.check_ids)],
            Heard::Assignment(assignment) => {
                spool.keep_assignment(&assignment)?;
                spool.count_from(assignment.last_run_counter)?;
                self.greeted = true;
                self.takes_inventory = assignment.takes_inventory;
                self.checks = Checks::told(&assignment);
                vec![Order::Assign(Box::new(assignment))]
            }
            Heard::InventoryAck(ack) => {
                let sent = self.inventory.take_if(|i| i.sha256() == *ack.sha256);
                if let Some(inventory) = sent {
                    spool.ack_inventory(&inventory)?;
                }
                vec![]
            }
            Heard::InventoryRequest(_) => {
                self.queue.retain(|i| !matches!(i, Item::Inventory(_)));
                self.inventory = None;
                spool.doubt_inventory()?;
                vec![]
            }
            Heard::TrustAnchors(anchors) => vec![Order::Trust(Box::new(anchors))],
            Heard::Ack(ack) => self.hear_ack(&ack, spool)?,
            Heard::ResyncRequest(request) => {
                self.queue_resync(&request.run_id, spool)?;
                vec![]
            }
            Heard::Refused(refused) => self.hear_refused(&refused, spool, now_ms)?,
        })
    }

    fn hear_ack(&mut self, ack: &v1::Ack, spool: &mut Spool) -> Result<Vec<Order>, SpoolError> {
        use v1::ack::Durable;
        match ack.durable {
            Some(Durable::BatchSequence(n)) => {
                if self.in_flight.as_deref() == Some(&ack.run_id) {
                    self.on_the_way.retain(|sequence| *sequence > n);
                }
                spool.ack_batches(&ack.run_id, n)?;
            }
            Some(Durable::RunFinished(true) | Durable::ResyncDone(true)) => {
                if self.in_flight.as_deref() == Some(&ack.run_id) {
                    self.checks.settled();
                }
                self.drop_run(&ack.run_id);
                if spool.ack_run(&ack.run_id)? == Settled::Now {
                    return Ok(vec![Order::Settled(ack.run_id.clone())]);
                }
            }
            _ => {}
        }
        Ok(vec![])
    }

    /// Everything of a run that was still to be said is no longer.
    fn drop_run(&mut self, run_id: &str) {
        if self.in_flight.as_deref() == Some(run_id) {
            self.in_flight = None;
            self.clear_queue();
        }
    }

    /// A package list of which a part was still to be said is taken up again later. What is trusted has
    /// nothing to do with runs.
    fn clear_queue(&mut self) {
        if self.queue.iter().any(|i| matches!(i, Item::Inventory(_))) {
            self.inventory = None;
        }
        self.queue.retain(|i| matches!(i, Item::Trusted(_)));
        self.on_the_way.clear();
    }

    fn queue_resync(&mut self, asked: &str, spool: &Spool) -> Result<(), SpoolError> {
        let Some(run) = spool.resync_run(asked)? else {
            tracing::warn!(
                run_id = asked,
                "The collector asks for a state that no run made."
            );
            return Ok(());
        };
        // What is queued of a run under way would come between; the run is taken up again later.
        self.clear_queue();
        let batches = spool.resync_batches(&run)?;
        let count: usize = batches.iter().map(|b| b.count).sum();
        tracing::info!(run_id = run, findings = count, "Resending the whole state.");
        let items = batches.into_iter().map(|b| Item::Resync(run.clone(), b));
        self.queue.extend(items);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.queue.push_back(Item::ResyncDone(run.clone(), count));
        self.in_flight = Some(run);
        Ok(())
    }

    fn hear_refused(
        &mut self,
        refused: &v1::Refused,
        spool: &mut Spool,
        now_ms: i64,
    ) -> Result<Vec<Order>, SpoolError> {
        let v1::Refused {
            machine_code,
            message,
            retry_after_ms,
            run_id,
            ..
        } = refused;
        tracing::warn!(
            code = machine_code,
            run_id,
            retry_after_ms,
            "Refused: {message}"
        );
        if run_id.is_empty() {
            let wait = (*retry_after_ms > 0).then_some(*retry_after_ms);
            let reason = format!("the collector refused the session: {message}");
            return Ok(vec![Order::Reconnect(wait, reason)]);
        }
        self.drop_run(run_id);
        match machine_code.as_str() {
            CHECKS_UNKNOWN => self.checks.forget(),
            // What it acked is gone there: sent on from where it was acked, the run would never fit.
            BATCH_GAP => spool.doubt_acks(run_id)?,
            _ => {}
        }
        if *retry_after_ms > 0 {
            let wait = i64::try_from(*retry_after_ms).unwrap_or(i64::MAX);
            // What was sent before the refusal was heard is refused too, and for less long.
            self.not_before_ms = self.not_before_ms.max(now_ms.saturating_add(wait));
            return Ok(vec![]);
        }
        Ok(match spool.set_aside(run_id)? {
            Settled::Now => vec![Order::RunAgain(run_id.clone())],
            Settled::Already => vec![],
        })
    }
}
