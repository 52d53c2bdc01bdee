//! The `capdo.v1` wire format between agents and collector.

#![forbid(unsafe_code)]

/// The messages and stubs generated from `proto/capdo/v1`; what each means is said there.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all)]
pub mod v1 {
    tonic::include_proto!("capdo.v1");
}

/// The encoded descriptors of all protobuf files, with comments, for reflection and for tests.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("capdo.v1");

impl std::fmt::Debug for v1::EnrollRequest {
    /// Everything but the token, which is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrollRequest")
            .field("token", &"[redacted]")
            .field("csr_der", &self.csr_der)
            .field("facts", &self.facts)
            .field("clock_ms", &self.clock_ms)
            .finish()
    }
}
