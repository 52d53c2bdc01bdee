//! What gains most: fixes with their points.

use capdo_checks::{
    catalogue::Standard,
    check::Severity,
    observation::Value,
    registry,
    score::{Fix, FixKind},
    text::Messages,
};

use super::{shell::Link, text::Text};

/// A fix as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixRow {
    /// What to do, and where it is described.
    pub what: Link,
    /// Fix a check, or have a statement accepted.
    pub kind: String,
    /// On how many hosts; nothing for a statement.
    pub hosts: String,
    /// How bad it is; nothing for a statement.
    pub severity: String,
    /// Points that the score rises by: `+1,25`.
    pub gain: String,
    /// The controls that it moves.
    pub controls: Vec<Link>,
    /// The same in basis points, for sorting.
    pub gain_bp: u32,
}

/// The `most` fixes that gain most, most first.
pub fn rows(text: Text, standard: &Standard, fixes: &[Fix], most: usize) -> Vec<FixRow> {
    fixes
        .iter()
        .take(most)
        .map(|fix| row(text, standard, fix))
        .collect()
}

fn row(text: Text, standard: &Standard, fix: &Fix) -> FixRow {
    let controls = fix
        .controls
        .iter()
        .map(|id| Link::control(&standard.id, id, id))
        .collect();
    let (what, kind, hosts, severity) = match &fix.kind {
        FixKind::Check { check, hosts } => (
            Link::check(check, &check_title(text, check)),
            text.t("fix-kind-check"),
            text.fill("fix-hosts", &[("hosts", Value::from(*hosts))]),
            registry::find(check).map_or_else(String::new, |c| severity(text, c.meta().severity)),
        ),
        FixKind::Attest { control } => {
            let title = standard.control(control).map(|c| c.title.get(text.lang()));
            let label = text.fill("fix-attest", &[("title", title.unwrap_or(control).into())]);
            let link = Link::control(&standard.id, control, &label);
            (
                link,
                text.t("fix-kind-attest"),
                String::new(),
                String::new(),
            )
        }
    };
    let gain = format!("+{}", text.points(fix.gain_bp));
    FixRow {
        what,
        kind,
        hosts,
        severity,
        gain,
        controls,
        gain_bp: fix.gain_bp,
    }
}

/// A check's title; its id where this release does not know it.
pub fn check_title(text: Text, id: &str) -> String {
    registry::find(id).map_or_else(
        || id.to_owned(),
        |check| Messages::of(text.lang()).title(check.meta()),
    )
}

/// How bad a failure is.
pub fn severity(text: Text, severity: Severity) -> String {
    text.t(match severity {
        Severity::Low => "severity-low",
        Severity::Medium => "severity-medium",
        Severity::High => "severity-high",
        Severity::Critical => "severity-critical",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::{
        catalogue::{Catalogue, ControlId},
        lang::Lang,
    };

    #[test]
    fn a_fix_says_where_and_how_much() {
        let standard = Catalogue::embedded().current();
        let control = ControlId::new("TK-14");
        let check = FixKind::Check {
            check: "account.uid-zero".into(),
            hosts: 3,
        };
        let attest = FixKind::Attest {
            control: control.clone(),
        };
        let fix = |kind, gain_bp| Fix {
            kind,
            gain_bp,
            controls: vec![control.clone()],
        };
        let fixes = [fix(check, 125), fix(attest, 4)];
        let rows = rows(Text::new(Lang::Vi), standard, &fixes, 10);
        assert_eq!(rows[0].gain, "+1,25");
        assert_eq!(rows[0].what.href, "/checks/account.uid-zero");
        assert_eq!(rows[0].hosts, "3 máy chủ");
        assert_eq!(rows[1].gain, "+0,04");
        assert_eq!(rows[1].what.href, "/controls/tcvn-14423-2026/TK-14");
        assert_eq!(
            super::rows(Text::new(Lang::Vi), standard, &fixes, 1).len(),
            1
        );
    }
}
