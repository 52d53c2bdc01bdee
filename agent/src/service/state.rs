//! What the service knows, and what it does about each thing that happens.

use std::{collections::VecDeque, path::PathBuf, sync::Arc, time::Duration};

use capdo_checks::{registry, settings::Settings};
use capdo_proto::v1;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinHandle},
};

use super::{
    Closed, Dialogue, Event, Job, Link, Observe, Order, Permit, SayError, Setup, Sighting, TICK,
    backoff::Backoff,
    hello, notify, renewal,
    renewal_plan::{How, RenewalPlan},
    schedule::Schedule,
};
use crate::{
    chance,
    clock::Clock,
    enroll::EnrollError,
    host_facts::HostFacts,
    identity::Identity,
    levels,
    spool::{NewRun, Spool},
    state_dir::Existing,
    status::{Connection, LastRun, ServiceStatus},
};

/// After a run was set aside, another comes within this.
const RUN_AGAIN_WITHIN: Duration = Duration::from_secs(5 * 60);
/// How often the status file is written when nothing happens.
const STATUS_EVERY_MS: i64 = 60 * 1_000;

pub(super) type Renewal = Result<Identity, EnrollError>;

pub(super) struct Service {
    pub(super) spool: Spool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) facts: HostFacts,
    pub(super) binary_sha256: [u8; 32],
    pub(super) link: Link,
    pub(super) outgoing: Option<mpsc::Sender<v1::SessionRequest>>,
    pub(super) observing: Option<JoinHandle<Sighting>>,
    pub(super) renewing: Option<JoinHandle<Renewal>>,
    dialogue: Dialogue,
    identity: Arc<Identity>,
    address: String,
    declared: Settings,
    state_dir: PathBuf,
    observer: Arc<dyn Observe>,
    first_run_within: Duration,
    assignment: Option<v1::Assignment>,
    /// The assignment that the run under way is made under.
    run_under: Option<v1::Assignment>,
    schedule: Schedule,
    asked_runs: VecDeque<Vec<String>>,
    backoff: Backoff,
    renewal: RenewalPlan,
    /// The latest time that the collector told.
    heard_ms: i64,
    status: ServiceStatus,
    stop_by_ms: Option<i64>,
}

impl Service {
    pub(super) fn new(setup: Setup) -> Result<Self, SayError> {
        let Setup {
            config,
            identity,
            spool,
            clock,
            observer,
            facts,
            ..
        } = setup;
        let identity = Arc::new(identity);
        let address = config
            .collector
            .unwrap_or_else(|| identity.collector().to_owned());
        let heard_ms = spool.heard_ms()?;
        let link = if identity.is_carried() {
            Link::none()
        } else {
            Link::start(Duration::ZERO, address.clone(), identity.clone(), heard_ms)
        };
        let now = clock.now_ms();
        let mut service = Self {
            schedule: Schedule::new(config.interval, config.jitter),
            assignment: None,
            status: ServiceStatus {
                connection: if identity.is_carried() {
                    Connection::Carried
                } else {
                    Connection::Connecting
                },
                since_ms: now,
                ..ServiceStatus::load(&config.state_dir, now)
            },
            renewal: RenewalPlan::new(identity.renew_after_ms()),
            heard_ms,
            declared: config.declared,
            state_dir: config.state_dir,
            binary_sha256: setup.binary_sha256,
            first_run_within: setup.first_run_within,
            dialogue: Dialogue::default(),
            backoff: Backoff::default(),
            asked_runs: VecDeque::new(),
            outgoing: None,
            observing: None,
            renewing: None,
            run_under: None,
            stop_by_ms: None,
            spool,
            clock,
            facts,
            link,
            identity,
            address,
            observer,
        };
        if let Some(assignment) = service.spool.assignment()? {
            service.assign(assignment);
        }
        Ok(service)
    }

    /// Starts what is due.
    pub(super) fn look_around(&mut self, may_run: bool) -> Result<(), SayError> {
        let now = self.clock.now_ms();
        if may_run && self.observing.is_none() {
            if let Some(only) = self.asked_runs.pop_front() {
                self.start_run(only);
            } else if self.schedule.is_due(now) {
                self.schedule.started(now);
                self.start_run(Vec::new());
            }
        }
        if may_run && self.renewing.is_none() && !self.identity.is_carried() {
            self.renew_if_due(now);
        }
        if self.dialogue.is_stuck(now) {
            tracing::warn!("The collector does not settle a run; starting a new session.");
            self.reconnect(None, "the collector does not answer");
        }
        if now - self.status.written_ms > STATUS_EVERY_MS {
            self.write_status();
        }
        notify::alive();
        Ok(())
    }

    fn renew_if_due(&mut self, now: i64) {
        let Some(how) = self.renewal.due(now) else {
            return;
        };
        let (identity, address) = (self.identity.clone(), self.address.clone());
        let (heard, clock) = (self.heard_ms, self.clock.clone());
        self.renewing = Some(match how {
            How::Certificate => tokio::spawn(renewal::renew(identity, address, heard, clock)),
            How::KeyAlone => tokio::spawn(renewal::come_back(identity, address, clock)),
        });
    }

    /// How long nothing needs to be looked at.
    pub(super) fn wait(&self) -> Duration {
        let tick = notify::watchdog().map_or(TICK, |w| TICK.min(w / 2));
        let now = self.clock.now_ms();
        let until = |at: i64| Duration::from_millis(u64::try_from(at - now).unwrap_or(0));
        // What is under way reports by itself; what waits for it must not be asked for at once.
        let run = self.schedule.next_ms().filter(|_| self.observing.is_none());
        let renews = self.renewing.is_none() && !self.identity.is_carried();
        let renewal = self.renewal.next_ms().filter(|_| renews);
        let pause = self.dialogue.pause_ends_ms(now);
        let due = [run, self.stop_by_ms, renewal, pause];
        let next = due.into_iter().flatten().map(until).min().unwrap_or(tick);
        // Never less than a moment: what is due may have to wait for what is under way.
        next.clamp(Duration::from_millis(50), tick)
    }

    fn start_run(&mut self, only: Vec<String>) {
        let Some(assignment) = self.assignment.clone() else {
            return; // a run without the collector's nonce would be refused
        };
        let job = Job {
            level: u8::try_from(assignment.system_level).unwrap_or(levels::DEFAULT_LEVEL),
            settings: super::observer::with_endpoints(&self.declared, &assignment.endpoints),
            only,
        };
        self.run_under = Some(assignment);
        let observer = self.observer.clone();
        self.observing = Some(tokio::task::spawn_blocking(move || observer.observe(&job)));
    }

    pub(super) fn observed(
        &mut self,
        sighting: Result<Sighting, JoinError>,
    ) -> Result<(), SayError> {
        let under = self.run_under.take().unwrap_or_default();
        let sighting = match sighting {
            Ok(sighting) if !sighting.checks.is_empty() => sighting,
            Ok(_) => return Ok(()),
            Err(error) => {
                tracing::error!(%error, "A run failed.");
                return Ok(());
            }
        };
        if let Some(inventory) = &sighting.inventory {
            self.spool.put_inventory(inventory)?;
        }
        let run_id = chance::uuid_v7(sighting.started_ms);
        let started = v1::RunStarted {
            run_id: run_id.clone(),
            counter: 0, // the spool sets it
            nonce: if self.identity.is_carried() {
                Vec::new()
            } else {
                under.nonce
            },
            started_ms: sighting.started_ms,
            catalogue_sha256: levels::catalogue_sha256().to_vec(),
            checks: sighting.checks,
            assignment_revision: under.revision,
        };
        let mut last_run = LastRun {
            counter: 0,
            run_id,
            finished_ms: sighting.finished_ms,
            findings: sighting.findings.len(),
            cpu_ms: sighting.cost.cpu_ms,
        };
        last_run.counter = self.spool.put(&NewRun {
            started,
            findings: sighting.findings,
            complete: sighting.complete,
            finished_ms: sighting.finished_ms,
            cost: sighting.cost,
        })?;
        tracing::info!(
            counter = last_run.counter,
            findings = last_run.findings,
            cpu_ms = last_run.cpu_ms,
            "A run is finished."
        );
        self.status.last_run = Some(last_run);
        self.write_status();
        Ok(())
    }

    pub(super) fn renewed(&mut self, renewed: Result<Renewal, JoinError>) -> Result<(), SayError> {
        match renewed {
            Ok(Ok(identity)) => {
                identity.save(&self.state_dir, Existing::Replace)?;
                tracing::info!("The certificate is renewed.");
                self.renewal.renewed(identity.renew_after_ms());
                self.identity = Arc::new(identity);
                // A channel never shows a new certificate; only a new one does.
                self.reconnect(Some(0), "the certificate was renewed");
            }
            Ok(Err(error)) => tracing::warn!(%error, "The certificate is not renewed yet."),
            Err(error) => tracing::error!(%error, "The renewal failed."),
        }
        Ok(())
    }

    pub(super) fn link_event(&mut self, event: Event) -> Result<(), SayError> {
        match event {
            Event::Opening(outgoing) => {
                let hello = hello(self)?;
                // The channel is new and has room; if it is closed, the link says so next.
                drop(outgoing.try_send(hello));
                self.outgoing = Some(outgoing);
            }
            Event::Closed(closed) => self.closed(&closed),
            Event::Message(message) => {
                let now = self.clock.now_ms();
                for order in self.dialogue.hear(*message, &mut self.spool, now)? {
                    self.obey(order, now);
                }
            }
        }
        Ok(())
    }

    fn closed(&mut self, closed: &Closed) {
        let was = self.status.connection;
        let reason = closed.to_string();
        if was != Connection::Connected && closed.may_be_the_certificate() {
            self.renewal.turned_away();
        }
        if self.status.last_error.as_ref() != Some(&reason) || was == Connection::Connected {
            tracing::warn!(%reason, "No session with the collector; trying again.");
        }
        self.reconnect(None, &reason);
    }

    fn reconnect(&mut self, after_ms: Option<u64>, reason: &str) {
        let delay = after_ms.map_or_else(|| self.backoff.fail(), Duration::from_millis);
        self.dialogue = Dialogue::default();
        self.outgoing = None;
        let (address, identity) = (self.address.clone(), self.identity.clone());
        self.link = Link::start(delay, address, identity, self.heard_ms);
        self.status.last_error = Some(reason.to_owned());
        self.set_connection(Connection::Connecting);
    }

    fn obey(&mut self, order: Order, now: i64) {
        match order {
            Order::Assign(assignment) => {
                self.backoff.reset();
                self.renewal.let_in();
                self.status.last_error = None;
                self.assign(*assignment);
                self.set_connection(Connection::Connected);
            }
            Order::RunNow(ids) => self.ask_run(&ids),
            Order::RunAgain(run_id) => {
                tracing::warn!(run_id, "A run was set aside; another follows.");
                self.schedule.hasten(now, RUN_AGAIN_WITHIN);
            }
            Order::Settled(run_id) => {
                tracing::debug!(run_id, "A run is settled.");
                self.status.last_ack_ms = Some(now);
                self.write_status();
            }
            Order::Reconnect(after) => self.reconnect(after, "the collector refused the session"),
            Order::CollectorTime(theirs) => {
                self.status.clock_ahead_ms = Some(now - theirs);
                self.renewal.clock_is_ahead(now - theirs);
                self.heard_ms = theirs;
            }
        }
    }

    /// One run of all checks does for any number that were asked for.
    fn ask_run(&mut self, ids: &[String]) {
        let (known, unknown): (Vec<_>, Vec<_>) = ids
            .iter()
            .cloned()
            .partition(|id| registry::find(id).is_some());
        if !unknown.is_empty() {
            tracing::warn!(
                ?unknown,
                "Asked to run checks that this version does not have."
            );
        }
        let nothing_left = known.is_empty() && !ids.is_empty();
        if !nothing_left && !self.asked_runs.contains(&known) && self.asked_runs.len() < 16 {
            self.asked_runs.push_back(known);
        }
    }

    fn assign(&mut self, assignment: v1::Assignment) {
        let interval = Duration::from_secs(assignment.run_interval_s.into());
        let jitter = Duration::from_secs(assignment.run_jitter_s.into());
        let now = self.clock.now_ms();
        self.schedule
            .set(interval, jitter, now, self.first_run_within);
        self.status.level = Some(assignment.system_level);
        self.status.standard = Some(assignment.standard_id.clone());
        self.assignment = Some(assignment);
    }

    pub(super) fn has_word(&mut self) -> Result<bool, SayError> {
        let now = self.clock.now_ms();
        Ok(self.outgoing.is_some() && self.dialogue.has_word(&self.spool, now)?)
    }

    pub(super) fn say(&mut self, permit: Permit) -> Result<(), SayError> {
        let Some(permit) = permit else {
            self.outgoing = None; // the link is going down and will say why
            return Ok(());
        };
        let now = self.clock.now_ms();
        if let Some(message) = self.dialogue.next(&self.spool, &self.identity, now)? {
            permit.send(message);
        }
        Ok(())
    }

    pub(super) fn stop(&mut self, limit: Duration) {
        let limit = i64::try_from(limit.as_millis()).unwrap_or(0);
        self.stop_by_ms = Some(self.clock.now_ms() + limit);
        tracing::info!("Stopping.");
    }

    /// Whether nothing more can be brought to the collector before the end.
    pub(super) fn is_drained(&mut self) -> bool {
        let late = self.stop_by_ms.is_some_and(|by| self.clock.now_ms() >= by);
        let offline = self.status.connection != Connection::Connected;
        late || offline || (self.dialogue.is_idle() && self.spool.depth().unwrap_or(0) == 0)
    }

    pub(super) fn farewell(&mut self) {
        self.outgoing = None;
        self.set_connection(Connection::Down);
    }

    fn set_connection(&mut self, connection: Connection) {
        if self.status.connection != connection {
            self.status.since_ms = self.clock.now_ms();
            self.status.connection = connection;
        }
        self.write_status();
    }

    fn write_status(&mut self) {
        self.status.written_ms = self.clock.now_ms();
        self.status.next_run_ms = self.schedule.next_ms();
        if let Err(error) = self.status.save(&self.state_dir) {
            tracing::warn!(%error, "The status file cannot be written.");
        }
        let waiting = self.spool.depth().unwrap_or(0);
        notify::status(&format!(
            "{:?}, {waiting} runs waiting",
            self.status.connection
        ));
    }
}
