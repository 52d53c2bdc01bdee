//! Stepping back behind what the host is there for.

use std::time::Duration;

use capdo_checks::host::run_bounded;

/// By how much.
pub(crate) const NICE: i32 = 10;
const PATIENCE: Duration = Duration::from_secs(2);

/// Lowers the priority for processor and disk; says whether that for the disk is the lowest.
///
/// There is no safe call for the latter, so `ionice` of util-linux does it. Without it the disk goes
/// by [`NICE`].
pub(super) fn step_back() -> bool {
    let now = rustix::process::getpriority_process(None).unwrap_or(0);
    if now < NICE
        && let Err(error) = rustix::process::setpriority_process(None, NICE)
    {
        tracing::warn!(%error, "The priority stays as it is.");
    }
    ionice(&["-c", "3"]);
    ionice(&[]).is_some_and(|said| said.starts_with("idle"))
}

fn ionice(args: &[&str]) -> Option<String> {
    let own = std::process::id().to_string();
    let words = [&["ionice"], args, &["-p", &own]].concat();
    let argv: Vec<String> = words.into_iter().map(str::to_owned).collect();
    Some(run_bounded(&argv, PATIENCE, 1 << 10).ok()?.text())
}
