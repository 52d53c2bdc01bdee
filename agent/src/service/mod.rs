//! The service: observes on schedule, spools, and keeps a session with the collector.
//!
//! One task owns everything and waits on five things: the link (what the collector says), the
//! observing (on a blocking thread), the renewal, a timer, and the signal to stop. It never waits
//! on the network while it could do something else.
//!
//! ```text
//! timer ──▶ due? ──▶ observer (blocking) ──▶ spool ──▶ dialogue ──▶ link ──▶ collector
//!                                              ▲           │
//!                                              └── acks ◀──┘
//! ```

mod backoff;
mod checks;
mod dialogue;
mod greeting;
mod inventory;
mod link;
mod notify;
mod observer;
mod renewal;
mod renewal_plan;
mod runs;
mod schedule;
mod state;

use std::{future::Future, sync::Arc, time::Duration};

use capdo_proto::{PROTOCOL_VERSION, v1};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinHandle},
    time::sleep,
};

pub(crate) use self::inventory::deltas;
pub use self::{
    dialogue::{Dialogue, Order, SayError},
    link::Closed,
    observer::{Job, LiveObserver, Observe, Sighting},
};
use self::{
    link::{Event, Link},
    state::Service,
};
use crate::{
    clock::Clock, config::Config, guest::Guest, host_facts::HostFacts, identity::Identity,
    spool::Spool,
};

/// How long bringing the rest to the collector may take at the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(3);
/// How often the service looks around even if nothing happens.
const TICK: Duration = Duration::from_secs(15);

/// What the service is made of.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The host's identity.
    pub identity: Identity,
    /// The spool, open.
    pub spool: Spool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes the runs.
    pub observer: Arc<dyn Observe>,
    /// What the host says of itself.
    pub facts: HostFacts,
    /// SHA-256 of the program.
    pub binary_sha256: [u8; 32],
    /// What binds the service.
    pub guest: Option<Guest>,
    /// Agents that begin at the same moment are spread over this: their first run, and coming back
    /// after a session ended.
    pub first_run_within: Duration,
}

/// Serves until `stop` is ready, then drains for a few seconds.
///
/// A disk that is full, read-only or slow is waited out.
///
/// # Errors
/// When the spool can no longer be used: it is damaged, or no spool.
pub async fn serve(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), SayError> {
    let mut service = Service::new(setup)?;
    notify::ready();
    tokio::pin!(stop);
    let mut stopping = false;
    loop {
        if stopping && service.is_drained() {
            break;
        }
        service.look_around(!stopping)?;
        let wait = service.wait();
        let has_word = match service.has_word() {
            Ok(has_word) => has_word,
            Err(error) => {
                service.wait_out(error)?;
                false
            }
        };
        let done = tokio::select! {
            () = &mut stop, if !stopping => {
                stopping = true;
                notify::stopping();
                service.stop(DRAIN_LIMIT);
                Ok(())
            }
            event = service.link.next() => service.link_event(event),
            permit = reserve(service.outgoing.clone()), if has_word => service.say(permit),
            sighting = finished(&mut service.observing) => service.observed(sighting),
            renewed = finished(&mut service.renewing) => {
                service.renewed(renewed);
                Ok(())
            }
            () = sleep(wait) => Ok(()),
        };
        if let Err(error) = done {
            service.wait_out(error)?;
        }
    }
    service.farewell();
    Ok(())
}

type Permit = Option<mpsc::OwnedPermit<v1::SessionRequest>>;

async fn reserve(outgoing: Option<mpsc::Sender<v1::SessionRequest>>) -> Permit {
    match outgoing {
        Some(outgoing) => outgoing.reserve_owned().await.ok(),
        None => std::future::pending().await,
    }
}

/// The outcome of a task, once; never where there is none.
async fn finished<T>(task: &mut Option<JoinHandle<T>>) -> Result<T, JoinError> {
    match task {
        Some(running) => {
            let outcome = running.await;
            *task = None;
            outcome
        }
        None => std::future::pending().await,
    }
}

fn hello(service: &Service) -> Result<v1::SessionRequest, SayError> {
    let hello = v1::Hello {
        protocol_version: PROTOCOL_VERSION,
        agent_version: crate::host_facts::AGENT_VERSION.to_owned(),
        agent_binary_sha256: service.binary_sha256.to_vec(),
        last_run_counter: service.spool.last_counter()?,
        clock_ms: service.clock.now_ms(),
        spool_depth: service.spool.depth()?,
        machine_id_sha256: service.facts.machine_id_bytes(),
        takes_trust_anchors: true,
    };
    let payload = Some(v1::session_request::Payload::Hello(hello));
    Ok(v1::SessionRequest { payload })
}
