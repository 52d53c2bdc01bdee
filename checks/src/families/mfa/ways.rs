//! What the checks of logins beside SSH share: facts of one login, and the verdict by its weakest
//! way: enforced, not enforced, optional, bypassable (with the way that goes by), unknown.

use crate::{
    check::{Case, Missing},
    facts::{
        login_paths::{Shown, Strength},
        login_services::{Login, Sort},
    },
    observation::{Facts, Seen, Subject, Value},
    verdict::Judgement,
};

/// The subjects of a check: one a login; `places` says where none was found.
pub(super) fn seen(logins: &[Login], places: &str) -> Seen {
    if logins.is_empty() {
        return Facts::new().configured("present", false, places).into();
    }
    Seen::each(logins.iter().map(|login| {
        let subject = Subject::new(login.kind, &login.name);
        (subject, facts(login))
    }))
}

fn facts(login: &Login) -> Facts {
    let seen = match &login.seen {
        Ok(seen) => seen,
        Err(gap) => return Facts::unseen(gap.clone()),
    };
    let blind = seen.blind.map_or("", |b| b.code());
    let source = &seen.source;
    Facts::new()
        .add("present", seen.vantage, true, source)
        .add("ways", seen.vantage, seen.ways.clone(), source)
        .add("blind", seen.vantage, blind, source)
        .add("remarks", seen.vantage, seen.remarks.clone(), source)
}

/// The weakest way wins. What is not seen never counts as enforced, and hides no open way.
pub(super) fn judge(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("present")? {
        return Ok(Judgement::not_applicable("not-applicable"));
    }
    let mut ways = Vec::new();
    for way in case.list("ways")? {
        ways.push((rank(way).ok_or_else(|| Missing("ways".to_owned()))?, way));
    }
    let blind = blind(case.text("blind")?);
    let strict = ways.iter().any(|(rank, _)| *rank >= Rank::SameKind);
    let Some((weakest, way)) = ways.into_iter().min_by_key(|(rank, _)| *rank) else {
        return Ok(Judgement::unknown(blind.unwrap_or("unknown-no-way")));
    };
    let named = match (weakest, blind) {
        (Rank::Open, _) if strict => Judgement::fail("fail-bypass"),
        (Rank::Open, _) => Judgement::fail("fail-none"),
        (Rank::Optional, _) => Judgement::fail("fail-optional"),
        (_, Some(reason)) => return Ok(Judgement::unknown(reason)),
        (Rank::Unseen, _) => Judgement::unknown("unknown-unseen"),
        (Rank::Issued, _) => Judgement::partial("partial-issued"),
        (Rank::SameKind, _) => Judgement::partial("partial-same-kind"),
        (Rank::Two, _) => Judgement::pass("pass"),
    };
    Ok(named.with("path", describe(way)))
}

/// How good a way is, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Open,
    Optional,
    Unseen,
    Issued,
    SameKind,
    Two,
}

fn rank(way: &Value) -> Option<Rank> {
    let flag = |name| match way.get(name) {
        Some(Value::Bool(b)) => Some(*b),
        _ => None,
    };
    let shown = Shown {
        password: flag("password")?,
        key: flag("key")?,
        token: flag("token")?,
        unseen: flag("unseen")?,
    };
    let sort = Sort::named(way.get("sort")?.as_text()?)?;
    Some(match (shown.strength(), sort) {
        (Strength::Unseen, _) => Rank::Unseen,
        (_, Sort::Issued) => Rank::Issued,
        (Strength::One, Sort::Plain) => Rank::Open,
        (Strength::One, Sort::Skippable) => Rank::Optional,
        (Strength::SameKind, _) => Rank::SameKind,
        (Strength::Two, _) => Rank::Two,
    })
}

/// The sentence for what was not seen.
fn blind(code: &str) -> Option<&'static str> {
    Some(match code {
        "" => return None,
        "database" => "unknown-database",
        "directory" => "unknown-directory",
        "unenforceable" => "unknown-unenforceable",
        "advertised" => "unknown-advertised",
        "export" => "unknown-export",
        "undeclared" => "unknown-undeclared",
        "unread" => "unknown-unread",
        "no-test-account" => "unknown-no-test-account",
        "unclear" => "unknown-unclear",
        "refused" => "unknown-refused",
        "zone" => "unknown-zone",
        _ => "unknown-kind",
    })
}

fn describe(way: &Value) -> String {
    let part = |name| way.get(name).and_then(Value::as_text).unwrap_or_default();
    let mut text = part("chain").to_owned();
    if !part("via").is_empty() {
        text.push_str(&format!(" [{}]", part("via")));
    }
    text
}
