use super::paths;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_paths::SshPaths,
    observation::{Facts, Gap, Seen},
    verdict::{Judgement, Verdict},
};

/// Nobody comes in over SSH with one factor alone: for root and for an ordinary user, from here and
/// from outside, and for every `Match` block that can be met on purpose, each chain of methods that
/// sshd accepts is followed through the PAM stack, and the weakest way decides. It cannot see
/// whether a key's passphrase is set (the server never learns), nor what a directory or RADIUS
/// server asks for; where such a server decides, the verdict is unknown.
pub(super) struct Ssh;

const META: Meta = Meta {
    id: "mfa.ssh",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for Ssh {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = cx.get::<SshPaths>()?;
        if !found.present {
            return Ok(Facts::new()
                .configured(
                    "sshd_present",
                    false,
                    "/usr/sbin/sshd, /etc/ssh/sshd_config",
                )
                .into());
        }
        Ok(Facts::new()
            .configured("sshd_present", true, "/usr/sbin/sshd, /etc/ssh/sshd_config")
            .add("paths", found.vantage, found.paths.clone(), &found.source)
            .configured("tokens", found.tokens.clone(), "/etc/pam.d/sshd")
            .configured(
                "unresolved",
                found.unresolved.clone(),
                "/etc/ssh/sshd_config",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sshd_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let judgement = paths::judge(case)?;
        let unresolved = case.list("unresolved")?;
        let good = matches!(judgement.verdict, Verdict::Pass | Verdict::Partial);
        if good && !unresolved.is_empty() {
            return Ok(Judgement::unknown("unknown-match").with("blocks", unresolved.to_vec()));
        }
        Ok(judgement)
    }
}
