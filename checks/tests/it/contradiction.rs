//! No host that tells the truth contradicts itself: every story of every check is told to all checks.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::fs;

use capdo_checks::{
    Observation, Value,
    contradiction::contradictions,
    host::{Budget, Fixture},
    registry,
    run::observe_all,
    settings::Settings,
};

use crate::stories;

/// What the checks that matter here see on the hosts of the stories of these families.
fn told(family: &str) -> Vec<Vec<Observation>> {
    let wanted = |id: &str| {
        ["ssh", "patch", "password", "time", "integrity"]
            .iter()
            .any(|f| id.starts_with(f))
    };
    let checks: Vec<_> = registry::all()
        .into_iter()
        .filter(|c| wanted(c.meta().id))
        .collect();
    let mut all = Vec::new();
    for check in registry::all()
        .iter()
        .filter(|c| c.meta().family() == family)
    {
        for path in stories::of(*check) {
            assert!(fs::metadata(&path).is_ok());
            let host = Fixture::load(&path).unwrap();
            let settings = Settings::default();
            let seen = observe_all(&checks, &host, &settings, Budget::default(), |_, _| {});
            all.push(seen.into_iter().map(|s| s.observation).collect());
        }
    }
    all
}

#[test]
fn no_story_contradicts_itself() {
    let mut compared = 0;
    for family in ["ssh", "patch", "integrity"] {
        for run in told(family) {
            let all: Vec<&Observation> = run.iter().collect();
            assert_eq!(contradictions(&all), []);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn a_difference_that_is_hidden_contradicts_the_run() {
    let mut hidden = 0;
    for mut run in told("integrity") {
        let Some(comparison) = run
            .iter_mut()
            .find(|o| o.check == "integrity.vantage-points")
        else {
            continue;
        };
        let Some(fact) = comparison.facts.iter_mut().find(|f| f.name == "conflicts") else {
            continue;
        };
        if fact.value == Value::from(0_i64) {
            continue;
        }
        fact.value = Value::from(0_i64);
        let all: Vec<&Observation> = run.iter().collect();
        assert_eq!(contradictions(&all).len(), 1);
        hidden += 1;
    }
    assert!(hidden > 0);
}
