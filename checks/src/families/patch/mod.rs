//! Patches: what waits to be installed, how fresh that knowledge is, and what still runs the old code.

mod advisories;
mod automatic_updates;
mod central_mirror;
mod deleted_libraries;
mod held_packages;
mod inventory;
mod kernel_running;
mod last_upgrade;
mod lists;
mod lists_age;
mod os_support;
mod reboot_needed;
mod security_updates;
mod signed_repositories;
mod third_party_repositories;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &automatic_updates::AutomaticUpdates,
    &central_mirror::CentralMirror,
    &deleted_libraries::DeletedLibraries,
    &held_packages::HeldPackages,
    &inventory::Listed,
    &kernel_running::KernelRunning,
    &last_upgrade::LastUpgrade,
    &lists_age::ListsAge,
    &os_support::OsSupport,
    &reboot_needed::RebootNeeded,
    &security_updates::SecurityUpdates,
    &signed_repositories::SignedRepositories,
    &third_party_repositories::ThirdPartyRepositories,
];

/// Those that the collector makes, from what agents send and what it was given besides.
pub const COLLECTED: &[&dyn Check] = &[&advisories::Advisories];
