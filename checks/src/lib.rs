//! What capdo observes on a server, how it judges it, and how it scores.

pub mod catalogue;
pub mod lang;
