//! Whether services that send passwords in the clear are reachable.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{inetd, services, sockets::Sockets},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No Telnet, rsh, TFTP or VNC is reachable from other machines or kept ready by inetd. FTP, POP3 and
/// IMAP on their clear ports may insist on STARTTLS: they make the verdict partial. A service on an
/// unusual port under an unusual name is not recognised.
pub(super) struct PlaintextServices;

const META: Meta = Meta {
    id: "net.plaintext-services",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for PlaintextServices {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let of = |kind| {
            let found = sockets
                .reachable()
                .filter(move |l| services::clear(l) == Some(kind));
            super::ports(found)
        };
        let facts = Facts::new()
            .observed("clear", of(services::Clear::Always), super::TABLES)
            .observed("maybe", of(services::Clear::Maybe), super::TABLES)
            .observed("unnamed", sockets.any_unnamed(), super::TABLES)
            .configured(
                "inetd",
                inetd::clear_services(cx)?,
                "/etc/inetd.conf, /etc/xinetd.d",
            );
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let clear = super::undeclared(case.list("clear")?, &[]);
        let maybe = super::undeclared(case.list("maybe")?, &[]);
        let inetd = super::lines(case.list("inetd")?);
        Ok(if !clear.is_empty() {
            Judgement::fail("fail").with("services", clear)
        } else if !inetd.is_empty() {
            Judgement::fail("fail-inetd").with("services", inetd)
        } else if case.flag("unnamed")? {
            Judgement::unknown("unknown-process") // any program may stand at any port
        } else if !maybe.is_empty() {
            Judgement::partial("partial").with("services", maybe)
        } else {
            Judgement::pass("pass")
        })
    }
}
