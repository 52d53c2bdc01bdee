//! One file read from its first byte to its last.

use std::{
    io::{self, Read},
    rc::Rc,
};

use jiff::Timestamp;

use super::{Broken, Fault, State, packed, packed::Trouble, pgdump, read_up_to, sql, tar};
use crate::{host::Host, observation::Gap};

/// What reading a file to its end showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether it is whole.
    pub state: State,
    /// The day that the tool itself wrote into it.
    pub made: Option<Timestamp>,
}

/// Reads `path` from its first byte to its last.
///
/// # Errors
/// When it may not be read, or not to its end within the budget.
pub fn read(host: &dyn Host, path: &str) -> Result<Reading, Gap> {
    let stated = |state| Ok(Reading { state, made: None });
    if host.stat(path)?.size == 0 {
        return stated(State::Damaged(Fault::Empty));
    }
    let trouble = Trouble::default();
    let mut reader = packed::open(host, path, &trouble)?;
    let result = content(reader.as_mut());
    drop(reader);
    if let Some(error) = Rc::try_unwrap(trouble).ok().and_then(|t| t.into_inner()) {
        return Err(error.into()); // whatever the decoders made of it
    }
    match result {
        Ok((state, made)) => Ok(Reading { state, made }),
        Err(Broken::Fault(fault)) => stated(State::Damaged(fault)),
        Err(Broken::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            stated(State::Damaged(Fault::Cut))
        }
        Err(Broken::Io(_)) => stated(State::Damaged(Fault::Corrupt)),
    }
}

/// What stands in an unpacked stream.
fn content(reader: &mut dyn Read) -> Result<(State, Option<Timestamp>), Broken> {
    let mut head = vec![0; 64 << 10];
    let got = read_up_to(reader, &mut head)?;
    head.truncate(got);
    if head.is_empty() {
        return Ok((State::Damaged(Fault::Empty), None));
    }
    let mut all = head.as_slice().chain(&mut *reader);
    if head.starts_with(pgdump::MAGIC) {
        let found = pgdump::walk(&mut all)?;
        drain(&mut all)?;
        return Ok(found);
    }
    if tar::is_header(&head) {
        let state = tar::walk(&mut all)?;
        drain(&mut all)?; // the packing's own checksum stands at its end
        return Ok((state, None));
    }
    if head.starts_with(b"PK\x03\x04") {
        return zip(&mut all);
    }
    if super::super::dumps::is_sealed(&head) {
        drain(&mut all)?;
        return Ok((State::Unproved, None));
    }
    Ok(sql::scan(&head, reader)?.conclude())
}

fn drain(reader: &mut dyn Read) -> Result<(), Broken> {
    io::copy(reader, &mut io::sink())?;
    Ok(())
}

/// A zip archive ends with the list of its contents (APPNOTE 4.3.16).
fn zip(reader: &mut dyn Read) -> Result<(State, Option<Timestamp>), Broken> {
    const END: &[u8] = b"PK\x05\x06";
    const COMMENT_CAP: usize = 22 + 65_535;
    let mut tail: Vec<u8> = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let got = read_up_to(reader, &mut piece)?;
        if got == 0 {
            break;
        }
        tail.extend_from_slice(piece.get(..got).unwrap_or_default());
        let over = tail.len().saturating_sub(COMMENT_CAP);
        tail.drain(..over);
    }
    let ends = tail.windows(END.len()).any(|w| w == END);
    let state = if ends {
        State::Unproved
    } else {
        State::Damaged(Fault::Cut)
    };
    Ok((state, None))
}
