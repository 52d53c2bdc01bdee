use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::restore_tests::{PATH, Record, parse},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// Somebody restored a backup within the time that the level allows, compared the result and wrote it
/// down in the record `/var/lib/capdo-agent/restore-tests.toml`. The record is the owner's word: it
/// says who did what and when, so that it can be asked about. Checking a repository is no restore.
pub(super) struct RestoreTest;

const META: Meta = Meta {
    id: "backup.restore-test",
    version: 1,
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
        let newest = tests.iter().filter(|t| t.counts()).max_by_key(|t| t.date);
        let failed = tests.iter().filter(|t| !t.counts()).count();
        Ok(Facts::new()
            .configured("tests", tests.len(), PATH)
            .configured("not_counted", failed, PATH)
            .configured("tested", newest.is_some(), PATH)
            .maybe(
                "last_test",
                Vantage::Configured,
                newest.and_then(Record::at),
                PATH,
            )
            .maybe(
                "what",
                Vantage::Configured,
                newest.map(|t| t.backup.as_str()),
                PATH,
            )
            .maybe(
                "compared",
                Vantage::Configured,
                newest.map(|t| t.compared.as_str()),
                PATH,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("tested")? {
            return Ok(if case.int("tests")? == 0 {
                Judgement::fail("fail-none")
            } else {
                Judgement::fail("fail-not-counted")
            });
        }
        let limit = case.threshold("backup.restore-test-days");
        let judgement = match case.age_days("last_test")? {
            age if age < -1 => Judgement::unknown("unknown-future"),
            age if age > limit => Judgement::fail("fail").with("limit", limit),
            _ => Judgement::pass("pass"),
        };
        Ok(judgement.with("date", case.text("last_test")?))
    }
}
