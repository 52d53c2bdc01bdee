use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        dates::day,
        journald::{JournalSpan, Journald},
        log_files::LogFiles,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// Log-ins are recorded: the file of log-ins (or the journal on disk) has been written to within
/// the last week, and `wtmp` or its successor exists. Cron alone writes there every hour, so a
/// silent file means that recording broke. What the entries say is not read.
pub(super) struct LoginRecords;

const META: Meta = Meta {
    id: "log.login-records",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// Days of silence after which recording is taken to be broken.
const SILENCE: i64 = 7;
const SESSIONS: [&str; 2] = ["/var/log/wtmp", "/var/lib/wtmpdb/wtmp.db"];

impl Check for LoginRecords {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let newest = cx
            .get::<LogFiles>()?
            .login_span()
            .map(|(_, newest)| day(newest));
        let mut sessions = false;
        for path in SESSIONS {
            sessions |= cx.host().stat_if_any(path)?.is_some();
        }
        let mut facts = Facts::new()
            .observed(
                "text_log",
                newest.is_some(),
                "/var/log/auth.log /var/log/secure",
            )
            .maybe(
                "newest_text",
                Vantage::Observed,
                newest,
                "/var/log/auth.log /var/log/secure",
            )
            .observed("sessions", sessions, SESSIONS.join(" "));
        let journal = cx.get::<Journald>()?.files;
        facts = facts.observed("journal_kept", journal, "/var/log/journal");
        if journal {
            let newest = cx.get::<JournalSpan>()?.newest.map(day);
            facts = facts.maybe(
                "newest_journal",
                Vantage::Observed,
                newest,
                "journalctl --header",
            );
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (text, journal) = (case.flag("text_log")?, case.flag("journal_kept")?);
        if !text && !journal {
            return Ok(Judgement::fail("fail"));
        }
        // A text log that an older release left behind says nothing against the journal.
        let in_journal = case.fact("newest_journal").is_some();
        let newer = || Ok(case.time("newest_journal")? > case.time("newest_text")?);
        let name = if text && !(in_journal && newer()?) {
            "newest_text"
        } else {
            "newest_journal"
        };
        let days = case.age_days(name)?;
        let date = case.text(name)?.get(..10).unwrap_or_default();
        Ok(if days < -1 {
            Judgement::unknown("unknown-future").with("date", date)
        } else if days > SILENCE {
            Judgement::fail("fail-silent").with("date", date)
        } else if !case.flag("sessions")? {
            Judgement::partial("partial-sessions").with("date", date)
        } else {
            Judgement::pass("pass").with("date", date)
        })
    }
}
