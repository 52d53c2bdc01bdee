//! The score of one system, from what the store holds.

use std::collections::BTreeMap;

use capdo_checks::{
    Observation, Subject,
    catalogue::{Catalogue, ControlId},
    observation::Gap,
    score::{Evidence, HostEvidence, Ruling, Scorecard, SystemInput, assess},
};
use jiff::SignedDuration;

use super::measure;
use crate::{
    clock::{day, timestamp},
    store::{
        Db, Result, Scope, Store, StoreError,
        contradiction::{self, Standing},
        finding::{self, Held},
        host, score,
        score::Score,
        system,
        system::System,
    },
};

/// Computes a system's score and keeps it, as the latest and as that of the day.
///
/// # Errors
/// When there is no such system, or the store fails.
pub async fn compute(
    store: &Store,
    system_id: &str,
    max_age: SignedDuration,
    now: i64,
) -> Result<Scorecard> {
    let mut db = store.snapshot().await?;
    let system = system::find(&mut db, &Scope::All, system_id).await?;
    let hosts = evidence(&mut db, &system).await?;
    drop(db);
    let (row, card) = {
        let id = system.id.clone();
        tokio::task::spawn_blocking(move || derive(&system, &hosts, max_age, now))
            .await
            .map_err(|_| StoreError::damaged("system", &id))?
    };
    let mut tx = store.write().await?;
    score::put(&mut tx, &row, &day(now)).await?;
    tx.commit().await?;
    Ok(card)
}

/// One host after the other, and of each one observation after the other: what a hostile host sent is large once
/// it is read.
async fn evidence(db: &mut Db, system: &System) -> Result<Vec<HostEvidence>> {
    let mut all = Vec::new();
    for host in host::list(&mut *db, &Scope::All, Some(&system.id)).await? {
        let held = finding::of_host(&mut *db, &Scope::All, &host.id).await?;
        let (id, standard) = (host.id.clone(), system.standard_id.clone());
        let findings = tokio::task::spawn_blocking(move || judged(held, &standard))
            .await
            .map_err(|_| StoreError::damaged("host", &id))?;
        let against = contradiction::against(&mut *db, &Scope::All, &host.id).await?;
        all.push(HostEvidence {
            host_id: host.id,
            findings,
            contests: against.iter().map(Standing::contest).collect(),
        });
    }
    Ok(all)
}

fn judged(held: Vec<Held>, standard_id: &str) -> Vec<Evidence> {
    let standard = measure::standard(standard_id);
    let one = |held: Held| {
        let observation = Observation::from_bytes(&held.bytes)
            .unwrap_or_else(|_| unreadable(&held.finding.host_id, &held.finding.check_id));
        let confirmed_at = timestamp(held.finding.confirmed_at);
        Evidence::of(&observation, confirmed_at, standard)
    };
    held.into_iter().map(one).collect()
}

/// Bytes were read before they were kept; that they cannot be read any more counts 0 and holds up nothing
/// else: a score that stays as it was would never grow old.
fn unreadable(host: &str, check: &str) -> Observation {
    tracing::error!(host, check, "stored evidence cannot be read; it counts 0");
    Observation {
        check: check.to_owned(),
        version: 0,
        subject: Subject::host(),
        facts: Vec::new(),
        gap: Some(Gap::parse("stored evidence")),
    }
}

/// Pure: the same input gives the same bits.
fn derive(
    system: &System,
    hosts: &[HostEvidence],
    max_age: SignedDuration,
    now: i64,
) -> (Score, Scorecard) {
    // Accepted statements of agencies and waivers come in with the pages that review them.
    let rulings: BTreeMap<ControlId, Ruling> = BTreeMap::new();
    let card = assess(&SystemInput {
        catalogue: Catalogue::embedded(),
        standard: measure::standard(&system.standard_id),
        level: measure::level(system.level()),
        declared_hosts: system.declared_hosts,
        hosts,
        rulings: &rulings,
        at: timestamp(now),
        max_age,
    });
    let row = Score {
        system_id: system.id.clone(),
        at: now,
        level: system.level(),
        standard_id: card.standard.to_string(),
        score_bp: card.score_bp,
        coverage_bp: card.coverage_bp,
        exempt_bp: card.exempt_bp,
        before_waivers_bp: card.before_waivers_bp,
        attained: card.attained.map(u8::from),
        card: serde_json::to_string(&card).unwrap_or_default(),
    };
    (row, card)
}
