//! What a run says against its own host: checks that vanished, judged things that are now said not to
//! apply, and what cannot all be true. Flags for people; none of them changes a verdict.

use std::collections::{BTreeMap, BTreeSet};

use capdo_checks::{Observation, Verdict, contradiction::Told, registry};

use crate::store::{
    Db, Result, finding::Finding, integrity, integrity::IntegrityKind, run::Run, staged::Staged,
};

/// By how much the clock of a host may jump during a run, in milliseconds, beside its known drift.
const JUMP_MS: i64 = 60_000;

/// Something that speaks against a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// What.
    pub kind: IntegrityKind,
    /// The check.
    pub check: String,
    /// More.
    pub detail: String,
}

impl Doubt {
    fn new(kind: IntegrityKind, check: &str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            check: check.to_owned(),
            detail: detail.into(),
        }
    }
}

/// Writes doubts to the record of a host.
///
/// # Errors
/// When the store fails.
pub(super) async fn note(db: &mut Db, host_id: &str, doubts: &[Doubt], now: i64) -> Result<()> {
    for d in doubts {
        integrity::note(&mut *db, host_id, d.kind, &d.check, &d.detail, now).await?;
    }
    Ok(())
}

/// Checks that the run before made and this one does not, and those that this one made without a
/// finding in the state after it. The collector asks for whole runs only, so a check that is left
/// out was left out by the host; one that the program no longer knows was not.
pub(super) fn vanished(
    before: &BTreeSet<String>,
    made: &BTreeSet<String>,
    found: &BTreeSet<&str>,
) -> Vec<Doubt> {
    let known = |id: &&String| registry::find(id).is_some();
    let left_out = before.difference(made).filter(known).map(|id| {
        let detail = "the run before made this check, this one did not";
        Doubt::new(IntegrityKind::CheckVanished, id, detail)
    });
    let silent = made
        .iter()
        .filter(known)
        .filter(|id| !found.contains(id.as_str()));
    let silent = silent.map(|id| {
        let detail = "the run made this check and brought no finding of it";
        Doubt::new(IntegrityKind::CheckVanished, id, detail)
    });
    left_out.chain(silent).collect()
}

/// A thing that was judged and is now said not to apply. Removing it is one way there; hiding it is
/// another. Where the evidence is the same, only the rules changed, and those are ours.
pub(super) fn stepped_aside(old: Option<&Finding>, new: &Finding) -> Option<Doubt> {
    let old = old.filter(|o| is_judged(o))?;
    let same = old.observation_sha256 == new.observation_sha256;
    if same || new.verdict != Verdict::NotApplicable.code() {
        return None;
    }
    Some(aside(old))
}

/// Checks of which everything that was judged is gone and only what is said not to apply is left, as
/// where one thing of many subjects becomes “none here”. `gone` are the findings that hold no longer,
/// `left` those that do; of checks that are among `noted` this was noted already.
pub(super) fn left_aside<'f>(
    noted: &[Doubt],
    gone: impl Iterator<Item = &'f Finding>,
    left: &[Finding],
) -> Vec<Doubt> {
    let mut worst: BTreeMap<&str, &Finding> = BTreeMap::new();
    for one in gone.filter(|f| is_judged(f)) {
        let known = worst.entry(&one.check_id).or_insert(one);
        if one.verdict == Verdict::Fail.code() && known.verdict != Verdict::Fail.code() {
            *known = one;
        }
    }
    worst.retain(|check, _| {
        let mut rest = left.iter().filter(|f| f.check_id == *check).peekable();
        rest.peek().is_some()
            && rest.all(|f| f.verdict == Verdict::NotApplicable.code())
            && noted.iter().all(|d| d.check != *check)
    });
    worst.into_values().map(aside).collect()
}

fn is_judged(finding: &Finding) -> bool {
    let judged = [Verdict::Pass, Verdict::Partial, Verdict::Fail].map(Verdict::code);
    judged.contains(&finding.verdict.as_str())
}

fn aside(was: &Finding) -> Doubt {
    let detail = match was.subject_name.as_str() {
        "" => format!("was {}", was.verdict),
        name => format!("{name}: was {}", was.verdict),
    };
    let kind = IntegrityKind::WasJudgedNowNotApplicable;
    Doubt::new(kind, &was.check_id, detail)
}

/// Observations that were read before the run began or after it ended, by the host's own clock.
/// One that is sent again in a resync may be of an earlier run.
pub(super) fn out_of_time(
    run: &Run,
    made: &BTreeSet<String>,
    sent: &[Staged],
    resync: bool,
    drift_ms: i64,
) -> Vec<Doubt> {
    let slack = JUMP_MS.saturating_add(drift_ms.saturating_abs());
    let ended = run.finished_at.unwrap_or(i64::MAX);
    let mut found: BTreeMap<&str, &'static str> = BTreeMap::new();
    for s in sent.iter().filter(|s| s.observation_sha256.is_some()) {
        let early = !resync && made.contains(&s.check_id);
        if s.observed_at > ended.saturating_add(slack) {
            found.insert(&s.check_id, "it was read after the run had ended");
        } else if early && s.observed_at < run.started_at.saturating_sub(slack) {
            found.insert(&s.check_id, "it was read before the run had begun");
        }
    }
    let kind = IntegrityKind::SelfContradiction;
    let mut doubts: Vec<Doubt> = found
        .into_iter()
        .map(|(check, detail)| Doubt::new(kind, check, detail))
        .collect();
    if ended.saturating_add(slack) < run.started_at {
        doubts.push(Doubt::new(kind, "", "the run ended before it began"));
    }
    doubts
}

/// What the observations of a run say that cannot all be true, taken one by one: those of a hostile host would
/// be large together.
#[derive(Debug, Default)]
pub(super) struct Contradicted {
    told: Told,
    /// The hash of the package list and how many packages it holds, as the run tells.
    list: Option<(String, i64)>,
}

impl Contradicted {
    /// Takes what the run observed.
    pub(super) fn add(&mut self, observation: &Observation) {
        self.told.add(observation);
        if self.list.is_none() && observation.check == capdo_checks::run::LISTS_PACKAGES {
            let sha256 = observation.best("sha256").and_then(|f| f.value.as_text());
            let packages = observation.best("packages").and_then(|f| f.value.as_int());
            self.list = sha256.map(str::to_owned).zip(packages);
        }
    }

    /// `held` is the package list that the collector has: its hash and how many packages it holds.
    pub(super) fn doubts(self, held: Option<(&[u8], i64)>) -> Vec<Doubt> {
        let kind = IntegrityKind::SelfContradiction;
        let found = self.told.contradictions().into_iter();
        let mut doubts: Vec<Doubt> = found
            .map(|c| Doubt::new(kind, &c.check, c.detail))
            .collect();
        if let (Some((sha256, packages)), Some((held, count))) = (self.list, held)
            && sha256 == hex::encode(held)
            && packages != count
        {
            let detail =
                format!("it counts {packages} packages; the list with its hash has {count}");
            let lists = capdo_checks::run::LISTS_PACKAGES;
            doubts.push(Doubt::new(kind, lists, detail));
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_check_that_is_left_out_or_says_nothing_has_vanished() {
        let (before, made) = (
            set(&["ssh.root-login", "future.check"]),
            set(&["time.synchronised"]),
        );
        let doubts = vanished(&before, &made, &BTreeSet::new());
        let ids: Vec<&str> = doubts.iter().map(|d| d.check.as_str()).collect();
        let known = |id: &str| registry::find(id).is_some();
        let wanted: Vec<&str> = ["ssh.root-login", "time.synchronised"]
            .into_iter()
            .filter(|id| known(id))
            .collect();
        assert_eq!(ids, wanted);
        assert!(!wanted.is_empty());
        let found = made.iter().map(String::as_str).collect();
        assert!(vanished(&made, &made, &found).is_empty());
    }

    #[test]
    fn a_read_outside_its_run_is_seen_and_a_drifting_clock_is_not() {
        let mut run: Run = empty_run();
        (run.started_at, run.finished_at) = (1_000_000, Some(2_000_000));
        let sent = |at| {
            [Staged {
                check_id: "a".to_owned(),
                subject_kind: 1,
                subject_name: String::new(),
                observation_sha256: Some(vec![0; 32]),
                claimed_verdict: None,
                claim_mismatch: false,
                observed_at: at,
            }]
        };
        let made = set(&["a"]);
        let count = |at, resync, drift| out_of_time(&run, &made, &sent(at), resync, drift).len();
        assert_eq!(count(1_500_000, false, 0), 0);
        assert_eq!(count(100_000, false, 0), 1);
        assert_eq!(count(100_000, true, 0), 0);
        assert_eq!(count(100_000, false, -900_000), 0);
        assert_eq!(count(3_000_000, true, 0), 1);
    }

    fn empty_run() -> Run {
        Run {
            id: String::new(),
            host_id: String::new(),
            counter: 1,
            revision: 1,
            nonce: Vec::new(),
            catalogue_sha256: Vec::new(),
            checks: String::new(),
            checks_sha256: None,
            state: crate::store::run::RunState::Open,
            received_at: 0,
            started_at: 0,
            finished_at: None,
            state_sha256: None,
            state_findings: None,
            unchanged: None,
            cpu_ms: None,
            peak_rss_kib: None,
            cpu_limit_ms: None,
            rss_limit_kib: None,
            over_budget: None,
            missing_runs: None,
            missing_first_at: None,
            missing_last_at: None,
            signature: None,
            refused_why: None,
        }
    }
}
