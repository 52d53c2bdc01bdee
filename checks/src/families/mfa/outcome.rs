//! From the word for a door to its verdict: a table.

use crate::{
    check::{Case, Missing},
    context::Cx,
    facts::{
        login_outcome::{Concluded, Outcome, conclude},
        login_paths,
    },
    observation::{Facts, Gap, Vantage},
    verdict::Judgement,
};

/// Adds what the ways through a door amount to.
pub(super) fn add(facts: Facts, found: &Concluded, vantage: Vantage, source: &str) -> Facts {
    let path = found.path.as_ref();
    let key_alone = path.is_some_and(|p| p.shown.key && !p.shown.token && !p.shown.password);
    let mut text = path.map(|p| p.chain.clone()).unwrap_or_default();
    if let Some(path) = path.filter(|p| !p.via.is_empty()) {
        text.push_str(&format!(" [{}]", path.via.join(" > ")));
    }
    facts
        .add("outcome", vantage, found.outcome.word(), source)
        .add("path", vantage, text, source)
        .add("same_kind", vantage, found.same_kind, source)
        .add("conditional", vantage, found.conditional, source)
        .add("key_alone", vantage, key_alone, source)
}

/// The facts of one PAM service as a door.
pub(super) fn of_service(cx: &Cx<'_>, name: &str) -> Result<Facts, Gap> {
    let service = login_paths::service(cx, name)?;
    let found = conclude(
        &login_paths::through(&service, name),
        !service.tokens.is_empty(),
    );
    let source = format!("/etc/pam.d/{name}");
    let facts = Facts::new().configured("service", name, &source);
    let facts = facts.configured("tokens", service.tokens, &source);
    Ok(add(facts, &found, Vantage::Configured, &source))
}

/// Concludes for a PAM service: one that lets nobody through was not understood.
pub(super) fn judge_service(case: &Case<'_>) -> Result<Judgement, Missing> {
    if case.text("outcome")? == Outcome::Closed.word() {
        return Ok(Judgement::unknown("unknown-no-way"));
    }
    judge(case, case.text("service")?)
}

/// Concludes from the facts that [`add`] wrote. `who` names whom the sentence is about.
pub(super) fn judge(case: &Case<'_>, who: &str) -> Result<Judgement, Missing> {
    let missing = || Missing("outcome".to_owned());
    let outcome = Outcome::of(case.text("outcome")?).ok_or_else(missing)?;
    let judgement = match outcome {
        Outcome::Enforced if case.flag("same_kind")? => Judgement::partial("partial-same-kind"),
        Outcome::Enforced => Judgement::pass("pass"),
        Outcome::NotEnforced if case.flag("key_alone")? => Judgement::fail("fail-key"),
        Outcome::NotEnforced => Judgement::fail("fail-none"),
        Outcome::Optional => Judgement::fail("fail-optional"),
        Outcome::Bypassable if case.flag("conditional")? => Judgement::fail("fail-conditional"),
        Outcome::Bypassable => Judgement::fail("fail-bypass"),
        Outcome::Unknown => Judgement::unknown("unknown-unseen"),
        Outcome::Closed => return Ok(Judgement::not_applicable("closed").with("who", who)),
    };
    Ok(judgement.with("path", case.text("path")?).with("who", who))
}
