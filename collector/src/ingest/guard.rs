//! Keeps offenders out: counts what peers do against the protocol, ends their connections, turns them
//! away for a growing time, and names them on their host and in the log.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};

use super::{
    cut::Cut,
    strikes::{Offence, Offences, Offender, Strikes, network},
};
use crate::{
    clock::Clock,
    metric::Metric,
    stop::stopped,
    store::{
        Result, Store,
        ban::{self, Ban},
        certificate, integrity,
        integrity::IntegrityKind,
    },
};

/// The most connections that one certificate may hold. An agent needs one, and one to renew.
const PER_SERIAL: usize = 8;
/// The most connections without a certificate from one address.
const PER_ADDRESS: usize = 64;
/// The most certificates whose host is remembered.
const MAX_HOSTS: usize = 50_000;
/// Offences that wait to be written down; more are counted but not told.
const REPORTS: usize = 256;

/// One offence, to be written down.
#[derive(Debug)]
struct Report {
    address: IpAddr,
    serial: Option<String>,
    offence: Offence,
    detail: String,
    /// Who is turned away for it, and until when.
    banned: Option<(String, i64)>,
}

/// Keeps offenders out.
pub struct Guard {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    reports: mpsc::Sender<Report>,
}

struct State {
    strikes: Strikes,
    next: u64,
    open: HashMap<u64, Open>,
    hosts: HashMap<String, String>,
}

struct Open {
    address: IpAddr,
    serial: Option<String>,
    cut: Cut,
}

impl State {
    /// How many connections somebody holds: with this certificate, or with none from this network.
    fn held(&self, address: IpAddr, serial: Option<&str>) -> usize {
        let same = |o: &&Open| match serial {
            Some(serial) => o.serial.as_deref() == Some(serial),
            None => o.serial.is_none() && network(o.address) == network(address),
        };
        self.open.values().filter(same).count()
    }

    fn offender(&self, address: IpAddr, serial: Option<&str>) -> Offender {
        match serial {
            None => Offender::at(address),
            Some(serial) => match self.hosts.get(serial) {
                Some(host) => Offender::Host(host.clone()),
                None => Offender::Serial(serial.to_owned()),
            },
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard, and the clerk that writes down what it sees until `stop` turns true.
    pub fn new(
        settings: Offences,
        store: Store,
        clock: Arc<dyn Clock>,
        stop: watch::Receiver<bool>,
    ) -> (Arc<Self>, impl Future<Output = ()>) {
        let (reports, received) = mpsc::channel(REPORTS);
        let state = State {
            strikes: Strikes::new(settings),
            next: 0,
            open: HashMap::new(),
            hosts: HashMap::new(),
        };
        let guard = Self {
            clock: clock.clone(),
            state: Mutex::new(state),
            reports,
        };
        (Arc::new(guard), clerk(store, clock, received, stop))
    }

    /// A connection is open; nothing where its owner is banned or holds too many.
    pub(super) fn enter(
        self: &Arc<Self>,
        address: SocketAddr,
        serial: Option<&str>,
        cut: &Cut,
    ) -> Option<Entry> {
        let (now, address) = (self.clock.now_ms(), address.ip().to_canonical());
        let mut state = self.lock();
        let who = state.offender(address, serial);
        if state.strikes.is_banned(&who, now) {
            return None;
        }
        let most = if serial.is_some() {
            PER_SERIAL
        } else {
            PER_ADDRESS
        };
        if state.held(address, serial) >= most {
            return None;
        }
        state.next += 1;
        let number = state.next;
        let open = Open {
            address,
            serial: serial.map(str::to_owned),
            cut: cut.clone(),
        };
        state.open.insert(number, open);
        Some(Entry {
            guard: self.clone(),
            number,
        })
    }

    /// A certificate is that of a host; whether the host is let in.
    pub fn know(&self, serial: &str, host_id: &str) -> bool {
        let now = self.clock.now_ms();
        let mut state = self.lock();
        if state.hosts.len() >= MAX_HOSTS && !state.hosts.contains_key(serial) {
            state.hosts.clear();
        }
        state.hosts.insert(serial.to_owned(), host_id.to_owned());
        !state
            .strikes
            .is_banned(&Offender::Host(host_id.to_owned()), now)
    }

    /// Counts an offence. One too many ends every connection of who did it.
    pub fn strike(&self, peer: (IpAddr, Option<&str>), offence: Offence, detail: &str) {
        let (now, (address, serial)) = (self.clock.now_ms(), peer);
        let address = address.to_canonical();
        let mut state = self.lock();
        let who = state.offender(address, serial);
        if state.strikes.is_banned(&who, now) {
            return; // it is on its way out already
        }
        let banned_until = state.strikes.count(&who, now);
        if banned_until.is_some() {
            let its = |o: &&Open| state.offender(o.address, o.serial.as_deref()) == who;
            state.open.values().filter(its).for_each(|o| o.cut.make());
        }
        show(&state, now);
        drop(state);
        Metric::offence(offence);
        let report = Report {
            address,
            serial: serial.map(str::to_owned),
            offence,
            detail: detail.chars().take(200).collect(),
            banned: banned_until.map(|until| (who.to_string(), until)),
        };
        if self.reports.try_send(report).is_err() {
            tracing::debug!(%address, "an offence more than can be written down");
        }
    }

    /// Lets somebody in again, by the name that the ban is listed under.
    pub(super) fn forgive(&self, name: &str) {
        let mut state = self.lock();
        state.strikes.forgive(name);
        show(&state, self.clock.now_ms());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the metrics how many are turned away.
fn show(state: &State, now: i64) {
    Metric::Offenders.set(u32::try_from(state.strikes.banned(now)).map_or(f64::MAX, f64::from));
}

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Entry {
    guard: Arc<Guard>,
    number: u64,
}

impl Entry {
    /// Who counts offences.
    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.guard.lock().open.remove(&self.number);
    }
}

/// Writes offences down until `stop` turns true.
async fn clerk(
    store: Store,
    clock: Arc<dyn Clock>,
    mut reports: mpsc::Receiver<Report>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let report = tokio::select! {
            report = reports.recv() => report,
            () = stopped(&mut stop) => return,
        };
        let Some(report) = report else { return };
        if let Err(error) = write_down(&store, &report, clock.now_ms()).await {
            tracing::error!(%error, "an offence could not be recorded");
        }
    }
}

async fn write_down(store: &Store, report: &Report, now: i64) -> Result<()> {
    let Report {
        address,
        serial,
        offence,
        detail,
        banned,
    } = report;
    let mut host = None;
    if let Some(serial) = serial {
        let mut db = store.read().await?;
        let standing = certificate::standing(&mut db, serial).await?;
        host = standing.map(|s| s.host_id);
    }
    let what = offence.code();
    match banned {
        None => tracing::info!(%address, host, what, "an offence: {detail}"),
        Some((_, until)) => {
            let seconds = (until - now).max(0) / 1000;
            tracing::warn!(%address, host, what, seconds, "an offender is cut off: {detail}");
        }
    }
    if host.is_none() && banned.is_none() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    if let Some((offender, until)) = banned {
        let ban = Ban {
            offender: offender.clone(),
            offence: what.to_owned(),
            since: now,
            until: *until,
        };
        ban::note(&mut tx, &ban).await?;
    }
    if let Some(host) = host {
        let told = format!("{detail} (from {address})");
        let kind = IntegrityKind::Misbehaved;
        integrity::note(&mut tx, &host, kind, what, &told, now).await?;
    }
    Ok(tx.commit().await?)
}
