//! What the service knows, and what it does about each thing that happens.

use std::{collections::VecDeque, path::PathBuf, sync::Arc, time::Duration};

use capdo_checks::{registry, settings::Settings};
use capdo_proto::v1;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinHandle},
};

use super::{
    Closed, Dialogue, Event, Link, Observe, Order, Permit, SayError, Setup, Sighting, TICK,
    backoff::Backoff,
    greeting::Greeting,
    hello, notify, renewal,
    renewal_plan::{How, RenewalPlan},
    runs::Unsaved,
    schedule::Schedule,
};
use crate::{
    chance,
    clock::Clock,
    enroll::EnrollError,
    host_facts::HostFacts,
    identity::Identity,
    spool::Spool,
    state_dir::Existing,
    status::{Connection, ServiceStatus},
    tpm::TpmUse,
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
    /// When that began, in ticks.
    pub(super) observing_since_ms: i64,
    pub(super) renewing: Option<JoinHandle<Renewal>>,
    dialogue: Dialogue,
    pub(super) identity: Arc<Identity>,
    address: String,
    tpm: TpmUse,
    pub(super) declared: Settings,
    state_dir: PathBuf,
    pub(super) observer: Arc<dyn Observe>,
    first_run_within: Duration,
    pub(super) assignment: Option<v1::Assignment>,
    /// The assignment that the run under way is made under.
    pub(super) run_under: Option<v1::Assignment>,
    /// A run that the spool had no room for yet.
    pub(super) unsaved: Option<Unsaved>,
    schedule: Schedule,
    asked_runs: VecDeque<Vec<String>>,
    backoff: Backoff,
    renewal: RenewalPlan,
    /// The latest time that the collector told.
    heard_ms: i64,
    /// The same, with when that was; of this process alone.
    greeting: Option<Greeting>,
    pub(super) status: ServiceStatus,
    /// When the status file was last written, in ticks.
    written_ms: i64,
    /// In ticks.
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
        let (link, connection) = if identity.is_carried() {
            (Link::none(), Connection::Carried)
        } else {
            let link = Link::start(Duration::ZERO, address.clone(), identity.clone(), heard_ms);
            (link, Connection::Connecting)
        };
        let mut service = Self {
            schedule: Schedule::new(config.interval, config.jitter),
            assignment: None,
            status: ServiceStatus {
                guest: setup.guest,
                ..ServiceStatus::started(&config.state_dir, connection, clock.now_ms())
            },
            renewal: RenewalPlan::new(identity.renew_after_ms()),
            heard_ms,
            greeting: None,
            declared: config.declared,
            tpm: config.tpm,
            state_dir: config.state_dir,
            binary_sha256: setup.binary_sha256,
            first_run_within: setup.first_run_within,
            dialogue: Dialogue::default(),
            backoff: Backoff::new(setup.first_run_within),
            asked_runs: VecDeque::new(),
            outgoing: None,
            observing: None,
            observing_since_ms: 0,
            renewing: None,
            run_under: None,
            unsaved: None,
            written_ms: 0,
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
        let now = self.clock.ticks_ms();
        self.save_again(now)?;
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
            tracing::warn!(
                "The collector neither greets nor settles a run; starting a new session."
            );
            self.reconnect(None, "the collector does not answer");
        }
        if now - self.written_ms > STATUS_EVERY_MS {
            self.write_status();
        }
        if !self.is_stuck(now) {
            notify::alive();
        }
        Ok(())
    }

    fn renew_if_due(&mut self, now: i64) {
        let Some(how) = self.renewal.due(now) else {
            return;
        };
        let (identity, address) = (self.identity.clone(), self.address.clone());
        let (heard, clock, tpm) = (self.heard_ms, self.clock.clone(), self.tpm.clone());
        self.renewing = Some(match how {
            How::Certificate => tokio::spawn(renewal::renew(identity, address, heard, clock, tpm)),
            How::KeyAlone => tokio::spawn(renewal::come_back(identity, address, clock, tpm)),
        });
    }

    /// How long nothing needs to be looked at.
    pub(super) fn wait(&self) -> Duration {
        let tick = notify::watchdog().map_or(TICK, |w| TICK.min(w / 2));
        let now = self.clock.ticks_ms();
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

    pub(super) fn renewed(&mut self, renewed: Result<Renewal, JoinError>) {
        match renewed {
            Ok(Ok(identity)) => {
                if let Err(error) = identity.save(&self.state_dir, Existing::Replace) {
                    // The old one holds until another attempt finds room on the disk.
                    tracing::error!(%error, "The renewed certificate cannot be kept.");
                    return;
                }
                tracing::info!("The certificate is renewed.");
                self.renewal.renewed(identity.renew_after_ms());
                self.identity = Arc::new(identity);
                // A channel never shows a new certificate; only a new one does.
                self.reconnect(Some(0), "the certificate was renewed");
            }
            Ok(Err(error)) => tracing::warn!(%error, "The certificate is not renewed yet."),
            Err(error) => tracing::error!(%error, "The renewal failed."),
        }
    }

    /// Waits out a trouble that may pass: the session is begun anew later, for what it said could not
    /// be noted.
    pub(super) fn wait_out(&mut self, error: SayError) -> Result<(), SayError> {
        if !error.may_pass() {
            return Err(error);
        }
        let reason = error.to_string();
        if matches!(error, SayError::Sign(_)) {
            tracing::warn!(%error, "A run is not signed yet; the service goes on and tries again.");
            self.reconnect(None, &reason);
            return Ok(());
        }
        if self.status.spool_error.as_ref() != Some(&reason) {
            tracing::error!(%error, "The spool cannot be written; the service goes on and tries again.");
        }
        self.status.spool_error = Some(reason.clone());
        self.reconnect(None, &reason);
        Ok(())
    }

    pub(super) fn link_event(&mut self, event: Event) -> Result<(), SayError> {
        match event {
            Event::Opening(outgoing) => {
                let hello = hello(self)?;
                self.dialogue.open(self.clock.ticks_ms());
                // The channel is new and has room; if it is closed, the link says so next.
                drop(outgoing.try_send(hello));
                self.outgoing = Some(outgoing);
            }
            Event::Closed(closed) => self.closed(&closed),
            Event::Message(message) => {
                let now = self.clock.ticks_ms();
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
        let delay = match after_ms {
            Some(after) => self.backoff.asked(Duration::from_millis(after)),
            None => self.backoff.ended(self.clock.ticks_ms()),
        };
        self.dialogue = Dialogue::default();
        self.outgoing = None;
        let (address, identity) = (self.address.clone(), self.identity.clone());
        self.link = Link::start(delay, address, identity, self.heard_ms);
        self.status.last_error = Some(reason.to_owned());
        self.set_connection(Connection::Connecting);
    }

    /// `now` is in ticks.
    fn obey(&mut self, order: Order, now: i64) {
        match order {
            Order::Assign(assignment) => {
                self.backoff.greeted(now);
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
                self.status.last_ack_ms = Some(self.clock.now_ms());
                self.status.spool_error = None;
                self.write_status();
            }
            Order::Reconnect(after, reason) => self.reconnect(after, &reason),
            Order::CollectorTime(theirs) => {
                self.greeting = Some(Greeting::heard(theirs, self.clock.now_ms(), now));
                self.write_status();
                self.renewal.ticks_are_ahead(now - theirs);
                self.heard_ms = theirs;
            }
            Order::Trust(anchors) => self.trust(&anchors, now),
        }
    }

    /// Keeps which CAs to trust, and only then says so. What is not taken is not said to be held.
    fn trust(&mut self, anchors: &v1::TrustAnchors, now: i64) {
        match self.identity.trusting(&anchors.ca_certificates_der) {
            Ok(None) => {}
            Ok(Some(identity)) => {
                if let Err(error) = identity.save(&self.state_dir, Existing::Replace) {
                    // Told again in the next session.
                    tracing::error!(%error, "The changed CAs cannot be kept.");
                    return;
                }
                let count = anchors.ca_certificates_der.len();
                tracing::info!(count, "The collector changed which CAs to trust.");
                self.identity = Arc::new(identity);
            }
            Err(error) => tracing::error!(%error, "The trusted CAs stay as they are."),
        }
        self.dialogue.say_trusted(self.identity.ca_sha256());
        if anchors.renew_within_ms > 0 {
            let after = chance::below(anchors.renew_within_ms);
            self.renewal.asked(now, i64::try_from(after).unwrap_or(0));
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
        let now = self.clock.ticks_ms();
        self.schedule
            .set(interval, jitter, now, self.first_run_within);
        self.status.level = Some(assignment.system_level);
        self.status.standard = Some(assignment.standard_id.clone());
        self.assignment = Some(assignment);
    }

    pub(super) fn has_word(&mut self) -> Result<bool, SayError> {
        let now = self.clock.ticks_ms();
        Ok(self.outgoing.is_some() && self.dialogue.has_word(&self.spool, now)?)
    }

    pub(super) fn say(&mut self, permit: Permit) -> Result<(), SayError> {
        let Some(permit) = permit else {
            self.outgoing = None; // the link is going down and will say why
            return Ok(());
        };
        let now = self.clock.ticks_ms();
        if let Some(message) = self.dialogue.next(&self.spool, &self.identity, now)? {
            permit.send(message);
        }
        Ok(())
    }

    pub(super) fn stop(&mut self, limit: Duration) {
        let limit = i64::try_from(limit.as_millis()).unwrap_or(0);
        self.stop_by_ms = Some(self.clock.ticks_ms() + limit);
        tracing::info!("Stopping.");
    }

    /// Whether nothing more can be brought to the collector before the end.
    pub(super) fn is_drained(&mut self) -> bool {
        let late = self
            .stop_by_ms
            .is_some_and(|by| self.clock.ticks_ms() >= by);
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

    /// Notes how wrong the clock is, and logs it where it has become so.
    fn note_skew(&mut self, now: i64, ticks: i64) {
        let known = self.status.skew_ms().is_some();
        self.status.clock_ahead_ms = self.greeting.map(|g| g.ahead_ms(now, ticks));
        if let Some(ahead_ms) = self.status.skew_ms().filter(|_| !known) {
            tracing::warn!(
                ahead_ms,
                "The clock of this host differs from the collector's."
            );
        }
    }

    pub(super) fn write_status(&mut self) {
        let (now, ticks) = (self.clock.now_ms(), self.clock.ticks_ms());
        self.written_ms = ticks;
        self.status.written_ms = now;
        self.note_skew(now, ticks);
        self.status.next_run_ms = self.schedule.next_ms().map(|next| now + next - ticks);
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
