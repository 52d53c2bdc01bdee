//! The web server for people: its shell. Pages are added to [`router`].

mod front;
mod health;
mod listen;
pub mod pages;
mod places;
pub mod sign_in;
pub mod visitor;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{csrf::CsrfLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use crate::{
    clock::Clock,
    identity::secret,
    ingest::{Live, strikes::network},
    limit::Limiter,
    store::Store,
};

pub use front::Front;
pub use listen::{ClientAddress, Secure, serve};
pub use visitor::Authenticated;

const BODY_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);
const MINUTE_MS: i64 = 60 * 1000;
/// Sign-ins that one network may try in a minute, and all together; each is counted for its network and its account.
const TRIES: u32 = 10;
const TRIES_IN_TOTAL: u32 = 2 * 600;

/// What every page shares. Cheap to clone.
pub type Shared = Arc<Web>;

/// What every page shares.
pub struct Web {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Which hosts are connected.
    pub live: Arc<Live>,
    /// The metrics, as text.
    pub metrics: PrometheusHandle,
    /// What stands between browsers and this.
    pub front: Front,
    /// Evidence that was confirmed longer ago, in milliseconds, counts nothing.
    pub max_age_ms: i64,
    /// By network, and by network and login.
    tries: Limiter<(IpAddr, String)>,
}

impl Web {
    /// What every page shares.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        live: Arc<Live>,
        metrics: PrometheusHandle,
        front: Front,
        max_age_ms: i64,
    ) -> Self {
        let tries = Limiter::new(MINUTE_MS, TRIES, TRIES_IN_TOTAL);
        Self {
            store,
            clock,
            live,
            metrics,
            front,
            max_age_ms,
            tries,
        }
    }

    /// Counts a try to sign in; whether it may go on. Whoever tries too often is held back before the account is
    /// looked at: nobody locks an account for those who come from elsewhere, or uses up what everybody has together.
    fn may_try(&self, login: &str, from: IpAddr) -> bool {
        let now = self.clock.now_ms();
        let login: String = login.chars().take(64).collect();
        let from = network(from);
        self.tries.allow((from, String::new()), now) && self.tries.allow((from, login), now)
    }
}

/// Every route. Pages are merged in here; each takes an [`Authenticated`] visitor, whose scope it
/// hands to the store.
pub fn router(shared: Shared) -> Router {
    let routes = Router::new()
        .merge(health::routes())
        .merge(sign_in::routes())
        .merge(pages::routes())
        .with_state(shared)
        .layer(CsrfLayer::new())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ));
    pages::dressed(routes)
}

/// The hash under which the session of a cookie is kept.
fn session_key(cookie: &str) -> [u8; 32] {
    secret::sha256(cookie)
}
