//! Proof that a copy can be read: formats walked from their first byte to their last. Everything is
//! streamed, with bounds on what is held; nothing is written and nothing is remembered.

pub mod borg;
mod complaints;
pub(in crate::facts) mod frames;
mod lines;
pub(in crate::facts) mod packed;
mod pgdump;
pub(super) mod pgfolder;
mod quotes;
mod sql;
mod tar;
pub mod whole;

pub(super) use self::{pgfolder::size as folder_size, whole::members};

use std::io::{self, Read};

/// What is wrong with a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It holds nothing, or a dump without a single object.
    Empty,
    /// It ends too early.
    Cut,
    /// Its bytes are not what they must be.
    Corrupt,
    /// It holds an error message or a warning of the tool, in place of data or among it.
    ErrorText,
    /// The tool's mark at the end is missing.
    NoMark,
    /// Something that it needs is not there.
    Missing,
    /// The tool itself recorded that it failed.
    Failed,
}

impl Fault {
    /// Its name in facts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Cut => "cut",
            Self::Corrupt => "corrupt",
            Self::ErrorText => "error-text",
            Self::NoMark => "no-end-mark",
            Self::Missing => "missing",
            Self::Failed => "failed",
        }
    }
}

/// What reading a file to its end showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was read to its end, and its format says that nothing is missing.
    Whole,
    /// Something is wrong.
    Damaged(Fault),
    /// Nothing is wrong with what was read, but nothing proves that it is all.
    Unproved,
}

/// Reads exactly `buf`; an end before that is a cut file.
fn fill(reader: &mut dyn Read, buf: &mut [u8]) -> Result<(), Broken> {
    let got = read_up_to(reader, buf)?;
    if got == buf.len() {
        Ok(())
    } else {
        Err(Broken::Fault(Fault::Cut))
    }
}

/// Reads until `buf` is full or the end is met; how much there was.
fn read_up_to(reader: &mut dyn Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buf.get_mut(got..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// Passes over `len` bytes.
fn skip(reader: &mut dyn Read, len: u64) -> Result<(), Broken> {
    let passed = io::copy(&mut reader.take(len), &mut io::sink())?;
    if passed == len {
        Ok(())
    } else {
        Err(Broken::Fault(Fault::Cut))
    }
}

/// Why a walk ended early.
#[derive(Debug)]
enum Broken {
    /// The file is at fault.
    Fault(Fault),
    /// Reading failed: the packing is broken, or the window closed. Who holds the window knows.
    Io(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
