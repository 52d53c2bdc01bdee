//! The listener of the web server: clear text on loopback, or TLS. Bounded in number and time, so that connections
//! that say nothing, or never read, cost little and shut nobody out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::places::{Place, Places};
use crate::{clock::Clock, stop::stopped, tls::Tls};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, from the answer before it or from the connection on.
const HEAD: Duration = Duration::from_secs(20);
/// After so long a connection ends with the request that is under way, which then has [`ENDING`].
const LIFE: Duration = Duration::from_secs(10 * 60);
const ENDING: Duration = Duration::from_secs(30);
/// After an error of `accept`, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub SocketAddr);

/// What TLS is served with.
pub type Secure = (Arc<Tls>, Arc<dyn Clock>);

/// Serves until `stop` turns true; over TLS where there is something to serve it with. Clear text is only for loopback;
/// the configuration sees to it.
pub async fn serve(
    listener: TcpListener,
    secure: Option<Secure>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let places = Places::new();
    let mut connections = JoinSet::new();
    loop {
        let one = places.free().await;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take(address.ip(), one) else {
            tracing::debug!(%address, "a network holds too many connections of the web server");
            continue;
        };
        let router = router
            .clone()
            .layer(Extension(ConnectInfo(ClientAddress(address))));
        connections.spawn(one_visitor(
            (stream, address, place),
            secure.clone(),
            router,
            stop.clone(),
        ));
    }
    while connections.join_next().await.is_some() {}
}

async fn one_visitor(
    (stream, address, _place): (TcpStream, SocketAddr, Place),
    secure: Option<Secure>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %address, "TCP_NODELAY was not set");
    }
    let Some((tls, clock)) = secure else {
        return talk(stream, router, stop).await;
    };
    let config = match tls.config(clock.now_ms()).await {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(%error, "no TLS settings");
            return;
        }
    };
    match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => talk(stream, router, stop).await,
        Ok(Err(error)) => tracing::info!(%error, %address, "a TLS handshake failed"),
        Err(_) => tracing::info!(%address, "a TLS handshake took too long"),
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { tokio::select! { () = sleep(LIFE) => {}, () = stopped(&mut stop) => {} } } => {
            connection.as_mut().graceful_shutdown();
            match timeout(ENDING, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
