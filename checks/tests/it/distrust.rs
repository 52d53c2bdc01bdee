//! What a check may not see, or does not understand, never makes it more content. Every fixture of
//! every check is told again with one source at a time taken away or filled with garbage.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use capdo_checks::{
    Check, GapReason, Host, Verdict,
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    host::{Budget, Fixture},
    registry,
    run::observe_all,
    settings::Settings,
};
use serde::Deserialize;

use crate::stories;

#[derive(Deserialize)]
struct Story {
    level: Option<u8>,
    #[serde(default)]
    settings: Settings,
}

/// Each check with each of its fixtures.
fn told() -> impl Iterator<Item = (&'static dyn Check, PathBuf)> {
    let all = registry::all().into_iter();
    all.flat_map(|check| {
        stories::of(check)
            .into_iter()
            .map(move |path| (check, path))
    })
}

/// The worst verdict over the subjects, and whether the check crashed.
fn outcome(
    check: &'static dyn Check,
    host: &dyn Host,
    settings: &Settings,
    level: u8,
) -> (Verdict, bool) {
    let level = Level::try_from(level).unwrap();
    let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
    let seen = observe_all(&[check], host, settings, Budget::default(), |_, _| {});
    let crashed = |g: &capdo_checks::Gap| g.reason == GapReason::Crashed;
    let crash = seen
        .iter()
        .any(|s| s.observation.gap.as_ref().is_some_and(crashed));
    let verdicts = seen
        .iter()
        .map(|s| judge(check, &s.observation, s.at, &thresholds).verdict);
    let rank = |v: &Verdict| match v {
        Verdict::Unknown => 0,
        Verdict::Fail => 1,
        Verdict::Partial => 2,
        Verdict::Pass => 3,
        Verdict::NotApplicable => 4,
    };
    (verdicts.min_by_key(rank).unwrap(), crash)
}

fn story(path: &Path) -> (Fixture, Settings, u8) {
    let told: Story = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    (
        Fixture::load(path).unwrap(),
        told.settings,
        told.level.unwrap_or(2),
    )
}

/// Whether `after` is better for the measured party than `before`.
fn gains(before: Verdict, after: Verdict) -> bool {
    let worth = |v: Verdict| match v {
        Verdict::Unknown | Verdict::Fail => 0,
        Verdict::Partial => 1,
        Verdict::Pass | Verdict::NotApplicable => 2,
    };
    worth(after) > worth(before)
}

#[test]
fn taking_a_source_away_never_helps() {
    let mut wrong = Vec::new();
    for (check, path) in told() {
        let (host, settings, level) = story(&path);
        let (before, _) = outcome(check, &host, &settings, level);
        let files = host.paths().into_iter().map(|p| (host.denying(&p), p));
        let commands = host
            .command_lines()
            .into_iter()
            .map(|c| (host.forbidding(&c), c));
        let pages = host
            .http_lines()
            .into_iter()
            .map(|l| (host.unanswering(&l), l));
        let surveys = host
            .survey_keys()
            .into_iter()
            .flat_map(|key| [(host.muting(&key), key.clone()), (host.blurring(&key), key)]);
        for (blind, source) in files.chain(commands).chain(pages).chain(surveys) {
            let (after, crash) = outcome(check, &blind, &settings, level);
            if gains(before, after) || crash {
                let name = path
                    .strip_prefix(env!("CARGO_MANIFEST_DIR"))
                    .unwrap()
                    .display();
                wrong.push(format!(
                    "{name}: {before:?} becomes {after:?} without {source}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn garbage_never_crashes_a_check() {
    let garbage: [&[u8]; 5] = [
        b"\xff\xfe\x00\x01",
        b"=\n[\n{\n(\n\"",
        &[b'a'; 5000],
        "ế\u{202e}\n\t:::,,,".as_bytes(),
        b"-1 99999999999999999999 0x\n",
    ];
    let mut wrong = Vec::new();
    let mut turn = garbage.iter().cycle();
    for (check, path) in told() {
        let (host, settings, level) = story(&path);
        for source in host.paths() {
            let bytes = turn.next().unwrap();
            let (_, crash) = outcome(check, &host.holding(&source, bytes), &settings, level);
            if crash {
                wrong.push(format!(
                    "{} crashes on {bytes:?} in {source}",
                    check.meta().id
                ));
            }
        }
        for page in host.http_lines() {
            let bytes = turn.next().unwrap();
            let (_, crash) = outcome(check, &host.garbling(&page, bytes), &settings, level);
            if crash {
                wrong.push(format!(
                    "{} crashes on {bytes:?} at {page}",
                    check.meta().id
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
