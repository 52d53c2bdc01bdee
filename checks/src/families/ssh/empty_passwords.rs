use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// SSH lets nobody in with an empty password. It is so by default; that no such account exists is
/// for `account.empty-password`.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[Keyword::new("permitemptypasswords", Form::Word, Some("no"))],
    root_only: false,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.empty-passwords",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    Ok(match scope.text("permitemptypasswords")? {
        "no" => Grade::Good,
        _ => Grade::Bad("fail"),
    })
}
