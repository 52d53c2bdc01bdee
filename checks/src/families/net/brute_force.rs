//! Whether somebody who guesses passwords over SSH is locked out.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{guard, sockets::Sockets},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Fail2ban, CrowdSec or sshguard runs, or sshd itself slows down who guesses (OpenSSH 9.8 and later).
/// For fail2ban the jail `sshd` must be on. Whether a ban takes effect is not tried.
pub(super) struct BruteForce;

const META: Meta = Meta {
    id: "net.brute-force",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for BruteForce {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let has_ssh = !sockets.ssh().is_empty();
        let facts = Facts::new().observed("ssh", has_ssh, super::TABLES);
        if !has_ssh {
            return Ok(facts
                .observed("unnamed", sockets.any_unnamed(), super::TABLES)
                .into());
        }
        let jail = guard::sshd_jail(cx.host())?;
        let facts = facts
            .effective(
                "running",
                guard::running(cx.host())?,
                "systemctl show fail2ban crowdsec sshguard",
            )
            .configured("jail", jail.on, "/etc/fail2ban")
            .configured("ban_action", jail.action, "/etc/fail2ban (banaction)")
            .observed("can_ban", jail.can_ban, "command -v iptables nft");
        let penalties = guard::penalties(cx.host())?;
        Ok(facts.effective("penalties", penalties, "sshd -T").into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("ssh")? && case.flag("unnamed")? {
            return Ok(Judgement::unknown("unknown-process"));
        }
        if !case.flag("ssh")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let running = super::lines(case.list("running")?);
        let on = |name: &str| running.iter().any(|r| r == name);
        Ok(if case.flag("penalties")? {
            Judgement::pass("pass-penalties")
        } else if on("crowdsec") || on("sshguard") {
            Judgement::pass("pass").with("guards", running)
        } else if on("fail2ban") && case.flag("jail")? {
            if case.flag("can_ban")? {
                Judgement::pass("pass").with("guards", running)
            } else {
                Judgement::fail("fail-tool").with("action", case.text("ban_action")?)
            }
        } else if on("fail2ban") {
            Judgement::fail("fail-jail")
        } else {
            Judgement::fail("fail")
        })
    }
}
