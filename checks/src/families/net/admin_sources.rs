//! Whether administrators can come from certain addresses only.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        firewall::{Outcome, Stance},
        guard,
        host_firewall::Firewall,
        sockets::Sockets,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The packet filter lets SSH in from certain sources only, or SSH listens on private addresses only.
/// The filter's own view counts in full; a private listening address is partial, for everybody on that
/// network may knock, and so are sources that sshd alone checks (AllowUsers user@net).
pub(super) struct AdminSources;

const META: Meta = Meta {
    id: "net.admin-sources",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for AdminSources {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let ssh = sockets.ssh();
        let facts = Facts::new().observed("ssh", !ssh.is_empty(), super::TABLES);
        if ssh.is_empty() {
            return Ok(facts
                .observed("unnamed", sockets.any_unnamed(), super::TABLES)
                .into());
        }
        let private = ssh.iter().all(|l| is_private(l.addr));
        let fw = cx.get::<Firewall>()?;
        let bound = |o: &Outcome| ssh.iter().all(|l| binds(o, l.port));
        let both = bound(&fw.v4) && (!fw.v6_in_use || bound(&fw.v6));
        let facts = facts
            .observed("private_address", private, super::TABLES)
            .effective("filter_binds_sources", both, &fw.source);
        let users = guard::users_bound(cx.host());
        let facts = facts.maybe(
            "users_bound",
            Vantage::Effective,
            users,
            "sshd -T (allowusers)",
        );
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("ssh")? && case.flag("unnamed")? {
            return Ok(Judgement::unknown("unknown-process"));
        }
        if !case.flag("ssh")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        Ok(if case.flag("filter_binds_sources")? {
            Judgement::pass("pass")
        } else if case.flag("private_address")? {
            Judgement::partial("partial")
        } else if case.flag("users_bound")? {
            Judgement::partial("partial-users")
        } else {
            Judgement::fail("fail")
        })
    }
}

/// Whether all rules that let in to `port` bind the source. A rule without ports that binds none
/// is for answers, ICMP or the loopback, or else the filter does not count as closed.
fn binds(outcome: &Outcome, port: u16) -> bool {
    let open = |l: &crate::facts::firewall::LetIn| l.ports.is_some() && l.covers(port) && !l.source;
    outcome.default == Stance::Closed && !outcome.let_in.iter().any(open)
}

fn is_private(addr: std::net::IpAddr) -> bool {
    match addr {
        std::net::IpAddr::V4(v4) => v4.is_private(),
        std::net::IpAddr::V6(v6) => v6.is_unique_local(),
    }
}
