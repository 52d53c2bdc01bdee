//! The running collector: what starts in which order, and how all of it stops.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use crate::{
    assess::{Changed, worker},
    clock::Clock,
    config::Config,
    identity::{Authority, IdentityError, enroll::Enrolment},
    ingest::{Ingest, Live, accept::accept, server},
    store::{Store, StoreError},
    tls::{Purpose, Tls},
    web::{self, Web},
};

/// How long what is under way may take to end.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const GRACE: Duration = Duration::from_secs(20);

/// The collector could not start, or a part of it failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The agents' server.
    #[error(transparent)]
    Agents(#[from] server::ServeError),
    /// An address cannot be listened on; mostly another program does.
    #[error("cannot listen on {address}: {source}; set {key} to another address")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The key that sets it.
        key: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The CA or a certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A part ended without being told to.
    #[error("a part of the collector ended by itself: {0}")]
    Part(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The web server.
    #[error("the web server failed: {0}")]
    Web(io::Error),
}

/// A running collector.
pub struct Collector {
    /// Where agents connect.
    pub agents: SocketAddr,
    /// Where people connect.
    pub web: SocketAddr,
    /// The store.
    pub store: Store,
    /// Which hosts are connected.
    pub live: Arc<Live>,
    /// Where changed systems are noted.
    pub changed: Changed,
    stop: watch::Sender<bool>,
    parts: JoinSet<Result<(), ServeError>>,
}

impl Collector {
    /// Starts everything: CA, store, both listeners, then the tasks. When this returns, both
    /// addresses answer.
    ///
    /// # Errors
    /// When any part cannot start; nothing then runs.
    pub async fn start(
        data: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServeError> {
        let authority = Arc::new(Authority::load(data)?);
        let store = Store::open(data).await?;
        let agents = bind(config.agents.listen, "agents.listen").await?;
        let people = bind(config.web.listen, "web.listen").await?;
        let (agents_at, web_at) = (address(&agents)?, address(&people)?);
        let (stop, stopping) = watch::channel(false);
        let changed = Changed::default();
        let mut parts = JoinSet::new();

        let per_minute = config.agents.enrolments_per_minute;
        let enrolment = Enrolment::new(store.clone(), authority.clone(), clock.clone(), per_minute);
        let ingest = Arc::new(Ingest::new(
            store.clone(),
            clock.clone(),
            enrolment,
            config.agents.clone(),
            changed.clone(),
            stopping.clone(),
        ));
        let live = ingest.live();
        let names = config.agents.names.clone();
        let now = clock.now_ms();
        let tls = Arc::new(Tls::new(
            authority.clone(),
            names.clone(),
            Purpose::Agents,
            now,
        )?);
        let limit = config.agents.max_connections;
        let incoming = accept(agents, tls, clock.clone(), stopping.clone(), limit);
        let agents_stop = stopping.clone();
        parts.spawn(async move { Ok(server::serve(ingest, incoming, agents_stop).await?) });

        let max_age_ms = i64::from(config.assess.max_age_days) * DAY_MS;
        let secure = config.web.tls || config.web.behind_tls_proxy;
        let shared = Web::new(
            store.clone(),
            clock.clone(),
            live.clone(),
            recorder(),
            secure,
            max_age_ms,
        );
        let router = web::router(Arc::new(shared));
        let web_stop = stopping.clone();
        if config.web.tls {
            let tls = Arc::new(Tls::new(authority, names, Purpose::Web, now)?);
            let clock = clock.clone();
            parts.spawn(async move {
                web::serve_tls(people, tls, clock, router, web_stop)
                    .await
                    .map_err(ServeError::Web)
            });
        } else {
            parts.spawn(async move {
                web::serve_plain(people, router, web_stop)
                    .await
                    .map_err(ServeError::Web)
            });
        }

        let (due, kept) = (changed.clone(), store.clone());
        parts.spawn(async move {
            worker::run(kept, clock, config.assess, due, stopping).await;
            Ok(())
        });
        tracing::info!(agents = %agents_at, web = %web_at, "the collector runs");
        Ok(Self {
            agents: agents_at,
            web: web_at,
            store,
            live,
            changed,
            stop,
            parts,
        })
    }

    /// Waits until a part fails; while all is well, forever.
    ///
    /// # Errors
    /// Always: what failed.
    pub async fn failed(&mut self) -> Result<(), ServeError> {
        match self.parts.join_next().await {
            Some(Ok(Err(error))) => Err(error),
            Some(Ok(Ok(()))) | None => Err(ServeError::Part("it returned".to_owned())),
            Some(Err(error)) => Err(ServeError::Part(error.to_string())),
        }
    }

    /// Stops: no new connections, what is under way may end, then the store is closed.
    pub async fn stop(mut self) {
        if self.stop.send(true).is_err() {
            tracing::debug!("every part has ended already");
        }
        let ended = timeout(GRACE, async {
            while self.parts.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
            self.parts.shutdown().await;
        }
        self.store.close().await;
    }
}

async fn bind(address: SocketAddr, key: &'static str) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ServeError::Bind {
        address,
        key,
        source,
    })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, ServeError> {
    listener.local_addr().map_err(ServeError::Web)
}

/// The metrics of the process: there is one recorder, however many collectors run in it.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder holds the metrics");
        }
        handle
    });
    handle.clone()
}
