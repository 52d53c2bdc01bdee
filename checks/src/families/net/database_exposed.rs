//! Whether databases are reachable from other machines.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        firewall::{LetIn, Outcome, Stance},
        host_firewall::Firewall,
        services,
        sockets::{Listener, Sockets},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Databases listen on the loopback only. One that the owner declared, or that the packet filter keeps
/// away, makes the verdict partial: encryption and sources are not proved here, and container engines
/// lead packets past the input rules.
pub(super) struct DatabaseExposed;

const META: Meta = Meta {
    id: "net.database-exposed",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for DatabaseExposed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let here = sockets
            .listeners
            .iter()
            .filter(|l| services::is_database(l));
        let reachable: Vec<_> = here.clone().filter(|l| l.reachable()).collect();
        let filter = cx.get::<Firewall>().ok();
        let kept_away = |l: &&&Listener| filter.as_ref().is_some_and(|f| blocks(f, l));
        let blocked: Vec<_> = reachable.iter().filter(kept_away).copied().collect();
        let facts = Facts::new()
            .observed("databases", super::ports(here), super::TABLES)
            .observed(
                "blocked",
                super::ports(blocked),
                "nft list ruleset, iptables-save",
            )
            .observed("reachable", super::ports(reachable), super::TABLES)
            .observed("unnamed", sockets.any_unnamed(), super::TABLES)
            .configured("expected", super::expected(cx), super::SETTING);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.list("databases")?.is_empty() && case.flag("unnamed")? {
            return Ok(Judgement::unknown("unknown-process"));
        }
        if case.list("databases")?.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (reachable, blocked) = (case.list("reachable")?, case.list("blocked")?);
        let extra = super::undeclared(reachable, case.list("expected")?);
        let open: Vec<String> = extra
            .into_iter()
            .filter(|e| !super::undeclared(blocked, &[]).contains(e))
            .collect();
        Ok(if reachable.is_empty() {
            Judgement::pass("pass")
        } else if open.is_empty() {
            let all = super::undeclared(reachable, &[]);
            Judgement::partial("partial").with("ports", all)
        } else {
            Judgement::fail("fail").with("ports", open)
        })
    }
}

/// Whether the filter denies by default and no rule lets anybody in to the port.
fn blocks(filter: &Firewall, listener: &Listener) -> bool {
    // docker-proxy's packets are redirected before the input rules see them; a listener without a
    // name may be one.
    if matches!(listener.process.as_deref(), None | Some("docker-proxy")) {
        return false;
    }
    let shut = |o: &Outcome| {
        o.default == Stance::Closed
            && !o
                .let_in
                .iter()
                .any(|l| service(l) && l.covers(listener.port))
    };
    shut(&filter.v4) && (!filter.v6_in_use || shut(&filter.v6))
}

/// A rule without ports lets in answers, ICMP or a source: only a source matters here.
fn service(rule: &LetIn) -> bool {
    rule.ports.is_some() || rule.source
}
