//! Whether `[budget]` and `[guest]` make sense.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Rule,
    check::Checker,
    file::{Budget, Guest},
};
use crate::{budget::Limits, guest, observing};

/// A run that may cost less could not even begin; one that may cost more is no guest.
const CPU: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(6 * 3_600);
const MEMORY_MIB: std::ops::RangeInclusive<u64> = 16..=4_096;

impl Checker<'_> {
    /// `[budget]`.
    pub(super) fn limits(&mut self, budget: &Budget) -> Limits {
        let mut limits = Limits::default();
        if let Some(written) = &budget.cpu
            && let Some(cpu) = self.period("budget.cpu", Some(written))
        {
            if CPU.contains(&cpu) {
                limits.cpu_ms = cpu.as_secs() * 1_000;
            } else {
                self.problem(written.span(), Rule::Cpu);
            }
        }
        if let Some(written) = &budget.memory_mib {
            if MEMORY_MIB.contains(written.get_ref()) {
                limits.rss_kib = written.get_ref() << 10;
            } else {
                self.problem(written.span(), Rule::Memory);
            }
        }
        limits
    }

    /// `[guest]`: whoever grants a capability says what for.
    pub(super) fn capabilities(&mut self, guest: Guest) -> BTreeMap<String, Vec<String>> {
        let Some(written) = guest.capabilities else {
            return BTreeMap::new();
        };
        let span = written.span();
        for (name, checks) in written.get_ref() {
            if guest::named(name).is_none() {
                self.problem(span.clone(), Rule::Capability(name.clone()));
            } else if checks.is_empty() {
                self.problem(span.clone(), Rule::CapabilityForNothing(name.clone()));
            }
            for check in checks {
                if let Err(unknown) = observing::find(check) {
                    self.problem(span.clone(), Rule::NoSuchCheck(unknown));
                }
            }
        }
        written.into_inner()
    }
}
