//! Making a run's findings hold: only if together they give the digest that the agent signed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use capdo_checks::{Observation, catalogue::Thresholds, registry, verdict::Judgement};
use capdo_proto::{
    digest::{StateItem, state_digest},
    limits::{MAX_FINDINGS_PER_RUN, MAX_STATE_BYTES},
    v1::SubjectKind,
};

use super::{
    doubt::{self, Contradicted, Doubt},
    rejudge::conclude,
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
type Findings = BTreeMap<Key, Finding>;
type Bytes = HashMap<Key, Arc<Vec<u8>>>;

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
    /// The evidence of the state is more than one host's may be; nothing was written.
    TooLarge,
}

/// Why what was sent does not make the state after the run.
enum Unfit {
    Mismatch,
    TooLarge,
    Store(StoreError),
}

impl From<StoreError> for Unfit {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One finding of the state after the run.
struct Next {
    sha256: [u8; 32],
    bytes: Arc<Vec<u8>>,
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
    let (before, bytes) = parted(held);
    let made = next_state(
        &mut *db,
        run,
        (&before, bytes),
        (&sent, resync),
        (ended, now),
    );
    let next = match made.await {
        Ok(next) => next,
        Err(Unfit::Mismatch) => return Ok(Applied::Mismatch),
        Err(Unfit::TooLarge) => return Ok(Applied::TooLarge),
        Err(Unfit::Store(error)) => return Err(error),
    };
    for claim in sent.iter().filter(|s| s.claim_mismatch) {
        let detail = "the evidence does not support the verdict that the agent claimed";
        let kind = IntegrityKind::ClaimMismatch;
        integrity::note(&mut *db, &run.host_id, kind, &claim.check_id, detail, now).await?;
    }
    let made = check_list::of_run(&mut *db, run).await?;
    let found = next.keys().map(|(check, ..)| check.clone()).collect();
    let judging = (&made, thresholds);
    let (changes, findings_sha256, contradicted) =
        write(&mut *db, run, (before, next), judging, now).await?;
    let told = (&made, &found, contradicted);
    let doubts = doubts(&mut *db, run, told, &sent, resync).await?;
    doubt::note(&mut *db, &run.host_id, &doubts, now).await?;
    let digest = run.state_sha256.as_deref().unwrap_or_default();
    host::ran(&mut *db, &run.host_id, run.counter, digest, now).await?;
    Ok(Applied::Yes {
        changes,
        findings_sha256,
    })
}

/// The findings that held before, and their evidence.
fn parted(held: Vec<Held>) -> (Findings, Bytes) {
    let parts = held.into_iter().map(|h| {
        let key = key(&h.finding);
        ((key.clone(), h.finding), (key, Arc::new(h.bytes)))
    });
    parts.unzip()
}

/// The state after the run, which ended at `ended`.
async fn next_state(
    db: &mut Db,
    run: &Run,
    (before, bytes): (&Findings, Bytes),
    (sent, resync): (&[Staged], bool),
    (ended, now): (i64, i64),
) -> std::result::Result<BTreeMap<Key, Next>, Unfit> {
    let made = check_list::of_run(&mut *db, run).await?;
    let (mut next, mut size) = (BTreeMap::new(), 0);
    for (key, old) in before.iter().filter(|_| !resync) {
        let kept = keep(old, &bytes[key], made.contains(&old.check_id), (ended, now))?;
        size += kept.bytes.len();
        next.insert(key.clone(), kept);
    }
    for staged in sent {
        let key = (
            staged.check_id.clone(),
            staged.subject_kind,
            staged.subject_name.clone(),
        );
        size -= next.remove(&key).map_or(0, |n: Next| n.bytes.len());
        let Some(sha256) = &staged.observation_sha256 else {
            continue;
        };
        let same = before.get(&key).filter(|f| f.observation_sha256 == *sha256);
        let bytes = match same {
            Some(_) => bytes[&key].clone(),
            None => observation::find(&mut *db, sha256)
                .await?
                .ok_or_else(|| StoreError::damaged("observation", &hex::encode(sha256)))?
                .into(),
        };
        size += bytes.len();
        if size > MAX_STATE_BYTES {
            return Err(Unfit::TooLarge);
        }
        let confirmed_at = if made.contains(&staged.check_id) {
            ended
        } else {
            // Seen by an earlier run and sent again: that is no fresh evidence.
            let old = same.map_or(staged.observed_at, |f| f.confirmed_at);
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
    if is_signed(run, &next) {
        Ok(next)
    } else {
        Err(Unfit::Mismatch)
    }
}

/// A finding that was not sent: seen again and equal where its check was made. A confirmation of the
/// future was made while both clocks were wrong, and does not stand above one of today.
fn keep(
    finding: &Finding,
    bytes: &Arc<Vec<u8>>,
    seen_again: bool,
    (ended, now): (i64, i64),
) -> Result<Next> {
    let confirmed_at = if seen_again {
        ended.max(finding.confirmed_at.min(now))
    } else {
        finding.confirmed_at
    };
    Ok(Next {
        sha256: hash(&finding.observation_sha256)?,
        bytes: bytes.clone(),
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

/// Writes the state after the run; how many rows changed, their hash, and what was looked at for
/// contradictions. Each observation is read once, and let go before the next.
async fn write(
    db: &mut Db,
    run: &Run,
    (mut before, next): (Findings, BTreeMap<Key, Next>),
    (made, thresholds): (&BTreeSet<String>, &Thresholds),
    now: i64,
) -> Result<(usize, [u8; 32], Contradicted)> {
    let mut tail = Tail::of(&mut *db, &run.host_id, &run.id, now).await?;
    let (mut changes, mut written, mut aside) = (0, Vec::new(), Vec::new());
    let mut contradicted = Contradicted::default();
    for (key, next) in next {
        let old = before.remove(&key);
        let observation = Observation::from_bytes(&next.bytes).ok();
        if let Some(observation) = observation.as_ref().filter(|_| made.contains(&key.0)) {
            contradicted.add(observation);
        }
        let judgement = match &observation {
            Some(read) => conclude(read, timestamp(next.confirmed_at), thresholds),
            None => Judgement::unknown("common-unreadable"),
        };
        let new = concluded(&run.host_id, key, &next, (old.as_ref(), &judgement), now);
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
    Ok((changes, finding::digest(&written), contradicted))
}

/// What the run says against its host, beside what single findings show.
async fn doubts(
    db: &mut Db,
    run: &Run,
    (made, found, contradicted): (&BTreeSet<String>, &BTreeSet<String>, Contradicted),
    sent: &[Staged],
    resync: bool,
) -> Result<Vec<Doubt>> {
    let host = host::find(&mut *db, &Scope::All, &run.host_id).await?;
    let before = match run::last_finished(&mut *db, &run.host_id).await? {
        Some(before) => check_list::of_run(&mut *db, &before).await?,
        None => BTreeSet::new(),
    };
    let list = inventory::head(db, &run.host_id).await?;
    let list = list.as_ref().map(|l| (&l.sha256[..], l.packages));
    let found = found.iter().map(String::as_str).collect();
    let drift = host.clock_drift_ms.unwrap_or(0);
    let mut doubts = doubt::vanished(&before, made, &found);
    doubts.extend(doubt::out_of_time(run, made, sent, resync, drift));
    doubts.extend(contradicted.doubts(list));
    Ok(doubts)
}

/// The finding as it holds from now on, judged at the moment its evidence was confirmed.
fn concluded(
    host_id: &str,
    (check_id, subject_kind, subject_name): Key,
    next: &Next,
    (old, judgement): (Option<&Finding>, &Judgement),
    now: i64,
) -> Finding {
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
