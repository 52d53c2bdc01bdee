//! What a whole run may cost the host, and the watch over it.

use std::cell::Cell;

use capdo_checks::host::{Allowance, Spent, Stop};

use crate::cost::{self, Cost, Meter};

/// The limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of the agent and its commands, in milliseconds.
    pub cpu_ms: u64,
    /// Resident memory of the agent, in KiB.
    pub rss_kib: u64,
}

impl Default for Limits {
    /// Some hundred times the processor time of an ordinary run, since a large backup is read to its
    /// end; and less memory than the unit file lets the service and its commands have together, where the
    /// kernel ends one of them.
    fn default() -> Self {
        Self {
            cpu_ms: 5 * 60 * 1_000,
            rss_kib: 80 << 10,
        }
    }
}

/// What a run took of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What it cost.
    pub cost: Cost,
    /// What it might have cost, where that is bounded.
    pub limits: Option<Limits>,
    /// How many checks were not made, or not to their end, for it had no more to spend.
    pub checks_over_budget: u32,
}

/// Looking at the memory costs a file read; it is looked at once in so many calls.
const MEMORY_EVERY: u32 = 32;

/// Watches over one run.
#[derive(Debug)]
pub struct Watch {
    meter: Meter,
    limits: Limits,
    stop: Stop,
    calls: Cell<u32>,
}

impl Watch {
    /// Starts to watch.
    pub fn start(limits: Limits, stop: Stop) -> Self {
        Self {
            meter: Meter::start(),
            limits,
            stop,
            calls: Cell::new(0),
        }
    }

    /// What the run took so far.
    pub fn taken(&self, checks_over_budget: usize) -> Taken {
        Taken {
            cost: self.meter.read(),
            limits: Some(self.limits),
            checks_over_budget: u32::try_from(checks_over_budget).unwrap_or(u32::MAX),
        }
    }
}

impl Allowance for Watch {
    fn spent(&self) -> Option<Spent> {
        if self.stop.is_asked() {
            return Some(Spent::Stopped);
        }
        if self.meter.read().cpu_ms > self.limits.cpu_ms {
            let seconds = self.limits.cpu_ms / 1_000;
            return Some(Spent::Budget(format!("budget.cpu = \"{seconds}s\"")));
        }
        let calls = self.calls.get();
        self.calls.set(calls.wrapping_add(1));
        let over = calls.is_multiple_of(MEMORY_EVERY)
            && cost::rss_kib().is_some_and(|rss| rss > self.limits.rss_kib);
        let mib = self.limits.rss_kib >> 10;
        over.then(|| Spent::Budget(format!("budget.memory_mib = {mib}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(limits: Limits) -> Option<Spent> {
        let watch = Watch::start(limits, Stop::default());
        let began = std::time::Instant::now();
        while began.elapsed() < std::time::Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        watch.spent()
    }

    #[test]
    fn each_limit_ends_a_run_and_names_its_key() {
        let roomy = Limits {
            cpu_ms: u64::MAX,
            rss_kib: u64::MAX,
        };
        assert_eq!(spent(roomy), None);
        let cpu = spent(Limits { cpu_ms: 1, ..roomy });
        assert_eq!(cpu, Some(Spent::Budget("budget.cpu = \"0s\"".to_owned())));
        let memory = spent(Limits {
            rss_kib: 1 << 10,
            ..roomy
        });
        let key = "budget.memory_mib = 1".to_owned();
        assert_eq!(memory, Some(Spent::Budget(key)));
        let stop = Stop::default();
        stop.ask();
        let stopped = Watch::start(roomy, stop).spent();
        assert_eq!(stopped, Some(Spent::Stopped));
    }
}
