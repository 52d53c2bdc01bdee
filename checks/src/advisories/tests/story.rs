//! What the judge makes of a match, and what it never does.

use super::{
    super::{
        CHECK, Dates, Distribution, Fix, Matched, compose, find_open, in_doubt, without_inventory,
    },
    at, debian, fix,
};
use crate::{
    Judgement, Observation, Verdict,
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    registry,
};

const DPKG: &str = "dpkg 1.21.22 amd64 dpkg 1.21.22";

/// What the judge says on 2026-11-22 at level 2.
fn judged(observation: &Observation) -> Judgement {
    let read = Observation::from_bytes(&observation.to_bytes()).unwrap();
    let level = Level::try_from(2).unwrap();
    let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
    judge(
        registry::find(CHECK).unwrap(),
        &read,
        at("2026-11-22"),
        &thresholds,
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_story_of_the_collectors_check_ends_as_it_should() {
    let old = "linux-image-6.1.0-28-amd64 6.1.119-1 amd64 linux-signed-amd64 6.1.119+1";
    let new = "linux-image-6.1.0-31-amd64 6.1.128-1 amd64 linux-signed-amd64 6.1.128+1";
    let inventory = debian("6.1.0-28-amd64", &["a 1 amd64 a 1", DPKG, old, new]);
    let fresh = Dates {
        advisories: Some(at("2026-11-20")),
        exploited: Some(at("2026-11-20")),
        probability: None,
    };
    let stale = Dates {
        advisories: Some(at("2026-09-01")),
        ..fresh
    };
    let future = Dates {
        advisories: Some(at("2027-09-01")),
        ..fresh
    };
    let no_kev = Dates {
        exploited: None,
        ..fresh
    };
    let dated = |date: &str| Fix {
        published: Some(at(date)),
        ..fix("a", "2", true)
    };
    let attacked = Fix {
        exploited: true,
        ..dated("2026-11-21")
    };
    let kernel = |exploited| Fix {
        exploited,
        ..fix("linux", "6.1.128-1", true)
    };
    // What was there at the first look: since that day at the latest.
    let first_seen = |date: &str| Fix {
        known_since: Some(at(date)),
        came_before: true,
        ..fix("a", "2", true)
    };
    let cases: [(&str, Vec<Fix>, &Dates, Verdict); 16] = [
        ("pass", vec![], &fresh, Verdict::Pass),
        ("pass", vec![], &no_kev, Verdict::Pass),
        (
            "pass-within",
            vec![dated("2026-11-01")],
            &fresh,
            Verdict::Pass,
        ),
        ("fail", vec![dated("2026-10-01")], &fresh, Verdict::Fail),
        ("fail", vec![dated("2026-10-01")], &stale, Verdict::Fail),
        ("fail-exploited", vec![attacked], &stale, Verdict::Fail),
        ("fail-exploited", vec![kernel(true)], &fresh, Verdict::Fail),
        (
            "partial-not-running",
            vec![kernel(false)],
            &fresh,
            Verdict::Partial,
        ),
        ("unknown-feed", vec![], &stale, Verdict::Unknown),
        ("unknown-feed", vec![], &future, Verdict::Unknown),
        (
            "unknown-exploited",
            vec![dated("2026-11-01")],
            &no_kev,
            Verdict::Unknown,
        ),
        (
            "unknown-undated",
            vec![fix("a", "2", true)],
            &fresh,
            Verdict::Unknown,
        ),
        (
            "unknown-undated",
            vec![first_seen("2026-11-20")],
            &fresh,
            Verdict::Unknown,
        ),
        (
            "pass-within",
            vec![first_seen("2026-11-20"), dated("2026-11-01")],
            &fresh,
            Verdict::Pass,
        ),
        (
            "fail",
            vec![first_seen("2026-10-01")],
            &fresh,
            Verdict::Fail,
        ),
        (
            "unknown-undated",
            vec![dated("2027-01-01")],
            &fresh,
            Verdict::Unknown,
        ),
    ];
    for (reason, fixes, dates, verdict) in cases {
        let matched = find_open(&inventory, &fixes);
        let got = judged(&compose(&inventory, &matched, dates));
        assert_eq!(
            (got.reason.key.as_ref(), got.verdict),
            (reason, verdict),
            "{fixes:?}"
        );
        assert_sentence(&got);
    }
    let untold = Matched {
        untold: ["ruby".to_owned()].into(),
        ..Matched::default()
    };
    let got = judged(&compose(&inventory, &untold, &fresh));
    assert_eq!(got.reason.key, "unknown-stream");
    assert_sentence(&got);
    let none = judged(&without_inventory());
    assert_eq!(none.reason.key, "unknown-inventory");
    assert_sentence(&none);
    let undated = compose(&inventory, &Matched::default(), &Dates::default());
    assert_eq!(
        judged(&undated).verdict,
        Verdict::Unknown,
        "advisories without a date"
    );
}

#[test]
fn an_emptied_list_and_one_of_another_distribution_prove_nothing() {
    let dates = Dates {
        advisories: Some(at("2026-11-20")),
        exploited: Some(at("2026-11-20")),
        probability: None,
    };
    for lines in [&[][..], &["a 1 amd64 a 1"]] {
        let list = debian("", lines);
        let got = judged(&compose(&list, &Matched::default(), &dates));
        assert_eq!(
            (got.reason.key.as_ref(), got.verdict),
            ("unknown-list", Verdict::Unknown)
        );
        assert_sentence(&got);
        // What it admits counts all the same.
        let old = Fix {
            published: Some(at("2026-01-01")),
            ..fix("a", "2", true)
        };
        let open = find_open(&list, [&old]);
        let verdict = judged(&compose(&list, &open, &dates)).verdict;
        assert_eq!(verdict == Verdict::Fail, !lines.is_empty());
    }
    let list = debian("", &[DPKG]);
    let ubuntu = [Distribution::new("ubuntu", "22.04")];
    for (others, reason) in [
        (&ubuntu[..], "unknown-distribution"),
        (&[], "unknown-release"),
    ] {
        let got = judged(&in_doubt(&list, others));
        assert_eq!(
            (got.reason.key.as_ref(), got.verdict),
            (reason, Verdict::Unknown)
        );
        assert_sentence(&got);
    }
}

fn assert_sentence(got: &Judgement) {
    use crate::{lang::Lang, text::Messages};
    let meta = registry::find(CHECK).unwrap().meta();
    for lang in Lang::ALL {
        assert!(Messages::of(lang).has(&meta.message_id(), Some(&got.reason.key)));
        let text = Messages::of(lang).reason(meta, &got.reason);
        assert!(!text.contains("{$") && !text.contains("{ $"), "{text}");
    }
}

/// Taking any fact away, as a damaged store would, never makes the verdict better.
#[test]
fn a_missing_fact_never_helps() {
    let inventory = debian("", &["a 1 amd64 a 1", DPKG]);
    let fixes = [Fix {
        published: Some(at("2026-11-01")),
        ..fix("a", "2", true)
    }];
    let dates = Dates {
        advisories: Some(at("2026-11-20")),
        exploited: Some(at("2026-11-20")),
        probability: None,
    };
    for fixes in [&fixes[..], &[]] {
        let whole = compose(&inventory, &find_open(&inventory, fixes), &dates);
        let before = judged(&whole).verdict;
        for at in 0..whole.facts.len() {
            let mut less = whole.clone();
            let gone = less.facts.remove(at);
            let after = judged(&less).verdict;
            let same = after == before;
            assert!(
                same || after == Verdict::Unknown,
                "{} gone: {after:?}",
                gone.name
            );
        }
    }
}

#[test]
fn an_observation_keeps_its_bound() {
    let lines: Vec<String> = (0..400).map(|n| format!("p{n} 1 amd64 p{n} 1")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let inventory = debian("", &lines);
    let fixes: Vec<Fix> = (0..400)
        .flat_map(|n| {
            (0..40).map(move |m| Fix {
                advisory: format!("A-{n}-{m}-{}", "x".repeat(200)),
                cves: vec![format!("CVE-{n}-{m}-{}", "x".repeat(200))],
                ..fix(&format!("p{n}"), "2", true)
            })
        })
        .collect();
    let made = compose(
        &inventory,
        &find_open(&inventory, &fixes),
        &Dates::default(),
    );
    assert!(Observation::from_bytes(&made.to_bytes()).is_ok());
    assert_eq!(
        made.best("open_count").and_then(|f| f.value.as_int()),
        Some(400)
    );
}
