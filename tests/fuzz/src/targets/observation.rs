//! Stored and received evidence: arbitrary observations under every check and level.

use std::sync::OnceLock;

use capdo_checks::{
    Check, Observation, Verdict,
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    registry,
};
use jiff::Timestamp;

use crate::{bytes, seeds::Seeds, story};

fn checks() -> &'static [&'static dyn Check] {
    static ALL: OnceLock<Vec<&'static dyn Check>> = OnceLock::new();
    ALL.get_or_init(|| {
        registry::all()
            .into_iter()
            .chain(registry::collected())
            .collect()
    })
}

/// Tries one input: two bytes choose the check, the rest is the observation.
pub fn run(data: &[u8]) {
    let Some((n, held)) = bytes::number(data) else {
        return;
    };
    let Ok(mut observation) = Observation::from_bytes(held) else {
        return;
    };
    let again = Observation::from_bytes(&observation.to_bytes());
    assert_eq!(
        again.ok().as_ref(),
        Some(&observation),
        "not the same when read again"
    );
    let check = checks()[n % checks().len()];
    observation.check = check.meta().id.to_owned();
    observation.version = check.meta().version;
    let at = "2026-11-22T00:00:00Z".parse::<Timestamp>().expect("a time");
    story::judged(check, &observation, at);
    nothing_gained(check, observation, at);
}

/// Without any of its facts, or in another version, an observation is never good.
fn nothing_gained(check: &'static dyn Check, mut observation: Observation, at: Timestamp) {
    observation.disagreements();
    observation.facts.clear();
    observation.gap = None;
    story::judged(check, &observation, at);
    observation.version += 1;
    let level = Level::try_from(2).expect("there is a level 2");
    let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
    let verdict = judge(check, &observation, at, &thresholds).verdict;
    assert_eq!(
        verdict,
        Verdict::Unknown,
        "{} of another version",
        check.meta().id
    );
}

/// What the stories show.
pub fn seeds(seeds: &mut Seeds) {
    for observation in story::observations(&story::of(&[""])) {
        let n = checks()
            .iter()
            .position(|c| c.meta().id == observation.check);
        let n = u16::try_from(n.unwrap_or_default()).unwrap_or_default();
        seeds.add([&n.to_le_bytes(), observation.to_bytes().as_slice()].concat());
    }
}
