//! A running collector with one agency and one system.

use std::{net::SocketAddr, path::Path, sync::Arc};

use capdo_collector::{
    clock::{Clock, FixedClock, SystemClock},
    config::Config,
    identity::{Authority, password, secret},
    serve::Collector,
    store::{
        Db, Store,
        agency::{self, AgencyKind},
        audit::{self, Event},
        system::{self, Details, Dossier},
        token::{self, NewToken},
        user::{self, NewUser, Role},
    },
};
use tempfile::TempDir;

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;
pub(crate) const PASSWORD: &str = "mật khẩu rất dài";

pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) clock: FixedClock,
    pub(crate) collector: Collector,
    pub(crate) ca: Vec<u8>,
    pub(crate) agency: String,
    pub(crate) system: String,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_as(|_| {}).await
    }

    /// As [`Self::start`], with other settings until it is started again.
    pub(crate) async fn start_as(set: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemClock.now_ms();
        let clock = FixedClock::at(now);
        let ca = Authority::create(dir.path(), now)
            .unwrap()
            .certificate()
            .to_vec();
        let store = Store::open(dir.path()).await.unwrap();
        let (agency, system) = fill(&store, now).await;
        store.close().await;
        let collector = run_in(dir.path(), &clock, set).await;
        Self {
            dir,
            clock,
            collector,
            ca,
            agency,
            system,
        }
    }

    /// Stops the collector as it should be, and starts it again.
    pub(crate) async fn restart(self) -> Self {
        self.reopen(true, async |_| {}).await
    }

    /// As [`Self::restart`]; in between something happens to the data folder.
    pub(crate) async fn restart_after(self, between: impl AsyncFnOnce(&Path)) -> Self {
        self.reopen(true, between).await
    }

    /// Ends the collector as SIGKILL would: nothing is told, nothing is closed. Starts it again.
    pub(crate) async fn crash(self) -> Self {
        self.reopen(false, async |_| {}).await
    }

    async fn reopen(self, stop: bool, between: impl AsyncFnOnce(&Path)) -> Self {
        let Self {
            dir,
            clock,
            collector,
            ca,
            agency,
            system,
        } = self;
        if stop {
            collector.stop().await;
        } else {
            drop(collector);
        }
        between(dir.path()).await;
        let collector = run(&dir, &clock).await;
        Self {
            dir,
            clock,
            collector,
            ca,
            agency,
            system,
        }
    }

    /// Stops the collector and starts one on a copy of its data, the rest as it was.
    pub(crate) async fn moved(self, data: &Path) -> Self {
        self.collector.stop().await;
        Self {
            collector: run_in(data, &self.clock, |_| {}).await,
            ..self
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn agents(&self) -> SocketAddr {
        self.collector.agents
    }

    pub(crate) async fn token(&self) -> String {
        self.token_for(None).await
    }

    /// A token for a new key of a host, or for a new host.
    pub(crate) async fn token_for(&self, host_id: Option<&str>) -> String {
        let secret = secret::text().unwrap().to_string();
        let new = NewToken {
            sha256: &secret::sha256(&secret),
            system_id: &self.system,
            host_id,
            created_by: "test",
            created_at: self.now(),
            expires_at: self.now() + HOUR_MS,
        };
        let mut tx = self.collector.store.write().await.unwrap();
        token::add(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        secret
    }
}

async fn run(dir: &TempDir, clock: &FixedClock) -> Collector {
    run_in(dir.path(), clock, |_| {}).await
}

async fn run_in(data: &Path, clock: &FixedClock, set: impl FnOnce(&mut Config)) -> Collector {
    let mut config = Config::default();
    config.agents.listen = "127.0.0.1:0".parse().unwrap();
    config.web.listen = "127.0.0.1:0".parse().unwrap();
    set(&mut config);
    Collector::start(data, config, Arc::new(clock.clone()))
        .await
        .unwrap()
}

pub(crate) async fn fill(store: &Store, now: i64) -> (String, String) {
    let mut tx = store.write().await.unwrap();
    let agency = agency::add(&mut tx, "Sở Y tế", AgencyKind::Department, now)
        .await
        .unwrap();
    let details = Details {
        name: "Cổng thông tin",
        standard_id: "tcvn-14423-2026",
        proposed_level: 3,
        approved_level: None,
        dossier: Dossier::Draft,
        declared_hosts: 2,
    };
    let system = system::add(&mut tx, &agency, &details, now).await.unwrap();
    let user = NewUser {
        login: "lan",
        name: "Lan",
        role: Role::Sysadmin,
        agency_id: Some(&agency),
        password_hash: &password::hash(PASSWORD).unwrap(),
    };
    user::add(&mut tx, &user, now).await.unwrap();
    entered(&mut tx, "agency.add", &agency, now).await;
    entered(&mut tx, "system.add", &system, now).await;
    tx.commit().await.unwrap();
    (agency, system)
}

/// Says in the audit log that an officer entered something, as the command line does.
pub(crate) async fn entered(db: &mut Db, action: &'static str, id: &str, now: i64) {
    let event = Event {
        actor: "officer",
        action,
        agency_id: None,
        target: id,
        detail: serde_json::json!({}),
    };
    audit::append(db, &event, now).await.unwrap();
}
