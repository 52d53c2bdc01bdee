use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        accounts::{Accounts, Groups},
        su,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Only members of one group may become another user with `su`; or nobody but root, where the
/// program has lost its set-uid bit. Other services that give a root shell (`pkexec`, `machinectl`)
/// are not looked at.
pub(super) struct SuRestricted;

const META: Meta = Meta {
    id: "sudo.su-restricted",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

const PROGRAMS: [&str; 2] = ["/usr/bin/su", "/bin/su"];
const PAM: &str = "/etc/pam.d/su";

impl Check for SuRestricted {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let mut setuid = None;
        for path in PROGRAMS {
            if let Some(stat) = cx.host().stat_if_any(path)? {
                setuid = Some(stat.mode & 0o4000 != 0);
                break;
            }
        }
        let facts = Facts::new().observed("su_present", setuid.is_some(), "/usr/bin/su, /bin/su");
        let Some(setuid) = setuid else {
            return Ok(facts.into());
        };
        let facts = facts.observed("setuid", setuid, "/usr/bin/su");
        let wheel = su::wheel(&cx.host().text(PAM)?);
        let facts = facts.configured("restricted", wheel.is_some(), PAM);
        let Some(wheel) = wheel else {
            return Ok(facts.into());
        };
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let exists = |name: &str| groups.0.iter().any(|g| g.name == name);
        // pam_wheel falls back to the group with id 0 where there is no `wheel`.
        let group = wheel
            .group
            .unwrap_or_else(|| if exists("wheel") { "wheel" } else { "root" }.to_owned());
        let source = format!("{PAM}:{}", wheel.line);
        Ok(facts
            .configured("use_uid", wheel.use_uid, &source)
            .configured("group", group.as_str(), &source)
            .configured("members", groups.members(&group, &accounts), "/etc/group")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("su_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !case.flag("setuid")? {
            return Ok(Judgement::pass("pass-no-setuid"));
        }
        if !case.flag("restricted")? {
            return Ok(Judgement::fail("fail"));
        }
        let (group, members) = (case.text("group")?, case.list("members")?);
        Ok(if case.flag("use_uid")? {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-login-name")
        }
        .with("group", group)
        .with("members", members.to_vec()))
    }
}
