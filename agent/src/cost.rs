//! What the agent itself cost the host: processor time and memory, as the kernel counts them.

use std::fs;

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};
use serde::Serialize;

/// The cost of a stretch of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Processor time, user and system, of the agent and the commands it ran, in milliseconds.
    pub cpu_ms: u64,
    /// Peak resident memory of the agent, or of the largest command it ran, since it started, in KiB.
    pub peak_rss_kib: u64,
}

/// Measures from its creation on.
#[derive(Debug)]
pub struct Meter {
    start_cpu_ms: u64,
}

impl Meter {
    /// Starts to measure.
    pub fn start() -> Self {
        Self {
            start_cpu_ms: cpu_ms(),
        }
    }

    /// The cost so far. Commands count when they have ended.
    pub fn read(&self) -> Cost {
        Cost {
            cpu_ms: cpu_ms().saturating_sub(self.start_cpu_ms),
            peak_rss_kib: WHO.into_iter().map(peak_rss_kib).max().unwrap_or(0),
        }
    }
}

const WHO: [UsageWho; 2] = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN];

fn cpu_ms() -> u64 {
    let times = WHO.into_iter().filter_map(|who| getrusage(who).ok());
    let ms = times.map(|u| u.user_time().num_milliseconds() + u.system_time().num_milliseconds());
    u64::try_from(ms.sum::<i64>()).unwrap_or(0)
}

fn peak_rss_kib(who: UsageWho) -> u64 {
    let peak = getrusage(who).map_or(0, |usage| usage.max_rss());
    u64::try_from(peak).unwrap_or(0)
}

/// Resident memory of the agent now, in KiB; `None` where the kernel does not say.
pub fn rss_kib() -> Option<u64> {
    let page = u64::try_from(rustix::param::page_size()).ok()?;
    resident_pages(&fs::read_to_string("/proc/self/statm").ok()?).map(|pages| pages * page / 1_024)
}

/// The second field (proc_pid_statm(5)).
fn resident_pages(statm: &str) -> Option<u64> {
    statm.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_cost() {
        let cost = Meter::start().read();
        assert!(cost.peak_rss_kib > 100);
        let now = rss_kib().unwrap();
        assert!(
            (100..=cost.peak_rss_kib + 4_096).contains(&now),
            "{now} of {cost:?}"
        );
        assert_eq!(resident_pages("12 34 5 6 0 7 0"), Some(34));
        assert_eq!(resident_pages("nonsense"), None);
    }

    #[test]
    fn commands_count_too() {
        let meter = Meter::start();
        let argv = [
            "sh",
            "-c",
            "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
        ];
        let limit = std::time::Duration::from_secs(60);
        capdo_checks::host::run_bounded(&argv.map(str::to_owned), limit, 1 << 10).unwrap();
        assert!(meter.read().cpu_ms > 10);
    }
}
