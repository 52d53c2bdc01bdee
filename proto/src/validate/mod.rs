//! Bounds on everything that arrives, in both directions: each side takes the other for hostile.
//!
//! A message that passes is well-formed and of bounded size. It is not yet believed: who sent it,
//! whether the counter went up, whether a signature verifies, whether the order of messages makes
//! sense, need state that only the receiver has.
//!
//! Pure: no clock, no IO, and no panic on any input.

mod carried;
mod enroll;
mod finding;
mod invalid;
mod inventory;
mod rules;
mod session;

pub use invalid::Invalid;

/// A message whose bounds can be checked.
pub trait Validate {
    /// Whether every length, count, range, character set and enum value in the message is as the
    /// protobuf comments say; if not, the first thing that is wrong.
    fn validate(&self) -> Result<(), Invalid>;
}
