//! What Veeam's agent writes about its jobs: `/var/log/veeam/Backup/JOB/Session_YYYYMMDD_HHMMSS_{ID}/Job.log`,
//! with the line `[25.07.2018 02:04:01] <140529559693056> lpbcore| JOB STATUS: SUCCESS.` where a run ended well.
//! Any other status, and a log without that line, say nothing of a copy. The agent's database is not read.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    context::{Cx, Gather},
    host::{FileKind, Host},
    observation::Gap,
};

/// Where the logs lie.
pub const PLACE: &str = "/var/log/veeam/Backup";
const JOBS: usize = 100;
/// The newest sessions of a job that are looked at.
const SESSIONS: usize = 10;
/// Bytes at the end of a log in which the status is looked for.
const TAIL: u64 = 256 << 10;

/// By job, the day on which it last ended well by its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged(pub Vec<(String, Timestamp)>);

impl Gather for Logged {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut all = Vec::new();
        let jobs = host.list_if_any(PLACE, 10_000)?;
        for job in jobs.iter().filter(|e| e.kind == FileKind::Dir).take(JOBS) {
            let newest = last_success(host, &format!("{PLACE}/{}", job.name))?;
            all.extend(newest.map(|at| (job.name.clone(), at)));
        }
        Ok(Self(all))
    }
}

fn last_success(host: &dyn Host, folder: &str) -> Result<Option<Timestamp>, Gap> {
    let entries = host.list(folder, 10_000)?;
    let mut sessions: Vec<&str> = entries
        .iter()
        .map(|e| e.name.as_str())
        .filter(|n| n.starts_with("Session_"))
        .collect();
    sessions.sort_unstable(); // by date, as they are named
    for session in sessions.iter().rev().take(SESSIONS) {
        let path = format!("{folder}/{session}/Job.log");
        let Some(stat) = host.stat_if_any(&path)? else {
            continue;
        };
        let from = stat.size.saturating_sub(TAIL);
        let len = usize::try_from(stat.size - from).unwrap_or(0);
        let text = host.read_at(&path, from, len)?;
        if let Some(at) = ended_well(&String::from_utf8_lossy(&text)) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The day on which the run of a log ended well.
fn ended_well(log: &str) -> Option<Timestamp> {
    const STATUS: &str = "JOB STATUS: ";
    let line = log.lines().rfind(|l| l.contains(STATUS))?;
    let (before, status) = line.split_once(STATUS)?;
    if status.trim().trim_end_matches('.') != "SUCCESS" {
        return None;
    }
    let (day, _) = before.strip_prefix('[')?.split_once(' ')?;
    let mut parts = day.split('.');
    let (d, m, y) = (parts.next()?, parts.next()?, parts.next()?);
    let date = Date::new(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_run_that_ended_well_counts() {
        let line = |status: &str| {
            format!("[20.11.2026 02:04:01] <140529559693056> lpbcore| JOB STATUS: {status}.\n")
        };
        let at = ended_well(&line("SUCCESS")).unwrap();
        assert_eq!(at.to_string(), "2026-11-20T00:00:00Z");
        for other in ["WARNING", "FAILED", "NOT SUCCESS", "SUCCESS WITH ERRORS"] {
            assert_eq!(ended_well(&line(other)), None, "{other}");
        }
        let both = format!("{}{}", line("SUCCESS"), line("FAILED"));
        assert_eq!(ended_well(&both), None, "the last line counts");
        assert_eq!(
            ended_well("[31.02.2026 02:04:01] x JOB STATUS: SUCCESS."),
            None
        );
    }

    proptest! {
        #[test]
        fn any_log_is_read(text in "(\\[[0-9.]{0,12} )?.{0,80}JOB STATUS: SUCCESS.{0,5}") {
            ended_well(&text);
        }
    }
}
