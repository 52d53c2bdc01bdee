//! A host's findings as a reader sees them: by family, worst first.

use std::collections::BTreeMap;

use capdo_checks::{
    catalogue::{Catalogue, Level, Standard},
    check::{Check, Meta, Severity},
    observation::{Fact, Observation, SubjectKind, Value, Vantage},
    registry,
    text::Messages,
    verdict::{Reason, Verdict},
};

use super::{
    fixes,
    host_fixes::{FixRow, fix_rows, is_fixes},
    marks::{Mark, rank, verdict_of},
    shell::Link,
    text::{Text, foreign},
};
use crate::store::finding::{Finding, Held};

/// What findings are measured and shown by.
pub struct Measure<'a> {
    /// The language.
    pub text: Text,
    /// The standard of the host's system.
    pub standard: &'a Standard,
    /// The level of the host's system.
    pub level: Level,
    /// Evidence confirmed before this counts as stale.
    pub fresh_from: i64,
}

/// A family of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How many findings have which verdict, worst first.
    pub summary: Vec<(Mark, usize)>,
    /// Its findings, worst first.
    pub findings: Vec<FindingView>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingView {
    /// Where links to the check's findings on this host lead; only the first of a check has it.
    pub anchor: Option<String>,
    /// The verdict.
    pub mark: Mark,
    /// Set when the evidence is too old to count.
    pub stale: Option<Mark>,
    /// The check's id.
    pub check_id: String,
    /// The check.
    pub check: Link,
    /// What it is about; empty for the host itself.
    pub subject: String,
    /// How bad a failure is.
    pub severity: String,
    /// Why the verdict.
    pub reason: String,
    /// Whether something is to be done.
    pub open: bool,
    /// Why it matters.
    pub why: String,
    /// What to do, per platform.
    pub fixes: Vec<(String, String)>,
    /// The command with which a person sees the same.
    pub confirm: String,
    /// What was seen.
    pub facts: Vec<FactRow>,
    /// The fixes that are missing, worst first.
    pub fixes_open: Vec<FixRow>,
    /// Since when verdict and reason are what they are.
    pub since: String,
    /// When it was last confirmed.
    pub confirmed: String,
    /// The controls that it serves, with the clause at the level.
    pub controls: Vec<(Link, String)>,
    /// What the agent claimed, where its evidence does not support it.
    pub claimed: Option<Mark>,
    /// Names the evidence.
    pub evidence: String,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// From where it was seen.
    pub vantage: String,
    /// The file, command or address.
    pub source: String,
}

/// How many findings have which verdict, worst first.
pub fn summary(text: Text, held: &[Held]) -> Vec<(Mark, usize)> {
    count(text, held.iter().map(|h| verdict_of(&h.finding.verdict)))
}

fn count(text: Text, verdicts: impl Iterator<Item = Verdict>) -> Vec<(Mark, usize)> {
    let mut counts: BTreeMap<u8, (Verdict, usize)> = BTreeMap::new();
    for verdict in verdicts {
        counts.entry(rank(verdict)).or_insert((verdict, 0)).1 += 1;
    }
    counts
        .into_values()
        .map(|(verdict, n)| (Mark::verdict(text, verdict), n))
        .collect()
}

/// The findings by family; the family with the most failures first.
pub fn families(measure: &Measure<'_>, held: &[Held]) -> Vec<FamilyView> {
    let mut of: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for one in held {
        let id = one.finding.check_id.as_str();
        of.entry(id.split_once('.').map_or(id, |(family, _)| family))
            .or_default()
            .push(one);
    }
    let mut families: Vec<([std::cmp::Reverse<usize>; 3], FamilyView)> = of
        .into_iter()
        .map(|(id, mut held)| {
            held.sort_by_key(|h| order(&h.finding));
            let how_many = |verdict: Verdict| {
                let alike = held
                    .iter()
                    .filter(|h| verdict_of(&h.finding.verdict) == verdict);
                std::cmp::Reverse(alike.count())
            };
            let worst = [Verdict::Fail, Verdict::Unknown, Verdict::Partial].map(how_many);
            (worst, family(measure, id, &held))
        })
        .collect();
    families.sort_by_key(|family| family.0);
    families.into_iter().map(|(_, family)| family).collect()
}

/// Worst first: verdict, then how bad a failure is, then by check and subject.
fn order(finding: &Finding) -> (u8, std::cmp::Reverse<Option<Severity>>, String, String) {
    let severity = registry::find(&finding.check_id).map(|check| check.meta().severity);
    let rank = rank(verdict_of(&finding.verdict));
    let names = (finding.check_id.clone(), finding.subject_name.clone());
    (rank, std::cmp::Reverse(severity), names.0, names.1)
}

fn family(measure: &Measure<'_>, id: &str, held: &[&Held]) -> FamilyView {
    let text = measure.text;
    let mut seen: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for one in held {
        let check = one.finding.check_id.as_str();
        let first = !seen.contains(&check);
        seen.push(check);
        let mut view = finding(measure, one);
        view.anchor = first.then(|| format!("f-{}", foreign(check).replace('.', "-")));
        findings.push(view);
    }
    FamilyView {
        id: foreign(id),
        title: Messages::of(text.lang()).family(id),
        summary: count(text, held.iter().map(|h| verdict_of(&h.finding.verdict))),
        findings,
    }
}

fn finding(measure: &Measure<'_>, held: &Held) -> FindingView {
    let (text, row) = (measure.text, &held.finding);
    let check = registry::find(&row.check_id);
    let verdict = verdict_of(&row.verdict);
    let observation = Observation::from_bytes(&held.bytes).ok();
    FindingView {
        anchor: None,
        mark: Mark::verdict(text, verdict),
        stale: (row.confirmed_at < measure.fresh_from).then(|| Mark::stale(text)),
        check_id: foreign(&row.check_id),
        check: Link::check(&row.check_id, &fixes::check_title(text, &row.check_id)),
        subject: subject(text, observation.as_ref(), &row.subject_name),
        severity: check.map_or_else(String::new, |c| fixes::severity(text, c.meta().severity)),
        reason: reason(text, check, &row.reason),
        open: matches!(verdict, Verdict::Fail | Verdict::Partial | Verdict::Unknown),
        why: part(text, check, "why"),
        fixes: check.map_or_else(Vec::new, |c| fix_texts(text, c.meta())),
        confirm: part(text, check, "confirm"),
        facts: observation
            .iter()
            .flat_map(|o| &o.facts)
            .filter(|f| !is_fixes(&row.check_id, f))
            .map(|f| fact(text, f))
            .collect(),
        fixes_open: observation.iter().flat_map(|o| fix_rows(text, o)).collect(),
        since: text.time(row.since),
        confirmed: text.time(row.confirmed_at),
        controls: controls(measure, &row.check_id),
        claimed: row
            .claim_mismatch
            .then(|| Mark::verdict(text, verdict_of(&row.claimed_verdict))),
        evidence: hex::encode(&row.observation_sha256),
    }
}

fn subject(text: Text, observation: Option<&Observation>, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let id = observation.map(|o| match o.subject.kind {
        SubjectKind::Host => "subject-host",
        SubjectKind::Endpoint => "subject-endpoint",
        SubjectKind::Account => "subject-account",
        SubjectKind::Package => "subject-package",
        SubjectKind::File => "subject-file",
        SubjectKind::Service => "subject-service",
    });
    match id {
        None => foreign(name),
        Some(id) => format!("{} {}", text.t(id), foreign(name)),
    }
}

/// The sentence of a stored reason, whatever its values hold.
fn reason(text: Text, check: Option<&dyn Check>, stored: &str) -> String {
    let messages = Messages::of(text.lang());
    match (check, serde_json::from_str::<Reason>(stored)) {
        (Some(check), Ok(reason)) => foreign(&messages.reason(check.meta(), &harmless(reason))),
        (None, _) => messages.get("common-unknown-check", None, &[]),
        (_, Err(_)) => text.t("reason-unreadable"),
    }
}

/// Values come from agents: what `clean` would change is changed before it enters the sentence.
fn harmless(mut reason: Reason) -> Reason {
    for value in reason.args.values_mut() {
        if let Value::Text(text) = value {
            *text = foreign(text);
        }
    }
    reason
}

fn part(text: Text, check: Option<&dyn Check>, part: &str) -> String {
    let messages = Messages::of(text.lang());
    check
        .and_then(|c| messages.part(c.meta(), part))
        .unwrap_or_default()
}

/// What to do, for all platforms and for each that differs: name of the platform and text.
pub fn fix_texts(text: Text, meta: &Meta) -> Vec<(String, String)> {
    let messages = Messages::of(text.lang());
    let parts = [
        ("fix", "platform-all"),
        ("fix-debian", "platform-debian"),
        ("fix-rhel", "platform-rhel"),
    ];
    let texts = parts
        .into_iter()
        .filter_map(|(part, name)| Some((name, messages.part(meta, part)?)));
    texts.map(|(name, fix)| (text.t(name), fix)).collect()
}

/// A fact in words.
pub fn fact(text: Text, fact: &Fact) -> FactRow {
    FactRow {
        name: foreign(&fact.name),
        value: match &fact.value {
            Value::Bool(true) => text.t("yes"),
            Value::Bool(false) => text.t("no"),
            Value::List(list) if list.is_empty() => text.t("empty-list"),
            Value::Text(t) if t.is_empty() => text.t("empty-text"),
            other => foreign(&other.to_line()),
        },
        vantage: text.t(match fact.vantage {
            Vantage::Configured => "vantage-configured",
            Vantage::Effective => "vantage-effective",
            Vantage::Observed => "vantage-observed",
        }),
        source: foreign(&fact.source),
    }
}

/// The controls at the level that a check serves, with their clauses.
fn controls(measure: &Measure<'_>, check: &str) -> Vec<(Link, String)> {
    let standard = measure.standard;
    Catalogue::embedded()
        .controls_for(&standard.id, check)
        .iter()
        .filter_map(|id| {
            let control = standard.control(id)?;
            let clause = control.clauses.get(measure.level)?;
            let label = format!("{id} {}", control.title.get(measure.text.lang()));
            Some((Link::control(&standard.id, id, &label), clause.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::{
        lang::Lang,
        observation::{Facts, Subject},
    };

    fn held(check: &str, verdict: &str, subject: &str) -> Held {
        let facts =
            Facts::new().configured("accounts", vec!["<script>alert(1)</script>"], "/etc/passwd");
        let observation = Observation {
            check: check.to_owned(),
            version: 1,
            subject: Subject::new(SubjectKind::Account, subject),
            facts: facts.facts,
            gap: None,
        };
        Held {
            finding: Finding {
                host_id: "h".to_owned(),
                check_id: check.to_owned(),
                subject_kind: 3,
                subject_name: subject.to_owned(),
                observation_sha256: observation.sha256().to_vec(),
                verdict: verdict.to_owned(),
                reason: r#"{"key":"fail","args":{"accounts":"a\u202eb"}}"#.to_owned(),
                claimed_verdict: "pass".to_owned(),
                claim_mismatch: verdict == "fail",
                observed_at: 0,
                confirmed_at: 1_000,
                since: 0,
            },
            bytes: observation.to_bytes(),
        }
    }

    fn measure() -> Measure<'static> {
        Measure {
            text: Text::new(Lang::Vi),
            standard: Catalogue::embedded().current(),
            level: Level::ALL[2],
            fresh_from: 2_000,
        }
    }

    #[test]
    fn the_worst_family_and_finding_stand_first() {
        let rows = [
            held("ssh.root-login", "pass", "x"),
            held("account.uid-zero", "pass", "a"),
            held("account.uid-zero", "fail", "b"),
        ];
        let families = families(&measure(), &rows);
        assert_eq!(families[0].id, "account");
        let first = &families[0].findings[0];
        assert_eq!(
            first.mark,
            Mark::verdict(Text::new(Lang::Vi), Verdict::Fail)
        );
        assert_eq!(first.anchor.as_deref(), Some("f-account-uid-zero"));
        assert_eq!(families[0].findings[1].anchor, None);
    }

    #[test]
    fn a_finding_tells_all_that_lies_behind_it() {
        let families = families(&measure(), &[held("account.uid-zero", "fail", "b")]);
        let finding = &families[0].findings[0];
        assert!(finding.claimed.is_some());
        assert!(finding.stale.is_some());
        assert!(finding.reason.contains("a\\u{202e}b"), "{}", finding.reason);
        assert_eq!(finding.facts[0].vantage, "Cấu hình");
        assert!(!finding.why.is_empty() && !finding.confirm.is_empty());
        assert!(!finding.fixes.is_empty());
        assert_eq!(
            finding.controls[0].0.href,
            "/controls/tcvn-14423-2026/TK-14"
        );
        assert_eq!(finding.subject, "Tài khoản b");
    }

    #[test]
    fn what_this_release_does_not_know_is_still_shown() {
        let families = families(&measure(), &[held("x.<b>", "nonsense", "")]);
        let finding = &families[0].findings[0];
        assert_eq!(
            finding.mark,
            Mark::verdict(Text::new(Lang::Vi), Verdict::Unknown)
        );
        assert_eq!(finding.check.label, "x.<b>");
        assert!(!finding.reason.is_empty());
    }
}
