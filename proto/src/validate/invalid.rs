//! What can be wrong with a message.

/// The first bound that a message breaks. The sender is at fault in every case. Holds the name of
/// the field and numbers, never bytes of the message, so that it is safe to log and to send back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A text holds a byte that its field does not allow.
    #[error("{field}: byte {actual:#04x} at offset {offset} is not allowed")]
    Charset {
        /// The field, as `message.field`.
        field: &'static str,
        /// The first byte of the character that is not allowed.
        actual: u8,
        /// Where it is, in bytes from the start.
        offset: usize,
    },
    /// A hash is not the hash of what it stands beside.
    #[error("{field}: not the hash of the bytes it stands for")]
    HashMismatch {
        /// The field that holds the hash.
        field: &'static str,
    },
    /// A key that must be there once is there twice.
    #[error("{field}: entry {actual} repeats an earlier one")]
    Duplicate {
        /// The field.
        field: &'static str,
        /// The place of the second one, from 0.
        actual: usize,
    },
    /// A field or oneof that must be set is not, or is of a kind that this version does not know.
    #[error("{field}: missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is set that another field of the message rules out.
    #[error("{field}: must not be set here")]
    NotAllowed {
        /// The field.
        field: &'static str,
    },
    /// A number is too small or too large.
    #[error("{field}: {actual} is not from {min} to {limit}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The number; wide enough for every integer of the wire.
        actual: i128,
        /// The smallest number that is allowed.
        min: i128,
        /// The largest number that is allowed.
        limit: i128,
    },
    /// A text or bytes field, or an encoded message, has too many bytes.
    #[error("{field}: {actual} bytes, at most {limit}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its bytes.
        actual: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A list has too many entries.
    #[error("{field}: {actual} entries, at most {limit}")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Its entries.
        actual: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A text or bytes field has too few bytes, or a list too few entries.
    #[error("{field}: {actual} bytes or entries, at least {limit}")]
    TooShort {
        /// The field.
        field: &'static str,
        /// Its bytes or entries.
        actual: usize,
        /// The fewest it may have.
        limit: usize,
    },
    /// An enum is not set, or holds a number that this version does not know.
    #[error("{field}: {actual} is not a known value")]
    UnknownEnum {
        /// The field.
        field: &'static str,
        /// The number.
        actual: i32,
    },
    /// A text is not a UUIDv7 in lower case.
    #[error("{field}: not a lower-case UUIDv7")]
    Uuid {
        /// The field.
        field: &'static str,
    },
    /// A field of fixed length has another.
    #[error("{field}: {actual} bytes instead of {limit}")]
    WrongLength {
        /// The field.
        field: &'static str,
        /// Its bytes.
        actual: usize,
        /// The bytes it must have.
        limit: usize,
    },
}

impl Invalid {
    /// The field that is wrong, as `message.field` with the names of the protobuf files.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Charset { field, .. }
            | Self::Duplicate { field, .. }
            | Self::HashMismatch { field }
            | Self::Missing { field }
            | Self::NotAllowed { field }
            | Self::OutOfRange { field, .. }
            | Self::TooLong { field, .. }
            | Self::TooMany { field, .. }
            | Self::TooShort { field, .. }
            | Self::UnknownEnum { field, .. }
            | Self::Uuid { field }
            | Self::WrongLength { field, .. } => field,
        }
    }

    /// A code for [`Refused::machine_code`](crate::v1::Refused), for example
    /// `finding.observation.too-long`.
    pub fn machine_code(&self) -> String {
        let what = match self {
            Self::Charset { .. } => "charset",
            Self::Duplicate { .. } => "duplicate",
            Self::HashMismatch { .. } => "hash-mismatch",
            Self::Missing { .. } => "missing",
            Self::NotAllowed { .. } => "not-allowed",
            Self::OutOfRange { .. } => "out-of-range",
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many",
            Self::TooShort { .. } => "too-short",
            Self::UnknownEnum { .. } => "unknown-enum",
            Self::Uuid { .. } => "uuid",
            Self::WrongLength { .. } => "wrong-length",
        };
        format!("{}.{what}", self.field().replace('_', "-"))
    }
}
