use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// Nobody logs in over SSH as `root`, from anywhere. With a key only it is a weaker form. Whether
/// another setting (`AllowUsers`, a locked password) shuts root out as well is not looked at: this
/// line is the one that says so.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[Keyword::new(
        "permitrootlogin",
        Form::Word,
        Some("prohibit-password"),
    )],
    root_only: true,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.root-login",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    Ok(match scope.text("permitrootlogin")? {
        "no" => Grade::Good,
        "prohibit-password" | "forced-commands-only" => Grade::Weak("partial-key"),
        _ => Grade::Bad("fail"),
    })
}
