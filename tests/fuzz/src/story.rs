//! Inputs that change a story of the fixtures: two bytes choose the story, then come pieces, each of
//! which begins with the byte that chooses a source of the story (a file, a command, a page, a
//! survey) and goes on with what that source holds now. So every parser is met where a check meets
//! it, however private it is.

use std::{fs, path::Path};

use capdo_checks::{
    Check, GapReason, Host, Observation, Verdict,
    catalogue::{Catalogue, Level, Thresholds},
    check::{CRASHED, judge},
    host::{Budget, Fixture},
    observation::MAX_OBSERVATION_BYTES,
    registry,
    run::{Observed, observe_all},
    settings::Settings,
};
use serde::Deserialize;

use crate::{bytes, repository, seeds::Seeds, window::Window};

/// A story.
pub struct Story {
    check: &'static dyn Check,
    host: Fixture,
    settings: Settings,
    sources: Vec<Source>,
    own: usize,
    surveys: toml::Table,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    File(String),
    Command(String),
    Page(String),
    Survey(String),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    settings: Settings,
    files: toml::Table,
    commands: toml::Table,
    http: toml::Table,
    surveys: toml::Table,
}

/// The stories of the checks whose id begins with one of `prefixes`.
pub fn of(prefixes: &[&str]) -> Vec<Story> {
    let checks = registry::all().into_iter();
    let wanted = checks.filter(|c| prefixes.iter().any(|p| c.meta().id.starts_with(p)));
    let mut all: Vec<Story> = wanted
        .flat_map(|check| {
            let folder = format!("checks/fixtures/{}", check.meta().id.replacen('.', "/", 1));
            let paths = repository::files(&folder, ".toml");
            let inside = repository::root().join(folder);
            let paths = paths
                .into_iter()
                .filter(move |p| p.parent() == Some(&inside));
            paths.filter_map(move |path| read(check, &path))
        })
        .collect();
    all.truncate(usize::from(u16::MAX));
    all
}

fn read(check: &'static dyn Check, path: &Path) -> Option<Story> {
    let told: Told = toml::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let host = Fixture::load(path).ok()?;
    let (files, commands) = (told.files.keys(), told.commands.keys());
    let mut sources: Vec<Source> = files
        .map(|k| Source::File(k.clone()))
        .chain(commands.map(|k| Source::Command(k.clone())))
        .chain(told.http.keys().map(|k| Source::Page(k.clone())))
        .chain(told.surveys.keys().map(|k| Source::Survey(k.clone())))
        .collect();
    let own = sources.len();
    let rest = host.paths().into_iter().map(Source::File);
    let rest = rest.chain(host.command_lines().into_iter().map(Source::Command));
    let rest: Vec<Source> = rest.filter(|s| !sources.contains(s)).collect();
    sources.extend(rest);
    sources.truncate(256);
    Some(Story {
        check,
        host,
        settings: told.settings,
        sources,
        own: own.min(256),
        surveys: told.surveys,
    })
}

/// The inputs that change nothing.
pub fn seeds(stories: &[Story], seeds: &mut Seeds) {
    for (n, story) in stories.iter().enumerate() {
        let Ok(n) = u16::try_from(n) else { break };
        let mut pieces = Vec::new();
        for (at, source) in story.sources.iter().take(story.own.max(1)).enumerate() {
            let held = story.held(source).filter(|held| held.len() <= 16 << 10);
            let (Ok(at), Some(held)) = (u8::try_from(at), held) else {
                continue;
            };
            pieces.push([&[at], held.as_slice()].concat());
        }
        seeds.add([&n.to_le_bytes(), crate::seeds::joined(&pieces).as_slice()].concat());
    }
}

/// What the sources that the stories spell out hold.
pub fn texts(stories: &[Story], seeds: &mut Seeds) {
    for story in stories {
        let own = story.sources.iter().take(story.own);
        own.filter_map(|s| story.held(s))
            .for_each(|held| seeds.add(held));
    }
}

/// Every observation that the stories give, each of its check.
pub fn observations(stories: &[Story]) -> Vec<Observation> {
    let seen = stories.iter().flat_map(|s| s.observe(&s.host));
    seen.map(|o| o.observation).collect()
}

/// Tries one input.
pub fn run(stories: &[Story], data: &[u8]) {
    let Some((n, rest)) = bytes::number(data) else {
        return;
    };
    let Some(story) = stories.get(n % stories.len().max(1)) else {
        return;
    };
    let mut window = Window {
        below: Some(&story.host),
        ..Window::default()
    };
    for piece in bytes::pieces(rest) {
        if let Some((at, held)) = bytes::first(piece) {
            story.put(usize::from(at), held, &mut window);
        }
    }
    let seen = story.observe(&window);
    for one in &seen {
        holds(story.check, one);
    }
    if data.len().is_multiple_of(8) {
        let again = story.observe(&window);
        let same = seen
            .iter()
            .map(|o| &o.observation)
            .eq(again.iter().map(|o| &o.observation));
        assert!(
            same,
            "{} sees two things in one host",
            story.check.meta().id
        );
    }
}

impl Story {
    fn observe(&self, host: &dyn Host) -> Vec<Observed> {
        observe_all(
            &[self.check],
            host,
            &self.settings,
            Budget::default(),
            |_, _| {},
        )
    }

    fn put(&self, at: usize, held: &[u8], window: &mut Window<'_>) {
        let Some(source) = self.sources.get(at % self.sources.len().max(1)) else {
            return;
        };
        match source.clone() {
            Source::File(path) => drop(window.files.insert(path, held.to_vec())),
            Source::Command(line) => drop(window.commands.insert(line, held.to_vec())),
            Source::Page(line) => drop(window.http.insert(line, held.to_vec())),
            Source::Survey(key) => {
                if let Ok(survey) = serde_json::from_slice(held) {
                    window.surveys.insert(key, survey);
                }
            }
        }
    }

    fn held(&self, source: &Source) -> Option<Vec<u8>> {
        match source {
            Source::File(path) => self.host.read(path, 1 << 20).ok(),
            Source::Command(line) => self.printed(line),
            Source::Page(_) => Some(b"200\ncontent-type: text/html\n\n<form method=post>".to_vec()),
            Source::Survey(key) => serde_json::to_vec(self.surveys.get(key)?).ok(),
        }
    }

    /// What a command prints. The window takes commands, not their lines, so the few that stand in
    /// stories are tried in turn.
    fn printed(&self, line: &str) -> Option<Vec<u8>> {
        use capdo_checks::host::Command::*;
        let fixed = [
            SshdEffective,
            SudoVersion,
            NftRuleset,
            IptablesSave,
            Ip6tablesSave,
            SystemctlTimers,
            TimedatectlShow,
            ChronycTracking,
            ChronycSources,
            AuditctlRules,
            AuditctlStatus,
            JournalHeader,
            RpmPackages { modules: true },
        ];
        if let Some(command) = fixed.iter().find(|c| c.line() == line) {
            return Some(self.host.run(command).ok()?.stdout);
        }
        let units = line.split_once(" -- ")?.1;
        let units = units.split(' ').map(str::to_owned).collect();
        Some(self.host.run(&SystemctlShow { units }).ok()?.stdout)
    }
}

/// What holds of every observation, whatever was read.
fn holds(check: &'static dyn Check, seen: &Observed) {
    let observation = &seen.observation;
    let crashed = observation
        .gap
        .as_ref()
        .is_some_and(|g| g.reason == GapReason::Crashed);
    assert!(!crashed, "{} crashed", check.meta().id);
    let bytes = observation.to_bytes();
    assert!(
        bytes.len() <= MAX_OBSERVATION_BYTES,
        "{} is too large",
        check.meta().id
    );
    let read = Observation::from_bytes(&bytes);
    assert_eq!(read.as_ref().ok(), Some(observation), "{read:?}");
    judged(check, observation, seen.at);
}

/// Judges at every level: a gap, or nothing at all, is never taken for more than unknown.
pub fn judged(check: &'static dyn Check, observation: &Observation, at: jiff::Timestamp) {
    let standard = Catalogue::embedded().current();
    for level in Level::ALL {
        let thresholds = Thresholds::of(standard, level);
        let judged = judge(check, observation, at, &thresholds);
        assert_ne!(judged.reason.key, CRASHED, "{} panicked", check.meta().id);
        let verdict = judged.verdict;
        assert!(
            knows_enough(check, observation, at, &thresholds, verdict),
            "{}: {verdict:?} on nothing",
            check.meta().id
        );
    }
}

/// Whether a verdict claims no more than its evidence may carry.
///
/// A gap is unknown. So is evidence without a fact, but where the level asks for none of a thing: then the
/// figure alone decides, and the same must come out whatever was seen. That it is the figure shows when
/// it is raised: the verdict is unknown again.
pub fn knows_enough(
    check: &dyn Check,
    observation: &Observation,
    at: jiff::Timestamp,
    thresholds: &Thresholds,
    verdict: Verdict,
) -> bool {
    if observation.gap.is_some() {
        return verdict == Verdict::Unknown;
    }
    let mut bare = observation.clone();
    bare.facts.clear();
    let on_nothing = judge(check, &bare, at, thresholds).verdict;
    if on_nothing == Verdict::Unknown {
        return !observation.facts.is_empty() || verdict == Verdict::Unknown;
    }
    let mut raised = thresholds.clone();
    for id in check.meta().thresholds {
        if thresholds.int(id) == 0 {
            assert!(raised.set(id, 1), "{id} is a threshold");
        }
    }
    on_nothing == Verdict::NotApplicable
        && verdict == Verdict::NotApplicable
        && judge(check, &bare, at, &raised).verdict == Verdict::Unknown
}
