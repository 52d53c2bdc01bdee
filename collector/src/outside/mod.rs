//! Looks at declared endpoints from outside, and compares with what agents claim.
//!
//! No packet leaves, not even a question to the DNS, unless an authorisation on record covers the
//! endpoint at that moment; a name is resolved once, the addresses that it leads to must be covered
//! as well, and only they are connected to. Each question is on record before it leaves.
//!
//! * [`Cover`] is what an authorisation covers; [`permit`] is the rule, pure;
//! * [`probe`] carries out one look; [`resolve`] finds addresses;
//! * [`compare`] holds what was seen against the claims of the system's hosts, [`overlay`] shows which
//!   findings do not count because of it;
//! * [`worker`] looks at every endpoint about once a day.

pub mod compare;
mod contested;
mod cover;
pub mod permit;
pub mod probe;
pub mod resolve;
pub mod worker;

pub use self::{
    contested::overlay,
    cover::{Cover, covers},
    probe::Outside,
};
