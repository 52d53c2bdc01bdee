use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::accounts::{Accounts, Groups, Password, Shadows},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Administrators must change their passwords in time: root and the members of `sudo`, `wheel` and
/// `admin` that have a usable password. It reads what shadow(5) enforces at the next login; it
/// cannot see administrators whom a sudo rule names by account, nor those of a directory server.
pub(super) struct AdminAge;

const META: Meta = Meta {
    id: "password.admin-age",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &["password.admin-max-age-days"],
    always_applies: false,
};

/// Stands for “no limit” in the fact.
const NEVER: i64 = 99_999;

impl Check for AdminAge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let shadows = cx.get::<Shadows>()?;
        let roots = accounts.all.iter().filter(|a| a.uid == 0);
        let mut names: Vec<String> = roots.map(|a| a.name.clone()).collect();
        for group in ["sudo", "wheel", "admin"] {
            names.extend(groups.members(group, &accounts));
        }
        names.sort();
        names.dedup();
        let mut admins = Vec::new();
        for name in names {
            let Some(shadow) = shadows.0.get(&name) else {
                continue; // no password on this host
            };
            if shadow.password == Password::Locked {
                continue;
            }
            let days = shadow.max_days.filter(|d| *d >= 0).unwrap_or(NEVER);
            admins.push(Value::from_iter([
                ("name", Value::from(name)),
                ("max_days", days.into()),
            ]));
        }
        Ok(Facts::new()
            .configured("count", admins.len(), "/etc/shadow, /etc/group")
            .configured("admins", admins, "/etc/shadow")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let wanted = case.threshold("password.admin-max-age-days");
        let admins = case.list("admins")?;
        if admins.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let mut late = Vec::new();
        for admin in admins {
            let days = admin.get("max_days").and_then(Value::as_int);
            let days = days.ok_or_else(|| Missing("admins".to_owned()))?;
            if days > wanted {
                let name = admin
                    .get("name")
                    .and_then(Value::as_text)
                    .unwrap_or_default();
                late.push(format!("{name} ({days})"));
            }
        }
        let judgement = if !late.is_empty() {
            Judgement::fail("fail").with("accounts", late)
        } else if case.int("count")? > i64::try_from(admins.len()).unwrap_or(i64::MAX) {
            Judgement::unknown("unknown-many")
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("wanted", wanted))
    }
}
