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
/// whose handshake is done. Where there is a `guard`, it keeps offenders out.
pub fn accept(
    listener: TcpListener,
    tls: Arc<Tls>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
    limit: usize,
    guard: Option<Arc<Guard>>,
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
                    let Some(door) = Door::open(guard.as_ref(), address) else {
                        continue;
                    };
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
    door: Door,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %address, "TCP_NODELAY was not set");
    }
    let done = timeout(HANDSHAKE, acceptor.accept(stream)).await;
    drop(turn);
    drop(door.shaking);
    match done {
        Ok(Ok(stream)) => {
            let serial = serial_of(&stream);
            let cut = Cut::default();
            let entry = match &door.guard {
                None => None,
                Some(guard) => match guard.enter(address, serial.as_deref(), &cut) {
                    None => {
                        tracing::debug!(%address, "a connection is turned away");
                        return;
                    }
                    entered => entered,
                },
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
            if let Some(guard) = &door.guard {
                let detail = "a TLS handshake took too long";
                guard.strike((address.ip(), None), Offence::Slow, detail);
            }
        }
    }
}

/// Who watches over a handshake, where somebody does.
struct Door {
    guard: Option<Arc<Guard>>,
    shaking: Option<Shaking>,
}

impl Door {
    /// Nothing where the address has too many handshakes under way.
    fn open(guard: Option<&Arc<Guard>>, address: SocketAddr) -> Option<Self> {
        let shaking = match guard {
            None => None,
            Some(guard) => Some(guard.shake(address)?),
        };
        Some(Self {
            guard: guard.cloned(),
            shaking,
        })
    }
}
