//! Whether SNMP asks for authentication and encryption.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{snmp, sockets::Sockets},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// An SNMP agent that is reachable knows no community of versions 1 and 2c, and its users must encrypt.
/// Only Net-SNMP's own files are read; another agent on the port leaves the verdict unknown.
pub(super) struct SnmpSafe;

const META: Meta = Meta {
    id: "net.snmp-safe",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for SnmpSafe {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let here = sockets.listeners.iter().filter(|l| l.port == 161);
        let facts = Facts::new().observed("listeners", super::ports(here), super::TABLES);
        let Some(conf) = snmp::read(cx.host())? else {
            return Ok(facts.into());
        };
        let source = "/etc/snmp/snmpd.conf";
        let facts = facts
            .configured("communities", conf.communities, source)
            .configured("users", conf.users, source)
            .configured("unencrypted_users", conf.unencrypted, source);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.list("listeners")?.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (communities, users) = (case.int("communities")?, case.int("users")?);
        Ok(if communities > 0 {
            Judgement::fail("fail-community")
        } else if case.int("unencrypted_users")? > 0 {
            Judgement::fail("fail-unencrypted")
        } else if users > 0 {
            Judgement::pass("pass")
        } else {
            Judgement::unknown("unknown-no-user")
        })
    }
}
