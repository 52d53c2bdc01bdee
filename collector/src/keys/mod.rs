//! The checks `tls.unique-keys` and `ssh.unique-host-keys`: made here, from what agents say of the keys of
//! their hosts. One host cannot see that another has the same key.
//!
//! An index leads from a key to its hosts. It follows the findings of one host at a time; a change of it
//! makes the other hosts of that key due, whom [`worker`] judges. So what it costs grows with what changed.

pub mod worker;

use std::collections::BTreeSet;

use capdo_checks::{
    Observation,
    shared_keys::{Kind, Others, Own, Shared, compose, covers, own},
};

use crate::{
    advise,
    store::{
        Db, Result, Scope, Store,
        endpoint::{self, Endpoint, EndpointKind},
        finding,
        host::{self, Host, HostState},
        key::{self, Asked, Other, Relation},
        system::{self, System},
    },
};

/// Hosts that are judged in one transaction.
const AT_A_TIME: u32 = 20;

/// Judges the keys of one host anew; its system where a finding changed or was confirmed.
///
/// # Errors
/// When the store fails.
pub async fn host(store: &Store, host_id: &str, now: i64) -> Result<Option<String>> {
    let mut tx = store.write().await?;
    let changed = judge(&mut tx, host_id, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Judges the hosts that are due, some at a time; the systems whose findings changed. Whoever finds none
/// left has judged all.
///
/// # Errors
/// When the store fails.
pub async fn some_due(store: &Store, now: i64) -> Result<Option<BTreeSet<String>>> {
    let mut db = store.read().await?;
    let waiting = !key::due(&mut db, 1).await?.is_empty();
    drop(db);
    if !waiting {
        return Ok(None);
    }
    let mut tx = store.write().await?;
    let mut changed = BTreeSet::new();
    for id in key::due(&mut tx, AT_A_TIME).await? {
        changed.extend(judge(&mut tx, &id, now).await?);
    }
    tx.commit().await?;
    Ok(Some(changed))
}

async fn judge(db: &mut Db, host_id: &str, now: i64) -> Result<Option<String>> {
    let host = host::find(&mut *db, &Scope::All, host_id).await?;
    let system = system::find(&mut *db, &Scope::All, &host.system_id).await?;
    let mut changed = false;
    for kind in Kind::ALL {
        changed |= judge_kind(&mut *db, &host, &system, kind, now).await?;
    }
    key::done(db, host_id).await?;
    Ok(changed.then_some(host.system_id))
}

async fn judge_kind(
    db: &mut Db,
    host: &Host,
    system: &System,
    kind: Kind,
    now: i64,
) -> Result<bool> {
    let retired = host.state == HostState::Retired;
    let Some((own, confirmed_at)) = evidence(&mut *db, &host.id, kind, retired).await? else {
        key::put(&mut *db, &host.id, kind, &Own::default().keys).await?;
        return match finding::one(&mut *db, &host.id, kind.check()).await? {
            Some(old) if !retired => advise::gone(db, host, &old.finding, now)
                .await
                .map(|()| true),
            _ => Ok(false),
        };
    };
    key::put(&mut *db, &host.id, kind, &own.keys).await?;
    let services = services(&mut *db, system).await?;
    let mut shared = Vec::new();
    for (key, held) in &own.keys {
        let asked = Asked {
            kind,
            key,
            host_id: &host.id,
            system_id: &system.id,
            agency_id: &system.agency_id,
            now,
        };
        let names = &held.names;
        let others = others(&mut *db, &asked, held.held, (names, &services)).await?;
        shared.push(Shared {
            key: key.clone(),
            others,
        });
    }
    let observation = compose(kind, &own, &shared);
    advise::found(db, host, &observation, confirmed_at, now).await
}

/// What the host's agent says of its keys, and since when the oldest of it stands confirmed; nothing where
/// it says nothing.
async fn evidence(
    db: &mut Db,
    host_id: &str,
    kind: Kind,
    retired: bool,
) -> Result<Option<(Own, i64)>> {
    if retired {
        return Ok(None);
    }
    let (mut seen, mut unread, mut oldest) = (Vec::new(), Vec::new(), None);
    for source in kind.sources() {
        for held in finding::of_host_check(&mut *db, host_id, source).await? {
            let at = held.finding.confirmed_at;
            oldest = Some(oldest.map_or(at, |old: i64| old.min(at)));
            match Observation::from_bytes(&held.bytes) {
                Ok(observation) => seen.push(observation),
                Err(_) => unread.push(held.finding.subject_name),
            }
        }
    }
    let mut own = own(kind, &seen);
    own.unseen.extend(unread);
    Ok(oldest.map(|at| (own, at)))
}

/// The names under which several hosts of a system serve TLS, as its endpoints declare: an endpoint for
/// which one host is named is that host's alone.
async fn services(db: &mut Db, system: &System) -> Result<Vec<String>> {
    let all = endpoint::list(db, &Scope::All, Some(&system.id)).await?;
    let tls = |e: &&Endpoint| {
        let kinds = [EndpointKind::Https, EndpointKind::Tls, EndpointKind::Smtp];
        e.host_id.is_none() && kinds.contains(&e.kind) && !e.name().is_empty()
    };
    Ok(all
        .iter()
        .filter(tls)
        .map(|e| e.name().to_owned())
        .collect())
}

/// Who else holds a key, by how far their word reaches.
async fn others(
    db: &mut Db,
    asked: &Asked<'_>,
    held: bool,
    (names, services): (&[String], &[String]),
) -> Result<Others> {
    let near = key::others(&mut *db, asked, Relation::SameSystem).await?;
    let agency = key::others(&mut *db, asked, Relation::SameAgency).await?;
    let far = key::others(&mut *db, asked, Relation::Elsewhere).await?;
    let count = |all: &[Other], which: &dyn Fn(&Other) -> bool| {
        let n = all.iter().filter(|o| which(o)).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    };
    let copied = |o: &Other| held && o.held;
    let seen = |o: &Other| copied(o) && o.seen;
    let serve = |service: &&String| {
        let too = |o: &Other| {
            let names: Vec<String> = serde_json::from_str(&o.names).unwrap_or_default();
            covers(&names, service)
        };
        covers(names, service) && near.iter().all(too)
    };
    let service = services.iter().find(serve).filter(|_| !near.is_empty());
    Ok(Others {
        same_system: count(&near, &|_| true),
        service: service.cloned(),
        other_systems: count(&agency, &copied),
        passed_on: count(&agency, &|o| !copied(o)),
        agencies_seen: count(&far, &seen),
        agencies_claim: count(&far, &|o| !seen(o)),
    })
}
