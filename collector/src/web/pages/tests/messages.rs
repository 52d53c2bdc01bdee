//! Both languages say the same things, and everything that is said exists.

use std::{collections::BTreeSet, fs, path::Path};

use super::super::text::{EN, VI};

/// Ids that are put together at run time, by their stem.
const STEMS: [&str; 12] = [
    "audit-action-",
    "event-do-",
    "verdict-",
    "unit-",
    "failure-title-",
    "failure-next-",
    "endpoint-kind-",
    "endpoint-state-",
    "outside-part-",
    "outside-reason-",
    "probe-step-",
    "key-kind-",
];

fn ids(source: &str) -> BTreeSet<String> {
    let lines = source
        .lines()
        .filter(|line| !line.starts_with(['#', ' ', '}']));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(id, _)| id.to_owned())
        .collect()
}

fn placeholders(source: &str) -> BTreeSet<(String, String)> {
    let lines = source.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(" = "))
        .flat_map(|(id, text)| {
            text.split('$').skip(1).map(|part| {
                let end = part
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(part.len());
                (id.to_owned(), part[..end].to_owned())
            })
        })
        .collect()
}

/// Every quoted text in templates and sources that looks like the id of a message.
fn used() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = BTreeSet::new();
    for folder in [
        "templates",
        "src/export",
        "src/export/pdf",
        "src/web",
        "src/web/pages",
    ] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = fs::read_to_string(&path).unwrap();
                for call in ["t(\"", "fill(\"", "(\"", "=> \"", "=> (\""] {
                    let after = text.split(call).skip(1);
                    used.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
                let quoted = text.split('"').skip(1).step_by(2);
                used.extend(quoted.map(str::to_owned));
            }
        }
    }
    used
}

/// The ids that templates and sources ask for outright.
fn asked() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut asked = BTreeSet::new();
    for folder in ["templates", "src/web/pages"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = fs::read_to_string(&path).unwrap();
                for call in [".t(\"", ".fill(\""] {
                    let after = text.split(call).skip(1);
                    asked.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
    }
    asked
}

#[test]
fn both_languages_have_the_same_sentences() {
    assert_eq!(ids(VI), ids(EN));
    assert_eq!(placeholders(VI), placeholders(EN));
}

#[test]
fn no_sentence_stands_twice() {
    for source in [VI, EN] {
        let all = source
            .lines()
            .filter(|line| !line.starts_with('#') && line.contains(" = "));
        assert_eq!(all.count(), ids(source).len());
    }
}

#[test]
fn every_sentence_that_is_asked_for_exists() {
    let missing: Vec<String> = asked().difference(&ids(VI)).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_sentence_is_used() {
    let used = used();
    let idle: Vec<String> = ids(VI)
        .into_iter()
        .filter(|id| !used.contains(id) && !STEMS.iter().any(|stem| id.starts_with(stem)))
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn what_is_put_together_exists() {
    use capdo_checks::verdict::Verdict;
    let ids = ids(VI);
    for verdict in Verdict::ALL {
        let id = format!("verdict-{}", verdict.code().replace('_', "-"));
        assert!(ids.contains(&id), "{id}");
    }
}
