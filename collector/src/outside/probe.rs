//! One look at one endpoint: permitted, logged, carried out, judged, kept.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use capdo_checks::{
    Gap, GapReason, Observation,
    host::Live,
    outside::{self as parts, Part, Target},
    probes::{dns::Resolver, tls::survey::StartTls},
};

use super::{
    compare::{self, Shown},
    permit,
    resolve::Resolve,
};
use crate::{
    assess::measure,
    clock::{Clock, timestamp},
    store::{
        Scope, Store, StoreError, authorisation,
        endpoint::{self, Endpoint, EndpointKind, LookState},
        key, new_id,
        outside_finding::{self, OutsideFinding},
        probe::{self, Event, Step},
        system::{self, System},
    },
};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long one answer of the resolver may take; a zone is asked about some twenty times.
const DNS_PATIENCE: Duration = Duration::from_secs(3);
/// Most addresses of one name; with more, none is looked at.
const MOST_ADDRESSES: usize = 8;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// How often each endpoint is looked at where nothing else is said, in hours.
const USUAL_H: i64 = 24;
/// What a row of the log names where a name is resolved.
const RESOLVE: &str = "resolve";

/// Looks at endpoints from outside.
#[derive(Clone)]
pub struct Outside {
    store: Store,
    clock: Arc<dyn Clock>,
    resolver: Arc<dyn Resolve>,
    interval_ms: i64,
}

/// One look under way.
struct Look<'a> {
    outside: &'a Outside,
    id: String,
    endpoint: Endpoint,
    system: System,
}

/// How a look went.
struct Looked {
    state: LookState,
    /// Where the endpoint is, where it has addresses and they are known.
    leads_to: Vec<SocketAddr>,
    seen: Vec<Seen>,
}

/// What a part showed at an address.
struct Seen {
    address: String,
    observation: Observation,
}

impl Outside {
    /// Looks with the addresses that `resolver` finds.
    pub fn new(store: Store, clock: Arc<dyn Clock>, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            store,
            clock,
            resolver,
            interval_ms: USUAL_H * HOUR_MS,
        }
    }

    /// Looks at each endpoint every so many hours: for a quarter longer, what a look shows against a host
    /// counts.
    #[must_use]
    pub fn every(mut self, hours: u32) -> Self {
        self.interval_ms = i64::from(hours) * HOUR_MS;
        self
    }

    /// The store.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Now.
    pub(super) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Looks at an endpoint, keeps what was seen, and says how it went.
    ///
    /// # Errors
    /// When there is no such endpoint in use, or the store fails; nothing leaves that is not on record.
    pub async fn look(&self, endpoint_id: &str) -> Result<LookState, StoreError> {
        let mut db = self.store.read().await?;
        let endpoint = endpoint::find(&mut db, &Scope::All, endpoint_id).await?;
        let system = system::find(&mut db, &Scope::All, &endpoint.system_id).await?;
        drop(db);
        if endpoint.archived_at.is_some() || system.archived_at.is_some() {
            return Err(StoreError::not_found("endpoint", endpoint_id));
        }
        let look = Look {
            outside: self,
            id: new_id(),
            endpoint,
            system,
        };
        let looked = if look.endpoint.kind.is_zone() {
            look.zone().await?
        } else {
            look.service().await?
        };
        look.keep(&looked).await?;
        Ok(looked.state)
    }
}

impl Looked {
    /// Without having seen anything.
    const fn nothing(state: LookState) -> Self {
        Self {
            state,
            leads_to: Vec::new(),
            seen: Vec::new(),
        }
    }
}

impl Look<'_> {
    async fn zone(&self) -> Result<Looked, StoreError> {
        let mut looked = Looked::nothing(LookState::Failed);
        let Some(server) = self.outside.resolver.server() else {
            return Ok(looked);
        };
        let address = server.to_string();
        let what = Part::Dns.id();
        if !self.begin(what, None, &address).await? {
            looked.state = LookState::NotAuthorised;
            return Ok(looked);
        }
        let zone = self.endpoint.host.clone();
        let mail = self.endpoint.kind == EndpointKind::MailDomain;
        let asked = blocking(move || {
            let resolver = Resolver::new(server, None, DNS_PATIENCE).map_err(|e| e.to_string())?;
            Ok::<_, String>(parts::look_at_zone(&zone, mail, &resolver))
        });
        let Some(observation) = asked.await.and_then(Result::ok) else {
            self.end(what, &address, None, "failed").await?;
            return Ok(looked);
        };
        self.end(what, &address, None, outcome(&observation))
            .await?;
        looked.state = LookState::LookedAt;
        looked.seen.push(Seen {
            address,
            observation,
        });
        Ok(looked)
    }

    async fn service(&self) -> Result<Looked, StoreError> {
        let leads_to = match self.addresses().await? {
            Ok(addresses) => addresses,
            Err(state) => return Ok(Looked::nothing(state)),
        };
        let port = self.endpoint.port;
        let leads_to = leads_to.iter().map(|ip| SocketAddr::new(*ip, port));
        let mut looked = Looked {
            leads_to: leads_to.collect(),
            ..Looked::nothing(LookState::LookedAt)
        };
        // One address that is not covered means that the name is not where it was permitted to be.
        let (now, mut db) = (self.outside.now(), self.outside.store.read().await?);
        let held = authorisation::holding(&mut db, &Scope::All, &self.system.id, now).await?;
        drop(db);
        let stray = looked
            .leads_to
            .iter()
            .find(|at| permit::at_address(&held, &self.endpoint, at.ip(), now).is_none());
        if let Some(at) = stray {
            self.refuse("connect", &at.to_string(), "elsewhere").await?;
            looked.state = LookState::Elsewhere;
            return Ok(looked);
        }
        for address in looked.leads_to.clone() {
            if !self.address(address, &mut looked.seen).await? {
                looked.state = LookState::NotAuthorised;
                looked.seen.clear();
                break;
            }
        }
        Ok(looked)
    }

    /// The addresses to look at: its own, or those that its name leads to.
    async fn addresses(&self) -> Result<Result<Vec<IpAddr>, LookState>, StoreError> {
        if let Ok(ip) = self.endpoint.host.parse::<IpAddr>() {
            let now = self.outside.now();
            let mut db = self.outside.store.read().await?;
            let held = authorisation::holding(&mut db, &Scope::All, &self.system.id, now).await?;
            drop(db);
            if permit::at_all(&held, &self.endpoint, now).is_some() {
                return Ok(Ok(vec![ip.to_canonical()]));
            }
            self.refuse("connect", "", "not_authorised").await?;
            return Ok(Err(LookState::NotAuthorised));
        }
        if !self.begin(RESOLVE, None, "").await? {
            return Ok(Err(LookState::NotAuthorised));
        }
        let (resolver, name) = (self.outside.resolver.clone(), self.endpoint.host.clone());
        let found = blocking(move || resolver.addresses(&name)).await;
        let found = found.and_then(Result::ok).unwrap_or_default();
        if found.is_empty() || found.len() > MOST_ADDRESSES {
            let outcome = if found.is_empty() {
                "no_address"
            } else {
                "too_many"
            };
            self.end(RESOLVE, "", None, outcome).await?;
            return Ok(Err(LookState::Unresolved));
        }
        let shown: Vec<String> = found.iter().map(IpAddr::to_string).collect();
        self.end(RESOLVE, &shown.join(" "), None, "resolved")
            .await?;
        Ok(Ok(found))
    }

    /// Looks at every part of one address. False where the permission ended on the way.
    async fn address(&self, address: SocketAddr, seen: &mut Vec<Seen>) -> Result<bool, StoreError> {
        let target = self.target(address);
        let at = address.to_string();
        let mut open = true;
        for part in parts_of(self.endpoint.kind).iter().copied() {
            let observation = if open {
                if !self.begin(part.id(), Some(address.ip()), &at).await? {
                    return Ok(false);
                }
                self.part(part, target.clone(), &at).await?
            } else {
                parts::unseen(part, &target, Gap::new(GapReason::Unreachable, &at))
            };
            let reach = observation.best("reach").and_then(|f| f.value.as_text());
            open &= part != Part::Exposure || reach == Some("open");
            seen.push(Seen {
                address: at.clone(),
                observation,
            });
        }
        Ok(true)
    }

    /// Looks at one part, which is on record, and puts on record what came of it.
    async fn part(&self, part: Part, target: Target, at: &str) -> Result<Observation, StoreError> {
        let asked = target.clone();
        let looked = blocking(move || {
            let window = Live::only(asked.address, PATIENCE);
            let observation = parts::look(&window, part, &asked);
            (observation, window.opened())
        });
        let (observation, opened) = match looked.await {
            Some((observation, opened)) => (observation, Some(opened)),
            None => {
                let gap = Gap::new(GapReason::Crashed, at);
                (parts::unseen(part, &target, gap), None)
            }
        };
        self.end(part.id(), at, opened, outcome(&observation))
            .await?;
        Ok(observation)
    }

    fn target(&self, address: SocketAddr) -> Target {
        let kind = self.endpoint.kind;
        Target {
            label: self.endpoint.label(),
            address,
            name: self.endpoint.name().to_owned(),
            starttls: (kind == EndpointKind::Smtp).then_some(StartTls::Smtp),
            web_tls: kind == EndpointKind::Https,
        }
    }

    /// Looks for an authorisation that holds at this moment, and puts the question on record under it,
    /// in one transaction. False, with a refusal on record, where there is none: nothing may be sent.
    async fn begin(
        &self,
        what: &str,
        ip: Option<IpAddr>,
        address: &str,
    ) -> Result<bool, StoreError> {
        let now = self.outside.now();
        let mut tx = self.outside.store.write().await?;
        let held = authorisation::holding(&mut tx, &Scope::All, &self.system.id, now).await?;
        let one = match ip {
            Some(ip) => permit::at_address(&held, &self.endpoint, ip, now),
            None => permit::at_all(&held, &self.endpoint, now),
        };
        let Some(one) = one else {
            drop(tx);
            self.refuse(what, address, "not_authorised").await?;
            return Ok(false);
        };
        let label = self.endpoint.label();
        let mut event = self.event(Step::Begun, &label, what, address, "");
        event.authorisation_id = Some(&one.id);
        probe::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn end(
        &self,
        what: &str,
        address: &str,
        connections: Option<u32>,
        outcome: &str,
    ) -> Result<(), StoreError> {
        let label = self.endpoint.label();
        let mut event = self.event(Step::Ended, &label, what, address, outcome);
        event.connections = connections;
        self.append(&event).await
    }

    /// Puts on record that nothing was sent; not again where the last look ended so, since endpoints
    /// without permission are tried every few minutes.
    async fn refuse(&self, what: &str, address: &str, why: &str) -> Result<(), StoreError> {
        if why == "not_authorised" && self.endpoint.state == LookState::NotAuthorised {
            return Ok(());
        }
        let label = self.endpoint.label();
        self.append(&self.event(Step::Refused, &label, what, address, why))
            .await
    }

    async fn append(&self, event: &Event<'_>) -> Result<(), StoreError> {
        let mut tx = self.outside.store.write().await?;
        probe::append(&mut tx, event, self.outside.now()).await?;
        Ok(tx.commit().await?)
    }

    fn event<'a>(
        &'a self,
        step: Step,
        target: &'a str,
        what: &'a str,
        address: &'a str,
        outcome: &'a str,
    ) -> Event<'a> {
        Event {
            step,
            look_id: &self.id,
            endpoint_id: &self.endpoint.id,
            agency_id: &self.system.agency_id,
            authorisation_id: None,
            target,
            address,
            what,
            connections: None,
            outcome,
        }
    }

    /// Judges what was seen, compares it with what hosts claim, and keeps both.
    async fn keep(&self, looked: &Looked) -> Result<(), StoreError> {
        let now = self.outside.now();
        let thresholds = measure::thresholds(&self.system.standard_id, self.system.level());
        let found = looked.seen.iter().map(|one| {
            let judged = parts::judge(&one.observation, timestamp(now), &thresholds);
            OutsideFinding {
                endpoint_id: self.endpoint.id.clone(),
                part: one.observation.check.clone(),
                address: one.address.clone(),
                observation: one.observation.to_bytes(),
                verdict: judged.verdict.code().to_owned(),
                reason: serde_json::to_string(&judged.reason).unwrap_or_default(),
                at: now,
            }
        });
        let found: Vec<OutsideFinding> = found.collect();
        let mut tx = self.outside.store.write().await?;
        outside_finding::replace(&mut tx, &self.endpoint.id, &found).await?;
        let seen = looked.seen.iter().filter_map(|one| {
            let address = one.address.parse().ok()?;
            Some((address, one.observation.clone()))
        });
        if !self.endpoint.kind.is_zone() {
            let seen: Vec<_> = seen.collect();
            let shown = Shown {
                leads_to: &looked.leads_to,
                seen: &seen,
            };
            let every = self.outside.interval_ms;
            let until = now.saturating_add(every.saturating_add(every / 4));
            compare::keep(&mut tx, &self.endpoint, shown, (now, until)).await?;
            let keys = seen
                .iter()
                .filter_map(|(at, seen)| compare::sight(*at, seen));
            let keys = keys.collect();
            key::put_seen(&mut tx, &self.endpoint.id, &keys, (now, until)).await?;
        }
        endpoint::set_state(&mut tx, &self.endpoint.id, looked.state, now).await?;
        Ok(tx.commit().await?)
    }
}

/// What is asked of an endpoint of a kind, in this order.
const fn parts_of(kind: EndpointKind) -> &'static [Part] {
    match kind {
        EndpointKind::Http => &[Part::Exposure, Part::Http],
        EndpointKind::Https => &[Part::Exposure, Part::Tls, Part::Http],
        EndpointKind::Tls | EndpointKind::Smtp => &[Part::Exposure, Part::Tls],
        EndpointKind::Ssh => &[Part::Exposure, Part::Ssh],
        EndpointKind::Tcp => &[Part::Exposure],
        EndpointKind::MailDomain | EndpointKind::DnsZone => &[Part::Dns],
    }
}

/// A short code for the log: why nothing was seen, or what the port did, or that something answered.
fn outcome(observation: &Observation) -> &str {
    let reach = observation.best("reach").and_then(|f| f.value.as_text());
    match &observation.gap {
        Some(gap) => gap.reason.code(),
        None => reach.unwrap_or("answered"),
    }
}

/// Does what blocks away from the tasks; `None` where it panicked.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.inspect_err(|error| tracing::error!(%error, "a look from outside broke off"))
        .ok()
}
