use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::accounts::{Accounts, Password, Shadows},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A new password stays for a day at least, so that nobody runs through the history back to the
/// old one. Counts accounts that can log in and have a password.
pub(super) struct MinAge;

const META: Meta = Meta {
    id: "password.min-age",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for MinAge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        let mut people = 0_usize;
        let mut without = Vec::new();
        for account in accounts.all.iter().filter(|a| a.has_login_shell()) {
            let Some(shadow) = shadows.0.get(&account.name) else {
                continue;
            };
            if shadow.password == Password::Locked {
                continue;
            }
            people += 1;
            if shadow.min_days.unwrap_or(0) < 1 {
                without.push(account.name.clone());
            }
        }
        Ok(Facts::new()
            .configured("with_password", people, "/etc/shadow")
            .configured("without_count", without.len(), "/etc/shadow")
            .configured("without", without, "/etc/shadow")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let people = case.int("with_password")?;
        let without = case.int("without_count")?;
        let names = case.list("without")?.to_vec();
        Ok(if people == 0 {
            Judgement::not_applicable("not-applicable")
        } else if without == 0 {
            Judgement::pass("pass")
        } else if without < people {
            Judgement::partial("partial").with("accounts", names)
        } else {
            Judgement::fail("fail").with("accounts", names)
        })
    }
}
