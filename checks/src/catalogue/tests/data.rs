//! What the shipped files hold.

use std::collections::BTreeSet;

use super::*;
use crate::catalogue::{Bilingual, Confidence, ControlKind, Level, Standard};

fn standard(id: &str) -> &'static Standard {
    Catalogue::embedded().standard(id).unwrap()
}

fn rows(standard: &Standard) -> [usize; 5] {
    Level::ALL.map(|level| standard.controls_at(level).count())
}

#[test]
fn the_shipped_files_load() {
    let catalogue = Catalogue::load().unwrap();
    let ids: Vec<_> = catalogue
        .standards()
        .iter()
        .map(|s| s.id.as_str())
        .collect();
    assert_eq!(
        ids,
        ["tcvn-14423-2026", "tcvn-14423-2025", "tcvn-11930-2017"]
    );
    assert_eq!(catalogue.current().id.as_str(), "tcvn-14423-2026");
}

/// 111, 129, 195, 273 and 288 rows are confirmed. TK-02 and LH-01 come on top at levels 2 to 5,
/// where a source names them only jointly (2) or not at all (3 to 5).
#[test]
fn tcvn_14423_2026_has_all_its_rows() {
    let current = standard("tcvn-14423-2026");
    assert_eq!((current.controls.len(), current.groups.len()), (300, 18));
    assert_eq!(rows(current), [111, 131, 197, 275, 290]);
    let of = |kind| current.controls.iter().filter(|c| c.kind == kind).count();
    let kinds = [
        ControlKind::Automatic,
        ControlKind::Partial,
        ControlKind::Document,
    ];
    assert_eq!(kinds.map(of), [110, 85, 105]);
    let unsure = current
        .controls
        .iter()
        .filter(|c| c.confidence != Confidence::High);
    let unsure: Vec<_> = unsure.map(|c| c.id.as_str()).collect();
    assert_eq!(unsure, ["TK-02", "LH-01"]);
    let groups = Level::ALL.map(|level| {
        current
            .controls_at(level)
            .map(|c| &c.group)
            .collect::<BTreeSet<_>>()
            .len()
    });
    assert_eq!(groups, [15, 15, 18, 18, 18]);
}

#[test]
fn the_older_standards_have_their_rows() {
    let tiers = standard("tcvn-14423-2025");
    assert_eq!((tiers.controls.len(), tiers.groups.len()), (33, 18));
    assert_eq!(rows(tiers), [15, 15, 18, 18, 18]);
    let legacy = standard("tcvn-11930-2017");
    assert_eq!((legacy.controls.len(), legacy.groups.len()), (42, 9));
    assert_eq!(rows(legacy), [27, 34, 42, 42, 42]);
}

#[test]
fn clauses_start_with_the_section_of_their_level() {
    for (id, offset) in [("tcvn-14423-2026", 2), ("tcvn-11930-2017", 4)] {
        for control in &standard(id).controls {
            for (level, clause) in control.clauses.iter() {
                let section = format!("{}.", level.number() + offset);
                assert!(clause.starts_with(&section), "{id} {} {clause}", control.id);
            }
        }
    }
    for control in &standard("tcvn-14423-2025").controls {
        for (level, clause) in control.clauses.iter() {
            let section = if level.number() <= 2 { "4." } else { "5." };
            assert!(clause.starts_with(section), "{} {clause}", control.id);
        }
    }
}

#[test]
fn the_legacy_clauses_are_unique_per_level() {
    let mut seen = BTreeSet::new();
    for control in &standard("tcvn-11930-2017").controls {
        for (level, clause) in control.clauses.iter() {
            assert!(seen.insert(clause), "{clause} twice at level {level}");
        }
    }
}

#[test]
fn the_figures_are_those_of_the_standard() {
    let current = standard("tcvn-14423-2026");
    let at = |id: &str| Level::ALL.map(|level| current.thresholds_at(level).int(id));
    assert_eq!(at("password.min-length"), [14; 5]);
    assert_eq!(at("password.min-length-with-mfa"), [8; 5]);
    assert_eq!(at("password.min-classes"), [4; 5]);
    assert_eq!(at("password.admin-max-age-days"), [60; 5]);
    assert_eq!(at("password.history"), [0, 0, 10, 10, 10]);
    assert_eq!(at("account.idle-days"), [45; 5]);
    assert_eq!(at("lockout.max-attempts"), [10; 5]);
    assert_eq!(at("lockout.min-seconds"), [12 * 3600; 5]);
    assert_eq!(at("lockout.max-seconds"), [30 * 24 * 3600; 5]);
    assert_eq!(at("session.admin-idle-seconds"), [300; 5]);
    assert_eq!(at("session.user-idle-seconds"), [900; 5]);
    assert_eq!(at("log.retention-days"), [0, 30, 90, 180, 365]);
    assert_eq!(at("patch.max-age-days"), [31; 5]);
    assert_eq!(at("patch.lists-max-age-days"), [7; 5]);
    assert_eq!(at("malware.signature-max-age-days"), [3; 5]);
    assert_eq!(at("backup.max-age-days"), [31, 7, 7, 1, 1]);
    assert_eq!(at("backup.restore-test-days"), [366, 366, 366, 183, 92]);
    assert_eq!(at("time.max-offset-ms"), [1000; 5]);
    assert_eq!(at("tls.min-version"), [12; 5]);
    assert_eq!(at("tls.min-rsa-bits"), [2048; 5]);
    assert_eq!(at("tls.cert-warn-days"), [30; 5]);
    assert_eq!(at("web.hsts-min-days"), [365; 5]);
}

#[test]
fn a_control_leads_to_the_older_standards() {
    let catalogue = Catalogue::embedded();
    let to = |standard: &str, id: &str| {
        let found = catalogue.counterparts(standard, id);
        found.iter().map(|id| id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(to("tcvn-11930-2017", "TK-14"), ["MC-XT"]);
    assert_eq!(to("tcvn-11930-2017", "HT-13"), ["MA-XN"]);
    assert_eq!(to("tcvn-11930-2017", "SL-05"), ["DL-SL"]);
    assert_eq!(to("tcvn-14423-2025", "TK-14"), ["TK-T1", "TK-T2"]);
    assert_eq!(to("tcvn-14423-2025", "PT-18"), ["PT-T2"]);
    assert_eq!(to("tcvn-14423-2026", "TK-14"), ["TK-14"]);
    for control in &catalogue.current().controls {
        assert!(
            to("tcvn-11930-2017", &control.id).len() <= 1,
            "{} is ambiguous",
            control.id
        );
        assert!(
            !to("tcvn-14423-2025", &control.id).is_empty(),
            "{}",
            control.id
        );
    }
}

#[test]
fn texts_are_composed_and_say_something_in_both_languages() {
    for standard in Catalogue::embedded().standards() {
        for control in &standard.controls {
            for text in [
                Some(&control.title),
                Some(&control.summary),
                control.figures.as_ref(),
            ] {
                let Some(Bilingual { vi, en }) = text else {
                    continue;
                };
                assert_ne!(vi, en, "{} {}", standard.id, control.id);
                assert!(
                    en.chars().all(|c| c.is_ascii() || "≤≥–“”’ĐÐ".contains(c)),
                    "{en}"
                );
            }
            for summary in [&control.summary.vi, &control.summary.en] {
                assert!(summary.ends_with('.'), "{} {}", standard.id, control.id);
                assert_eq!(summary.trim(), summary);
            }
        }
    }
    let sources = crate::catalogue::embedded::sources();
    for file in sources.standards.iter().chain(sources.maps) {
        let combining = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
        assert_eq!(
            file.text.chars().find(combining),
            None,
            "{} is not NFC",
            file.name
        );
    }
}

#[test]
fn every_map_file_is_compiled_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");
    let list = |folder: &str| {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.ends_with(".toml"))
            .collect::<BTreeSet<_>>()
    };
    let sources = crate::catalogue::embedded::sources();
    let standards: BTreeSet<_> = sources
        .standards
        .iter()
        .map(|s| s.name.to_owned())
        .collect();
    let is_standard = |name: &String| name.starts_with("tcvn-"); // eol.toml stands there too
    let found: BTreeSet<_> = list(folder).into_iter().filter(is_standard).collect();
    assert_eq!(standards, found);
    let maps = sources
        .maps
        .iter()
        .map(|s| s.name.trim_start_matches("map/").to_owned());
    assert_eq!(
        maps.collect::<BTreeSet<_>>(),
        list(&format!("{folder}/map"))
    );
}
