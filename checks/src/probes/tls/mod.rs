//! TLS almost without cryptography: hand-built ClientHellos, and the first flight of the server in
//! clear text. Only what TLS 1.3 hides, and a few probes that were asked for, take a real handshake.

mod ccs;
mod cleartext;
mod engine;
mod enumerate;
pub mod groups;
mod hello;
mod injection;
mod prober;
mod read;
mod renegotiation;
mod robot;
mod rsa;
pub mod schemes;
mod session;
mod shake;
mod shown;
mod starttls;
mod stranger;
pub mod suites;
pub mod survey;
mod talk;
mod traits;
mod weaknesses;
mod wire;

pub use self::{
    engine::{Step, survey},
    shown::WRONG_NAME,
    stranger::Stranger,
    talk::{Dial, Limits, ProbeError, Talk, Tcp},
};
