//! TLS almost without cryptography: hand-built ClientHellos, and the first flight of the server in
//! clear text. Only what TLS 1.3 hides, and a few probes that were asked for, take a real handshake.

mod engine;
mod enumerate;
pub mod groups;
mod hello;
mod prober;
mod read;
pub mod schemes;
mod shake;
mod shown;
mod starttls;
pub mod suites;
pub mod survey;
mod talk;
mod traits;
mod wire;

pub use self::{
    engine::{Step, survey},
    shown::WRONG_NAME,
    talk::{Dial, Limits, ProbeError, Talk, Tcp},
};
