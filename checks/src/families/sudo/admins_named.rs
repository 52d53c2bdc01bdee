use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Account, Accounts, Groups},
        sudoers::Sudoers,
    },
    observation::{Gap, Seen, Value},
    verdict::Judgement,
};

/// Whoever may become root through `sudo` is a person with an account of their own: no system
/// account, no leftover name, no name that several people use. Names tell only so much: that one
/// person alone knows the password is not seen, nor are accounts of a directory service.
pub(super) struct AdminsNamed;

const META: Meta = Meta {
    id: "sudo.admins-named",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

/// Groups whose members administer, by convention.
const GROUPS: [&str; 3] = ["sudo", "wheel", "admin"];
/// Names that stand for a role, a vendor's image or everybody.
const SHARED: &[&str] = &[
    "admin",
    "administrator",
    "adm",
    "cloud-user",
    "centos",
    "debian",
    "ec2-user",
    "guest",
    "it",
    "oper",
    "operator",
    "quantri",
    "quantrivien",
    "support",
    "sysadmin",
    "test",
    "ubuntu",
    "user",
    "vagrant",
];

impl Check for AdminsNamed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sudoers = cx.get::<Sudoers>()?;
        let facts = super::presence(&sudoers);
        if !sudoers.present {
            return Ok(facts.into());
        }
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let mut admins: Vec<String> = Vec::new();
        let members = GROUPS.iter().flat_map(|g| groups.members(g, &accounts));
        admins.extend(members);
        for user in sudoers
            .rules
            .iter()
            .filter(|r| r.all_commands)
            .flat_map(|r| &r.users)
        {
            match user.strip_prefix('%') {
                Some(group) => {
                    let number = group.strip_prefix('#').and_then(|n| n.parse::<u32>().ok());
                    let by_number = |n: u32| groups.0.iter().find(|g| g.gid == n);
                    let name = number
                        .and_then(by_number)
                        .map_or(group, |g| g.name.as_str());
                    admins.extend(groups.members(name, &accounts));
                }
                None => admins.push(user.clone()),
            }
        }
        admins.retain(|a| a != "root");
        admins.sort();
        admins.dedup();
        let is_automation = |name: &String| cx.settings().automation_accounts.contains(name);
        let (automation, people): (Vec<String>, Vec<String>) =
            admins.into_iter().partition(is_automation);
        let wrong = people.iter().filter_map(|name| {
            let what = fault(name, accounts.find(name))?;
            Some(format!("{name} ({what})"))
        });
        let source = "/etc/group, /etc/sudoers";
        Ok(facts
            .configured("wrong", wrong.collect::<Vec<_>>(), source)
            .configured("admin_count", people.len(), source)
            .configured("admins", people, source)
            .configured("automation", automation, source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sudo_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (wrong, automation) = (case.list("wrong")?, case.list("automation")?);
        let admins = case.list("admins")?;
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("accounts", Value::List(list.to_vec()))
        };
        Ok(if !wrong.is_empty() {
            with(Judgement::fail("fail"), wrong)
        } else if case.int("admin_count")? == 0 {
            Judgement::unknown("unknown-none")
        } else if !automation.is_empty() {
            with(Judgement::partial("partial-automation"), automation)
        } else {
            with(Judgement::pass("pass"), admins)
        })
    }
}

/// What keeps an administrator from being a named person.
fn fault(name: &str, account: Option<&Account>) -> Option<&'static str> {
    if name == "ALL" || name.starts_with('+') {
        return Some("everybody");
    }
    let lower = name.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    if SHARED.contains(&stem) {
        return Some("shared name");
    }
    match account {
        None => Some("no such account"),
        Some(account) if account.is_system() => Some("system account"),
        Some(_) => None,
    }
}
