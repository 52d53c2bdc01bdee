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
    if host.stat(path)?.size == 0 {
        return Ok(Reading {
            state: State::Damaged(Fault::Empty),
            made: None,
        });
    }
    let trouble = Trouble::default();
    let mut reader = packed::open(host, path, &trouble)?;
    let result = content(reader.as_mut());
    drop(reader);
    if let Some(error) = Rc::try_unwrap(trouble).ok().and_then(|t| t.into_inner()) {
        return Err(error.into()); // whatever the decoders made of it
    }
    Ok(concluded(result))
}

/// Walks a tar archive and hands on each file in it; what is wrong with the archive.
///
/// # Errors
/// When it may not be read, or not to its end within the budget.
pub(in super::super) fn members(
    host: &dyn Host,
    path: &str,
    each: &mut tar::Each<'_>,
) -> Result<Option<Fault>, Gap> {
    let trouble = Trouble::default();
    let mut reader = packed::open(host, path, &trouble)?;
    let walked = tar::each(reader.as_mut(), each);
    let result = walked.and_then(|state| drain(reader.as_mut()).map(|()| (state, None)));
    drop(reader);
    if let Some(error) = Rc::try_unwrap(trouble).ok().and_then(|t| t.into_inner()) {
        return Err(error.into());
    }
    Ok(match concluded(result).state {
        State::Damaged(fault) => Some(fault),
        _ => None,
    })
}

/// Reads a file to its end, unpacked, whatever stands in it.
pub(super) fn unpacks(host: &dyn Host, path: &str) -> Result<State, Gap> {
    let trouble = Trouble::default();
    let mut reader = packed::open(host, path, &trouble)?;
    let result = drain(reader.as_mut()).map(|()| (State::Whole, None));
    drop(reader);
    if let Some(error) = Rc::try_unwrap(trouble).ok().and_then(|t| t.into_inner()) {
        return Err(error.into());
    }
    Ok(concluded(result).state)
}

/// What a walk showed, or why it ended early.
pub(super) fn concluded(result: Result<(State, Option<Timestamp>), Broken>) -> Reading {
    let damaged = |fault| Reading {
        state: State::Damaged(fault),
        made: None,
    };
    match result {
        Ok((state, made)) => Reading { state, made },
        Err(Broken::Fault(fault)) => damaged(fault),
        Err(Broken::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            damaged(Fault::Cut)
        }
        Err(Broken::Io(_)) => damaged(Fault::Corrupt),
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
    if head.iter().all(|b| *b == 0) {
        return Ok((nothing_but_zeros(&mut all)?, None));
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

/// An archive of tar with no entry is its end mark alone; a file that the disk lost reads the same.
fn nothing_but_zeros(reader: &mut dyn Read) -> Result<State, Broken> {
    let mut piece = vec![0; 64 << 10];
    loop {
        let got = read_up_to(reader, &mut piece)?;
        match piece.get(..got) {
            None | Some([]) => return Ok(State::Damaged(Fault::Empty)),
            Some(bytes) if bytes.iter().any(|b| *b != 0) => break,
            Some(_) => {}
        }
    }
    drain(reader)?;
    Ok(State::Damaged(Fault::Corrupt))
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{facts::backup::proof::borg, host::Image};

    const SQL: &str = "-- PostgreSQL database dump\n\nCREATE TABLE a (b int);\n\
        -- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n";

    fn reading(bytes: &[u8]) -> Result<Reading, Gap> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x"), bytes).unwrap();
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        read(&image, "/x")
    }

    fn state(bytes: &[u8]) -> State {
        reading(bytes).unwrap().state
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn each_way_to_lose_a_dump_is_found() {
        assert_eq!(state(SQL.as_bytes()), State::Whole);
        assert_eq!(state(&gzip(SQL.as_bytes())), State::Whole);
        assert_eq!(state(b""), State::Damaged(Fault::Empty));
        assert_eq!(state(&gzip(b"")), State::Damaged(Fault::Empty));
        assert_eq!(state(&SQL.as_bytes()[..40]), State::Damaged(Fault::NoMark));
        for nothing in [10_240, 1_024, 200_000] {
            let tar = vec![0; nothing];
            assert_eq!(state(&tar), State::Damaged(Fault::Empty), "{nothing}");
            assert_eq!(state(&gzip(&tar)), State::Damaged(Fault::Empty));
        }
        let hole = [vec![0; 100_000], SQL.as_bytes().to_vec()].concat();
        assert_eq!(state(&hole), State::Damaged(Fault::Corrupt));
        let error = gzip(
            b"mysqldump: Got error: 1045: \"Access denied for user 'x'\" when trying to connect\n",
        );
        assert_eq!(state(&error), State::Damaged(Fault::ErrorText));
        let packed = gzip(SQL.as_bytes());
        assert_eq!(
            state(&packed[..packed.len() - 9]),
            State::Damaged(Fault::Cut)
        );
        let two = format!("{SQL}-- PostgreSQL database dump\nCREATE TABLE c (d int);\n");
        assert_eq!(
            state(two.as_bytes()),
            State::Unproved,
            "a second dump is cut"
        );
        // Words of a row are no complaint of a tool.
        let row = SQL.replace(
            "CREATE",
            "COPY a FROM stdin;\nlog: no such file or directory;\n\\.\nCREATE",
        );
        assert_eq!(state(row.as_bytes()), State::Whole);
    }

    #[test]
    fn a_bomb_is_no_broken_file() {
        // Says that it wants to look back 1 GiB: not understood within the budget, and not damaged.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 1, 0, 0];
        let gap = reading(&frame).unwrap_err();
        assert_eq!(gap.reason, crate::observation::GapReason::OverBudget);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(
            start in prop::sample::select(vec![
                &b"PGDMP\x01\x0e\x00\x04\x08\x01"[..], b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
                b"\xfd7zXZ\x00", b"BZh9", b"\x04\x22\x4d\x18", b"PK\x03\x04", b"-- MySQL dump", b"",
            ]),
            rest in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            drop(reading(&[start, &rest].concat()));
        }

        #[test]
        fn any_tar_is_walked(name in "[a-z]{1,20}", size in 0_u64..2_000, cut in 0_usize..6_000) {
            let mut block = vec![0; 512];
            block[..name.len()].copy_from_slice(name.as_bytes());
            block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
            let sum: u64 = block.iter().map(|b| u64::from(*b)).sum::<u64>() + 8 * 32;
            block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            let whole = block.len() + usize::try_from(size.div_ceil(512) * 512).unwrap();
            block.resize(whole + 1024, 0);
            prop_assert_eq!(state(&block), State::Whole);
            block.truncate(cut);
            if cut > 0 && cut < whole {
                prop_assert_ne!(state(&block), State::Whole);
            }
        }

        #[test]
        fn any_segment_is_checked(rest in prop::collection::vec(any::<u8>(), 0..600), from in 0_u64..700) {
            let dir = tempfile::tempdir().unwrap();
            let bytes = [borg::MAGIC, &rest].concat();
            std::fs::write(dir.path().join("x"), &bytes).unwrap();
            let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
            let size = bytes.len() as u64;
            drop(borg::check(&image, "/x", size, (from, size)));
        }
    }
}
