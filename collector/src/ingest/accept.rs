//! The door: accepts connections, does the TLS handshake, hands them on. Bounded in number and
//! time, so that connections that say nothing cost little.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{
    cut::Cut,
    guard::{Guard, Shaking},
    peer::{Peer, PeerStream, serial_of},
    strikes::Offence,
};
use crate::{clock::Clock, stop::stopped, tls::Tls};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// After an error of `accept`, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);
/// The most handshakes at a time.
const HANDSHAKES: usize = 256;

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
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let connections = Arc::new(Semaphore::new(limit));
    tokio::spawn(async move {
        loop {
            let Ok(place) = connections.clone().acquire_owned().await else {
                return;
            };
            let Ok(turn) = handshakes.clone().acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut stop) => return,
            };
            match accepted {
                Ok((stream, address)) => {
                    let Some(shaking) = guard.shake(address) else {
                        continue; // too many under way from there, or turned away
                    };
                    let door = (guard.clone(), shaking);
                    let (tls, now_ms, sender) = (tls.clone(), clock.now_ms(), sender.clone());
                    // Not here: another certificate may take a while.
                    tokio::spawn(async move {
                        match tls.config(now_ms).await {
                            Ok(config) => {
                                let held = (turn, place);
                                shake(config.into(), stream, address, sender, held, door).await;
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
    (turn, place): (OwnedSemaphorePermit, OwnedSemaphorePermit),
    (guard, shaking): (Arc<Guard>, Shaking),
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %address, "TCP_NODELAY was not set");
    }
    let done = timeout(HANDSHAKE, acceptor.accept(stream)).await;
    drop(turn);
    drop(shaking);
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
            let detail = "a TLS handshake took too long";
            guard.strike((address.ip(), None), Offence::Slow, detail);
        }
    }
}
