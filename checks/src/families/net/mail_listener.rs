//! Whether the mail system takes mail from the network.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{services, sockets::Sockets},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No mail server listens beyond the loopback unless the owner declared port 25, 465 or 587. Whether a
/// declared one relays for strangers is not proved here, so it makes the verdict partial.
pub(super) struct MailListener;

const META: Meta = Meta {
    id: "net.mail-listener",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for MailListener {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let found = sockets.reachable().filter(|l| services::is_mail(l));
        let facts = Facts::new()
            .observed("mail", super::ports(found), super::TABLES)
            .configured("expected", super::expected(cx), super::SETTING);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let mail = case.list("mail")?;
        let extra = super::undeclared(mail, case.list("expected")?);
        Ok(if mail.is_empty() {
            Judgement::pass("pass")
        } else if extra.is_empty() {
            Judgement::partial("partial").with("ports", super::undeclared(mail, &[]))
        } else {
            Judgement::fail("fail").with("ports", extra)
        })
    }
}
