//! Passwords: what a new one must satisfy, how long it lasts, and what wrong ones lead to.

mod admin_age;
mod default_hash;
mod history;
mod lockout;
mod min_age;
mod no_nullok;
mod policy;

use self::{lockout::LockoutCheck, policy::Policy};
use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &Policy::MODULE,
    &Policy::LENGTH,
    &Policy::CLASSES,
    &Policy::DICTIONARY,
    &Policy::BINDS_ROOT,
    &history::History,
    &admin_age::AdminAge,
    &min_age::MinAge,
    &no_nullok::NoNullok,
    &default_hash::DefaultHash,
    &LockoutCheck::WIRED,
    &LockoutCheck::THRESHOLD,
    &LockoutCheck::TIME,
    &LockoutCheck::ROOT,
];
