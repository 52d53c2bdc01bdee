//! The agent as a guest: what the service gives up for good before it looks at anything.
//!
//! The unit file asks systemd for much of the same. The program does it once more by itself, so that
//! it also holds without systemd, and where somebody edited the unit. Everything here binds the
//! calling thread and all that it starts from then on, threads and commands alike: it has to come
//! before the first thread. What the kernel lacks is said, and is no reason to fail.

mod capabilities;
mod landlock;
mod limits;
mod priority;
mod seccomp;

use std::{fs, path::Path};

use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

pub use self::capabilities::{GRANTABLE, named};
pub(crate) use self::priority::NICE;

/// What the service needs of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// The one folder that it writes to.
    pub state_dir: &'a Path,
    /// Capabilities that the owner granted beside `CAP_DAC_READ_SEARCH`.
    pub granted: CapabilitySet,
    /// Most resident memory that it means to use, in KiB.
    pub memory_kib: u64,
    /// The TPM that the host's key is in, or may be in: the one device that it writes to.
    pub tpm: Option<&'a Path>,
}

/// What binds the service, as the kernel tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guest {
    /// The user that it runs as; 0 is root.
    pub uid: u32,
    /// Whether it and its commands can gain no right by starting a program.
    pub no_new_privs: bool,
    /// The capabilities in effect, such as `CAP_DAC_READ_SEARCH`.
    pub capabilities: Vec<String>,
    /// The version of Landlock's interface that keeps it from writing elsewhere, from running other
    /// than the system's programs and from opening TCP ports (from 4 on); 0 where the kernel has
    /// none.
    pub landlock_abi: u32,
    /// Whether system calls that it never needs are refused.
    pub seccomp: bool,
    /// How far it steps back for others: 0 not at all, 19 the most.
    pub nice: i32,
    /// Whether it reads disks only when nobody else does.
    pub idle_io: bool,
}

/// Gives up what is not needed, and says what is in force then.
pub fn confine(needs: &Needs<'_>) -> Guest {
    let idle_io = priority::step_back();
    limits::set(needs.memory_kib);
    if let Err(error) = capabilities::keep_only(needs.granted) {
        tracing::warn!(%error, "Capabilities that are not needed could not be given up.");
    }
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        tracing::warn!(%error, "The kernel does not take no_new_privs.");
    }
    let landlock_abi = landlock::restrict(needs.state_dir, needs.tpm).unwrap_or_else(|error| {
        tracing::warn!(%error, "Landlock does not take the rules.");
        0
    });
    if landlock_abi == 0 {
        tracing::warn!("Landlock is not there: an older kernel, or something refuses it.");
    }
    if let Err(error) = seccomp::refuse() {
        tracing::warn!(%error, "System calls are not filtered.");
    }
    in_force(landlock_abi, idle_io)
}

fn in_force(landlock_abi: u32, idle_io: bool) -> Guest {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.map(str::trim).unwrap_or_default()
    };
    Guest {
        uid: rustix::process::getuid().as_raw(),
        no_new_privs: field("NoNewPrivs:") == "1",
        capabilities: capabilities::in_effect(),
        landlock_abi,
        seccomp: field("Seccomp:") == "2", // SECCOMP_MODE_FILTER
        nice: rustix::process::getpriority_process(None).unwrap_or(0),
        idle_io,
    }
}
