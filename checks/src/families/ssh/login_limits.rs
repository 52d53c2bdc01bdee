use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// Unfinished logins end soon and are few at a time, and one connection carries few sessions. It
/// says nothing about limits that a firewall sets per source address.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("logingracetime", Form::Seconds, Some("120")),
        Keyword::new("maxsessions", Form::Word, Some("10")),
        Keyword::new("maxstartups", Form::Startups, Some("10:30:100")),
    ],
    root_only: false,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.login-limits",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    let grace = scope.int("logingracetime")?;
    let sessions = scope.int("maxsessions")?;
    let (start, rate, full) = startups(scope.text("maxstartups")?)?;
    if grace == 0 || grace > 120 || sessions > 10 || full > 100 {
        return Ok(Grade::Bad("fail"));
    }
    let strict = grace <= 60 && start <= 10 && rate >= 30 && full <= 60;
    Ok(if strict {
        Grade::Good
    } else {
        Grade::Weak("partial")
    })
}

/// `start:rate:full`.
fn startups(text: &str) -> Result<(i64, i64, i64), Missing> {
    let numbers: Result<Vec<i64>, _> = text.split(':').map(str::parse).collect();
    match numbers.as_deref() {
        Ok([start, rate, full]) => Ok((*start, *rate, *full)),
        _ => Err(Missing("maxstartups".to_owned())),
    }
}
