use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::accounts::Accounts,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every password hash stands in `/etc/shadow`, which only root reads, and none in `/etc/passwd`,
/// which everybody reads. Lines that hand over to NIS leave it open where the hashes are.
pub(super) struct Shadowed;

const META: Meta = Meta {
    id: "account.shadowed",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for Shadowed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let bare = accounts.all.iter().filter(|a| a.unshadowed);
        let names: Vec<&str> = bare.map(|a| a.name.as_str()).collect();
        Ok(Facts::new()
            .configured("accounts", accounts.all.len(), "/etc/passwd")
            .configured("unshadowed", names, "/etc/passwd")
            .configured("odd_lines", accounts.odd_lines.clone(), "/etc/passwd")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let names = case.list("unshadowed")?;
        let odd = case.list("odd_lines")?;
        Ok(if !names.is_empty() {
            Judgement::fail("fail").with("accounts", names.to_vec())
        } else if !odd.is_empty() {
            Judgement::unknown("unknown-lines").with("lines", odd.to_vec())
        } else if case.int("accounts")? == 0 {
            Judgement::unknown("unknown-none")
        } else {
            Judgement::pass("pass")
        })
    }
}
