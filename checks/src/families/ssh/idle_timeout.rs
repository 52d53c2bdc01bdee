use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};
use crate::{
    context::Cx,
    facts::{shell::ShellSetup, sshd},
    observation::{Facts, Gap},
};

/// A session that nobody uses ends. `ClientAlive` alone only ends connections whose other side is
/// gone; a client that answers keeps an idle session for ever. So the whole requirement takes
/// either `ChannelTimeout` for sessions (OpenSSH 9.2), or `ClientAlive` together with an idle limit
/// of the shell (`TMOUT`) that users cannot lift. Sessions without a shell, such as `sftp`, are
/// covered by the former only.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("clientaliveinterval", Form::Seconds, Some("0")),
        Keyword::new("clientalivecountmax", Form::Word, Some("3")),
        Keyword::new("channeltimeout", Form::Words, None),
    ],
    root_only: false,
    extra: Some(shell_limit),
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.idle-timeout",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &["session.admin-idle-seconds", "session.user-idle-seconds"],
    always_applies: false,
};

/// The idle limit of the shell that nobody can lift, in seconds; 0 where there is none.
fn shell_limit(cx: &Cx<'_>, facts: Facts) -> Result<Facts, Gap> {
    let setup = cx.get::<ShellSetup>()?;
    let timeout = setup.timeout.as_ref().filter(|t| t.is_firm());
    let source = timeout.map_or("/etc/profile, /etc/profile.d, /etc/bash.bashrc", |t| {
        &t.source
    });
    Ok(facts.configured(
        "shell_timeout",
        timeout.and_then(|t| t.seconds).unwrap_or(0),
        source,
    ))
}

fn grade(scope: &Scope, case: &Case<'_>) -> Result<Grade, Missing> {
    let admin = case.threshold("session.admin-idle-seconds");
    let user = case.threshold("session.user-idle-seconds");
    let shell = case.int("shell_timeout")?;
    let within = |seconds: i64, limit: i64| seconds > 0 && seconds <= limit;
    if within(channel(scope.maybe("channeltimeout")), admin) {
        return Ok(Grade::Good);
    }
    let alive = scope
        .int("clientaliveinterval")?
        .saturating_mul(scope.int("clientalivecountmax")?);
    Ok(if alive <= 0 {
        Grade::Bad("fail-off")
    } else if alive > user {
        Grade::Bad("fail-long")
    } else if alive > admin {
        Grade::Weak("partial-long")
    } else if within(shell, admin) {
        Grade::Good
    } else {
        Grade::Weak("partial-alive-only")
    })
}

/// Seconds after which `ChannelTimeout` ends an idle session; 0 where it does not. The first
/// pattern that covers sessions holds.
fn channel(value: Option<&str>) -> i64 {
    let covers = |name: &str| ["session:shell", "session:*", "*"].contains(&name);
    let first = value
        .unwrap_or_default()
        .split_whitespace()
        .find_map(|pair| {
            let (name, time) = pair.split_once('=')?;
            covers(name).then(|| sshd::seconds(time).unwrap_or(0))
        });
    first.unwrap_or(0)
}
