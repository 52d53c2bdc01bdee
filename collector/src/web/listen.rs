//! The listener of the web server: clear text on loopback, or TLS.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

use crate::{
    clock::Clock,
    ingest::{accept::accept, peer::PeerStream},
    stop::stopped,
    tls::Tls,
};

/// The most connections at a time.
const CONNECTIONS: usize = 1024;

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for ClientAddress {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for ClientAddress {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Connections whose handshake is done.
struct TlsListener {
    incoming: mpsc::Receiver<io::Result<PeerStream>>,
    local: SocketAddr,
}

impl Listener for TlsListener {
    type Io = PeerStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (PeerStream, SocketAddr) {
        loop {
            match self.incoming.recv().await {
                Some(Ok(stream)) => {
                    let address = stream.address();
                    return (stream, address);
                }
                Some(Err(error)) => tracing::info!(%error, "a connection failed"),
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }
}

/// Serves in clear text until `stop` turns true. Only for loopback; the configuration sees to it.
///
/// # Errors
/// When the server cannot run.
pub async fn serve_plain(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<ClientAddress>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopped(&mut stop).await })
        .await
}

/// Serves over TLS until `stop` turns true.
///
/// # Errors
/// When the server cannot run.
pub async fn serve_tls(
    listener: TcpListener,
    tls: Arc<Tls>,
    clock: Arc<dyn Clock>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let local = listener.local_addr()?;
    let incoming = accept(listener, tls, clock, stop.clone(), CONNECTIONS, None);
    let service = router.into_make_service_with_connect_info::<ClientAddress>();
    axum::serve(TlsListener { incoming, local }, service)
        .with_graceful_shutdown(async move { stopped(&mut stop).await })
        .await
}
