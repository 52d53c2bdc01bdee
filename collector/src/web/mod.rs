//! The web server for people: its shell. Pages are added to [`router`].

mod front;
mod health;
mod listen;
pub mod pages;
mod places;
pub mod sign_in;
mod tries;
pub mod visitor;

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{csrf::CsrfLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use self::tries::Tries;
use crate::{clock::Clock, identity::secret, ingest::Live, store::Store};

pub use front::Front;
pub use listen::{ClientAddress, Secure, serve};
pub use visitor::Authenticated;

const BODY_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

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
    tries: Tries,
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
        Self {
            store,
            clock,
            live,
            metrics,
            front,
            max_age_ms,
            tries: Tries::new(),
        }
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
