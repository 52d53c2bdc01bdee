use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// SSH lets in only the accounts or groups that it names. A list of those kept out is a weaker
/// form, as is one that limits addresses but names nobody; a list that names everybody is none.
/// Limits set elsewhere (`pam_access`, a directory service) are not seen.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("allowusers", Form::Words, None),
        Keyword::new("allowgroups", Form::Words, None),
        Keyword::new("denyusers", Form::Words, None),
        Keyword::new("denygroups", Form::Words, None),
    ],
    root_only: false,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.access-list",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    let mut best = Grade::Bad("fail-none");
    for keyword in ["denyusers", "denygroups"] {
        if words(scope, keyword)?.next().is_some() {
            best = best.min(Grade::Weak("partial-deny"));
        }
    }
    for keyword in ["allowusers", "allowgroups"] {
        let mut named = words(scope, keyword)?.peekable();
        if named.peek().is_none() {
            continue;
        }
        best = best.min(named.map(of_pattern).max().unwrap_or(best));
    }
    Ok(best)
}

/// The patterns of a list; one that was cut short when it was recorded is not judged.
fn words<'s>(
    scope: &'s Scope,
    keyword: &str,
) -> Result<impl Iterator<Item = &'s str> + use<'s>, Missing> {
    let list = scope.maybe(keyword).unwrap_or_default();
    if list.ends_with('…') {
        return Err(Missing(keyword.to_owned()));
    }
    Ok(list.split_whitespace())
}

fn of_pattern(pattern: &str) -> Grade {
    let (user, host) = pattern.split_once('@').unwrap_or((pattern, "*"));
    let all = |text: &str| text.chars().all(|c| c == '*' || c == '?');
    match (all(user), all(host)) {
        (false, _) => Grade::Good,
        (true, false) => Grade::Weak("partial-anybody"),
        (true, true) => Grade::Bad("fail-all"),
    }
}
