//! What the checks of this family share: the weakest way in decides.

use crate::{
    check::{Case, Missing},
    facts::login_paths::{Shown, Strength},
    observation::Value,
    verdict::Judgement,
};

/// Concludes from the fact `paths` (see `facts::login_paths::Path`) and `tokens`, the
/// second-factor modules that stand somewhere in the stacks. The weakest way wins.
pub(super) fn judge(case: &Case<'_>) -> Result<Judgement, Missing> {
    let mut ways = Vec::new();
    for path in case.list("paths")? {
        let shown = shown(path).ok_or_else(|| Missing("paths".to_owned()))?;
        ways.push((shown.strength(), path));
    }
    let strict = ways.iter().any(|(s, _)| *s >= Strength::SameKind);
    let Some((weakest, path)) = ways.into_iter().min_by_key(|(s, _)| *s) else {
        return Ok(Judgement::unknown("unknown-no-way"));
    };
    let named = match weakest {
        Strength::Two => Judgement::pass("pass"),
        Strength::SameKind => Judgement::partial("partial-same-kind"),
        Strength::Unseen => Judgement::unknown("unknown-unseen"),
        Strength::One if strict => Judgement::fail("fail-bypass"),
        Strength::One if !case.list("tokens")?.is_empty() => Judgement::fail("fail-optional"),
        Strength::One => Judgement::fail("fail-none"),
    };
    Ok(named.with("path", describe(path)))
}

fn shown(path: &Value) -> Option<Shown> {
    let flag = |name| match path.get(name) {
        Some(Value::Bool(b)) => Some(*b),
        _ => None,
    };
    Some(Shown {
        password: flag("password")?,
        key: flag("key")?,
        token: flag("token")?,
        unseen: flag("unseen")?,
    })
}

fn describe(path: &Value) -> String {
    let part = |name| path.get(name).and_then(Value::as_text).unwrap_or_default();
    let mut text = format!("{}: {}", part("door"), part("chain"));
    if !part("via").is_empty() {
        text.push_str(&format!(" [{}]", part("via")));
    }
    text
}
