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
pub mod carried;
pub mod cut;
mod inventory;
pub mod live;
pub mod peer;
pub mod refusal;
pub mod rejudge;
mod runs;
pub mod server;
mod service;
mod session;
pub mod standing;
mod steps;

pub(crate) use assigned::assigned;

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    assess::Changed, clock::Clock, config::Agents, identity::enroll::Enrolment, limit::Limiter,
    store::Store,
};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Runs that one host may begin in an hour.
const RUNS_PER_HOUR: u32 = 120;

/// What every stream of agents shares.
pub struct Ingest {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) enrolment: Enrolment,
    pub(crate) settings: Agents,
    pub(crate) live: Arc<Live>,
    pub(crate) changed: Changed,
    pub(crate) runs: Limiter<String>,
    pub(crate) stop: watch::Receiver<bool>,
}

pub use live::Live;

impl Ingest {
    /// Puts together what streams share.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        enrolment: Enrolment,
        settings: Agents,
        changed: Changed,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let runs = Limiter::new(HOUR_MS, RUNS_PER_HOUR, u32::MAX);
        Self {
            store,
            clock,
            enrolment,
            settings,
            live: Arc::default(),
            changed,
            runs,
            stop,
        }
    }

    /// Which hosts are connected.
    pub fn live(&self) -> Arc<Live> {
        self.live.clone()
    }
}
