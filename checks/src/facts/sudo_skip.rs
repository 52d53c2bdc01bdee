//! Who may run a command through sudo without being asked for anything: by `NOPASSWD`,
//! `!authenticate` or `exempt_group`.

use super::{
    accounts::{Accounts, Groups},
    sudo_decide::{Decision, Person, decide},
    sudo_grants::Grant,
    sudoers::{Default, Sudoers},
};
use crate::{
    context::Cx,
    observation::{Gap, GapReason},
};

/// Most steps that are taken over the rules.
const MAX_STEPS: usize = 5_000_000;
/// Most grants; beyond, the file was not read to its end.
const MAX_GRANTS: usize = 5_000;

/// Where such rules stand (file, line and whom they name), but for the accounts in `accepted` and
/// root, who is never asked. A rule that a later one takes back does not count.
///
/// # Errors
/// When sudo's files may not be read, name a PAM service of their own, or hold too much.
pub fn rules(cx: &Cx<'_>, accepted: &[String]) -> Result<Vec<String>, Gap> {
    let sudoers = cx.get::<Sudoers>()?;
    let service = |d: &&Default| {
        matches!(
            d.name.as_str(),
            "pam_service" | "pam_login_service" | "pam_askpass_service"
        )
    };
    if let Some(own) = sudoers.defaults.iter().find(service) {
        let detail = format!("{}: names a PAM service of its own", own.source);
        return Err(Gap::parse(detail));
    }
    let unasked = unasked(cx, accepted)?.into_iter();
    let mut found: Vec<String> = unasked
        .map(|(who, source)| format!("{source} {who}"))
        .collect();
    found.extend(defaults(&sudoers, accepted));
    Ok(found)
}

/// Whom `NOPASSWD` lets by, as the rule names them, with the place of the rule.
///
/// # Errors
/// When sudo's files or the accounts may not be read, or hold too much.
pub fn unasked(cx: &Cx<'_>, accepted: &[String]) -> Result<Vec<(String, String)>, Gap> {
    let sudoers = cx.get::<Sudoers>()?;
    let mut found = Vec::new();
    for grants in &sudoers.grants {
        let open = grants.iter().filter(|g| g.asks == Some(false) && !g.denied);
        let open: Vec<&Grant> = open.collect();
        if open.is_empty() && grants.len() < MAX_GRANTS {
            continue;
        }
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let people: Vec<Person> = accounts
            .all
            .iter()
            .map(|a| Person::of(a, &groups))
            .collect();
        if grants.len() >= MAX_GRANTS || open.len() * people.len() * grants.len() > MAX_STEPS {
            return Err(Gap::new(GapReason::OverBudget, "/etc/sudoers"));
        }
        let fine = |who: &str| who == "root" || who == "#0" || accepted.iter().any(|a| a == who);
        for grant in open {
            for who in grant
                .users
                .iter()
                .filter(|u| !u.starts_with('!') && !fine(u))
            {
                let entry = (who.clone(), grant.source.clone());
                if !found.contains(&entry) && stands(grant, who, &people, grants, accepted) {
                    found.push(entry);
                }
            }
        }
    }
    Ok(found)
}

/// Whether somebody whom `who` names is asked for nothing by this very grant.
fn stands(grant: &Grant, who: &str, people: &[Person], all: &[Grant], accepted: &[String]) -> bool {
    let root = |p: &&Person| p.uid == Some(0) || accepted.contains(&p.name);
    let named = people.iter().filter(|p| p.is(who) == Some(true));
    let named: Vec<Person> = named.cloned().collect();
    let somebody = if named.is_empty() {
        // Accounts that only a directory knows.
        let (name, groups) = match who.strip_prefix('%') {
            Some(group) => (String::new(), vec![group.to_owned()]),
            None => (who.to_owned(), Vec::new()),
        };
        vec![Person {
            name,
            groups,
            ..<Person as std::default::Default>::default()
        }]
    } else {
        named.iter().filter(|p| !root(p)).cloned().collect()
    };
    let runas = grant
        .runas
        .iter()
        .find(|r| !r.starts_with('!') && *r != "ALL" && *r != "#0");
    let runas = runas.map_or("root", String::as_str);
    let unasked = |p: &Person| match decide(all, p, &grant.command, runas) {
        Decision::Unasked(by) => by.source == grant.source,
        Decision::Asked | Decision::Refused => false,
    };
    // For `ALL` the question is put for a command that no other rule names.
    let any = |p: &Person| {
        grant.command == "ALL"
            && matches!(decide(all, p, "/any/command", runas), Decision::Unasked(_))
    };
    somebody.iter().any(|p| unasked(p) || any(p))
}

/// Lines by which sudo asks nothing of somebody: the last word of each scope counts.
fn defaults(sudoers: &Sudoers, accepted: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (n, line) in sudoers.defaults.iter().enumerate() {
        let later = &sudoers.defaults[n + 1..];
        let taken_back = later
            .iter()
            .any(|d| d.scope == line.scope && d.name == line.name);
        let off = line.name == "authenticate" && !line.on;
        let exempt = line.name == "exempt_group" && line.on && !line.value.is_empty();
        let account = line.scope.trim_start_matches(':').trim();
        let fine = account == "root" || accepted.iter().any(|a| a == account);
        if (off || exempt) && !taken_back && !fine {
            found.push(format!("{} Defaults{}", line.source, line.scope));
        }
    }
    found
}
