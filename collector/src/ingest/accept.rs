//! The door: accepts connections, does the TLS handshake, hands them on. Bounded in number and
//! time, so that connections that say nothing cost little.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    cut::Cut,
    guard::Guard,
    handshakes::{Handshake, Handshakes, Instead},
    peer::{Peer, PeerStream, serial_of},
    strikes::Offence,
};
use crate::{clock::Clock, stop::stopped, tls::Tls};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// An honest handshake is long done by then; before, it may stand among many of its own site.
const LONG: Duration = Duration::from_secs(1);
/// After an error of `accept`, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts connections until `stop` turns true, at most `limit` at a time; the receiver gives those
/// whose handshake is done. The `guard` keeps offenders out.
pub fn accept(
    listener: TcpListener,
    tls: Arc<Tls>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
    limit: usize,
    guard: Arc<Guard>,
) -> mpsc::Receiver<io::Result<PeerStream>> {
    let (sender, receiver) = mpsc::channel(16);
    let handshakes = Arc::new(Handshakes::default());
    let connections = Arc::new(Semaphore::new(limit));
    tokio::spawn(async move {
        loop {
            let Ok(place) = connections.clone().acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut stop) => return,
            };
            match accepted {
                Ok((stream, address)) => {
                    let door = (guard.clone(), handshakes.begin(address.ip()));
                    let (tls, now_ms, sender) = (tls.clone(), clock.now_ms(), sender.clone());
                    // Not here: another certificate may take a while.
                    tokio::spawn(async move {
                        match tls.config(now_ms).await {
                            Ok(config) => {
                                shake(config.into(), stream, address, sender, place, door).await;
                            }
                            Err(error) => tracing::error!(%error, "no TLS settings"),
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    });
    receiver
}

async fn shake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
    sender: mpsc::Sender<io::Result<PeerStream>>,
    place: OwnedSemaphorePermit,
    (guard, mut under_way): (Arc<Guard>, Handshake),
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %address, "TCP_NODELAY was not set");
    }
    let began = Instant::now();
    let slow = |detail: &str| guard.strike((address.ip(), None), Offence::Slow, detail);
    let done = tokio::select! {
        biased;
        done = timeout(HANDSHAKE, acceptor.accept(stream)) => done,
        instead = under_way.gives_way() => {
            tracing::debug!(%address, ?instead, "a TLS handshake gave way");
            if instead == Instead::OfItsNetwork && began.elapsed() >= LONG {
                slow("a TLS handshake gave way to newer ones from there");
            }
            return;
        }
    };
    drop(under_way);
    match done {
        Ok(Ok(stream)) => {
            let serial = serial_of(&stream);
            let cut = Cut::default();
            let Some(entry) = guard.enter(address, serial.as_deref(), &cut) else {
                tracing::debug!(%address, "a connection is turned away");
                return;
            };
            let peer = Peer {
                address,
                serial,
                cut,
            };
            let stream = PeerStream::new(stream, peer, place, entry);
            if sender.send(Ok(stream)).await.is_err() {
                tracing::debug!(%address, "a connection came while stopping");
            }
        }
        Ok(Err(error)) => tracing::info!(%error, %address, "a TLS handshake failed"),
        Err(_) => {
            tracing::info!(%address, "a TLS handshake took too long");
            slow("a TLS handshake took too long");
        }
    }
}
