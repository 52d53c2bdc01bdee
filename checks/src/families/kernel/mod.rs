//! The kernel's own defences.

mod core_dumps;
mod exploit_protection;
mod mac_enforcing;
mod rare_modules;
mod usb_storage;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &core_dumps::CoreDumps,
    &exploit_protection::ExploitProtection,
    &mac_enforcing::MacEnforcing,
    &rare_modules::RareModules,
    &usb_storage::UsbStorage,
];
