use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::restore_tests::{PATH, Record, parse},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// Somebody restored a backup within the time that the level allows, and the agent compared what came
/// out with the original (`capdo-agent backup attest-restore --compare`). A test on somebody's word alone
/// is half of that, and a failed test after the last good one is a failure. Checking a repository is no
/// restore.
///
/// The record is the owner's word: it says who did what and when, so that it can be asked about. Root
/// can attest what never happened.
pub(super) struct RestoreTest;

const META: Meta = Meta {
    id: "backup.restore-test",
    version: 3,
    severity: Severity::High,
    confidence: Confidence::Low,
    needs: &[Need::Root],
    thresholds: &["backup.restore-test-days"],
    always_applies: true,
};

impl Check for RestoreTest {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let text = cx.host().text_if_any(PATH)?;
        let tests = match &text {
            Some(text) => parse(text).map_err(|e| Gap::parse(format!("{PATH}: {e}")))?,
            None => Vec::new(),
        };
        let newest = |only: &dyn Fn(&&Record) -> bool| {
            let fitting = tests.iter().filter(only);
            fitting.max_by_key(|t| (t.date, t.recorded))
        };
        let good = newest(&|t| t.counts());
        let compared = newest(&|t| t.counts() && t.is_compared());
        let failed = newest(&|t| !t.counts());
        let after = |f: &Record| good.is_none_or(|g| (f.date, f.recorded) > (g.date, g.recorded));
        let at = |test: Option<&Record>| test.and_then(Record::at);
        Ok(Facts::new()
            .configured("tests", tests.len(), PATH)
            .configured("tested", good.is_some(), PATH)
            .configured("failed_last", failed.is_some_and(after), PATH)
            .maybe("last_failed", Vantage::Configured, at(failed), PATH)
            .maybe("last_test", Vantage::Configured, at(good), PATH)
            .maybe("last_compared", Vantage::Configured, at(compared), PATH)
            .maybe(
                "what",
                Vantage::Configured,
                good.map(|t| t.target.as_str()),
                PATH,
            )
            .maybe("by", Vantage::Configured, good.map(|t| t.by.as_str()), PATH)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("tests")? == 0 {
            return Ok(Judgement::fail("fail-none"));
        }
        if case.flag("failed_last")? {
            return Ok(Judgement::fail("fail-failed").with("date", case.text("last_failed")?));
        }
        let limit = case.threshold("backup.restore-test-days");
        let (date, age) = (case.text("last_test")?, case.age_days("last_test")?);
        let compared = case.age_days("last_compared").ok();
        if age < -1 || compared.is_some_and(|c| c < -1) {
            return Ok(Judgement::unknown("unknown-future").with("date", date));
        }
        if compared.is_some_and(|c| c <= limit) {
            return Ok(Judgement::pass("pass").with("date", case.text("last_compared")?));
        }
        let judgement = if age <= limit {
            Judgement::partial("partial")
        } else {
            Judgement::fail("fail").with("limit", limit)
        };
        Ok(judgement.with("date", date))
    }
}
