use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};
use crate::{
    context::Cx,
    facts::accounts::Accounts,
    observation::{Facts, Gap},
};

/// SSH trusts no machine in place of a person: no host-based logins, and no `.rhosts` files left
/// that would tell it whom to trust.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("hostbasedauthentication", Form::Word, Some("no")),
        Keyword::new("ignorerhosts", Form::Word, Some("yes")),
    ],
    root_only: false,
    extra: Some(trust_files),
    blame: None,
    grade,
};

const META: Meta = Meta {
    id: "ssh.host-trust",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

/// Files in which the machine as a whole trusts others.
const SYSTEM_FILES: [&str; 3] = [
    "/etc/hosts.equiv",
    "/etc/shosts.equiv",
    "/etc/ssh/shosts.equiv",
];

fn trust_files(cx: &Cx<'_>, facts: Facts) -> Result<Facts, Gap> {
    let accounts = cx.get::<Accounts>()?;
    let mut paths: Vec<String> = SYSTEM_FILES.map(str::to_owned).into();
    for account in accounts.all.iter().filter(|a| a.has_login_shell()) {
        let home = account.home.trim_end_matches('/');
        paths.extend([".rhosts", ".shosts"].map(|name| format!("{home}/{name}")));
    }
    paths.sort();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        if path.starts_with('/') && cx.host().stat_if_any(&path)?.is_some_and(|s| s.size > 0) {
            found.push(path);
        }
    }
    Ok(facts.configured(
        "trust_files",
        found,
        "/etc/hosts.equiv, ~/.rhosts, ~/.shosts",
    ))
}

fn grade(scope: &Scope, case: &Case<'_>) -> Result<Grade, Missing> {
    let files = case.list("trust_files")?;
    if scope.text("hostbasedauthentication")? != "no" {
        return Ok(Grade::Bad("fail"));
    }
    if !files.is_empty() {
        return Ok(Grade::Weak("partial-files"));
    }
    Ok(match scope.text("ignorerhosts")? {
        "yes" => Grade::Good,
        _ => Grade::Weak("partial-rhosts"),
    })
}
