//! What holds now: it follows from the history, and the verdicts from the evidence.

use capdo_checks::registry;

use super::{
    Report,
    history::{Held, History},
    said,
};
use crate::{
    assess::measure,
    clock::timestamp,
    ingest::rejudge::conclude_stored,
    store::{
        Db, Result, Scope,
        finding::{self, Finding},
        host::Host,
        record::{Entry, Kind},
        run::Run,
    },
};

/// Compares the findings of a host with its history, with its last run, and with their evidence.
pub(super) async fn verify(
    db: &mut Db,
    host: &Host,
    history: &History<'_>,
    last: Option<&(Run, Entry)>,
    recorded: &[Entry],
    report: &mut Report,
) -> Result<()> {
    let all = finding::of_host(db, &Scope::All, &host.id).await?;
    let broken = report.broken.len();
    let mut seen = 0;
    for held in &all {
        let f = &held.finding;
        report.findings += 1;
        let key = (f.check_id.clone(), f.subject_kind, f.subject_name.clone());
        match history.state.get(&key) {
            None => report.breaks("finding", row(f), "unrecorded", ""),
            Some(told) => {
                seen += 1;
                if let Some(column) = differs(told, f) {
                    report.breaks("finding", row(f), "differs", column);
                }
            }
        }
    }
    if seen < history.state.len() {
        let there = |key: &(String, i32, String)| {
            all.iter().any(|h| {
                let f = &h.finding;
                (&f.check_id, f.subject_kind, &f.subject_name) == (&key.0, key.1, &key.2)
            })
        };
        for key in history.state.keys().filter(|key| !there(key)) {
            let row = format!("{} {} {}", host.id, key.0, key.2);
            report.breaks("finding", row.trim_end(), "missing", "");
        }
    }
    if report.broken.len() == broken {
        let mine = all.iter().map(|h| &h.finding);
        let mine = mine.filter(|f| !registry::is_collected(&f.check_id));
        let sum = hex::encode(finding::digest(mine));
        let wanted = last.map(|(_, entry)| said(&entry.said(), "findings_sha256"));
        if wanted.is_some_and(|w| !w.is_empty() && w != sum) {
            report.breaks("finding", host.id.clone(), "claims", "");
        }
    }
    for held in &all {
        let made_here = registry::is_collected(&held.finding.check_id);
        let rules = rules(recorded, made_here);
        judged(&held.finding, &held.bytes, rules.as_ref(), report);
    }
    Ok(())
}

/// By which rules the findings were judged last: standard, level and judge.
fn rules(recorded: &[Entry], made_here: bool) -> Option<(String, u8, String)> {
    let kind = if made_here { Kind::Changes } else { Kind::Run };
    let last = recorded.iter().rfind(|e| e.kind == kind)?.said();
    let level = last["level"].as_u64().and_then(|l| u8::try_from(l).ok())?;
    Some((said(&last, "standard"), level, said(&last, "judge")))
}

/// Judges again, where the rules were the ones that this program has.
fn judged(f: &Finding, bytes: &[u8], rules: Option<&(String, u8, String)>, report: &mut Report) {
    let Some((standard, level, _)) = rules.filter(|r| r.2 == measure::judge()) else {
        report.judged_by_other_rules += 1;
        return;
    };
    let thresholds = measure::thresholds(standard, *level);
    let ours = conclude_stored(bytes, timestamp(f.confirmed_at), &thresholds);
    let reason = serde_json::to_string(&ours.reason).unwrap_or_default();
    if ours.verdict.code() != f.verdict || reason != f.reason {
        report.breaks("finding", row(f), "verdict", ours.verdict.code());
    }
}

/// The column in which a finding is not what its history says.
fn differs(told: &Held, f: &Finding) -> Option<&'static str> {
    if told.sha256 != f.observation_sha256 {
        Some("observation_sha256")
    } else if told.verdict != f.verdict {
        Some("verdict")
    } else if told.reason != f.reason {
        Some("reason")
    } else if told.since != f.since {
        Some("since")
    } else {
        None
    }
}

fn row(f: &Finding) -> String {
    format!("{} {} {}", f.host_id, f.check_id, f.subject_name)
        .trim_end()
        .to_owned()
}
