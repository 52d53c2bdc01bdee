use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Accounts, Password, Shadows},
        pam::{self, Facility},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No login service accepts an empty password. Debian ships `nullok`, which does no harm while no
/// account has an empty password: that is a weakness in waiting, not an open door.
pub(super) struct NoNullok;

const META: Meta = Meta {
    id: "password.no-nullok",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

/// Services through which people log in.
const SERVICES: [&str; 7] = [
    "login",
    "sshd",
    "su",
    "sudo",
    "gdm-password",
    "lightdm",
    "cockpit",
];

impl Check for NoNullok {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let mut services = Vec::new();
        let mut found = Vec::new();
        for name in SERVICES {
            if !pam::has_service(host, name)? {
                continue;
            }
            services.push(name);
            let stack = pam::stack(host, name, Facility::Auth)?;
            let open = |r: &&pam::Rule| r.has("nullok") || r.has("nullok_secure");
            let rules = stack
                .rules
                .iter()
                .filter(|r| r.module() == "pam_unix")
                .filter(open);
            found.extend(rules.map(|r| r.source.clone()));
        }
        found.sort();
        found.dedup();
        let shadows = cx.get::<Shadows>()?;
        let accounts = cx.get::<Accounts>()?;
        let opens = |name: &str| accounts.find(name).is_none_or(|a| a.has_login_shell());
        let all = shadows.0.iter();
        let empty = all.filter(|(name, s)| s.password == Password::Empty && opens(name));
        let empty: Vec<&str> = empty.map(|(name, _)| name.as_str()).collect();
        Ok(Facts::new()
            .configured("services", services, "/etc/pam.d")
            .configured("nullok", found, "/etc/pam.d")
            .configured("empty_passwords", empty, "/etc/shadow")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let nullok = case.list("nullok")?;
        let empty = case.list("empty_passwords")?;
        Ok(if case.list("services")?.is_empty() {
            Judgement::unknown("unknown-no-service")
        } else if nullok.is_empty() {
            Judgement::pass("pass")
        } else if empty.is_empty() {
            Judgement::partial("partial").with("places", nullok.to_vec())
        } else {
            Judgement::fail("fail")
                .with("places", nullok.to_vec())
                .with("accounts", empty.to_vec())
        })
    }
}
