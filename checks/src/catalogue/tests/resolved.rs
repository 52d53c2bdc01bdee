//! Maps between standards, links to checks, figures and dates.

use jiff::civil::date;

use super::*;
use crate::catalogue::{ControlId, Level, Standard};

/// A current standard `a` whose TK-01 maps to clauses of the older `b`.
fn pair(clauses: &str, map: &str) -> Catalogue {
    let a = small("a", 3)
        .replacen("levels =", "replaces = [\"b\"]\nlevels =", 1)
        .replacen(
            "period_months",
            &format!("maps = {{ b = {clauses} }}\nperiod_months"),
            1,
        );
    load(&[&small("b", 5), &a], map).unwrap()
}

fn ids(controls: &[ControlId]) -> Vec<&str> {
    controls.iter().map(ControlId::as_str).collect()
}

#[test]
fn a_check_serves_the_older_standard_through_the_maps() {
    let map = r#"
        "ssh.x" = ["TK-01"]
        "log.y" = ["TK-01", "TK-02", "TK-01"]
    "#;
    let catalogue = pair(r#"["X.1 a", "5.1 b"]"#, map);
    assert_eq!(catalogue.current().id.as_str(), "a");
    assert_eq!(
        ids(catalogue.controls_for("a", "log.y")),
        ["TK-01", "TK-02"]
    );
    assert_eq!(ids(catalogue.controls_for("a", "ssh.x")), ["TK-01"]);
    assert_eq!(
        ids(catalogue.controls_for("b", "ssh.x")),
        ["TK-01", "TK-02"]
    );
    assert_eq!(catalogue.checks_for("b", "TK-02"), ["log.y", "ssh.x"]);
    assert_eq!(catalogue.checks_for("a", "TK-02"), ["log.y"]);
    assert_eq!(
        ids(catalogue.counterparts("b", "TK-01")),
        ["TK-01", "TK-02"]
    );
    assert!(catalogue.counterparts("b", "TK-02").is_empty());
}

#[test]
fn an_exact_clause_means_one_level_only() {
    let catalogue = pair(r#"["6.1 a"]"#, "");
    assert_eq!(ids(catalogue.counterparts("b", "TK-01")), ["TK-01"]);
}

#[test]
fn unknown_names_have_no_links() {
    let catalogue = pair(r#"["X.1 a"]"#, r#""ssh.x" = ["TK-01"]"#);
    assert!(catalogue.checks_for("nowhere", "TK-01").is_empty());
    assert!(catalogue.checks_for("a", "TK-99").is_empty());
    assert!(catalogue.controls_for("a", "ssh.z").is_empty());
    assert!(catalogue.standard("nowhere").is_none());
    assert!(catalogue.current().control("TK-99").is_none());
    assert!(catalogue.current().group("ZZ").is_none());
}

#[test]
fn a_level_beyond_the_standard_gets_its_highest_figures() {
    let catalogue = load(&[&small("a", 3)], "").unwrap();
    let at = |level: usize| catalogue.current().thresholds_at(Level::ALL[level - 1]);
    assert_eq!(at(1).int("tls.min-version"), 10);
    assert_eq!(at(2).int("tls.min-version"), 20);
    assert_eq!(at(5), at(2));
}

#[test]
fn figures_can_be_replaced_by_known_id_only() {
    let catalogue = load(&[&small("a", 3)], "").unwrap();
    let mut figures = catalogue.current().thresholds_at(Level::ALL[0]);
    assert!(figures.set("password.min-length", 16));
    assert_eq!(figures.int("password.min-length"), 16);
    let before = figures.clone();
    assert!(!figures.set("password.min-lenght", 1));
    assert_eq!(figures, before);
    assert_eq!(figures.get("password.min-lenght"), None);
    assert!(figures.iter().map(|(id, _)| id).eq(THRESHOLD_IDS));
}

#[test]
fn threshold_ids_are_sorted_and_unique() {
    assert!(THRESHOLD_IDS.is_sorted_by(|a, b| a < b));
}

#[test]
fn machine_share_comes_from_the_kind_unless_given() {
    let catalogue = load(&[&small("a", 3)], "").unwrap();
    let share = |id| catalogue.current().control(id).unwrap().machine_share();
    assert_eq!((share("TK-01"), share("TK-02")), (10_000, 2_500));
}

#[test]
fn each_day_has_its_standard() {
    let catalogue = Catalogue::embedded();
    let on = |day| catalogue.in_force(day).id.as_str();
    assert_eq!(on(date(2026, 8, 19)), "tcvn-14423-2026");
    assert_eq!(on(date(2026, 8, 18)), "tcvn-14423-2025");
    assert_eq!(on(date(2025, 5, 28)), "tcvn-11930-2017");
    let old = catalogue.standard("tcvn-11930-2017").unwrap();
    assert!(!Standard::in_force(old, date(2026, 8, 19)));
}
