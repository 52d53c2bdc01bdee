use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{
        Job, Jobs,
        dumps::Series,
        retention::Prune,
        stores::{Form, Store, Stores},
        tools::Target,
    },
    observation::{Facts, Gap, Seen, Subject, SubjectKind, Vantage},
    verdict::Judgement,
};

/// Copies reach back as far as the level asks, so that what was deleted or encrypted weeks ago can still
/// be fetched. What counts is the oldest copy that stands there, and how far copies lie apart; a rule
/// that would take copies away before their time (`restic forget`, `borg prune`, `find -mtime … -delete`,
/// the tools' configuration) is named.
///
/// Only dates that the tool itself recorded give a pass; times of files are easily set. borg and stores
/// on other machines show no dates at all: of those only the rule can be judged. Rules that count copies
/// say no time.
pub(super) struct Retention;

/// Copies that lie further apart than this many days, at most, leave a hole.
const HOLE: i64 = 62;

const META: Meta = Meta {
    id: "backup.retention",
    version: 2,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &["backup.max-age-days", "backup.retention-days"],
    always_applies: true,
};

impl Check for Retention {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let mut subjects = Vec::new();
        for store in stores.all.iter().filter(|s| s.form != Form::Empty) {
            let rules = jobs.prunes.iter().filter(|p| p.is_of(store));
            let rule = rules.min_by_key(|p| p.days);
            let facts = kept(store, rule);
            subjects.push((Subject::new(SubjectKind::File, &store.path), facts));
        }
        // Of what only another machine holds, the rule alone shows.
        for job in jobs.started().filter(|j| is_away(j)) {
            let tool = job.tool.trim_end_matches("matic");
            let rules = jobs.prunes.iter();
            let rules = rules.filter(|p| p.tool.trim_end_matches("matic") == tool);
            let here = |p: &&Prune| p.targets.iter().any(|t| matches!(t, Target::Local(_)));
            let rule = rules.filter(|p| !here(p)).min_by_key(|p| p.days);
            let subject = Subject::new(SubjectKind::File, &job.at);
            if subjects.iter().all(|(s, _)| *s != subject) {
                subjects.push((subject, said(Facts::new(), 0, rule)));
            }
        }
        if let Some(gap) = stores.gap.as_ref().or(jobs.gap.as_ref()) {
            let facts = said(Facts::new(), 0, None);
            let facts = facts.observed("not_seen", gap.to_string(), "ls -l");
            subjects.push((Subject::host(), facts));
        } else if subjects.is_empty() {
            subjects.push((Subject::host(), said(Facts::new(), 0, None)));
        }
        Ok(Seen::each(subjects))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let limit = case.threshold("backup.retention-days");
        if let Ok(detail) = case.text("not_seen") {
            return Ok(Judgement::unknown("unknown").with("detail", detail));
        }
        let copies = case.int("copies")?;
        let rule = case.int("rule_days").ok();
        let short_rule = rule.filter(|days| *days < limit);
        let Ok(age) = case.age_days("oldest") else {
            return Ok(match (short_rule, rule) {
                (Some(days), _) => Judgement::fail("fail-rule")
                    .with("days", days)
                    .with("at", case.text("rule_at")?)
                    .with("limit", limit),
                (None, Some(days)) => Judgement::partial("partial-rule")
                    .with("days", days)
                    .with("at", case.text("rule_at")?),
                (None, None) => Judgement::unknown("unknown-no-dates"),
            });
        };
        let newest = case.age_days("newest")?;
        if age < -1 || newest < -1 {
            return Ok(Judgement::unknown("unknown-future"));
        }
        let oldest = case.text("oldest")?;
        // A daily copy kept for 31 days is 30 days old before the next takes its place.
        let turn = case.threshold("backup.max-age-days").clamp(1, 7);
        let reaches = age + turn >= limit && copies >= 2;
        if let Some(days) = short_rule {
            let judgement = if reaches {
                Judgement::partial("partial-short-rule")
            } else {
                Judgement::fail("fail-rule")
            };
            let judgement = judgement.with("days", days).with("limit", limit);
            return Ok(judgement.with("at", case.text("rule_at")?));
        }
        let shown = |j: Judgement| j.with("date", oldest).with("copies", copies);
        if !reaches {
            return Ok(match rule {
                Some(_) => shown(Judgement::partial("partial-young")),
                None => shown(Judgement::unknown("unknown-short")).with("limit", limit),
            });
        }
        let hole = case.int("longest_gap_days")?;
        Ok(if hole > HOLE {
            shown(Judgement::partial("partial-hole")).with("days", hole)
        } else if case.flag("recorded")? {
            shown(Judgement::pass("pass"))
        } else {
            shown(Judgement::partial("partial-files"))
        })
    }
}

/// Whether a job sends its copies to other machines only.
fn is_away(job: &Job) -> bool {
    let remote = |t: &Target| matches!(t, Target::Remote(_));
    !job.targets.is_empty() && job.targets.iter().all(remote)
}

/// What stands in a store: the dates of the series that reaches back least.
fn kept(store: &Store, rule: Option<&Prune>) -> Facts {
    // One line of a log stands for the newest copy only.
    let recorded = !store.records.is_empty() && store.records.len() >= store.files.len().min(2);
    let mut dates = if recorded {
        store.records.clone()
    } else if store.form.has_files() {
        shortest(&store.series)
    } else {
        store.files.clone()
    };
    dates.sort();
    dates.dedup();
    let apart = dates.iter().zip(dates.iter().skip(1));
    let longest = apart
        .map(|(a, b)| (b.as_second() - a.as_second()) / 86_400)
        .max();
    let from = format!("ls -l --time-style=long-iso {}", store.path);
    let facts = Facts::new()
        .maybe("oldest", Vantage::Observed, dates.first().copied(), &from)
        .maybe("newest", Vantage::Observed, dates.last().copied(), &from)
        .observed("longest_gap_days", longest.unwrap_or(0), &from)
        .observed("recorded", recorded, from);
    said(facts, dates.len(), rule)
}

/// The days of the series that reaches back least, of those that are still added to.
fn shortest(series: &[Series]) -> Vec<Timestamp> {
    let days = |s: &Series| -> Vec<Timestamp> {
        let at = s.points.iter().map(|p| crate::facts::dates::day(p.at));
        at.collect()
    };
    let newest = series.iter().filter_map(|s| s.newest()).map(|p| p.at).max();
    // A single file by hand is no series, unless nothing else stands there.
    let goes_on = |s: &&Series| {
        let last = s.newest().map(|p| p.at.as_second());
        let end = newest.map(|n| n.as_second());
        last.zip(end).is_some_and(|(l, e)| e - l <= 8 * 86_400)
    };
    let long = series.iter().filter(goes_on).filter(|s| s.points.len() > 1);
    let shortest = long.map(days).max_by_key(|d| d.first().copied());
    let any = || series.iter().flat_map(days).collect();
    shortest.unwrap_or_else(any)
}

fn said(facts: Facts, copies: usize, rule: Option<&Prune>) -> Facts {
    let from = rule.map_or("crontab -l; systemctl cat '*.timer'", |r| r.at.as_str());
    facts
        .observed("copies", copies, "ls -l")
        .maybe("rule_days", Vantage::Configured, rule.map(|r| r.days), from)
        .maybe(
            "rule_at",
            Vantage::Configured,
            rule.map(|r| r.at.as_str()),
            from,
        )
}
