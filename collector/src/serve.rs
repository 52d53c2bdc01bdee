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
    identity::{IdentityError, Keys, Trust, enroll::Enrolment},
    ingest::{Guard, Ingest, Live, accept::accept, pardon, server, standing, trusting},
    outside::{Outside, resolve::OwnResolver},
    say::{Args, Explain, english, text},
    store::{Store, StoreError},
    tls::{Purpose, Tls},
    web::{self, Front, Web},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long what is under way may take to end.
const GRACE: Duration = Duration::from_secs(20);

/// The collector could not start, or a part of it failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The agents' server.
    Agents(#[from] server::ServeError),
    /// An address cannot be listened on; mostly another program does.
    Bind {
        /// The address.
        address: SocketAddr,
        /// The key that sets it.
        key: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The CA or a certificate.
    Identity(#[from] IdentityError),
    /// A part ended without being told to.
    Part(String),
    /// The store.
    Store(#[from] StoreError),
    /// The web server.
    Web(io::Error),
}

impl Explain for ServeError {
    fn sentence(&self) -> (&'static str, Args) {
        let detail = |why: String| vec![("detail", text(why))];
        match self {
            Self::Agents(source) => ("serve-agents-failed", detail(source.to_string())),
            Self::Bind {
                address,
                key,
                source,
            } => {
                let (address, key) = (("address", text(address)), ("key", text(key)));
                let args = vec![address, key, ("detail", text(source))];
                ("serve-bind", args)
            }
            Self::Identity(source) => source.sentence(),
            Self::Part(why) => ("serve-part-ended", detail(why.clone())),
            Self::Store(source) => source.sentence(),
            Self::Web(source) => ("serve-web-failed", detail(source.to_string())),
        }
    }
}

english!(ServeError);

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
        let store = Store::open(data).await?;
        let keys = Keys {
            data: data.to_owned(),
            token: config.ca.settings(),
        };
        let trust = Trust::load(store.clone(), keys, clock.now_ms()).await?;
        let agents = bind(config.agents.listen, "agents.listen").await?;
        let people = bind(config.web.listen, "web.listen").await?;
        let (agents_at, web_at) = (address(&agents)?, address(&people)?);
        let (stop, stopping) = watch::channel(false);
        let starting = Starting {
            store: store.clone(),
            clock,
            trust: Arc::new(trust),
            config,
            changed: Changed::default(),
            stopping,
        };
        let mut parts = JoinSet::new();
        let live = starting.agents(agents, &mut parts)?;
        starting.web(people, live.clone(), &mut parts)?;
        starting.worker(&mut parts);
        starting.advise(&mut parts);
        starting.judge_keys(&mut parts);
        starting.outside(&mut parts);
        tracing::debug!(agents = %agents_at, web = %web_at, "the collector runs");
        Ok(Self {
            agents: agents_at,
            web: web_at,
            store,
            live,
            changed: starting.changed,
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

/// What the parts are started with.
struct Starting {
    store: Store,
    clock: Arc<dyn Clock>,
    trust: Arc<Trust>,
    config: Config,
    changed: Changed,
    stopping: watch::Receiver<bool>,
}

type Parts = JoinSet<Result<(), ServeError>>;

impl Starting {
    fn agents(&self, listener: TcpListener, parts: &mut Parts) -> Result<Arc<Live>, ServeError> {
        let (store, clock, stop) = (
            self.store.clone(),
            self.clock.clone(),
            self.stopping.clone(),
        );
        let settings = self.config.agents.clone();
        let trust = self.trust.clone();
        let per_minute = settings.enrolments_per_minute;
        let enrolment = Enrolment::new(store.clone(), trust.clone(), clock.clone(), per_minute);
        let limit = settings.max_connections;
        let changed = self.changed.clone();
        let (guard, clerk) = Guard::new(
            settings.offences.clone(),
            store.clone(),
            clock.clone(),
            stop.clone(),
        );
        let pardoning = pardon::watch(store.clone(), guard.clone(), stop.clone());
        parts.spawn(async move {
            tokio::join!(clerk, pardoning);
            Ok(())
        });
        let ingest = Ingest::new(
            (store, clock.clone()),
            (enrolment, trust.clone()),
            settings,
            changed,
            guard.clone(),
            stop.clone(),
        );
        let live = ingest.live();
        let watched = standing::watch(self.store.clone(), live.clone(), stop.clone());
        parts.spawn(async move {
            watched.await;
            Ok(())
        });
        let store = self.store.clone();
        let trusting = trusting::watch(store, trust, live.clone(), clock.clone(), stop.clone());
        parts.spawn(async move {
            trusting.await;
            Ok(())
        });
        let tls = Arc::new(self.tls(Purpose::Agents)?);
        let incoming = accept(listener, tls, clock, stop.clone(), limit, guard);
        parts.spawn(async move { Ok(server::serve(Arc::new(ingest), incoming, stop).await?) });
        Ok(live)
    }

    fn web(
        &self,
        listener: TcpListener,
        live: Arc<Live>,
        parts: &mut Parts,
    ) -> Result<(), ServeError> {
        let (store, clock, stop) = (
            self.store.clone(),
            self.clock.clone(),
            self.stopping.clone(),
        );
        let front = match &self.config.web {
            web if web.tls => Front::Tls,
            web if web.behind_tls_proxy => Front::Proxy,
            _ => Front::Nothing,
        };
        let max_age_ms = i64::from(self.config.assess.max_age_days) * DAY_MS;
        let shared = Web::new(store, clock.clone(), live, recorder(), front, max_age_ms);
        let router = web::router(Arc::new(shared));
        let tls = if self.config.web.tls {
            Some((Arc::new(self.tls(Purpose::Web)?), clock))
        } else {
            None
        };
        let served = web::serve(listener, tls, router, stop);
        parts.spawn(async move {
            served.await;
            Ok(())
        });
        Ok(())
    }

    fn worker(&self, parts: &mut Parts) {
        let (store, clock, stop) = (
            self.store.clone(),
            self.clock.clone(),
            self.stopping.clone(),
        );
        let work = worker::run(
            store,
            clock,
            self.config.assess.clone(),
            self.changed.clone(),
            stop,
        );
        parts.spawn(async move {
            work.await;
            Ok(())
        });
    }

    fn advise(&self, parts: &mut Parts) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let (changed, stop) = (self.changed.clone(), self.stopping.clone());
        let work = crate::advise::worker::run(store, clock, changed, stop);
        parts.spawn(async move {
            work.await;
            Ok(())
        });
    }

    fn judge_keys(&self, parts: &mut Parts) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let (changed, stop) = (self.changed.clone(), self.stopping.clone());
        let work = crate::keys::worker::run(store, clock, changed, stop);
        parts.spawn(async move {
            work.await;
            Ok(())
        });
    }

    fn outside(&self, parts: &mut Parts) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let settings = self.config.outside.clone();
        let outside = Outside::new(store, clock, Arc::new(OwnResolver)).every(settings.interval_h);
        let (changed, stop) = (self.changed.clone(), self.stopping.clone());
        let work = crate::outside::worker::run(outside, settings, changed, stop);
        parts.spawn(async move {
            work.await;
            Ok(())
        });
    }

    fn tls(&self, purpose: Purpose) -> Result<Tls, IdentityError> {
        let names = self.config.agents.names.clone();
        Tls::new(self.trust.clone(), names, purpose, self.clock.now_ms())
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
