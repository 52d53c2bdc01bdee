//! The gRPC server: our service, health and reflection, over connections of [`super::accept`].

use std::{io, sync::Arc, time::Duration};

use axum::middleware;
use capdo_proto::{
    FILE_DESCRIPTOR_SET, limits::MAX_MESSAGE_BYTES, v1::agent_service_server::AgentServiceServer,
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{service::Routes, transport::Server};

use super::{Ingest, peer::PeerStream, service::Service, unary};
use crate::stop::stopped;

const PING: Duration = Duration::from_secs(45);
const PONG: Duration = Duration::from_secs(20);
/// A renewed or revoked certificate is looked at no later than this by TLS itself.
const AGE: Duration = Duration::from_secs(60 * 60);
const GRACE: Duration = Duration::from_secs(30);
/// How long a call may take until its answer begins; that of a session begins at once.
const CALL: Duration = Duration::from_secs(30);
const STREAMS: u32 = 8;
const HEADERS: u32 = 16 * 1024;
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
const RESETS: usize = 20;

/// The server failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptors that are compiled in cannot be read: a defect of capdo.
    #[error("the reflection service cannot be built: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the agents' server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves agents until `stop` turns true.
///
/// # Errors
/// When the server cannot run.
pub async fn serve(
    ingest: Arc<Ingest>,
    incoming: mpsc::Receiver<io::Result<PeerStream>>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let guard = ingest.guard.clone();
    let agents = AgentServiceServer::new(Service(ingest))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AgentServiceServer<Service>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let routes = Routes::new(agents)
        .add_service(health_service)
        .add_service(reflection)
        .into_axum_router()
        .layer(middleware::from_fn_with_state(guard, unary::look));
    Server::builder()
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PONG))
        .max_connection_age(AGE)
        .max_connection_age_grace(GRACE)
        .max_concurrent_streams(STREAMS)
        .concurrency_limit_per_connection(STREAMS as usize)
        .http2_max_header_list_size(HEADERS)
        .http2_max_pending_accept_reset_streams(Some(RESETS))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .timeout(CALL)
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(ReceiverStream::new(incoming), async move {
            stopped(&mut stop).await;
        })
        .await?;
    Ok(())
}
