use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::pwpolicy::PasswordPolicy,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Old passwords cannot be used again. The figure stands in the module's arguments or its file,
/// and counts only where no password gets past the module. Where the level asks for no history,
/// the check does not apply.
pub(super) struct History;

const META: Meta = Meta {
    id: "password.history",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &["password.history"],
    always_applies: false,
};

impl Check for History {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let policy = cx.get::<PasswordPolicy>()?;
        let source = &policy.history_source;
        Ok(Facts::new()
            .configured("local_passwords", policy.unix, "/etc/pam.d/passwd")
            .configured("remembered", policy.history, source)
            .configured("binds", policy.history_binds, source)
            .configured("binds_root", policy.history_binds_root, source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let wanted = case.threshold("password.history");
        if wanted == 0 {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !case.flag("local_passwords")? {
            return Ok(Judgement::unknown("unknown-elsewhere"));
        }
        let found = case.int("remembered")?;
        let judgement = if found == 0 {
            Judgement::fail("fail-none")
        } else if !case.flag("binds")? {
            Judgement::fail("fail-loose")
        } else if found < wanted {
            Judgement::fail("fail-few")
        } else if case.flag("binds_root")? {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-root")
        };
        Ok(judgement.with("remembered", found).with("wanted", wanted))
    }
}
