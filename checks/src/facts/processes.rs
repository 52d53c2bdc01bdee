//! Names of the running processes.

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Most entries of `/proc` that are looked at; a host with more gives a gap, not half a list.
const MAX_ENTRIES: usize = 16_384;
/// The kernel cuts names to this many bytes.
const COMM_LEN: usize = 15;
/// Most bytes of a process's status, and most processes of one name whose status is read.
const STATUS_CAP: usize = 16 << 10;
const MOST_OF_A_NAME: usize = 64;

/// The names of all running processes, as the kernel has them (cut to 15 bytes), with their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes(BTreeMap<String, Vec<String>>);

impl Processes {
    /// Whether a process of this name runs. Longer names are cut as the kernel cuts them.
    pub fn has(&self, name: &str) -> bool {
        let cut = name.get(..COMM_LEN).unwrap_or(name);
        self.0.contains_key(cut)
    }

    /// Whether a process of this name runs on the host itself, and not in a container: one of a PID namespace
    /// below the host's has more than one number (`NSpid:` in proc_pid_status(5); kernels before 4.1
    /// do not tell, and every process counts).
    ///
    /// # Errors
    /// When the status of a process may not be read.
    pub fn runs_here(&self, host: &dyn Host, name: &str) -> Result<bool, HostError> {
        let cut = name.get(..COMM_LEN).unwrap_or(name);
        for pid in self.0.get(cut).into_iter().flatten().take(MOST_OF_A_NAME) {
            match host.read(&format!("/proc/{pid}/status"), STATUS_CAP) {
                Ok(bytes) if is_nested(&String::from_utf8_lossy(&bytes)) => {}
                // It ended a moment ago.
                Ok(_) | Err(HostError::NotFound(_) | HostError::Io { .. }) => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Whether a process runs whose name begins so, in any case of letters.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.0
            .keys()
            .any(|n| n.to_ascii_lowercase().starts_with(prefix))
    }
}

impl Gather for Processes {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut sees_init = false;
        for entry in cx.host().list("/proc", MAX_ENTRIES)? {
            if !entry.name.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            if let Some(name) = comm(cx.host(), &entry.name)? {
                sees_init |= entry.name == "1";
                names.entry(name).or_default().push(entry.name);
            }
        }
        // With hidepid, /proc shows only one's own processes: what is missing proves nothing.
        if sees_init {
            Ok(Self(names))
        } else {
            Err(Gap::new(GapReason::NoPermission, "/proc/1/comm"))
        }
    }
}

/// Whether the status of a process shows it in a PID namespace below that of `/proc`.
fn is_nested(status: &str) -> bool {
    let mut lines = status.lines();
    let numbers = lines.find_map(|l| l.strip_prefix("NSpid:"));
    numbers.is_some_and(|n| n.split_whitespace().count() > 1)
}

/// The name of one process; `None` when it ended meanwhile.
fn comm(host: &dyn Host, pid: &str) -> Result<Option<String>, Gap> {
    match host.read(&format!("/proc/{pid}/comm"), 256) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())),
        Err(e) if e.is_not_found() => Ok(None),
        Err(HostError::Io { .. }) => Ok(None), // ESRCH: it ended while being read
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::Live, settings::Settings};

    #[test]
    fn long_names_are_cut_as_the_kernel_cuts_them() {
        let name = "systemd-journal".to_owned();
        let got = Processes(BTreeMap::from([(name, Vec::new())]));
        assert!(got.has("systemd-journald") && !got.has("systemd"));
        assert!(got.has_prefix("systemd-"));
    }

    #[test]
    fn processes_of_containers_have_several_numbers() {
        assert!(is_nested("Name:\tcrond\nNSpid:\t4711\t12\n"));
        assert!(!is_nested("Name:\tcrond\nNSpid:\t4711\n"));
        assert!(!is_nested("Name:\tcrond\n"));
    }

    #[test]
    fn this_machine_shows_its_processes() {
        let settings = Settings::default();
        let live = Live::new();
        let cx = Cx::new(&live, &settings);
        if let Ok(got) = cx.get::<Processes>() {
            assert!(!got.0.is_empty());
        }
    }
}
