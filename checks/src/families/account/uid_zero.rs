use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::accounts::Accounts,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Only `root` has user id 0. Any other such account is root under another name, and no log tells
/// them apart. A locked one counts too: its key or its cron job still works.
pub(super) struct UidZero;

const META: Meta = Meta {
    id: "account.uid-zero",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for UidZero {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let names: Vec<&str> = accounts
            .all
            .iter()
            .filter(|a| a.uid == 0)
            .map(|a| a.name.as_str())
            .collect();
        Ok(Facts::new()
            .configured("uid_zero", names, "/etc/passwd")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let names = case.list("uid_zero")?;
        let others: Vec<String> = names
            .iter()
            .map(|n| n.to_line())
            .filter(|n| n != "root")
            .collect();
        if names.is_empty() {
            return Ok(Judgement::unknown("unknown-none"));
        }
        Ok(if others.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail").with("accounts", others)
        })
    }
}
