//! Names of the running processes.

use std::collections::BTreeSet;

use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason},
};

/// Most entries of `/proc` that are looked at; a host with more gives a gap, not half a list.
const MAX_ENTRIES: usize = 16_384;
/// The kernel cuts names to this many bytes.
const COMM_LEN: usize = 15;

/// The names of all running processes, as the kernel has them (cut to 15 bytes).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes(BTreeSet<String>);

impl Processes {
    /// Whether a process of this name runs. Longer names are cut as the kernel cuts them.
    pub fn has(&self, name: &str) -> bool {
        let cut = name.get(..COMM_LEN).unwrap_or(name);
        self.0.contains(cut)
    }

    /// Whether a process runs whose name begins so, in any case of letters.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.0
            .iter()
            .any(|n| n.to_ascii_lowercase().starts_with(prefix))
    }
}

impl Gather for Processes {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut names = BTreeSet::new();
        let mut sees_init = false;
        for entry in cx.host().list("/proc", MAX_ENTRIES)? {
            if !entry.name.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            if let Some(name) = comm(cx.host(), &entry.name)? {
                sees_init |= entry.name == "1";
                names.insert(name);
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

/// The name of one process; `None` when it ended meanwhile.
fn comm(host: &dyn Host, pid: &str) -> Result<Option<String>, Gap> {
    match host.read(&format!("/proc/{pid}/comm"), 256) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())),
        Err(e) if e.is_not_found() => Ok(None),
        Err(crate::host::HostError::Io { .. }) => Ok(None), // ESRCH: it ended while being read
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::Live, settings::Settings};

    #[test]
    fn long_names_are_cut_as_the_kernel_cuts_them() {
        let got = Processes(BTreeSet::from(["systemd-journal".to_owned()]));
        assert!(got.has("systemd-journald") && !got.has("systemd"));
        assert!(got.has_prefix("systemd-"));
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
