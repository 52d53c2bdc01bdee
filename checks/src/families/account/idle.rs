use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Accounts, Password, Shadows},
        logins::{self, Logins},
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// No account that can log in has lain idle for longer than the limit. An account that never
/// logged in is counted from the last change of its password. Logins without a terminal (`sftp`,
/// automation) leave no record, so declared automation accounts are left out and cost half.
/// Accounts of a directory service are not seen; root is for `ssh.root-login`.
pub(super) struct Idle;

const META: Meta = Meta {
    id: "account.idle",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &["account.idle-days"],
    always_applies: true,
};

const RECORDS: &str = "/var/log/lastlog, /var/log/wtmp";

impl Check for Idle {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        let records = cx.get::<Logins>()?;
        let (mut listed, mut automation) = (Vec::new(), Vec::new());
        for account in &accounts.all {
            if account.uid == 0 || !account.has_login_shell() {
                continue;
            }
            let shadow = shadows.0.get(&account.name);
            let password = shadow.is_some_and(|s| s.password != Password::Locked);
            if !(password || account.unshadowed || logins::has_keys(cx, account)?) {
                continue;
            }
            if cx.settings().automation_accounts.contains(&account.name) {
                automation.push(account.name.clone());
                continue;
            }
            let day = |d: i64| d.checked_mul(86_400).and_then(logins::date);
            let last_login = records.last.get(&account.name).copied();
            let dates = [
                ("last_login", last_login.and_then(logins::date)),
                (
                    "password_changed",
                    shadow
                        .and_then(|s| s.last_change)
                        .filter(|d| *d > 0)
                        .and_then(day),
                ),
                ("expires", shadow.and_then(|s| s.expires).and_then(day)),
            ];
            let mut entry = BTreeMap::from([("name".to_owned(), account.name.clone().into())]);
            for (key, date) in dates {
                entry.extend(date.map(|d| (key.to_owned(), Value::from(d))));
            }
            listed.push(Value::Map(entry));
        }
        let since = records.complete_since.and_then(logins::date);
        let latest = records.last.values().max().copied().and_then(logins::date);
        let mut facts = Facts::new()
            .observed("sources", records.sources.clone(), RECORDS)
            .observed("account_count", listed.len(), "/etc/passwd, /etc/shadow")
            .observed("accounts", listed, RECORDS)
            .configured("automation", automation, "settings: automation_accounts");
        for (name, date) in [("records_since", since), ("latest_login", latest)] {
            if let Some(date) = date {
                facts = facts.observed(name, date, RECORDS);
            }
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let limit = case.threshold("account.idle-days");
        let accounts = case.list("accounts")?;
        if usize::try_from(case.int("account_count")?) != Ok(accounts.len()) {
            return Err(Missing("accounts".to_owned())); // more than an observation holds
        }
        if case.list("sources")?.is_empty() {
            return Ok(Judgement::unknown("unknown-no-source"));
        }
        // Nobody was ever seen: a new host, or one that does not write such records.
        if case.fact("latest_login").is_none() {
            return Ok(Judgement::unknown("unknown-no-login"));
        }
        if age(case, case.text("latest_login")?)? > limit {
            return Ok(Judgement::unknown("unknown-stale"));
        }
        let recorded = age(case, case.text("records_since")?)?;
        let mut by_state: BTreeMap<State, Vec<String>> = BTreeMap::new();
        for account in accounts {
            let state = state(case, account, limit, recorded)?;
            let name = account.get("name").map(Value::to_line).unwrap_or_default();
            by_state.entry(state).or_default().push(name);
        }
        let automation = case.list("automation")?;
        let names = |state| by_state.get(&state).cloned().unwrap_or_default();
        Ok(if by_state.contains_key(&State::Idle) {
            Judgement::fail("fail").with("accounts", names(State::Idle))
        } else if by_state.contains_key(&State::Future) {
            Judgement::unknown("unknown-future").with("accounts", names(State::Future))
        } else if by_state.contains_key(&State::Open) {
            Judgement::unknown("unknown-short").with("accounts", names(State::Open))
        } else if automation.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-automation").with("accounts", automation.to_vec())
        }
        .with("days", limit))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Seen within the limit, new, or expired.
    Fine,
    Idle,
    /// The records do not reach back far enough to tell.
    Open,
    /// Seen at a time that has not come yet.
    Future,
}

fn state(case: &Case<'_>, account: &Value, limit: i64, recorded: i64) -> Result<State, Missing> {
    let days = |key| {
        let date = account.get(key).and_then(Value::as_text);
        date.map(|d| age(case, d)).transpose()
    };
    if days("expires")?.is_some_and(|d| d >= 0) {
        return Ok(State::Fine);
    }
    let of_age = |age: i64| match age {
        ..-1 => State::Future,
        a if a <= limit => State::Fine,
        _ => State::Idle,
    };
    Ok(match (days("last_login")?, days("password_changed")?) {
        (Some(login), _) => of_age(login),
        (None, Some(changed)) if of_age(changed) != State::Idle => of_age(changed),
        (None, _) if recorded <= limit => State::Open,
        (None, _) => State::Idle,
    })
}

/// Whole days from the start of a date until the evidence was confirmed.
fn age(case: &Case<'_>, date: &str) -> Result<i64, Missing> {
    let then: Timestamp = format!("{date}T00:00:00Z")
        .parse()
        .map_err(|_| Missing(date.to_owned()))?;
    Ok((case.at.as_second() - then.as_second()).div_euclid(86_400))
}
