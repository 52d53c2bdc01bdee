//! Every bound of the wire, in one place. The comments in the protobuf files state the same numbers;
//! [`crate::validate`] enforces them.

/// The most bytes one encoded message may have, in either direction. To be set as tonic's
/// `max_decoding_message_size` on both sides, so that it holds before anything is parsed.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// The most bytes one encoded [`FindingBatch`](crate::v1::FindingBatch) may have: half of
/// [`MAX_MESSAGE_BYTES`], since 256 observations of 64 KiB would not fit in a message.
pub const MAX_BATCH_BYTES: usize = MAX_MESSAGE_BYTES / 2;

/// The most bytes one observation may have.
pub const MAX_OBSERVATION_BYTES: usize = 65_536;

/// The most findings in one batch.
pub const MAX_FINDINGS_PER_BATCH: usize = 256;

/// The most findings in one run, and in the whole state of one host.
pub const MAX_FINDINGS_PER_RUN: usize = 20_000;

/// The most bytes of observations in the whole state of one host.
pub const MAX_STATE_BYTES: usize = 16 * 1024 * 1024;

/// The highest sequence of a batch, counting those of resyncs.
pub const MAX_BATCH_SEQUENCE: u32 = 65_535;

/// The most batches of a run that an agent has on the way and that were not acked.
pub const BATCH_WINDOW: usize = 4;

/// The most checks that one run may announce, or that one run-now may ask for.
pub const MAX_CHECKS_PER_RUN: usize = 2_048;

/// The most bytes of an id: check, standard, threshold, reason key, machine code.
pub const MAX_ID_LEN: usize = 128;

/// The most bytes of a subject's name.
pub const MAX_SUBJECT_LEN: usize = 512;

/// The most packages that one part of a package list may bring and take away together.
pub const MAX_PACKAGES_PER_DELTA: usize = 2_000;

/// The most packages of one host.
pub const MAX_PACKAGES: usize = 20_000;

/// The highest sequence of a part of a package list.
pub const MAX_INVENTORY_SEQUENCE: u32 = 63;

/// The most bytes of a text in a package list. 2000 packages with seven such texts fit in a message.
pub const MAX_PACKAGE_TEXT: usize = 255;

/// The most repositories beside the ordinary ones.
pub const MAX_CHANNELS: usize = 16;

/// The most bytes of a DNS name or textual IP address.
pub const MAX_HOST_LEN: usize = 253;

/// The most bytes of a version, operating-system id or the like.
pub const MAX_VERSION_LEN: usize = 64;

/// The most bytes of a language tag.
pub const MAX_LANG_LEN: usize = 16;

/// The most bytes of a sentence for people.
pub const MAX_SENTENCE_LEN: usize = 512;

/// The most bytes of an enrolment token.
pub const MAX_TOKEN_LEN: usize = 128;

/// The most bytes of a certificate request in DER.
pub const MAX_CSR_BYTES: usize = 8_192;

/// The most bytes of one certificate in DER.
pub const MAX_CERTIFICATE_BYTES: usize = 8_192;

/// The most certificates in a chain, leaf included.
pub const MAX_CHAIN_CERTIFICATES: usize = 4;

/// The most CA certificates that an agent is told to trust.
pub const MAX_CA_CERTIFICATES: usize = 8;

/// The longest time within which an agent may be asked to renew, in milliseconds: a day.
pub const MAX_RENEW_WITHIN_MS: u64 = 24 * 60 * 60 * 1_000;

/// The most thresholds in an assignment.
pub const MAX_THRESHOLDS: usize = 1_024;

/// The most declared endpoints in an assignment.
pub const MAX_ENDPOINTS: usize = 256;

/// The shortest time between the starts of two runs, in seconds.
pub const MIN_RUN_INTERVAL_S: u32 = 60;

/// The longest time between the starts of two runs, in seconds: 31 days.
pub const MAX_RUN_INTERVAL_S: u32 = 31 * 24 * 60 * 60;

/// The longest wait that a refusal may ask for, in milliseconds: a day.
pub const MAX_RETRY_AFTER_MS: u64 = 24 * 60 * 60 * 1_000;

/// The most runs that an agent may say are waiting in its spool.
pub const MAX_SPOOL_DEPTH: u32 = 1_000_000;

/// The highest run counter or assignment revision: what a signed 64-bit database column holds.
pub const MAX_COUNTER: u64 = i64::MAX as u64;

/// The furthest that a run's counter may lie ahead of the last run that was taken: more than a host makes in its
/// life, and far too little to use the numbers up.
pub const MAX_COUNTER_JUMP: u64 = 10_000_000;

/// The latest time, in milliseconds since the Unix epoch: the last of the year 9999.
pub const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// The most processor time that a run may report, in milliseconds: a day.
pub const MAX_CPU_MS: u64 = 24 * 60 * 60 * 1_000;

/// The most resident memory that a run may report, in KiB: 1 TiB.
pub const MAX_RSS_KIB: u64 = 1 << 30;

/// The highest level of a System; the lowest is 1.
pub const MAX_SYSTEM_LEVEL: u32 = 5;

/// The most bytes of a file that is carried between a one-way site and its collector.
pub const MAX_CARRIED_BYTES: u64 = 256 * 1024 * 1024;

/// The most bytes of an encoded [`EnrollResponse`](crate::v1::EnrollResponse) in a carried grant.
pub const MAX_CARRIED_RESPONSE_BYTES: usize = 128 * 1024;

/// The most bytes of an encoded [`Assignment`](crate::v1::Assignment) in a carried grant.
pub const MAX_CARRIED_ASSIGNMENT_BYTES: usize = 1024 * 1024;

/// The bytes of a SHA-256.
pub const SHA256_BYTES: usize = 32;

/// The bytes of the collector's nonce.
pub const NONCE_BYTES: usize = 32;

/// The bytes of a UUID in text form.
pub const UUID_LEN: usize = 36;

/// The fewest bytes of an ECDSA signature in ASN.1 DER.
pub const MIN_SIGNATURE_BYTES: usize = 8;

/// The most bytes of an ECDSA P-256 signature in ASN.1 DER.
pub const MAX_SIGNATURE_BYTES: usize = 72;

// The bounds of the parts must not add up to a message that the decoder refuses. 64 bytes cover
// the fixed-size fields and framing of one entry.
const _: () = {
    assert!(MAX_BATCH_BYTES + 64 < MAX_MESSAGE_BYTES);
    assert!(MAX_OBSERVATION_BYTES + 2 * MAX_ID_LEN + MAX_SUBJECT_LEN + 256 < MAX_BATCH_BYTES);
    assert!(MAX_PACKAGES_PER_DELTA * 7 * (MAX_PACKAGE_TEXT + 3) < MAX_MESSAGE_BYTES);
    assert!(MAX_CHECKS_PER_RUN * (MAX_ID_LEN + 64) < MAX_MESSAGE_BYTES);
    assert!(
        MAX_THRESHOLDS * (MAX_ID_LEN + 64) + MAX_ENDPOINTS * (2 * MAX_HOST_LEN + 64)
            < MAX_MESSAGE_BYTES
    );
};
