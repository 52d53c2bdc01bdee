//! `/healthz` and `/metrics`, for machines.

use axum::{
    Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};

use capdo_cli::disk::Trouble;

use super::{ClientAddress, Shared};
use crate::{metric::Metric, store};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
}

/// Whether the store answers and can keep something.
async fn healthz(State(web): State<Shared>) -> (StatusCode, &'static str) {
    let answer = async { store::answers(&mut *web.store.read().await?).await };
    match answer.await {
        Ok(()) => match web.store.trouble() {
            None => (StatusCode::OK, "ok\n"),
            Some(Trouble::Full) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the disk is full: nothing is kept\n",
            ),
            Some(Trouble::ReadOnly) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the data folder is read-only: nothing is kept\n",
            ),
        },
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
        ),
    }
}

/// The metrics; only for programs on this machine.
async fn metrics(
    State(web): State<Shared>,
    ConnectInfo(from): ConnectInfo<ClientAddress>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    // A proxy on this machine also comes from loopback; what it passes on is from elsewhere.
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let passed_on = passed_on.iter().any(|name| headers.contains_key(*name));
    if !from.0.ip().is_loopback() || passed_on {
        return Err(StatusCode::NOT_FOUND);
    }
    let connected = u32::try_from(web.live.count()).unwrap_or(u32::MAX);
    Metric::HostsConnected.set(f64::from(connected));
    Ok(web.metrics.render())
}
