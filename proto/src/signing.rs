//! The bytes that an agent signs: to vouch for a finished run, and to prove that it holds the key of
//! an identity. Only bytes: keys, signing and verifying belong to whoever holds the keys.
//!
//! A finished run: every integer is big-endian and "text" is a `u64` length and then that many bytes:
//!
//! 1. text: [`DOMAIN`];
//! 2. text: host id;
//! 3. text: run id;
//! 4. `u64`: counter;
//! 5. text: nonce;
//! 6. 32 bytes: digest over the state, from [`crate::digest::state_digest`];
//! 7. `i64`: when the run finished, in milliseconds since the Unix epoch.
//!
//! Where the run names its list of checks by a digest, the first text is [`DOMAIN_2`], and there follows:
//!
//! 8. text: that digest, from [`crate::digest::checks_digest`].
//!
//! The signature over them is ECDSA P-256 with SHA-256 in ASN.1 DER.

/// What separates this signature from every other use of the key, TLS among them.
pub const DOMAIN: &str = "capdo.run-finished.v1";

/// As [`DOMAIN`], for a run that names its list of checks by a digest.
pub const DOMAIN_2: &str = "capdo.run-finished.v2";

/// What a signature over a finished run covers. The collector takes `host_id` from the certificate
/// and `nonce` from what it assigned, never from the message, so that neither can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishedRun<'a> {
    /// The host's id, as in its certificate.
    pub host_id: &'a str,
    /// The run's id.
    pub run_id: &'a str,
    /// The run's counter.
    pub counter: u64,
    /// The collector's nonce; empty only in a run carried by file from a one-way site.
    pub nonce: &'a [u8],
    /// The digest over the host's whole state after the run.
    pub state_sha256: &'a [u8; 32],
    /// When the run finished, in milliseconds since the Unix epoch, by the agent's clock.
    pub finished_ms: i64,
    /// The digest over the list of its checks; empty where the run was announced without one.
    pub checks_sha256: &'a [u8],
}

impl FinishedRun<'_> {
    /// The canonical bytes to sign or to verify. Two runs that differ in any field differ here.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let domain = if self.checks_sha256.is_empty() {
            DOMAIN
        } else {
            DOMAIN_2
        };
        put_text(&mut bytes, domain.as_bytes());
        put_text(&mut bytes, self.host_id.as_bytes());
        put_text(&mut bytes, self.run_id.as_bytes());
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        put_text(&mut bytes, self.nonce);
        bytes.extend_from_slice(self.state_sha256);
        bytes.extend_from_slice(&self.finished_ms.to_be_bytes());
        if !self.checks_sha256.is_empty() {
            put_text(&mut bytes, self.checks_sha256);
        }
        bytes
    }
}

/// What separates a proof of an identity's key from every other use of it.
pub const AGAIN_DOMAIN: &str = "capdo.enroll-again.v1";

/// The bytes by which the holder of an identity's key asks for a new certificate: the domain, the
/// host's id and the certificate request, each as a text. Bound to the request, so that whoever
/// copies the proof only gets a certificate for a key that he does not have.
pub fn again_bytes(host_id: &str, csr_der: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    put_text(&mut bytes, AGAIN_DOMAIN.as_bytes());
    put_text(&mut bytes, host_id.as_bytes());
    put_text(&mut bytes, csr_der);
    bytes
}

/// What separates the signature over a carried file of runs from every other use of the key.
pub const CARRIED_DOMAIN: &str = "capdo.carried-runs.v1";

/// The bytes by which an agent vouches for a file of runs: the domain, the host's id and the SHA-256
/// of everything before the closing record, each as a text.
pub fn carried_bytes(host_id: &str, sha256: &[u8]) -> Vec<u8> {
    texts(&[CARRIED_DOMAIN.as_bytes(), host_id.as_bytes(), sha256])
}

/// What separates the CA's signature over a carried grant from certificates and everything else.
pub const GRANT_DOMAIN: &str = "capdo.carried-grant.v1";

/// The bytes by which a CA vouches for a carried grant: the domain, the encoded response and the
/// encoded assignment, each as a text.
pub fn grant_bytes(enroll_response: &[u8], assignment: &[u8]) -> Vec<u8> {
    texts(&[GRANT_DOMAIN.as_bytes(), enroll_response, assignment])
}

/// What separates the CA's signature over a receipt from certificates and everything else.
pub const RECEIPT_DOMAIN: &str = "capdo.receipt.v1";

/// The bytes by which a CA vouches for a receipt: the domain and the receipt's JSON, each as a text.
pub fn receipt_bytes(json: &[u8]) -> Vec<u8> {
    texts(&[RECEIPT_DOMAIN.as_bytes(), json])
}

/// What separates a CA's word about the CA before it from certificates and everything else.
pub const BEFORE_DOMAIN: &str = "capdo.ca-before.v1";

/// The bytes by which a CA says which CA was this collector's before it: the domain, and the SHA-256 of the
/// certificates of that one and of itself, each as a text. No certificate, on purpose: one would let a stolen
/// key of the older CA speak to whoever trusts the newer one.
pub fn before_bytes(before_sha256: &[u8], own_sha256: &[u8]) -> Vec<u8> {
    texts(&[BEFORE_DOMAIN.as_bytes(), before_sha256, own_sha256])
}

fn texts(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(fields.iter().map(|f| f.len() + 8).sum());
    for field in fields {
        put_text(&mut bytes, field);
    }
    bytes
}

fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
    bytes.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Owned = (String, String, u64, Vec<u8>, [u8; 32], i64, Vec<u8>);

    fn bytes(
        (host_id, run_id, counter, nonce, state_sha256, finished_ms, checks_sha256): &Owned,
    ) -> Vec<u8> {
        let (counter, finished_ms) = (*counter, *finished_ms);
        FinishedRun {
            host_id,
            run_id,
            counter,
            nonce,
            state_sha256,
            finished_ms,
            checks_sha256,
        }
        .signed_bytes()
    }

    fn run() -> impl Strategy<Value = Owned> {
        let nonce = prop::collection::vec(0..2_u8, 0..3);
        let sha = (0..2_u8).prop_map(|byte| [byte; 32]);
        let checks = prop::collection::vec(0..2_u8, 0..3);
        (
            "[ab]{0,3}",
            "[ab]{0,3}",
            0..2_u64,
            nonce,
            sha,
            0..2_i64,
            checks,
        )
    }

    proptest! {
        /// Few values, so that equal and almost equal runs both come up often.
        #[test]
        fn equal_bytes_mean_equal_runs(one in run(), other in run()) {
            prop_assert_eq!(one == other, bytes(&one) == bytes(&other));
        }
    }

    #[test]
    fn fields_never_run_together() {
        let run = |host: &str, run: &str| {
            bytes(&(
                host.to_owned(),
                run.to_owned(),
                1,
                vec![],
                [0; 32],
                1,
                vec![],
            ))
        };
        assert_ne!(run("ab", "c"), run("a", "bc"));
        assert_ne!(run("abc", ""), run("", "abc"));
    }

    #[test]
    fn a_proof_is_bound_to_host_and_request() {
        assert_ne!(again_bytes("ab", b"c"), again_bytes("a", b"bc"));
        let expected =
            b"\0\0\0\0\0\0\0\x15capdo.enroll-again.v1\0\0\0\0\0\0\0\x01h\0\0\0\0\0\0\0\x02rr";
        assert_eq!(again_bytes("h", b"rr"), expected);
    }

    #[test]
    fn what_is_carried_is_signed_as_documented() {
        let expected =
            b"\0\0\0\0\0\0\0\x15capdo.carried-runs.v1\0\0\0\0\0\0\0\x01h\0\0\0\0\0\0\0\x02ss";
        assert_eq!(carried_bytes("h", b"ss"), expected);
        let expected =
            b"\0\0\0\0\0\0\0\x16capdo.carried-grant.v1\0\0\0\0\0\0\0\x01r\0\0\0\0\0\0\0\x01a";
        assert_eq!(grant_bytes(b"r", b"a"), expected);
        let expected = b"\0\0\0\0\0\0\0\x10capdo.receipt.v1\0\0\0\0\0\0\0\x02{}";
        assert_eq!(receipt_bytes(b"{}"), expected);
        assert_ne!(grant_bytes(b"ab", b"c"), grant_bytes(b"a", b"bc"));
        let expected =
            b"\0\0\0\0\0\0\0\x12capdo.ca-before.v1\0\0\0\0\0\0\0\x01o\0\0\0\0\0\0\0\x02nn";
        assert_eq!(before_bytes(b"o", b"nn"), expected);
    }

    #[test]
    fn bytes_are_as_documented() {
        let mut expected = Vec::new();
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x15capdo.run-finished.v1");
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x01h");
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x02rr");
        expected.extend_from_slice(b"\0\0\0\0\0\0\x01\x02");
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x03\x07\x08\x09");
        expected.extend_from_slice(&[9; 32]);
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x05");
        let mut run = (
            "h".to_owned(),
            "rr".to_owned(),
            0x102,
            vec![7, 8, 9],
            [9; 32],
            5,
            vec![],
        );
        assert_eq!(bytes(&run), expected);
        // With a digest over the list of checks.
        run.6 = vec![4; 32];
        expected[8 + DOMAIN.len() - 1] = b'2';
        expected.extend_from_slice(b"\0\0\0\0\0\0\0\x20");
        expected.extend_from_slice(&[4; 32]);
        assert_eq!(bytes(&run), expected);
    }
}
