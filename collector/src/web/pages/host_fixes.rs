//! The fixes that are missing on a host, as rows of a table.

use capdo_checks::{
    advisories,
    observation::{Fact, Observation, Value},
};

use super::text::{Text, foreign};

/// A fix that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixRow {
    /// The package, and what is known to be attacked.
    pub package: String,
    /// Whether attacks are known.
    pub exploited: bool,
    /// The version that is installed.
    pub installed: String,
    /// The version that closes it.
    pub fixed: String,
    /// Advisories and holes.
    pub ids: String,
    /// How bad it is called.
    pub severity: String,
    /// Since when it could have been installed.
    pub since: String,
}

/// Whether the fact is shown as rows of its own.
pub(super) fn is_fixes(check: &str, fact: &Fact) -> bool {
    check == advisories::CHECK && fact.name == "worst"
}

/// What `patch.advisories` found, one row each.
pub(super) fn fix_rows(text: Text, observation: &Observation) -> Vec<FixRow> {
    let fact = observation
        .facts
        .iter()
        .find(|f| is_fixes(&observation.check, f));
    let Some(Value::List(worst)) = fact.map(|f| &f.value) else {
        return Vec::new();
    };
    let row = |one: &Value| {
        let said = |key: &str| {
            one.get(key)
                .map(|v| foreign(&v.to_line()))
                .unwrap_or_default()
        };
        FixRow {
            package: said("package"),
            exploited: one.get("exploited") == Some(&Value::Bool(true)),
            installed: said("installed"),
            fixed: said("fixed"),
            ids: format!("{} {}", said("advisories"), said("cves")),
            severity: match said("severity").as_str() {
                "not_said" => text.t("severity-not-said"),
                code => text.named("severity", code),
            },
            since: said("since").chars().take(10).collect(),
        }
    };
    worst.iter().map(row).collect()
}
