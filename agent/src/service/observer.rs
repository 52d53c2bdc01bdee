//! Making a run: the observing itself, away from the service's own thread.

use capdo_checks::{
    facts::inventory::Inventory,
    host::{Live, Stop},
    registry,
    settings::{Endpoint, EndpointKind, Settings},
};
use capdo_proto::{limits::MAX_FINDINGS_PER_RUN, v1};

use crate::{
    budget::{Limits, Taken, Watch},
    clock::Clock,
    levels, observing, wire,
};

/// What to observe.
#[derive(Clone, Debug)]
pub struct Job {
    /// The level to judge at.
    pub level: u8,
    /// What the owner declared, and the endpoints that the collector assigned.
    pub settings: Settings,
    /// Only these checks; all where empty.
    pub only: Vec<String>,
}

/// What a run saw. Without checks, it says nothing: it was stopped before its end.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The checks that were made.
    pub checks: Vec<v1::CheckRef>,
    /// What they found, each key once.
    pub findings: Vec<v1::Finding>,
    /// Whether these were all checks that there are.
    pub complete: bool,
    /// When the run began, in milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// When it ended.
    pub finished_ms: i64,
    /// What it took of the host.
    pub taken: Taken,
    /// What is installed, where the run read it.
    pub inventory: Option<Inventory>,
}

/// Observes; the service has one, tests have another.
pub trait Observe: Send + Sync {
    /// Makes a run. Blocks.
    fn observe(&self, job: &Job) -> Sighting;
}

/// Observes the running host.
pub struct LiveObserver<C> {
    clock: C,
    limits: Limits,
    stop: Stop,
}

impl<C: Clock> LiveObserver<C> {
    /// An observer that tells time by `clock`, makes runs within `limits`, and leaves them where they
    /// are when `stop` is asked for.
    pub const fn new(clock: C, limits: Limits, stop: Stop) -> Self {
        Self {
            clock,
            limits,
            stop,
        }
    }
}

impl<C: Clock> Observe for LiveObserver<C> {
    fn observe(&self, job: &Job) -> Sighting {
        let watch = Watch::start(self.limits, self.stop.clone());
        let started_ms = self.clock.now_ms();
        let all = registry::all();
        let wanted = |id: &str| job.only.is_empty() || job.only.iter().any(|o| o == id);
        let checks: Vec<_> = all
            .iter()
            .copied()
            .filter(|c| wanted(c.meta().id))
            .collect();
        let thresholds = levels::thresholds(job.level);
        let host = Live::until(self.stop.clone());
        let pass = observing::observe_within(&watch, &checks, &host, &job.settings, &thresholds);
        let told = if pass.stopped { &[][..] } else { &checks };
        Sighting {
            complete: checks.len() == all.len() && !pass.stopped,
            checks: told
                .iter()
                .map(|c| v1::CheckRef {
                    check_id: c.meta().id.to_owned(),
                    check_version: c.meta().version,
                })
                .collect(),
            findings: pass
                .judged
                .iter()
                .take(MAX_FINDINGS_PER_RUN)
                .map(wire::finding)
                .collect(),
            started_ms,
            finished_ms: self.clock.now_ms(),
            taken: watch.taken(pass.over_budget),
            inventory: pass.inventory.filter(|_| !pass.stopped),
        }
    }
}

/// What the owner declared, and the endpoints that the collector assigned besides. The host window
/// probes only addresses of this very host, whatever is assigned.
pub(super) fn with_endpoints(declared: &Settings, assigned: &[v1::Endpoint]) -> Settings {
    let mut settings = declared.clone();
    for endpoint in assigned.iter().filter_map(endpoint) {
        if !settings.endpoints.contains(&endpoint) {
            settings.endpoints.push(endpoint);
        }
    }
    settings
}

/// An endpoint of a kind that checks on the host look at.
fn endpoint(assigned: &v1::Endpoint) -> Option<Endpoint> {
    let kind = match assigned.kind() {
        v1::EndpointKind::Http => EndpointKind::Http,
        v1::EndpointKind::Https => EndpointKind::Https,
        v1::EndpointKind::Tls => EndpointKind::Tls,
        v1::EndpointKind::Ssh => EndpointKind::Ssh,
        _ => return None,
    };
    Some(Endpoint {
        host: assigned.host.clone(),
        port: u16::try_from(assigned.port).ok()?,
        kind,
        name: (!assigned.sni.is_empty()).then(|| assigned.sni.clone()),
        path: None,
        authorisation: None,
        config_file: None,
        test_account: None,
        origins: Vec::new(),
        client: None,
        start: None,
        login_api: None,
    })
}
