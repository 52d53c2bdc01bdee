//! Keys that several hosts hold: what a host's own evidence says of its keys, and what the collector
//! makes of who else holds them. Pure.
//!
//! Public keys are public: whoever has seen one can say that he holds it. So how far the word of another
//! host reaches depends on whose it is ([`Others`]), and no word of another agency fails anybody.

mod compose;
mod own;

pub use compose::{MOST_COUNTED, Others, Shared, VERSION, compose};
pub use own::{Key, Kind, MOST_KEYS, Own, covers, own};
