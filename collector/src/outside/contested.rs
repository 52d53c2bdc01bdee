//! Findings as they count: what a look from outside contests is shown as not assessed, with the look.
//! Stored findings stay as their evidence was judged.

use std::collections::BTreeMap;

use capdo_checks::{Reason, Value, Verdict, score::Contest};

use crate::{
    clock::timestamp,
    store::{contradiction::Standing, finding::Held},
};

/// The key of the reason.
const REASON: &str = "common-contested";

/// Puts the word of looks over what they contest at `now`, by the rule of the score: all that a check
/// says of a host but its failures.
pub fn overlay(held: &mut [Held], against: &[Standing], now: i64) {
    let mut latest: BTreeMap<String, i64> = BTreeMap::new();
    for h in held.iter().filter(|_| !against.is_empty()) {
        let at = latest.entry(h.finding.check_id.clone()).or_default();
        *at = h.finding.confirmed_at.max(*at);
    }
    let contests: Vec<Contest> = against.iter().map(Standing::contest).collect();
    for finding in held.iter_mut().map(|h| &mut h.finding) {
        let confirmed = latest.get(&finding.check_id).copied().unwrap_or_default();
        let counts = |c: &&Contest| {
            c.check == finding.check_id && c.holds(timestamp(confirmed), timestamp(now))
        };
        let fails = finding.verdict == Verdict::Fail.code();
        let one = contests.iter().filter(counts).max_by_key(|c| c.seen_at);
        let Some(one) = one.filter(|_| !fails) else {
            continue;
        };
        finding.verdict = Verdict::Unknown.code().to_owned();
        finding.reason = serde_json::to_string(&reason(one)).unwrap_or_default();
    }
}

fn reason(contest: &Contest) -> Reason {
    let args = [
        ("endpoint", Value::from(contest.endpoint.as_str())),
        ("date", Value::from(contest.seen_at)),
        ("seen", Value::from(contest.seen.as_str())),
        ("claimed", Value::from(contest.claimed.as_str())),
    ];
    Reason {
        key: REASON.into(),
        args: args.map(|(name, value)| (name.into(), value)).into(),
    }
}
