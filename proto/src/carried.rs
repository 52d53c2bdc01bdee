//! The frame of carried files: written and read record by record, never whole in memory, and hashed
//! on the way. The comments of `carried.proto` describe the bytes.

use std::io::{self, ErrorKind, Read, Write};

use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::{
    Invalid, Validate as _,
    limits::{MAX_CARRIED_BYTES, MAX_MESSAGE_BYTES},
    v1::{CarriedRecord, carried_record::Record},
};

/// What every carried file begins with.
pub const MAGIC: [u8; 16] = *b"capdo-carried-1\n";

/// Why a carried file cannot be read. Its writer's fault, or that of whoever carried it.
#[derive(Debug, thiserror::Error)]
pub enum CarriedError {
    /// The medium failed.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is another kind of file, or of a later format.
    #[error("it does not begin as a file that capdo carries")]
    Magic,
    /// It ends too early.
    #[error("it ends in the middle of the record at byte {at}")]
    Truncated {
        /// Where the record begins.
        at: u64,
    },
    /// A length is zero or above the bound.
    #[error("the record at byte {at} says that it has {length} bytes")]
    Length {
        /// Where the record begins.
        at: u64,
        /// Its length.
        length: u32,
    },
    /// It is longer than such a file may be.
    #[error("it is longer than {MAX_CARRIED_BYTES} bytes")]
    TooLong,
    /// The bytes of a record are no record.
    #[error("the record at byte {at} cannot be understood")]
    Garbled {
        /// Where the record begins.
        at: u64,
    },
    /// A record breaks a bound.
    #[error("the record at byte {at} breaks a bound: {source}")]
    Invalid {
        /// Where the record begins.
        at: u64,
        /// Which.
        source: Invalid,
    },
}

/// Writes a carried file.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When `to` does not take it.
    pub fn new(mut to: W) -> io::Result<Self> {
        to.write_all(&MAGIC)?;
        let mut hasher = Sha256::new();
        hasher.update(MAGIC);
        let bytes = MAGIC.len() as u64;
        Ok(Self { to, hasher, bytes })
    }

    /// Appends a record.
    ///
    /// # Errors
    /// When `to` does not take it, or the record or the file would be too long.
    pub fn put(&mut self, record: Record) -> io::Result<()> {
        let record = CarriedRecord {
            record: Some(record),
        };
        let bytes = record.encode_to_vec();
        let fits = (1..=MAX_MESSAGE_BYTES).contains(&bytes.len());
        let length = u32::try_from(bytes.len()).ok().filter(|_| fits);
        let length = length.ok_or_else(|| io::Error::from(ErrorKind::FileTooLarge))?;
        self.bytes += 4 + u64::from(length);
        if self.bytes > MAX_CARRIED_BYTES {
            return Err(ErrorKind::FileTooLarge.into());
        }
        for part in [&length.to_be_bytes()[..], &bytes] {
            self.to.write_all(part)?;
            self.hasher.update(part);
        }
        Ok(())
    }

    /// SHA-256 of everything so far.
    pub fn sha256(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }

    /// How many bytes were written.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What it was written to.
    pub fn into_inner(self) -> W {
        self.to
    }
}

/// Reads a carried file.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    hasher: Sha256,
    /// The hash of everything before the record that was read last.
    before: [u8; 32],
    /// Where the record that was read last begins.
    at: u64,
    bytes: u64,
}

impl<R: Read> Reader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// When it is no carried file.
    pub fn new(mut from: R) -> Result<Self, CarriedError> {
        let mut magic = [0; MAGIC.len()];
        match from.read_exact(&mut magic) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Err(CarriedError::Magic),
            other => other?,
        }
        if magic != MAGIC {
            return Err(CarriedError::Magic);
        }
        let mut hasher = Sha256::new();
        hasher.update(MAGIC);
        let at = MAGIC.len() as u64;
        Ok(Self {
            from,
            before: hasher.clone().finalize().into(),
            hasher,
            at,
            bytes: at,
        })
    }

    /// The next record, which keeps its bounds; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file is not as it was written. Nothing more is to be read from it then.
    pub fn next_record(&mut self) -> Result<Option<Record>, CarriedError> {
        let at = self.bytes;
        let mut length = [0; 4];
        let read = read_up_to(&mut self.from, &mut length)?;
        if read == 0 {
            return Ok(None);
        }
        if read < length.len() {
            return Err(CarriedError::Truncated { at });
        }
        let size = u32::from_be_bytes(length);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        if !(1..=MAX_MESSAGE_BYTES).contains(&wanted) {
            return Err(CarriedError::Length { at, length: size });
        }
        self.bytes += 4 + u64::from(size);
        if self.bytes > MAX_CARRIED_BYTES {
            return Err(CarriedError::TooLong);
        }
        let mut bytes = vec![0; wanted];
        if read_up_to(&mut self.from, &mut bytes)? < wanted {
            return Err(CarriedError::Truncated { at });
        }
        self.at = at;
        self.before = self.hasher.clone().finalize().into();
        self.hasher.update(length);
        self.hasher.update(&bytes);
        let record =
            CarriedRecord::decode(bytes.as_slice()).map_err(|_| CarriedError::Garbled { at })?;
        record
            .validate()
            .map_err(|source| CarriedError::Invalid { at, source })?;
        Ok(record.record)
    }

    /// SHA-256 of everything before the record that was read last: what its closing record names.
    pub const fn before(&self) -> &[u8; 32] {
        &self.before
    }

    /// SHA-256 of everything that was read.
    pub fn sha256(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }

    /// Where the record that was read last begins.
    pub const fn at(&self) -> u64 {
        self.at
    }
}

/// Fills `to` as far as there is something.
fn read_up_to(from: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = to.get_mut(filled..).filter(|r| !r.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::v1::{CarriedClosing, CarriedGrant, ResyncDone};

    const RUN: &str = "01932b6e-8f4c-7abc-9def-0123456789ab";

    fn record() -> impl Strategy<Value = Record> {
        prop_oneof![
            (0..20_000_u32).prop_map(|n| Record::ResyncDone(ResyncDone {
                run_id: RUN.to_owned(),
                state_findings: n,
            })),
            (vec(any::<u8>(), 1..900), vec(any::<u8>(), 1..900)).prop_map(|(a, b)| {
                Record::Grant(CarriedGrant {
                    enroll_response: a,
                    assignment: b,
                    signature: vec![1; 8],
                })
            }),
            any::<[u8; 32]>().prop_map(|sha| Record::Closing(CarriedClosing {
                sha256: sha.to_vec(),
                signature: vec![2; 72],
            })),
        ]
    }

    fn written(records: &[Record]) -> (Vec<u8>, [u8; 32]) {
        let mut writer = Writer::new(Vec::new()).unwrap();
        for record in records {
            writer.put(record.clone()).unwrap();
        }
        let sha256 = writer.sha256();
        assert_eq!(writer.bytes(), writer.to.len() as u64);
        (writer.into_inner(), sha256)
    }

    type All = (Vec<Record>, [u8; 32]);

    fn read(bytes: &[u8]) -> Result<All, CarriedError> {
        let (mut reader, mut records) = (Reader::new(bytes)?, Vec::new());
        while let Some(record) = reader.next_record()? {
            records.push(record);
        }
        Ok((records, reader.sha256()))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(records in vec(record(), 0..6)) {
            let (bytes, sha256) = written(&records);
            prop_assert_eq!(Sha256::digest(&bytes)[..].to_vec(), sha256.to_vec());
            let (again, hashed) = read(&bytes).unwrap();
            prop_assert_eq!(again, records);
            prop_assert_eq!(hashed, sha256);
        }

        /// A file that was cut between records reads as fewer records: the closing record tells.
        #[test]
        fn a_cut_file_never_reads_as_the_whole(records in vec(record(), 1..5),
            at in any::<prop::sample::Index>()) {
            let (bytes, sha256) = written(&records);
            let cut = at.index(bytes.len());
            if let Ok((fewer, hashed)) = read(&bytes[..cut]) {
                prop_assert!(fewer.len() < records.len());
                prop_assert_ne!(hashed, sha256);
            }
        }

        #[test]
        fn a_flipped_bit_never_keeps_the_hash(records in vec(record(), 1..5),
            at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let (mut bytes, sha256) = written(&records);
            *at.get_mut(&mut bytes) ^= 1 << bit;
            if let Ok((_, hashed)) = read(&bytes) {
                prop_assert_ne!(hashed, sha256);
            }
        }

        #[test]
        fn any_bytes_are_read_without_harm(tail in vec(any::<u8>(), 0..600)) {
            drop(read(&tail));
            drop(read(&[&MAGIC[..], &tail].concat()));
        }
    }

    #[test]
    fn a_length_is_looked_at_before_memory_is_taken() {
        for length in [0, u32::MAX, 4 * 1024 * 1024 + 1] {
            let bytes = [&MAGIC[..], &length.to_be_bytes(), &[1; 40]].concat();
            assert!(matches!(
                read(&bytes),
                Err(CarriedError::Length { at: 16, .. })
            ));
        }
        let bytes = [&MAGIC[..], &9_u32.to_be_bytes(), &[1; 4]].concat();
        assert!(matches!(
            read(&bytes),
            Err(CarriedError::Truncated { at: 16 })
        ));
    }

    #[test]
    fn the_hash_before_a_record_leaves_it_out() {
        let done = Record::ResyncDone(ResyncDone {
            run_id: RUN.to_owned(),
            state_findings: 3,
        });
        let (one, before) = written(std::slice::from_ref(&done));
        let (two, _) = written(&[done.clone(), done]);
        let mut reader = Reader::new(two.as_slice()).unwrap();
        reader.next_record().unwrap();
        reader.next_record().unwrap();
        assert_eq!(*reader.before(), before);
        assert_eq!(reader.at(), one.len() as u64);
    }
}
