//! What agents send, and how it becomes what holds.
//!
//! ```text
//! accept ─▶ service ─▶ session ─▶ runs ─▶ steps ─▶ rejudge ─▶ staged ─▶ apply ─▶ finding
//! (TLS)     (gRPC)     (order)    (acks)  (trust)   (verdict)            (signed digest)
//!                      carried ───────────▲  (a file from a one-way site, in one transaction)
//! ```
//!
//! Nothing that an agent says holds before its signature over the whole state verifies, and no
//! verdict of an agent ever counts.

pub mod accept;
pub mod apply;
mod assigned;
pub mod budget;
pub mod carried;
mod conduct;
mod crowd;
pub mod cut;
mod declared;
mod doubt;
mod frames;
mod gaps;
pub mod guard;
mod handshakes;
mod inventory;
pub mod live;
pub mod pardon;
pub mod peer;
pub mod refusal;
pub mod rejudge;
mod runs;
pub mod server;
mod service;
mod session;
mod signature;
pub mod standing;
mod steps;
pub mod strikes;
pub mod trusting;
mod unary;

pub(crate) use assigned::assigned;
pub(crate) use declared::of as declared;

use std::sync::Arc;

use tokio::sync::watch;

use self::crowd::Crowd;

use crate::{
    assess::Changed,
    clock::Clock,
    config::Agents,
    identity::{Trust, enroll::Enrolment},
    limit::Limiter,
    store::Store,
};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Runs that one host may begin in an hour.
const RUNS_PER_HOUR: u32 = 120;
/// Streams that one host may open in an hour.
const STREAMS_PER_HOUR: u32 = 600;
/// Certificates that one host may be given in an hour.
const RENEWALS_PER_HOUR: u32 = 24;

/// What every stream of agents shares.
pub struct Ingest {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) enrolment: Enrolment,
    pub(crate) trust: Arc<Trust>,
    pub(crate) settings: Agents,
    pub(crate) live: Arc<Live>,
    pub(crate) changed: Changed,
    pub(crate) runs: Limiter<String>,
    pub(crate) crowd: Crowd,
    pub(crate) streams: Limiter<String>,
    pub(crate) renewals: Limiter<String>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) stop: watch::Receiver<bool>,
}

pub use guard::Guard;
pub use live::Live;

impl Ingest {
    /// Puts together what streams share.
    pub fn new(
        (store, clock): (Store, Arc<dyn Clock>),
        (enrolment, trust): (Enrolment, Arc<Trust>),
        settings: Agents,
        changed: Changed,
        guard: Arc<Guard>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let hourly = |most| Limiter::new(HOUR_MS, most, u32::MAX);
        Self {
            crowd: Crowd::new(settings.max_runs_at_once),
            store,
            clock,
            enrolment,
            trust,
            settings,
            live: Arc::default(),
            changed,
            runs: hourly(RUNS_PER_HOUR),
            streams: hourly(STREAMS_PER_HOUR),
            renewals: hourly(RENEWALS_PER_HOUR),
            guard,
            stop,
        }
    }

    /// Which hosts are connected.
    pub fn live(&self) -> Arc<Live> {
        self.live.clone()
    }
}
