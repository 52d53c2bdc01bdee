//! What the agent itself cost the host: processor time and memory, from `/proc/self`.

use std::fs;

use serde::Serialize;

/// The cost of a stretch of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Processor time, user and system, of the agent and the commands it ran, in milliseconds.
    pub cpu_ms: u64,
    /// Peak resident memory of the agent since it started, in KiB.
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
            start_cpu_ms: cpu_ms().unwrap_or(0),
        }
    }

    /// The cost so far.
    pub fn read(&self) -> Cost {
        Cost {
            cpu_ms: cpu_ms().unwrap_or(0).saturating_sub(self.start_cpu_ms),
            peak_rss_kib: peak_rss_kib().unwrap_or(0),
        }
    }
}

fn cpu_ms() -> Option<u64> {
    ticks_of(&fs::read_to_string("/proc/self/stat").ok()?)
        .map(|ticks| ticks * 1_000 / rustix::param::clock_ticks_per_second().max(1))
}

/// `utime`, `stime`, `cutime` and `cstime` (fields 14 to 17); the name before them may hold spaces.
fn ticks_of(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields = rest.split_ascii_whitespace().skip(11).take(4);
    fields.map(|f| f.parse::<u64>().ok()).sum()
}

fn peak_rss_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_shifts_nothing() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0";
        assert_eq!(ticks_of(stat), Some(127));
        assert_eq!(ticks_of("nonsense"), None);
    }

    #[test]
    fn this_process_has_a_cost() {
        assert!(Meter::start().read().peak_rss_kib > 100);
    }
}
