//! From findings to scores: off the path of ingest, coalesced, and swept so that age takes effect.

mod changed;
pub mod compute;
pub mod measure;
pub mod worker;

pub use changed::Changed;
