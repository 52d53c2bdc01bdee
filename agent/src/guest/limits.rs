//! Resource limits, for the agent and each command alike.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Threads and processes of the user: 4 for checks, up to 16 for a survey of servers, up to 16 that sleep on
/// mounts that do not answer (as many again for each earlier service that could not end for them), two for
/// each command, and room.
const PROCESSES: u64 = 256;
/// Room for memory that is asked for and not used, such as the stacks of threads.
const DATA_FACTOR: u64 = 8;
/// Commands of the system need some of it as well, however small the agent is to be.
const LEAST_DATA: u64 = 1 << 30;

/// Sets the limits: no core files (they would hold what was read), no runaway.
pub(super) fn set(memory_kib: u64) {
    let data = memory_kib.saturating_mul(1_024).saturating_mul(DATA_FACTOR);
    lower(Resource::Core, 0);
    lower(Resource::Data, data.max(LEAST_DATA));
    // Counted per user: as root it would count everybody's.
    if !rustix::process::getuid().is_root() {
        lower(Resource::Nproc, PROCESSES);
    }
}

/// Never raises a limit.
fn lower(resource: Resource, to: u64) {
    let now = getrlimit(resource);
    let least = |limit: Option<u64>| Some(limit.map_or(to, |l| l.min(to)));
    let new = Rlimit {
        current: least(now.current),
        maximum: least(now.maximum),
    };
    if let Err(error) = setrlimit(resource, new) {
        tracing::warn!(?resource, %error, "A limit could not be set.");
    }
}
