//! Signs: what a state is called, with a symbol, so that colour is never the only sign.

use askama::{Template, filters::HtmlSafe};
use capdo_checks::{
    score::{ControlState, Gate},
    verdict::Verdict,
};

use super::text::Text;

/// A state as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="mark {{ class }}"><span aria-hidden="true">{{ symbol }}</span> {{ label }}</span>"#
)]
pub struct Mark {
    /// Colours: `good`, `half`, `bad`, `none`, `doubt`.
    pub class: &'static str,
    /// One character.
    pub symbol: &'static str,
    /// A word or two.
    pub label: String,
}

/// Its own template escapes what it shows.
impl HtmlSafe for Mark {}

/// A share as a bar. The figure stands beside it, so that readers who hear the page miss nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="6"/><rect class="part" width="{{ percent }}" height="6"/></svg>"#
)]
pub struct Bar {
    percent: u32,
}

/// It shows nothing but a number.
impl HtmlSafe for Bar {}

impl Bar {
    /// So many basis points, whole percent, never beyond the end.
    pub fn of(bp: u32) -> Self {
        Self {
            percent: (bp / 100).min(100),
        }
    }
}

impl Mark {
    fn new(class: &'static str, symbol: &'static str, label: String) -> Self {
        Self {
            class,
            symbol,
            label,
        }
    }

    /// A verdict.
    pub fn verdict(text: Text, verdict: Verdict) -> Self {
        let (class, symbol) = match verdict {
            Verdict::Pass => ("good", "✓"),
            Verdict::Partial => ("half", "◐"),
            Verdict::Fail => ("bad", "✗"),
            Verdict::NotApplicable => ("none", "–"),
            Verdict::Unknown => ("doubt", "?"),
        };
        Self::new(class, symbol, text.named("verdict", verdict.code()))
    }

    /// A gate: Đạt, Một phần, Chưa đạt.
    pub fn gate(text: Text, gate: Gate) -> Self {
        match gate {
            Gate::Met => Self::new("good", "✓", text.t("gate-met")),
            Gate::Partly => Self::new("half", "◐", text.t("gate-partly")),
            Gate::NotMet => Self::new("bad", "✗", text.t("gate-not-met")),
        }
    }

    /// The state of a control.
    pub fn control(text: Text, state: ControlState) -> Self {
        match state {
            ControlState::Met => Self::new("good", "✓", text.t("state-met")),
            ControlState::PartlyMet => Self::new("half", "◐", text.t("state-partly-met")),
            ControlState::NotMet => Self::new("bad", "✗", text.t("state-not-met")),
            ControlState::NotAssessed => Self::new("doubt", "?", text.t("state-not-assessed")),
            ControlState::NotApplicable => Self::new("none", "–", text.t("state-not-applicable")),
            ControlState::EquivalentMeasure => {
                Self::new("good", "≈", text.t("state-equivalent-measure"))
            }
            ControlState::Waived => Self::new("none", "⊘", text.t("state-waived")),
        }
    }

    /// Evidence that is too old to count.
    pub fn stale(text: Text) -> Self {
        Self::new("doubt", "!", text.t("host-stale"))
    }

    /// A host whose agent reports as it should.
    pub fn fresh(text: Text) -> Self {
        Self::new("good", "✓", text.t("host-active"))
    }

    /// A host whose agent is turned away.
    pub fn disabled(text: Text) -> Self {
        Self::new("bad", "⊘", text.t("host-disabled"))
    }

    /// A host that enrolled and never finished a run.
    pub fn silent(text: Text) -> Self {
        Self::new("doubt", "?", text.t("host-silent"))
    }

    /// A declared host without an agent.
    pub fn no_agent(text: Text) -> Self {
        Self::new("bad", "✗", text.t("host-no-agent"))
    }

    /// Nothing has been computed yet.
    pub fn not_scored(text: Text) -> Self {
        Self::new("doubt", "?", text.t("not-scored"))
    }
}

/// How bad a verdict is; worst first. Nothing seen is as bad as a failure for the score, but a
/// failure is the surer news.
pub fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Unknown => 1,
        Verdict::Partial => 2,
        Verdict::Pass => 3,
        Verdict::NotApplicable => 4,
    }
}

/// The verdict of that code; what is not understood is unknown.
pub fn verdict_of(code: &str) -> Verdict {
    Verdict::ALL
        .into_iter()
        .find(|v| v.code() == code)
        .unwrap_or(Verdict::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    #[test]
    fn no_two_verdicts_share_a_symbol_or_a_word() {
        let text = Text::new(Lang::Vi);
        let marks: Vec<Mark> = Verdict::ALL
            .iter()
            .map(|v| Mark::verdict(text, *v))
            .collect();
        for (n, mark) in marks.iter().enumerate() {
            for other in &marks[n + 1..] {
                assert_ne!(mark.symbol, other.symbol);
                assert_ne!(mark.label, other.label);
            }
        }
    }

    #[test]
    fn an_unreadable_verdict_is_unknown() {
        assert_eq!(verdict_of("pass"), Verdict::Pass);
        assert_eq!(verdict_of("PASS"), Verdict::Unknown);
    }
}
