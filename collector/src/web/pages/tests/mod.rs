//! What holds for every page together.

mod hostile;
mod messages;
mod seed;
mod tenants;

use std::sync::Arc;

use axum::Router;

use crate::{clock::Clock, store::Store, web::Web};

/// The whole web server over a store.
fn app(store: Store, clock: Arc<dyn Clock>) -> Router {
    crate::web::router(Arc::new(Web { store, clock, max_age_ms: 7 * 86_400_000 }))
}
