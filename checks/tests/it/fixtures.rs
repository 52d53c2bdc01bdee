//! Every check against its fixtures: `fixtures/FAMILY/NAME/VERDICT[-WORDS].toml`.
//!
//! Each check has at least one fixture for pass, fail and unknown, and for not applicable unless
//! it always applies. A fixture says what must come out:
//!
//! ```toml
//! level = 2                                   # default 2
//! settings = { expected_ports = [443] }       # optional
//! expect = { verdict = "fail", reason = "fail", subject = "" }
//! with = ["ssh.root-login"]                   # optional: checks to run before
//! # `args = { key = "RSA" }` within it: what the sentence must name, as text
//! # or, for several subjects: expect = [{ … }, { … }]
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use capdo_checks::{
    Check, Verdict,
    catalogue::{Catalogue, Level, Thresholds},
    check::{CRASHED, judge},
    host::{Budget, Fixture},
    observation::Value,
    registry,
    run::observe_all,
    settings::Settings,
    verdict::Reason,
};
use serde::Deserialize;

use crate::stories;

#[derive(Deserialize)]
struct Expectation {
    verdict: Verdict,
    reason: String,
    #[serde(default)]
    subject: String,
    /// What the sentence must name, as text.
    #[serde(default)]
    args: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Expectation),
    More(Vec<Expectation>),
}

#[derive(Deserialize)]
struct Story {
    #[serde(default = "level_two")]
    level: u8,
    #[serde(default)]
    settings: Settings,
    /// Checks to run before the one under test.
    #[serde(default)]
    with: Vec<String>,
    expect: OneOrMore,
}

fn level_two() -> u8 {
    2
}

/// What a sentence names otherwise than wanted.
fn misnamed<'a>(want: &'a Expectation, got: &Reason) -> Vec<(&'a str, Option<String>)> {
    let named = |arg: &str| got.args.get(arg).map(Value::to_line);
    let all = want
        .args
        .iter()
        .filter(|(a, v)| named(a).as_ref() != Some(*v));
    all.map(|(a, _)| (a.as_str(), named(a))).collect()
}

/// Tells one story; returns what went otherwise than it says.
fn tell(check: &'static dyn Check, path: &Path) -> Vec<String> {
    let shown = path
        .strip_prefix(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .display();
    let story: Story = match toml::from_str(&fs::read_to_string(path).unwrap()) {
        Ok(story) => story,
        Err(e) => return vec![format!("{shown}: {e}")],
    };
    let host = match Fixture::load(path) {
        Ok(host) => host,
        Err(e) => return vec![e.to_string()],
    };
    let expected = match story.expect {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    };
    let thresholds = Thresholds::of(
        Catalogue::embedded().current(),
        Level::try_from(story.level).unwrap(),
    );
    let mut checks: Vec<_> = story
        .with
        .iter()
        .map(|id| registry::find(id).unwrap())
        .collect();
    checks.push(check);
    let mut seen = observe_all(
        &checks,
        &host,
        &story.settings,
        Budget::default(),
        |_, _| {},
    );
    seen.retain(|s| s.observation.check == check.meta().id);
    let mut wrong = Vec::new();
    if seen.len() != expected.len() {
        let subjects: Vec<_> = seen.iter().map(|s| &s.observation.subject.name).collect();
        wrong.push(format!(
            "{shown}: {} subjects {subjects:?}, not {}",
            seen.len(),
            expected.len()
        ));
    }
    for (seen, want) in seen.iter().zip(&expected) {
        let got = judge(check, &seen.observation, seen.at, &thresholds);
        let name = &seen.observation.subject.name;
        if (got.verdict, got.reason.key.as_ref(), name)
            != (want.verdict, &want.reason, &want.subject)
        {
            wrong.push(format!(
                "{shown}: {name:?} is {:?} {:?}, expected {:?} {:?} {:?}\n  {:#?}",
                got.verdict, got.reason, want.subject, want.verdict, want.reason, seen.observation
            ));
        }
        for (arg, named) in misnamed(want, &got.reason) {
            wrong.push(format!("{shown}: {arg} is {named:?}, not {:?}", want.args));
        }
    }
    wrong
}

#[test]
fn every_story_ends_as_it_says() {
    let mut wrong = Vec::new();
    for check in registry::all() {
        for path in stories::of(check) {
            wrong.extend(tell(check, &path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_story_for_each_verdict() {
    let mut missing = Vec::new();
    for check in registry::all() {
        let names: Vec<String> = stories::of(check)
            .iter()
            .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut wanted = vec!["pass", "fail", "unknown"];
        if !check.meta().always_applies {
            wanted.push("not_applicable");
        }
        for verdict in wanted {
            if !names.iter().any(|n| n.split('-').next() == Some(verdict)) {
                missing.push(format!("{}: no fixture {verdict}*.toml", check.meta().id));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_reason_has_a_sentence() {
    use capdo_checks::{lang::Lang, text::Messages};
    let mut missing = BTreeSet::new();
    for check in registry::all() {
        let id = check.meta().message_id();
        for path in stories::of(check) {
            let story: Story = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let expected = match story.expect {
                OneOrMore::One(one) => vec![one],
                OneOrMore::More(more) => more,
            };
            for reason in expected.into_iter().map(|e| e.reason) {
                for lang in Lang::ALL {
                    let has = if reason.starts_with("common-") {
                        Messages::of(lang).has(&reason, None)
                    } else {
                        Messages::of(lang).has(&id, Some(&reason))
                    };
                    if !has {
                        missing.insert(format!("{lang}: {id}.{reason}"));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_sentence_is_filled_in() {
    use capdo_checks::{lang::Lang, text::Messages};
    let mut wrong = BTreeSet::new();
    for check in registry::all() {
        for path in stories::of(check) {
            let story: Story = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let level = Level::try_from(story.level).unwrap();
            let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
            let host = Fixture::load(&path).unwrap();
            let seen = observe_all(
                &[check],
                &host,
                &story.settings,
                Budget::default(),
                |_, _| {},
            );
            for seen in seen {
                let got = judge(check, &seen.observation, seen.at, &thresholds);
                assert_ne!(got.reason.key, CRASHED, "{}", check.meta().id);
                for lang in Lang::ALL {
                    let text = Messages::of(lang).reason(check.meta(), &got.reason);
                    if text.contains("{$") || text.contains("{ $") {
                        wrong.insert(format!("{lang} {}: {text}", check.meta().id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
