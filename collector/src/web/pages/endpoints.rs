//! A system's endpoints as the collector saw them from outside.

use capdo_checks::{observation::Value, text::Messages, verdict::Reason};

use super::{
    marks::{Mark, rank, verdict_of},
    shell::Link,
    text::{Text, foreign},
};
use crate::{
    outside::permit,
    store::{
        authorisation::Authorisation,
        endpoint::{Endpoint, LookState},
        outside_finding::OutsideFinding,
    },
};

/// A row of the table of endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its page.
    pub link: Link,
    /// How to speak to it.
    pub kind: String,
    /// How the last look went, and when.
    pub state: String,
    /// When that was.
    pub at: String,
    /// What now permits to look.
    pub permitted: String,
    /// How many findings have which verdict, worst first.
    pub tallies: Vec<(Mark, usize)>,
}

/// The endpoints with what was found and what permits to look.
pub fn rows(
    text: Text,
    endpoints: &[Endpoint],
    found: &[OutsideFinding],
    held: &[Authorisation],
    now: i64,
) -> Vec<EndpointRow> {
    let row = |it: &Endpoint| {
        let mut of: Vec<_> = found
            .iter()
            .filter(|f| f.endpoint_id == it.id)
            .map(|f| verdict_of(&f.verdict))
            .collect();
        of.sort_by_key(|v| rank(*v));
        let mut tallies: Vec<(Mark, usize)> = Vec::new();
        for group in of.chunk_by(|a, b| a == b) {
            tallies.push((Mark::verdict(text, group[0]), group.len()));
        }
        EndpointRow {
            link: Link::new(format!("/endpoints/{}", it.id), &it.label()),
            kind: kind(text, it),
            state: state(text, it.state),
            at: text.time_or_never(it.state_at),
            permitted: permitted(text, it, held, now),
            tallies,
        }
    };
    endpoints.iter().map(row).collect()
}

/// How to speak to an endpoint, in words.
pub fn kind(text: Text, it: &Endpoint) -> String {
    let code = serde_json::to_value(it.kind).unwrap_or_default();
    text.named("endpoint-kind", code.as_str().unwrap_or_default())
}

/// How the last look went, in words.
pub fn state(text: Text, state: LookState) -> String {
    let code = serde_json::to_value(state).unwrap_or_default();
    text.named("endpoint-state", code.as_str().unwrap_or_default())
}

/// What now permits to look at an endpoint, or that nothing does.
pub fn permitted(text: Text, it: &Endpoint, held: &[Authorisation], now: i64) -> String {
    match permit::at_all(held, it, now) {
        None => text.t("endpoint-not-permitted"),
        Some(one) => {
            let args = [
                ("number", Value::from(foreign(&one.number))),
                ("until", Value::from(text.time(one.valid_until))),
            ];
            text.fill("endpoint-permitted", &args)
        }
    }
}

/// What part was looked at, in words.
pub fn part(text: Text, id: &str) -> String {
    let code = id.strip_prefix("outside.").unwrap_or(id);
    text.named("outside-part", code)
}

/// Why a verdict on what was seen from outside, in words.
pub fn reason(text: Text, stored: &str) -> String {
    let Ok(reason) = serde_json::from_str::<Reason>(stored) else {
        return text.t("reason-unreadable");
    };
    let clean = |value: &Value| Value::from(foreign(&value.to_line()));
    let args: Vec<(&str, Value)> = reason
        .args
        .iter()
        .map(|(name, value)| (name.as_ref(), clean(value)))
        .collect();
    if reason.key == "gap" {
        return foreign(&Messages::of(text.lang()).get("common-gap", None, &args));
    }
    foreign(&text.fill(&format!("outside-reason-{}", reason.key), &args))
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    /// Every reason that the judge gives has its sentence.
    #[test]
    fn every_reason_is_said_in_both_languages() {
        let source = include_str!("../../../../checks/src/outside/judge.rs");
        let source = source.split("mod tests").next().unwrap();
        let keys: Vec<&str> = ["pass", "partial", "fail", "unknown", "not_applicable"]
            .iter()
            .flat_map(|verdict| source.split(verdict).skip(1))
            .filter_map(|rest| rest.strip_prefix("(\"")?.split('"').next())
            .collect();
        assert!(keys.len() > 25, "{keys:?}");
        for lang in Lang::ALL {
            for key in keys.iter().filter(|key| **key != "gap") {
                let said = Text::new(lang).t(&format!("outside-reason-{key}"));
                assert!(!said.contains("outside-reason-"), "{lang} {key}: {said}");
            }
        }
    }

    #[test]
    fn values_are_filled_in_and_made_harmless() {
        let stored =
            "{\"key\":\"old-versions\",\"args\":{\"versions\":[\"TLS 1.0\",\"a\u{202e}\"]}}";
        let said = reason(Text::new(Lang::En), stored);
        assert!(said.contains("TLS 1.0, a\\u{202e}"), "{said}");
        let gap =
            "{\"key\":\"gap\",\"args\":{\"reason\":\"unreachable\",\"detail\":\"192.0.2.1:1\"}}";
        assert!(reason(Text::new(Lang::Vi), gap).contains("192.0.2.1:1"));
    }
}
