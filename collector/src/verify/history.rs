//! The history of a host's findings, followed from its beginning: after each run it must give the state
//! whose digest the agent signed.

use std::collections::{BTreeMap, VecDeque};

use capdo_checks::registry;
use capdo_proto::{
    digest::{StateItem, state_digest},
    v1::SubjectKind,
};

use super::{Report, said};
use crate::store::{
    Db, Result,
    chain::Walk,
    finding_change::{self, Change, ChangeKind},
    record::{Entry, Kind},
    run::Run,
};

/// Check, kind and name of the subject.
pub(super) type Key = (String, i32, String);

/// What holds for a key, as its history tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Names the evidence.
    pub(super) sha256: Vec<u8>,
    /// The verdict.
    pub(super) verdict: String,
    /// Why.
    pub(super) reason: String,
    /// Since when that is the verdict.
    pub(super) since: i64,
}

/// The history as far as it was followed.
pub(super) struct History<'a> {
    host_id: &'a str,
    walk: Walk,
    read: i64,
    ahead: VecDeque<Change>,
    /// What the record says of the history's ends: place and hash.
    ends: BTreeMap<i64, String>,
    /// What holds now.
    pub(super) state: BTreeMap<Key, Held>,
}

impl<'a> History<'a> {
    /// At its beginning.
    pub(super) fn new(host_id: &'a str, recorded: &[Entry]) -> Self {
        let of_ends = |e: &&Entry| matches!(e.kind, Kind::Run | Kind::Changes);
        let ends = recorded.iter().filter(of_ends).filter_map(|e| {
            let detail = e.said();
            Some((detail["changes"].as_i64()?, said(&detail, "changes_sha256")))
        });
        Self {
            host_id,
            walk: Walk::default(),
            read: 0,
            ahead: VecDeque::new(),
            ends: ends.filter(|(seq, _)| *seq > 0).collect(),
            state: BTreeMap::new(),
        }
    }

    /// Follows it to the end of `run`, and compares the state with what was signed.
    pub(super) async fn up_to(
        &mut self,
        db: &mut Db,
        run: &Run,
        report: &mut Report,
    ) -> Result<()> {
        while let Some(next) = self.peek(db).await? {
            // What the collector judged by itself is no part of the state.
            if next.run_id != run.id && !next.run_id.is_empty() {
                break;
            }
            self.take(report);
        }
        let mut items = Vec::new();
        for ((check_id, kind, name), held) in &self.state {
            if registry::is_collected(check_id) {
                continue;
            }
            let Ok(sha256) = <[u8; 32]>::try_from(held.sha256.as_slice()) else {
                continue;
            };
            items.push((check_id, *kind, name, sha256));
        }
        let digest = state_digest(
            items
                .iter()
                .map(|(check_id, kind, name, sha256)| StateItem {
                    check_id,
                    subject_kind: SubjectKind::try_from(*kind).unwrap_or(SubjectKind::Unspecified),
                    subject_name: name,
                    observation_sha256: sha256,
                }),
        );
        let count = i64::try_from(items.len()).ok();
        if run.state_sha256.as_deref() != Some(&digest[..]) || run.state_findings != count {
            report.breaks("run", run.id.clone(), "digest", self.host_id);
        }
        Ok(())
    }

    /// Follows it to its end: behind the last run there is only what the collector judged by itself.
    pub(super) async fn rest(&mut self, db: &mut Db, report: &mut Report) -> Result<()> {
        while let Some(next) = self.peek(db).await? {
            if !next.run_id.is_empty() {
                let (seq, run) = (next.seq, next.run_id.clone());
                let row = self.row(seq);
                report.breaks("finding_change", row, "no-run", run);
            }
            self.take(report);
        }
        let last = self.ends.last_key_value().map_or(0, |(seq, _)| *seq);
        if last > self.walk.seq {
            report.breaks("finding_change", self.row(self.walk.seq + 1), "missing", "");
        } else if last < self.walk.seq {
            report.breaks("finding_change", self.row(last + 1), "unrecorded", "");
        }
        Ok(())
    }

    async fn peek(&mut self, db: &mut Db) -> Result<Option<&Change>> {
        if self.ahead.is_empty() {
            self.ahead = finding_change::page(db, self.host_id, self.read)
                .await?
                .into();
            self.read = self.ahead.back().map_or(self.read, |c| c.seq);
        }
        Ok(self.ahead.front())
    }

    fn take(&mut self, report: &mut Report) {
        let Some(change) = self.ahead.pop_front() else {
            return;
        };
        report.changes += 1;
        let flaw = change.follows(&mut self.walk);
        report.flaw("finding_change", self.row(change.seq), flaw);
        let end = self.ends.get(&change.seq);
        if end.is_some_and(|sha256| *sha256 != hex::encode(&change.sha256)) {
            report.breaks("finding_change", self.row(change.seq), "differs", "");
        }
        let key = (change.check_id, change.subject_kind, change.subject_name);
        if change.kind == ChangeKind::Gone {
            self.state.remove(&key);
            return;
        }
        let verdict = change.verdict.unwrap_or_default();
        let same = self.state.get(&key).filter(|h| h.verdict == verdict);
        let held = Held {
            sha256: change.observation_sha256.unwrap_or_default(),
            since: same.map_or(change.at, |h| h.since),
            reason: change.reason.unwrap_or_default(),
            verdict,
        };
        self.state.insert(key, held);
    }

    fn row(&self, seq: i64) -> String {
        format!("{} {seq}", self.host_id)
    }
}
