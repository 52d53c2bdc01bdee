//! What holds for every page together.

mod budget;
mod hostile;
mod messages;
mod outside;
mod seed;
mod software;
mod tenants;

use std::sync::Arc;

use axum::Router;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{
    clock::Clock,
    ingest::Live,
    store::Store,
    web::{Front, Web},
};

/// How long evidence counts.
const MAX_AGE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The whole web server over a store.
fn app(store: Store, clock: Arc<dyn Clock>) -> Router {
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let live = Arc::new(Live::default());
    crate::web::router(Arc::new(Web::new(
        store,
        clock,
        live,
        metrics,
        Front::Nothing,
        MAX_AGE_MS,
    )))
}
