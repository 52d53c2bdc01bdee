use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::enrolment::Enrolment as Found,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Everybody who can log in has a secret for the second factor, and nobody else may read it, or write
/// the list of devices. It looks at existence and permissions only; whether the person still has the device it cannot see.
/// It does not apply where no second-factor module is configured: other checks say that.
pub(super) struct Enrolment;

const META: Meta = Meta {
    id: "mfa.enrolment",
    version: 2,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for Enrolment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = cx.get::<Found>()?;
        Ok(Facts::new()
            .configured("modules", found.modules.clone(), "/etc/pam.d")
            .configured("central", found.central.clone(), "/etc/pam.d")
            .configured("people", found.people, "/etc/passwd, /etc/shadow")
            .configured("without_count", found.without.len(), "home folders")
            .configured("without", found.without.clone(), "home folders")
            .configured("readable", found.readable.clone(), "home folders")
            .configured("writable", found.writable.clone(), "home folders")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let central = case.list("central")?;
        if !central.is_empty() {
            return Ok(Judgement::unknown("unknown-central").with("modules", central.to_vec()));
        }
        if case.list("modules")?.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let readable = case.list("readable")?;
        if !readable.is_empty() {
            return Ok(Judgement::fail("fail-readable").with("files", readable.to_vec()));
        }
        let writable = case.list("writable")?;
        if !writable.is_empty() {
            return Ok(Judgement::fail("fail-writable").with("files", writable.to_vec()));
        }
        let people = case.int("people")?;
        let without = case.int("without_count")?;
        let names = case.list("without")?.to_vec();
        Ok(if people == 0 {
            Judgement::unknown("unknown-nobody")
        } else if without == 0 {
            Judgement::pass("pass").with("people", people)
        } else if without < people {
            Judgement::partial("partial").with("accounts", names)
        } else {
            Judgement::fail("fail").with("accounts", names)
        })
    }
}
