use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        dates::day,
        journald::{JournalSpan, Journald},
        log_files::LogFiles,
        logrotate::Logrotate,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The system's log, that of log-ins included, is kept on this host for as many days as the level
/// asks. Two proofs count: a rotation that guarantees the days, or entries that really reach back
/// so far. A journal bounded only by size guarantees no age, so for it only what is there counts.
/// Logs kept elsewhere are not seen.
pub(super) struct Retention;

const META: Meta = Meta {
    id: "log.retention",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &["log.retention-days"],
    always_applies: false,
};

impl Check for Retention {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let files = cx.get::<LogFiles>()?;
        let rotation = cx.get::<Logrotate>()?;
        let journald = cx.get::<Journald>()?;
        let path = files.login_path();
        let mut facts = Facts::new()
            .configured("text_log", path.is_some(), path.unwrap_or("/var/log"))
            .configured("journal_kept", journald.files, "/var/log/journal");
        if path.is_some() {
            // The log kept for the shortest time counts. Without a rule nothing is ever deleted;
            // the room on disk is another check's concern.
            let rules = files.current().filter_map(|p| rotation.rule_for(p));
            let kept = rules
                .map(|r| (r.days.unwrap_or(-1), r.source.as_str()))
                .min()
                .unwrap_or((36_500, "/etc/logrotate.d"));
            facts = facts.configured("rotated_days", kept.0, kept.1);
        }
        let oldest_text = files.login_span().map(|(oldest, _)| day(oldest));
        facts = facts.observed("text_filled", oldest_text.is_some(), "/var/log");
        facts = facts.maybe("oldest_text", Vantage::Observed, oldest_text, "/var/log");
        if journald.files {
            let cap = journald.max_retention_days;
            let span = cx.get::<JournalSpan>()?;
            let oldest = span.oldest.map(day);
            facts = facts
                .maybe(
                    "journal_cap_days",
                    Vantage::Configured,
                    cap,
                    "/etc/systemd/journald.conf",
                )
                .maybe(
                    "oldest_journal",
                    Vantage::Observed,
                    oldest,
                    "journalctl --header",
                );
        }
        let since = cx
            .host()
            .stat_if_any("/etc/machine-id")?
            .map(|s| day(s.mtime));
        Ok(facts
            .maybe("host_since", Vantage::Observed, since, "/etc/machine-id")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let wanted = case.threshold("log.retention-days");
        if wanted == 0 {
            // The standard names no period at this level: there is nothing to meet or to miss.
            return Ok(Judgement::not_applicable("not-applicable-level"));
        }
        let age = |name: &str| case.fact(name).map(|_| case.age_days(name)).transpose();
        let host = age("host_since")?;
        let said = |j: Judgement, days: i64| j.with("days", days).with("wanted", wanted);
        let journal = age("oldest_journal")?.unwrap_or(0);
        let capped =
            case.fact("journal_cap_days").is_some() && case.int("journal_cap_days")? < wanted;
        if case.flag("journal_kept")? && !capped && journal >= wanted {
            return Ok(said(Judgement::pass("pass-journal"), journal));
        }
        // An empty file is no log.
        if !case.flag("text_log")? || !case.flag("text_filled")? {
            return without_text(case, journal, host, wanted);
        }
        let rotated = case.int("rotated_days")?;
        let present = age("oldest_text")?.unwrap_or(0);
        Ok(if rotated < 0 {
            said(Judgement::fail("fail-size"), present)
        } else if rotated < wanted {
            said(Judgement::fail("fail"), rotated)
        } else if present >= wanted {
            said(Judgement::pass("pass"), rotated)
        } else if host.is_some_and(|h| h > wanted.saturating_add(7)) {
            said(Judgement::partial("partial-missing"), present)
        } else {
            // The age of a host rests on the time of a file, which anyone can set.
            said(Judgement::partial("partial-young"), rotated)
        })
    }
}

/// Only the journal is there, and it does not reach back far enough.
fn without_text(
    case: &Case<'_>,
    journal: i64,
    host: Option<i64>,
    wanted: i64,
) -> Result<Judgement, Missing> {
    let judgement = if !case.flag("journal_kept")? {
        Judgement::fail("fail-none")
    } else if host.is_some_and(|h| h > wanted) || case.fact("journal_cap_days").is_some() {
        Judgement::fail("fail-journal")
    } else {
        // A young host with a journal bounded by size: time will show.
        Judgement::unknown("unknown-young")
    };
    Ok(judgement.with("days", journal).with("wanted", wanted))
}
