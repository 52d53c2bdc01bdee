use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// The server forwards neither X11, tunnels, ports nor agents. A jump host needs port forwarding;
/// with X11 and tunnels off it counts half.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("disableforwarding", Form::Word, Some("no")),
        Keyword::new("x11forwarding", Form::Word, Some("no")),
        Keyword::new("permittunnel", Form::Word, Some("no")),
        Keyword::new("allowtcpforwarding", Form::Word, Some("yes")),
        Keyword::new("allowagentforwarding", Form::Word, Some("yes")),
    ],
    root_only: false,
    extra: None,
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.forwarding",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    if scope.maybe("disableforwarding") == Some("yes") {
        return Ok(Grade::Good);
    }
    let off = |keyword| scope.text(keyword).map(|value| value == "no");
    if !off("x11forwarding")? || !off("permittunnel")? {
        return Ok(Grade::Bad("fail"));
    }
    Ok(
        if off("allowtcpforwarding")? && off("allowagentforwarding")? {
            Grade::Good
        } else {
            Grade::Weak("partial")
        },
    )
}
