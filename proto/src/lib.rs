//! The `capdo.v1` wire format between agents and collector.
//!
//! * [`v1`]: the messages and the stubs of `capdo.v1.AgentService`, generated from the files under
//!   `proto/capdo/v1`. Their comments are the specification: units, bounds, who sends what when.
//! * [`limits`]: every bound, as a constant.
//! * [`validate`]: whether a message that arrived keeps its bounds. To be called on every message,
//!   by both sides, before anything else looks at it.
//! * [`digest`]: the digest over a host's state, by which two sides agree in 32 bytes.
//! * [`signing`]: the bytes that an agent signs to vouch for a run, and a CA for what it gives.
//! * [`carried`]: the frame of files that are carried between a one-way site and its collector.
//!
//! This crate opens no file and no socket, reads no clock and holds no key. It turns on none of tonic's transport
//! features: the stubs work over whatever channel the agent and the collector bring.

#![forbid(unsafe_code)]

use std::fmt;

pub mod carried;
pub mod digest;
pub mod limits;
pub mod signing;
pub mod validate;

pub use validate::{Invalid, Validate};

/// The messages and stubs generated from `proto/capdo/v1`; what each means is said there.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::too_many_lines
)]
pub mod v1 {
    tonic::include_proto!("capdo.v1");
}

/// The version of the protocol that this crate describes, for [`v1::Hello::protocol_version`].
pub const PROTOCOL_VERSION: u32 = 1;

/// The encoded descriptors of all protobuf files, with comments, for reflection and for tests.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("capdo.v1");

/// Everything but the token, which is a secret.
impl fmt::Debug for v1::EnrollRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrollRequest")
            .field("token", &"[redacted]")
            .field("csr_der", &self.csr_der)
            .field("facts", &self.facts)
            .field("clock_ms", &self.clock_ms)
            .finish()
    }
}
