//! Bad networks: a proxy on loopback that delays, holds back, slows down and cuts.

use std::{
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It forwards at once.
    Fair,
    /// Nothing arrives, either way; nothing is closed. Connections that were open stay dead when the
    /// weather turns, as after a NAT forgot them.
    HalfOpen,
    /// Nothing arrives, either way, until the weather turns.
    Partition,
    /// Nothing of the agent's arrives until the weather turns; what the collector says does.
    DeafCollector,
    /// Nothing of the collector's arrives until the weather turns; what the agent says does.
    DeafAgent,
    /// Every connection is reset (RST).
    Reset,
    /// Each piece arrives so much later.
    Delay(Duration),
    /// So many bytes a second, each way.
    Throttle(u32),
    /// One byte at a time.
    Drip,
}

/// A proxy that runs for as long as this is kept.
pub struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    weather: watch::Sender<Weather>,
    connections: Arc<AtomicU64>,
}

impl Proxy {
    /// Forwards to a port of 127.0.0.1; in fair weather at first.
    pub fn start(to: u16) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (weather, watched) = watch::channel(Weather::Fair);
        let connections = Arc::new(AtomicU64::new(0));
        let counted = connections.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(listener, to, watched, counted));
        });
        Self {
            port,
            weather,
            connections,
        }
    }

    /// Turns the weather.
    pub fn set(&self, weather: Weather) {
        self.weather.send(weather).unwrap();
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn serve(
    listener: std::net::TcpListener,
    to: u16,
    mut weather: watch::Receiver<Weather>,
    counted: Arc<AtomicU64>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            gone = gone(&mut weather) => return gone,
        };
        let Ok((near, _)) = accepted else { continue };
        counted.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(connection(near, to, weather.clone()));
    }
}

/// Ready when the owner of the proxy is gone.
async fn gone(weather: &mut watch::Receiver<Weather>) {
    while weather.changed().await.is_ok() {}
}

async fn connection(mut near: TcpStream, to: u16, mut weather: watch::Receiver<Weather>) {
    if *weather.borrow_and_update() == Weather::Reset {
        near.set_zero_linger().ok();
        return;
    }
    let Ok(mut far) = TcpStream::connect(("127.0.0.1", to)).await else {
        return;
    };
    near.set_nodelay(true).ok();
    far.set_nodelay(true).ok();
    let (near_in, near_out) = near.split();
    let (far_in, far_out) = far.split();
    let up = pump(near_in, far_out, weather.clone(), Weather::DeafCollector);
    let down = pump(far_in, near_out, weather.clone(), Weather::DeafAgent);
    let reset = tokio::select! {
        _ = async { tokio::join!(up, down) } => false,
        _ = async { drop(weather.wait_for(|w| *w == Weather::Reset).await); } => true,
    };
    if reset {
        near.set_zero_linger().ok();
        far.set_zero_linger().ok();
    }
}

/// Forwards one way until the end, and hands the end on.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut weather: watch::Receiver<Weather>,
    deaf: Weather,
) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut piece).await {
        let Some(now) = passable(&mut weather, deaf).await else {
            break;
        };
        if forward(&mut to, &piece[..n], now).await.is_none() {
            break;
        }
    }
    to.shutdown().await.ok();
}

/// Waits until something may pass; `None` where nothing ever will.
async fn passable(weather: &mut watch::Receiver<Weather>, deaf: Weather) -> Option<Weather> {
    let now = *weather.borrow_and_update();
    if now == Weather::HalfOpen {
        std::future::pending::<()>().await;
    }
    if now == Weather::Partition || now == deaf {
        let turned = weather.wait_for(|w| *w != Weather::Partition && *w != deaf);
        return Some(*turned.await.ok()?);
    }
    Some(now)
}

async fn forward(to: &mut WriteHalf<'_>, bytes: &[u8], weather: Weather) -> Option<()> {
    match weather {
        Weather::Delay(delay) => {
            sleep(delay).await;
            to.write_all(bytes).await.ok()
        }
        Weather::Throttle(per_second) => {
            let step = usize::try_from(per_second / 20).unwrap().max(1);
            for part in bytes.chunks(step) {
                to.write_all(part).await.ok()?;
                sleep(Duration::from_millis(50)).await;
            }
            Some(())
        }
        Weather::Drip => {
            for byte in bytes {
                to.write_all(&[*byte]).await.ok()?;
                sleep(Duration::from_millis(1)).await;
            }
            Some(())
        }
        _ => to.write_all(bytes).await.ok(),
    }
}
