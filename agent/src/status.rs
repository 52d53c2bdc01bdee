//! How the service fares, in a file that anyone with access to the state folder can read without
//! the service.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    guest::Guest,
    state_dir::{self, Existing},
};

/// The file in the state folder.
pub const FILE: &str = "status.json";

/// A service that has not written for this long does not run.
pub const STALE_MS: i64 = 3 * 60 * 1_000;

/// A clock that differs by more from the collector's is wrong.
const MOST_SKEW_MS: i64 = 60_000;

/// Whether the collector is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// The service does not run.
    #[default]
    Down,
    /// It is trying to reach the collector.
    Connecting,
    /// A session is open.
    Connected,
    /// It observes; its runs are carried in files.
    Carried,
}

/// The last run that was finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its counter.
    pub counter: u64,
    /// Its id.
    pub run_id: String,
    /// When it ended, in milliseconds since the Unix epoch.
    pub finished_ms: i64,
    /// How many findings it made.
    pub findings: usize,
    /// What it cost in processor time.
    pub cpu_ms: u64,
    /// Peak memory of the agent, or of the largest command it ran.
    #[serde(default)]
    pub peak_rss_kib: u64,
    /// The most processor time that it might take.
    #[serde(default)]
    pub cpu_limit_ms: Option<u64>,
    /// The most memory that the agent might take.
    #[serde(default)]
    pub rss_limit_kib: Option<u64>,
    /// How many checks were left out or cut, for it had no more to spend.
    #[serde(default)]
    pub checks_over_budget: u32,
}

/// What the service writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceStatus {
    /// When this was written, in milliseconds since the Unix epoch.
    pub written_ms: i64,
    /// Whether the collector is reached.
    pub connection: Connection,
    /// Since when.
    pub since_ms: i64,
    /// Why the last session ended.
    pub last_error: Option<String>,
    /// Why the spool cannot be written, while that is so.
    pub spool_error: Option<String>,
    /// Since when a run is under way that takes longer than any should, while that is so.
    pub stuck_since_ms: Option<i64>,
    /// The last run.
    pub last_run: Option<LastRun>,
    /// What binds the service.
    pub guest: Option<Guest>,
    /// When the collector last settled a run.
    pub last_ack_ms: Option<i64>,
    /// When the next run starts.
    pub next_run_ms: Option<i64>,
    /// The level that was assigned.
    pub level: Option<u32>,
    /// The standard that was assigned.
    pub standard: Option<String>,
    /// How far the host's clock is ahead of the collector's.
    pub clock_ahead_ms: Option<i64>,
}

impl ServiceStatus {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, state_dir: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        state_dir::write(
            &state_dir.join(FILE),
            text.as_bytes(),
            0o640,
            Existing::Replace,
        )
    }

    /// What a service says that starts: the last run and ack are those of before, and how its clock stands is
    /// yet to be told.
    pub fn started(state_dir: &Path, connection: Connection, now_ms: i64) -> Self {
        Self {
            connection,
            since_ms: now_ms,
            stuck_since_ms: None,
            clock_ahead_ms: None,
            ..Self::load(state_dir, now_ms)
        }
    }

    /// How far the host's clock is ahead of the collector's, or behind it, where that is too far.
    pub fn skew_ms(&self) -> Option<i64> {
        self.clock_ahead_ms
            .filter(|ahead| ahead.abs() > MOST_SKEW_MS)
    }

    /// Reads what the service last wrote; nothing known where there is no such file, or one that
    /// another version wrote. A service that stopped writing counts as down.
    pub fn load(state_dir: &Path, now_ms: i64) -> Self {
        let text = fs::read_to_string(state_dir.join(FILE)).unwrap_or_default();
        let mut read: Self = serde_json::from_str(&text).unwrap_or_default();
        // Written long ago, or by a clock that has been set back since.
        if (now_ms - read.written_ms).abs() > STALE_MS {
            read.connection = Connection::Down;
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_fell_silent_is_down() {
        let dir = tempfile::tempdir().unwrap();
        let written = ServiceStatus {
            written_ms: 1_000,
            connection: Connection::Connected,
            ..ServiceStatus::default()
        };
        written.save(dir.path()).unwrap();
        assert_eq!(ServiceStatus::load(dir.path(), 2_000), written);
        let late = ServiceStatus::load(dir.path(), 1_001 + STALE_MS);
        assert_eq!(late.connection, Connection::Down);
        let set_back = ServiceStatus::load(dir.path(), 1_000 - STALE_MS - 1);
        assert_eq!(set_back.connection, Connection::Down);
        let none = ServiceStatus::load(Path::new("/no/such/folder"), 0);
        assert_eq!(none, ServiceStatus::default());
    }
}
