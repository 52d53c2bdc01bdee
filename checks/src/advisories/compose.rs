//! The observation that the collector makes of a match: no agent sends it, and the same judge reads it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Distribution, Matched, Open, State, lists_manager, of_inventory};
use crate::{
    check::Severity,
    facts::inventory::Inventory,
    observation::{Facts, MAX_OBSERVATION_BYTES, Observation, Subject, Value, Vantage},
};

/// The check that judges it.
pub const CHECK: &str = "patch.advisories";
/// Version of its facts.
pub const VERSION: u32 = 4;
/// So many of the worst are shown one by one; all are counted.
pub const MOST_SHOWN: usize = 50;
/// So many ids of one fix are named.
const MOST_IDS: usize = 12;
const FROM: &str = "package list of the host × advisories of the collector";

/// How recent what is compared with is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// Of the distribution's advisories.
    pub advisories: Option<Timestamp>,
    /// Of the list of known attacks (CISA KEV).
    pub exploited: Option<Timestamp>,
    /// Of the probabilities of attacks (EPSS).
    pub probability: Option<Timestamp>,
}

/// What was found open on a host.
pub fn compose(inventory: &Inventory, matched: &Matched, dates: &Dates) -> Observation {
    let mut shown = MOST_SHOWN;
    loop {
        let observation = with(inventory, matched, dates, shown);
        if shown == 0 || observation.to_bytes().len() <= MAX_OBSERVATION_BYTES {
            return observation;
        }
        shown /= 2;
    }
}

/// There is nothing to compare with: the host's package list has not come, or is not the one that its
/// agent signed.
pub fn without_inventory() -> Observation {
    made(Facts::new().observed("inventory", false, FROM))
}

/// It is not known which advisories speak about the host: other evidence names `others`, or nobody
/// knows the release that the list names.
pub fn in_doubt(inventory: &Inventory, others: &[Distribution]) -> Observation {
    let others: Vec<String> = others.iter().map(named).collect();
    made(
        Facts::new()
            .observed("inventory", true, FROM)
            .observed("distribution", named(&of_inventory(inventory)), FROM)
            .observed("distribution_sure", false, FROM)
            .observed("other_distributions", others, FROM),
    )
}

fn named(distribution: &Distribution) -> String {
    format!("{} {}", distribution.name, distribution.release)
        .trim()
        .to_owned()
}

fn with(inventory: &Inventory, matched: &Matched, dates: &Dates, shown: usize) -> Observation {
    let distribution = of_inventory(inventory);
    let of = |state: State| matched.open.iter().filter(move |o| o.state == state);
    let missing: Vec<&Open> = of(State::NotInstalled).collect();
    let exploited: Vec<&str> = matched
        .open
        .iter()
        .filter(|o| o.exploited)
        .map(|o| o.package.as_str())
        .collect();
    let oldest = missing.iter().filter_map(|o| o.since).min();
    let undated = missing.iter().filter(|o| !o.is_dated).count();
    let worst: Vec<Value> = matched.open.iter().take(shown).map(entry).collect();
    // Where nothing is open these decide nothing; without them a new list of attacks changes only the
    // hosts that it may concern.
    let dates = if matched.open.is_empty() {
        &Dates {
            exploited: None,
            probability: None,
            ..dates.clone()
        }
    } else {
        dates
    };
    let facts = Facts::new()
        .observed("inventory", true, FROM)
        .observed("distribution", named(&distribution), FROM)
        .observed("distribution_sure", true, FROM)
        .observed("lists_itself", lists_manager(inventory), FROM)
        .observed("packages", inventory.packages.len(), FROM)
        .maybe("advisories_date", Vantage::Observed, dates.advisories, FROM)
        .maybe(
            "exploited_date",
            Vantage::Observed,
            dates.exploited,
            "CISA KEV",
        )
        .maybe(
            "probability_date",
            Vantage::Observed,
            dates.probability,
            "EPSS",
        )
        .observed("open_count", missing.len(), FROM)
        .observed("open_undated", undated, FROM)
        .observed("open_by_severity", by_severity(&missing), FROM)
        .maybe("open_oldest", Vantage::Observed, oldest, FROM)
        .observed("exploited_count", exploited.len(), "CISA KEV")
        .observed("exploited", exploited, "CISA KEV")
        .observed("not_running_count", of(State::NotRunning).count(), FROM)
        .observed(
            "kernel_running",
            inventory.kernel.as_str(),
            "/proc/sys/kernel/osrelease",
        )
        .observed("foreign_packages", all(&matched.foreign), FROM)
        .observed("untold_packages", all(&matched.untold), FROM)
        .observed("worst", worst, FROM);
    made(facts)
}

fn all(names: &BTreeSet<String>) -> Vec<String> {
    names.iter().cloned().collect()
}

fn made(facts: Facts) -> Observation {
    Observation {
        check: CHECK.to_owned(),
        version: VERSION,
        subject: Subject::host(),
        facts: facts.facts,
        gap: None,
    }
}

fn by_severity(open: &[&Open]) -> Value {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in open {
        *counts.entry(severity(one.severity)).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn severity(severity: Option<Severity>) -> &'static str {
    match severity {
        None => "not_said",
        Some(Severity::Low) => "low",
        Some(Severity::Medium) => "medium",
        Some(Severity::High) => "high",
        Some(Severity::Critical) => "critical",
    }
}

/// One line of columns: what is installed, what closes it, since when, and why it matters.
fn entry(open: &Open) -> Value {
    let ids = |all: &BTreeSet<String>| {
        let mut text: Vec<String> = all.iter().take(MOST_IDS).cloned().collect();
        if all.len() > MOST_IDS {
            text.push(format!("… (+{})", all.len() - MOST_IDS));
        }
        Value::from(text.join(" "))
    };
    let mut entry: Vec<(&str, Value)> = vec![
        ("package", open.package.as_str().into()),
        ("binary", open.binary.as_str().into()),
        ("installed", open.installed.as_str().into()),
        ("fixed", open.fixed.as_str().into()),
        ("advisories", ids(&open.advisories)),
        ("cves", ids(&open.cves)),
        ("severity", severity(open.severity).into()),
        ("exploited", open.exploited.into()),
    ];
    if open.state == State::NotRunning {
        entry.push(("not_running", true.into()));
    }
    if let Some(since) = open.since {
        entry.push(("since", since.into()));
    }
    if let Some(bp) = open.epss_bp {
        entry.push(("epss_bp", bp.into()));
    }
    entry.into_iter().collect()
}
