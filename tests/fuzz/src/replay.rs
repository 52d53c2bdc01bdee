//! What ordinary tests do with the targets: inputs that once broke something are tried again, and
//! no parser is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
};

use capdo_checks::{
    Observation, Subject,
    catalogue::{Catalogue, Level, Thresholds},
    check::{CRASHED, judge},
    registry,
};

use crate::{ALL, repository, seeds::Seeds, story::knows_enough, targets::proto};

/// Seeds of each target that are tried beside: enough to show that the target still takes them.
const SEEDS: usize = 25;

#[test]
fn what_broke_once_stays_mended() {
    let mut broken = Vec::new();
    for target in ALL {
        let mut seeds = Seeds::default();
        (target.seeds)(&mut seeds);
        assert!(!seeds.0.is_empty(), "{} has no seeds", target.name);
        target.start();
        let step = (seeds.0.len() / SEEDS).max(1);
        let chosen = seeds.0.into_iter().step_by(step);
        let mut inputs: Vec<(String, Vec<u8>)> = chosen.map(|s| ("a seed".to_owned(), s)).collect();
        for path in repository::files(&format!("tests/fuzz/regressions/{}", target.name), "") {
            let held = fs::read(&path).expect("a file of the repository can be read");
            inputs.push((path.display().to_string(), held));
        }
        for (name, input) in inputs {
            if catch_unwind(AssertUnwindSafe(|| target.run(&input))).is_err() {
                broken.push(format!("{}: {name}", target.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_check_concludes_from_nothing() {
    let mut wrong = Vec::new();
    for check in registry::all().into_iter().chain(registry::collected()) {
        let meta = check.meta();
        let observation = Observation {
            check: meta.id.to_owned(),
            version: meta.version,
            subject: Subject::host(),
            facts: Vec::new(),
            gap: None,
        };
        for level in Level::ALL {
            let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
            let at = jiff::Timestamp::UNIX_EPOCH;
            let judged = judge(check, &observation, at, &thresholds);
            assert_ne!(judged.reason.key, CRASHED, "{} panicked", meta.id);
            let verdict = judged.verdict;
            if !knows_enough(check, &observation, at, &thresholds, verdict) {
                wrong.push(format!("{}: {verdict:?}", meta.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `modules.txt` names each file of `checks/src/facts` and `checks/src/probes` with the targets that
/// reach it, or with the reason why none has to.
#[test]
fn no_parser_is_left_out() {
    let listed = String::from_utf8(repository::bytes("tests/fuzz/modules.txt")).expect("text");
    let listed: BTreeMap<&str, &str> = listed
        .lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .map(|l| l.split_once(' ').unwrap_or((l, "")))
        .collect();
    let root = repository::root().join("checks/src");
    let files = ["facts", "probes"]
        .map(|f| repository::files(&format!("checks/src/{f}"), ".rs"))
        .concat();
    let names: BTreeSet<String> = files
        .iter()
        .filter_map(|p| Some(p.strip_prefix(&root).ok()?.display().to_string()))
        .filter(|name| !name.ends_with("/tests.rs"))
        .collect();
    for name in &names {
        let by = listed
            .get(name.as_str())
            .copied()
            .unwrap_or_default()
            .trim();
        assert!(
            !by.is_empty(),
            "{name}: which target reaches it? Say so in tests/fuzz/modules.txt, or why none has to"
        );
        for target in by.split(' ').filter(|_| !by.starts_with('-')) {
            assert!(
                ALL.iter().any(|t| t.name == target),
                "{name}: {target} is no target"
            );
        }
    }
    for name in listed.keys() {
        assert!(
            names.contains(*name),
            "tests/fuzz/modules.txt: {name} is no file"
        );
    }
}

#[test]
fn every_target_has_a_program() {
    let programs: BTreeSet<String> = repository::files("tests/fuzz/fuzz_targets", ".rs")
        .iter()
        .filter_map(|p| Some(p.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let targets: BTreeSet<String> = ALL.iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(programs, targets);
}

#[test]
fn every_message_is_tried() {
    let files = repository::files("proto/proto", ".proto");
    let texts = files.iter().map(|p| fs::read_to_string(p).expect("text"));
    let texts: String = texts.collect();
    let tried: BTreeSet<&str> = proto::names().collect();
    for line in texts.lines().filter_map(|l| l.strip_prefix("message ")) {
        let name = line.split([' ', '{']).next().unwrap_or_default();
        assert!(
            tried.contains(name),
            "{name} is not tried by the target proto"
        );
    }
}
