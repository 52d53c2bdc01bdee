//! Holds what an endpoint shows against what the hosts of its system claim.
//!
//! A server may be changed between an agent's run and a look from outside. So a contradiction is first
//! only noted; it is proved, and an integrity event of the host, once it is seen again after the host
//! has repeated its claim.

use std::{collections::BTreeSet, net::SocketAddr};

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

/// What a look at an endpoint found out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    /// The addresses that it has or its name leads to now; none where that is not known.
    pub(super) leads_to: &'a [SocketAddr],
    /// What was seen at which of them.
    pub(super) seen: &'a [(SocketAddr, Observation)],
}

/// Compares, and keeps what speaks against whom. What it keeps counts in the score until `until`. What this
/// look did not settle at its address stays as it was; where the look was tried there it counts as long as
/// what was seen anew, for who is caught and falls silent is not forgiven. Where nobody looked, its own time
/// holds; once that is over, it goes if the endpoint has left the address.
///
/// # Errors
/// When the store fails.
pub(super) async fn keep(
    db: &mut Db,
    endpoint: &Endpoint,
    shown: Shown<'_>,
    (now, until): (i64, i64),
) -> Result<(), StoreError> {
    let before = contradiction::of_endpoint(db, &Scope::All, &endpoint.id).await?;
    let mut found: Vec<Contradiction> = Vec::new();
    for host in host::list(db, &Scope::All, Some(&endpoint.system_id)).await? {
        let own = before.iter().filter(|old| old.host_id == host.id);
        found.extend(own.filter_map(|old| carried(old, shown, (now, until))));
        if endpoint.host_id.as_ref().is_some_and(|id| *id != host.id) {
            continue;
        }
        let claimed = claims(db, &host.id).await?;
        for (address, observation) in shown.seen {
            let declared = endpoint.host_id.is_some();
            let claims = &claimed.observations;
            if !declared && !outside::names_address(claims, *address) {
                continue;
            }
            let one = std::slice::from_ref(observation);
            for against in outside::contradictions(one, *address, claims, declared) {
                let whose = (endpoint.id.as_str(), host.id.as_str(), *address);
                let mut row = row(whose, &against, &before, &claimed, now);
                row.counts_until = until;
                let same = |f: &Contradiction| is_same(f, &row);
                if !found.iter().any(same) {
                    found.push(row);
                }
            }
        }
    }
    note(db, endpoint, &found, now).await?;
    contradiction::replace(db, &endpoint.id, &found, now).await
}

/// Puts against hosts what this look proved; the same words about several checks or addresses once.
async fn note(
    db: &mut Db,
    endpoint: &Endpoint,
    found: &[Contradiction],
    now: i64,
) -> Result<(), StoreError> {
    let mut told = BTreeSet::new();
    for row in found.iter().filter(|row| row.proved_at == Some(now)) {
        if !told.insert((&row.host_id, &row.claimed, &row.seen)) {
            continue;
        }
        let detail = format!(
            "{}: the host says {}; seen from outside: {}",
            endpoint.label(),
            row.claimed,
            row.seen
        );
        let kind = IntegrityKind::OutsideContradiction;
        integrity::note(db, &row.host_id, kind, &row.check_id, &detail, now).await?;
    }
    Ok(())
}

/// What stood before and this look did not settle. Rows of an earlier version name no address: any one
/// settles them.
fn carried(
    old: &Contradiction,
    shown: Shown<'_>,
    (now, until): (i64, i64),
) -> Option<Contradiction> {
    let here = |at: &SocketAddr| old.address.is_empty() || old.address == at.to_string();
    let has_left = !shown.leads_to.is_empty() && !shown.leads_to.iter().any(here);
    if has_left && old.has_lapsed(now) {
        return None;
    }
    let there = shown.seen.iter().filter(|(at, _)| here(at));
    let there: Vec<Observation> = there.map(|(_, o)| o.clone()).collect();
    if outside::settles(&there, &old.check_id, &old.topic) {
        return None;
    }
    let mut old = old.clone();
    if !there.is_empty() {
        old.counts_until = until.max(old.counts_until);
    }
    Some(old)
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
    let (of_a, of_b) = ((&a.host_id, &a.check_id), (&b.host_id, &b.check_id));
    of_a == of_b && a.topic == b.topic && a.address == b.address
}

fn row(
    (endpoint_id, host_id, address): (&str, &str, SocketAddr),
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
        address: address.to_string(),
        claimed: against.claimed.clone(),
        seen: against.seen.clone(),
        first_at: now,
        last_at: now,
        proved_at: None,
        counts_until: 0,
    };
    let unplaced = Contradiction {
        address: String::new(),
        ..row.clone()
    };
    let known = |old: &&Contradiction| is_same(old, &row) || is_same(old, &unplaced);
    if let Some(old) = before.iter().find(known) {
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
