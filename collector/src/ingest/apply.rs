//! Making a run's findings hold: only if together they give the digest that the agent signed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use capdo_checks::{Observation, catalogue::Thresholds, registry};
use capdo_proto::{
    digest::{StateItem, state_digest},
    limits::MAX_FINDINGS_PER_RUN,
    v1::SubjectKind,
};

use super::{
    doubt::{self, Doubt},
    rejudge::conclude_stored,
};
use crate::{
    clock::timestamp,
    store::{
        Db, Result, Scope, StoreError, assignment, check_list,
        finding::{self, Finding, Held},
        finding_change::{ChangeKind, Tail},
        host, integrity,
        integrity::IntegrityKind,
        inventory, observation,
        run::{self, Run},
        staged::{self, Staged},
    },
};

type Key = (String, i32, String);

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The findings hold now; so many rows changed.
    Yes {
        /// Findings that appeared, changed, were judged otherwise, or are gone.
        changes: usize,
        /// The hash over the findings that hold now.
        findings_sha256: [u8; 32],
    },
    /// The digest differs; nothing was written.
    Mismatch,
}

/// One finding of the state after the run.
struct Next {
    sha256: [u8; 32],
    bytes: Vec<u8>,
    claimed_verdict: String,
    claim_mismatch: bool,
    observed_at: i64,
    confirmed_at: i64,
}

/// Makes what `run` staged hold for its host: its changes, or with `resync` its whole state.
/// `run` carries its verified ending. To be called in the transaction that ends the run.
///
/// # Errors
/// When the store fails.
pub async fn apply(
    db: &mut Db,
    run: &Run,
    resync: bool,
    thresholds: &Thresholds,
    now: i64,
) -> Result<Applied> {
    let mut held = finding::of_host(&mut *db, &Scope::All, &run.host_id).await?;
    // What the collector makes itself is no part of the state that an agent signs.
    held.retain(|h| !registry::is_collected(&h.finding.check_id));
    let told = assignment::find(&mut *db, &run.host_id, run.revision).await?;
    // By a host's clock that is behind, runs end before they could begin: without the nonce. A run that
    // was carried in a file echoes none, and may be older than what was told.
    let echoed = told.filter(|_| !run.nonce.is_empty());
    let earliest = echoed.map_or(0, |t| t.issued_at);
    let ended = run
        .finished_at
        .unwrap_or(run.started_at)
        .max(earliest)
        .min(now);
    let sent = staged::list(&mut *db, &run.id, resync).await?;
    let Some(next) = next_state(&mut *db, run, &held, (&sent, resync), (ended, now)).await? else {
        return Ok(Applied::Mismatch);
    };
    for claim in sent.iter().filter(|s| s.claim_mismatch) {
        let detail = "the evidence does not support the verdict that the agent claimed";
        let kind = IntegrityKind::ClaimMismatch;
        integrity::note(&mut *db, &run.host_id, kind, &claim.check_id, detail, now).await?;
    }
    let doubts = doubts(&mut *db, run, &next, &sent, resync).await?;
    doubt::note(&mut *db, &run.host_id, &doubts, now).await?;
    let (changes, findings_sha256) = write(&mut *db, run, held, next, thresholds, now).await?;
    let digest = run.state_sha256.as_deref().unwrap_or_default();
    host::ran(&mut *db, &run.host_id, run.counter, digest, now).await?;
    Ok(Applied::Yes {
        changes,
        findings_sha256,
    })
}

/// The state after the run, which ended at `ended`; `None` when it is not the one that was signed.
async fn next_state(
    db: &mut Db,
    run: &Run,
    held: &[Held],
    (sent, resync): (&[Staged], bool),
    (ended, now): (i64, i64),
) -> Result<Option<BTreeMap<Key, Next>>> {
    let made = check_list::of_run(&mut *db, run).await?;
    let before: HashMap<Key, &Held> = held.iter().map(|h| (key(&h.finding), h)).collect();
    let mut next = BTreeMap::new();
    if !resync {
        for old in held {
            next.insert(
                key(&old.finding),
                keep(old, made.contains(&old.finding.check_id), ended, now)?,
            );
        }
    }
    for staged in sent {
        let key = (
            staged.check_id.clone(),
            staged.subject_kind,
            staged.subject_name.clone(),
        );
        let Some(sha256) = &staged.observation_sha256 else {
            next.remove(&key);
            continue;
        };
        let same = before
            .get(&key)
            .filter(|h| h.finding.observation_sha256 == *sha256);
        let bytes = match same {
            Some(held) => held.bytes.clone(),
            None => observation::find(&mut *db, sha256)
                .await?
                .ok_or_else(|| StoreError::damaged("observation", &hex::encode(sha256)))?,
        };
        let confirmed_at = if made.contains(&staged.check_id) {
            ended
        } else {
            // Seen by an earlier run and sent again: that is no fresh evidence.
            let old = same.map_or(staged.observed_at, |h| h.finding.confirmed_at);
            old.min(ended)
        };
        let found = Next {
            sha256: hash(sha256)?,
            bytes,
            claimed_verdict: staged.claimed_verdict.clone().unwrap_or_default(),
            claim_mismatch: staged.claim_mismatch,
            observed_at: staged.observed_at,
            confirmed_at,
        };
        next.insert(key, found);
    }
    Ok(is_signed(run, &next).then_some(next))
}

/// A finding that was not sent: seen again and equal where its check was made. A confirmation of the
/// future was made while both clocks were wrong, and does not stand above one of today.
fn keep(old: &Held, seen_again: bool, ended: i64, now: i64) -> Result<Next> {
    let finding = &old.finding;
    let confirmed_at = if seen_again {
        ended.max(finding.confirmed_at.min(now))
    } else {
        finding.confirmed_at
    };
    Ok(Next {
        sha256: hash(&finding.observation_sha256)?,
        bytes: old.bytes.clone(),
        claimed_verdict: finding.claimed_verdict.clone(),
        claim_mismatch: finding.claim_mismatch,
        observed_at: finding.observed_at,
        confirmed_at,
    })
}

fn is_signed(run: &Run, next: &BTreeMap<Key, Next>) -> bool {
    let items = next.iter().map(|((check_id, kind, name), n)| StateItem {
        check_id,
        subject_kind: SubjectKind::try_from(*kind).unwrap_or(SubjectKind::Unspecified),
        subject_name: name,
        observation_sha256: &n.sha256,
    });
    next.len() <= MAX_FINDINGS_PER_RUN
        && i64::try_from(next.len()).ok() == run.state_findings
        && run.state_sha256.as_deref() == Some(&state_digest(items))
}

async fn write(
    db: &mut Db,
    run: &Run,
    held: Vec<Held>,
    next: BTreeMap<Key, Next>,
    thresholds: &Thresholds,
    now: i64,
) -> Result<(usize, [u8; 32])> {
    let mut tail = Tail::of(&mut *db, &run.host_id, &run.id, now).await?;
    let mut before: BTreeMap<Key, Finding> = held
        .into_iter()
        .map(|h| (key(&h.finding), h.finding))
        .collect();
    let (mut changes, mut written, mut aside) = (0, Vec::new(), Vec::new());
    for (key, next) in next {
        let old = before.remove(&key);
        let new = concluded(&run.host_id, key, &next, old.as_ref(), thresholds, now);
        if let Some(kind) = change(old.as_ref(), &new) {
            tail.append(&mut *db, kind, &new).await?;
            changes += 1;
        }
        finding::put(&mut *db, &new).await?;
        aside.extend(doubt::stepped_aside(old.as_ref(), &new));
        written.push(new);
    }
    aside.extend(doubt::left_aside(&aside, before.values(), &written));
    doubt::note(&mut *db, &run.host_id, &aside, now).await?;
    for gone in before.into_values() {
        tail.append(&mut *db, ChangeKind::Gone, &gone).await?;
        finding::remove(&mut *db, &gone).await?;
        changes += 1;
    }
    Ok((changes, finding::digest(&written)))
}

/// What the run says against its host, beside what single findings show.
async fn doubts(
    db: &mut Db,
    run: &Run,
    next: &BTreeMap<Key, Next>,
    sent: &[Staged],
    resync: bool,
) -> Result<Vec<Doubt>> {
    let host = host::find(&mut *db, &Scope::All, &run.host_id).await?;
    let made = check_list::of_run(&mut *db, run).await?;
    let before = match run::last_finished(&mut *db, &run.host_id).await? {
        Some(before) => check_list::of_run(&mut *db, &before).await?,
        None => BTreeSet::new(),
    };
    let list = inventory::head(db, &run.host_id).await?;
    let list = list.as_ref().map(|l| (&l.sha256[..], l.packages));
    let found = next.keys().map(|(check, ..)| check.as_str()).collect();
    let observations: Vec<Observation> = next
        .iter()
        .filter(|((check, ..), _)| made.contains(check))
        .filter_map(|(_, n)| Observation::from_bytes(&n.bytes).ok())
        .collect();
    let drift = host.clock_drift_ms.unwrap_or(0);
    let mut doubts = doubt::vanished(&before, &made, &found);
    doubts.extend(doubt::out_of_time(run, &made, sent, resync, drift));
    doubts.extend(doubt::contradicted(&observations, list));
    Ok(doubts)
}

/// The finding as it holds from now on, judged at the moment its evidence was confirmed.
fn concluded(
    host_id: &str,
    (check_id, subject_kind, subject_name): Key,
    next: &Next,
    old: Option<&Finding>,
    thresholds: &Thresholds,
    now: i64,
) -> Finding {
    let judgement = conclude_stored(&next.bytes, timestamp(next.confirmed_at), thresholds);
    let verdict = judgement.verdict.code();
    let reason = serde_json::to_string(&judgement.reason).unwrap_or_default();
    let since = old
        .filter(|o| o.verdict == verdict)
        .map_or(now, |o| o.since);
    Finding {
        host_id: host_id.to_owned(),
        check_id,
        subject_kind,
        subject_name,
        observation_sha256: next.sha256.to_vec(),
        verdict: verdict.to_owned(),
        reason,
        claimed_verdict: next.claimed_verdict.clone(),
        claim_mismatch: next.claim_mismatch,
        observed_at: next.observed_at,
        confirmed_at: next.confirmed_at,
        since,
    }
}

pub(crate) fn change(old: Option<&Finding>, new: &Finding) -> Option<ChangeKind> {
    let Some(old) = old else {
        return Some(ChangeKind::Appeared);
    };
    if old.observation_sha256 != new.observation_sha256 {
        Some(ChangeKind::Changed)
    } else if old.verdict != new.verdict || old.reason != new.reason {
        Some(ChangeKind::Judged)
    } else {
        None
    }
}

fn key(finding: &Finding) -> Key {
    (
        finding.check_id.clone(),
        finding.subject_kind,
        finding.subject_name.clone(),
    )
}

fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| StoreError::damaged("observation", &hex::encode(bytes)))
}
