//! Holds what an endpoint shows against what the hosts of its system claim.
//!
//! A server may be changed between an agent's run and a look from outside. So a contradiction is first
//! only noted; it is proved, and an integrity event of the host, once it is seen again after the host
//! has repeated its claim.

use std::net::SocketAddr;

use capdo_checks::{Observation, Value, outside};

use crate::store::{
    Db, Scope, StoreError,
    contradiction::{self, Contradiction},
    endpoint::Endpoint,
    finding, host,
    integrity::{self, IntegrityKind},
    key::Sight,
};

/// A host's claims, and since when the oldest of them stands confirmed, per check.
struct Claimed {
    observations: Vec<Observation>,
    confirmed: Vec<(String, i64)>,
}

/// Compares, and keeps what speaks against whom. What it keeps counts in the score until `until`; what
/// this look did not settle stays as it was, with its own time.
///
/// # Errors
/// When the store fails.
pub(super) async fn keep(
    db: &mut Db,
    endpoint: &Endpoint,
    seen: &[(SocketAddr, Observation)],
    (now, until): (i64, i64),
) -> Result<(), StoreError> {
    let before = contradiction::of_endpoint(db, &Scope::All, &endpoint.id).await?;
    let mut found: Vec<Contradiction> = Vec::new();
    let all: Vec<Observation> = seen.iter().map(|(_, o)| o.clone()).collect();
    for host in host::list(db, &Scope::All, Some(&endpoint.system_id)).await? {
        let open = |old: &&Contradiction| {
            old.host_id == host.id && !outside::settles(&all, &old.check_id, &old.topic)
        };
        found.extend(before.iter().filter(open).cloned());
        if endpoint.host_id.as_ref().is_some_and(|id| *id != host.id) {
            continue;
        }
        let claimed = claims(db, &host.id).await?;
        for (address, observation) in seen {
            let declared = endpoint.host_id.is_some();
            let claims = &claimed.observations;
            if !declared && !outside::names_address(claims, *address) {
                continue;
            }
            let one = std::slice::from_ref(observation);
            for against in outside::contradictions(one, *address, claims, declared) {
                let mut row = row(&endpoint.id, &host.id, &against, &before, &claimed, now);
                row.counts_until = until;
                let same = |f: &Contradiction| is_same(f, &row);
                if !found.iter().any(same) {
                    found.push(row);
                }
            }
        }
    }
    for row in found.iter().filter(|row| row.proved_at == Some(now)) {
        let detail = format!(
            "{}: the host says {}; seen from outside: {}",
            endpoint.label(),
            row.claimed,
            row.seen
        );
        let kind = IntegrityKind::OutsideContradiction;
        integrity::note(db, &row.host_id, kind, &row.check_id, &detail, now).await?;
    }
    contradiction::replace(db, &endpoint.id, &found, now).await
}

/// The key that an address shows under a name that its certificate is for, and the address. A relay to
/// another's server would show that one's key too, but under a name of its own only by a certificate of
/// its own, or one that both share.
pub(super) fn sight(address: SocketAddr, seen: &Observation) -> Option<Sight> {
    let covered = seen.best("name_covered")?.value == Value::Bool(true);
    let key = seen.best("spki_sha256")?.value.as_text()?;
    let tls = seen.check == "outside.tls" && seen.gap.is_none() && covered;
    tls.then(|| (key.to_owned(), address.to_string()))
}

fn is_same(a: &Contradiction, b: &Contradiction) -> bool {
    (&a.host_id, &a.check_id, &a.topic) == (&b.host_id, &b.check_id, &b.topic)
}

fn row(
    endpoint_id: &str,
    host_id: &str,
    against: &outside::Contradiction,
    before: &[Contradiction],
    claimed: &Claimed,
    now: i64,
) -> Contradiction {
    let mut row = Contradiction {
        endpoint_id: endpoint_id.to_owned(),
        host_id: host_id.to_owned(),
        check_id: against.check.to_owned(),
        topic: against.topic.clone(),
        claimed: against.claimed.clone(),
        seen: against.seen.clone(),
        first_at: now,
        last_at: now,
        proved_at: None,
        counts_until: 0,
    };
    if let Some(old) = before.iter().find(|old| is_same(old, &row)) {
        row.first_at = old.first_at;
        let repeated = claimed
            .confirmed
            .iter()
            .filter(|(check, _)| *check == row.check_id)
            .map(|(_, at)| *at)
            .min();
        // Strictly between two sights: an equal moment would prove no order.
        let proved = repeated.is_some_and(|at| old.first_at < at && at < now);
        row.proved_at = old.proved_at.or_else(|| proved.then_some(now));
    }
    row
}

async fn claims(db: &mut Db, host_id: &str) -> Result<Claimed, StoreError> {
    let held = finding::of_host(db, &Scope::All, host_id).await?;
    let held = held
        .into_iter()
        .filter(|h| outside::is_claim(&h.finding.check_id));
    let mut claimed = Claimed {
        observations: Vec::new(),
        confirmed: Vec::new(),
    };
    for one in held {
        if let Ok(observation) = Observation::from_bytes(&one.bytes) {
            claimed.observations.push(observation);
            let at = (one.finding.check_id, one.finding.confirmed_at);
            claimed.confirmed.push(at);
        }
    }
    Ok(claimed)
}
