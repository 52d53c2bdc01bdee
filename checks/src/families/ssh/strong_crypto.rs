use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::{
    check::{Case, Confidence, Meta, Missing, Need, Severity},
    probes::ssh::names::{BROKEN, LEGACY},
};

/// The server offers no algorithm with a published weakness. Only the server itself knows its
/// lists, so without its word the check stays undecided. What a client really negotiates, and
/// weaknesses of an implementation, are not seen.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("ciphers", Form::Algorithms, None),
        Keyword::new("macs", Form::Algorithms, None),
        Keyword::new("kexalgorithms", Form::Algorithms, None),
        Keyword::new("hostkeyalgorithms", Form::Algorithms, None),
    ],
    root_only: false,
    extra: None,
    blame: Some(weak_names),
    grade,
};

const META: Meta = Meta {
    id: "ssh.strong-crypto",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const KEYWORDS: [&str; 4] = ["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms"];

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    let mut worst = Grade::Good;
    for keyword in KEYWORDS {
        let list = scope.text(keyword)?;
        if list.is_empty() || list.ends_with('…') || list.starts_with(['+', '-', '^']) {
            return Err(Missing(keyword.to_owned()));
        }
        worst = worst.max(list.split(',').map(of_name).max().unwrap_or(Grade::Good));
    }
    Ok(worst)
}

/// The broken algorithms; where there are none, those of old.
fn weak_names(scope: &Scope) -> Vec<String> {
    let names = || {
        let lists = KEYWORDS.iter().filter_map(|keyword| scope.maybe(keyword));
        lists.flat_map(|list| list.split(','))
    };
    let among = |worst: &[&str]| -> Vec<String> {
        let found = names().filter(|name| worst.contains(name));
        found.map(str::to_owned).collect()
    };
    let broken = among(BROKEN);
    if broken.is_empty() {
        return among(LEGACY);
    }
    broken
}

fn of_name(name: &str) -> Grade {
    if BROKEN.contains(&name) {
        Grade::Bad("fail")
    } else if LEGACY.contains(&name) {
        Grade::Weak("partial")
    } else {
        Grade::Good
    }
}
