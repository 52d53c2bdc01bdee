//! A system's hosts, those included that were declared and have no agent.

use capdo_checks::observation::Value;

use super::{
    marks::Mark,
    shell::Link,
    text::{Text, foreign},
};
use crate::store::{host::HostState, overview::HostLine};

/// Missing hosts get a row each up to here; the rest is said in one sentence.
const MOST_MISSING: u32 = 10;

/// The table of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsView {
    /// Hosts with an agent.
    pub rows: Vec<HostRow>,
    /// Declared hosts without one, numbered.
    pub missing: Vec<u32>,
    /// The rest of them, in a sentence; empty when there is no rest.
    pub more_missing: String,
    /// What a row of a missing host says.
    pub no_agent: Mark,
}

/// A host with an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Its page.
    pub link: Link,
    /// Whether its evidence counts.
    pub mark: Mark,
    /// Operating system.
    pub os: String,
    /// Version of the agent.
    pub agent: String,
    /// When its last run was accepted.
    pub last_run: String,
    /// Findings that fail.
    pub fail: u32,
    /// Findings that pass in part.
    pub partial: u32,
    /// Findings without sufficient evidence.
    pub unknown: u32,
    /// Findings that pass.
    pub pass: u32,
    /// Integrity events.
    pub events: u32,
}

/// The hosts of a system of which `declared` were declared.
pub fn view(text: Text, hosts: &[HostLine], declared: u32, fresh_from: i64) -> HostsView {
    let enrolled = u32::try_from(hosts.len()).unwrap_or(u32::MAX);
    let missing = declared.saturating_sub(enrolled);
    let shown = missing.min(MOST_MISSING);
    let rest = missing - shown;
    HostsView {
        rows: hosts
            .iter()
            .map(|host| row(text, host, fresh_from))
            .collect(),
        missing: (1..=shown).collect(),
        more_missing: match rest {
            0 => String::new(),
            _ => text.fill("hosts-more-missing", &[("count", Value::from(rest))]),
        },
        no_agent: Mark::no_agent(text),
    }
}

fn row(text: Text, host: &HostLine, fresh_from: i64) -> HostRow {
    HostRow {
        link: Link::host(&host.id, &host.hostname),
        mark: mark(text, host.state, host.last_run_at, fresh_from),
        os: foreign(&format!("{} {}", host.os_id, host.os_version)),
        agent: foreign(&host.agent_version),
        last_run: text.time_or_never(host.last_run_at),
        fail: host.fail,
        partial: host.partial,
        unknown: host.unknown,
        pass: host.pass,
        events: host.integrity_events,
    }
}

/// Whether a host's evidence counts, and why not.
pub fn mark(text: Text, state: HostState, last_run_at: Option<i64>, fresh_from: i64) -> Mark {
    match (state, last_run_at) {
        (HostState::Disabled | HostState::Retired, _) => Mark::disabled(text),
        (HostState::Active, None) => Mark::silent(text),
        (HostState::Active, Some(at)) if at < fresh_from => Mark::stale(text),
        (HostState::Active, Some(_)) => Mark::fresh(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    #[test]
    fn declared_hosts_without_an_agent_are_shown() {
        let shown = view(Text::new(Lang::Vi), &[], 12, 0);
        assert_eq!(shown.missing.len(), 10);
        assert!(shown.more_missing.contains('2'));
        assert_eq!(shown.no_agent.label, "Chưa cài tác tử: tính 0 điểm");
        assert!(view(Text::new(Lang::Vi), &[], 0, 0).missing.is_empty());
    }

    #[test]
    fn silence_is_not_health() {
        let text = Text::new(Lang::En);
        let of = |state, at| mark(text, state, at, 1_000);
        assert_eq!(of(HostState::Active, Some(1_000)), Mark::fresh(text));
        assert_eq!(of(HostState::Active, Some(999)), Mark::stale(text));
        assert_eq!(of(HostState::Active, None), Mark::silent(text));
        assert_eq!(of(HostState::Disabled, Some(5_000)), Mark::disabled(text));
    }
}
