use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// Few password tries fit in one connection. This is no lock-out: whoever connects again tries
/// again, so a larger figure within the limit of the lock-out rule counts half.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[Keyword::new("maxauthtries", Form::Word, Some("6"))],
    root_only: false,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.max-auth-tries",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &["lockout.max-attempts"],
    always_applies: false,
};

/// What guides for Linux servers ask for.
const GOOD: i64 = 4;

fn grade(scope: &Scope, case: &Case<'_>) -> Result<Grade, Missing> {
    let tries = scope.int("maxauthtries")?;
    Ok(if tries <= GOOD {
        Grade::Good
    } else if tries <= case.threshold("lockout.max-attempts") {
        Grade::Weak("partial")
    } else {
        Grade::Bad("fail")
    })
}
