//! `pg_dump --format=custom`, as PostgreSQL's `pg_backup_custom.c` writes it: a head, a list of
//! contents, then one block of data for each entry that has any. The list stands at the start, so
//! that it is whole in a file that was cut in half; only walking the blocks proves the rest.

use std::{collections::BTreeSet, io::Read};

use flate2::{Decompress, FlushDecompress, Status};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Broken, Fault, State, fill, read_up_to, skip};

/// The mark at the start.
pub(super) const MAGIC: &[u8] = b"PGDMP";

/// Walks a dump to its end: what it proves, and the day on which it was begun.
pub(super) fn walk(reader: &mut dyn Read) -> Result<(State, Option<Timestamp>), Broken> {
    let mut head = [0; 11];
    fill(reader, &mut head)?;
    let [_, _, _, _, _, major, minor, _, int, offset, format] = head;
    let mut archive = Archive {
        reader,
        int: usize::from(int),
        offset: u64::from(offset),
    };
    let known = (10..=16).contains(&minor) && major == 1 && format == 1;
    if !known || !matches!(int, 4 | 8) || offset != 8 {
        return Ok((State::Unproved, None));
    }
    let packed = if minor >= 15 {
        archive.byte()? == 1
    } else {
        archive.number()? != 0
    };
    let made = archive.created()?;
    for _ in 0..3 {
        archive.text()?;
    }
    let (wanted, objects) = archive.contents(minor, None)?;
    let seen = archive.blocks(packed)?;
    let state = if !wanted.is_subset(&seen) {
        State::Damaged(Fault::Cut)
    } else if objects == 0 {
        State::Damaged(Fault::Empty)
    } else {
        State::Whole
    };
    Ok((state, made))
}

/// The list of a dump in a folder (`pg_dump -Fd`): what it proves, the day on which it was begun, and
/// the files that hold its data.
pub(super) fn list(
    reader: &mut dyn Read,
) -> Result<(State, Option<Timestamp>, Vec<String>), Broken> {
    let mut head = [0; 11];
    fill(reader, &mut head)?;
    let [p, g, d, m, q, major, minor, _, int, offset, format] = head;
    let known = [p, g, d, m, q] == *MAGIC && (10..=16).contains(&minor) && major == 1;
    if !known || format != 3 || !matches!(int, 4 | 8) || offset != 8 {
        return Ok((State::Unproved, None, Vec::new()));
    }
    let mut archive = Archive {
        reader,
        int: usize::from(int),
        offset: 0,
    };
    if minor >= 15 {
        archive.byte()?;
    } else {
        archive.number()?;
    }
    let made = archive.created()?;
    for _ in 0..3 {
        archive.text()?;
    }
    let mut files = Vec::new();
    let (_, objects) = archive.contents(minor, Some(&mut files))?;
    let state = if objects == 0 {
        State::Damaged(Fault::Empty)
    } else {
        State::Whole
    };
    Ok((state, made, files))
}

struct Archive<'r> {
    reader: &'r mut dyn Read,
    /// Bytes of a number.
    int: usize,
    /// Bytes of a position.
    offset: u64,
}

impl Archive<'_> {
    fn byte(&mut self) -> Result<u8, Broken> {
        let mut one = [0];
        fill(self.reader, &mut one)?;
        Ok(one[0])
    }

    /// A sign and a number, lowest byte first.
    fn number(&mut self) -> Result<i64, Broken> {
        let negative = self.byte()? != 0;
        let mut bytes = [0; 8];
        let part = bytes
            .get_mut(..self.int)
            .ok_or(Broken::Fault(Fault::Corrupt))?;
        fill(self.reader, part)?;
        let value = i64::from_le_bytes(bytes);
        Ok(if negative {
            value.saturating_neg()
        } else {
            value
        })
    }

    /// A text, of which the first bytes are kept; `None` where there is none.
    fn text(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let Ok(len) = u64::try_from(self.number()?) else {
            return Ok(None);
        };
        let mut kept = vec![0; usize::try_from(len.min(64)).unwrap_or(64)];
        fill(self.reader, &mut kept)?;
        skip(self.reader, len.saturating_sub(64))?;
        Ok(Some(kept))
    }

    /// Second, minute, hour, day, month from 0, year from 1900, summer time: of the dumping host.
    fn created(&mut self) -> Result<Option<Timestamp>, Broken> {
        let mut parts = [0; 7];
        for part in &mut parts {
            *part = self.number()?;
        }
        let [_, _, _, day, month, year, _] = parts;
        let year = i16::try_from(year.saturating_add(1900));
        let (month, day) = (i8::try_from(month.saturating_add(1)), i8::try_from(day));
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else {
            return Ok(None);
        };
        let date = Date::new(year, month, day).ok();
        let zoned = date.and_then(|d| d.to_zoned(TimeZone::UTC).ok());
        Ok(zoned.map(|z| z.timestamp()))
    }

    /// The numbers of the entries that have data, and how many entries are no mere settings.
    fn contents(
        &mut self,
        minor: u8,
        mut files: Option<&mut Vec<String>>,
    ) -> Result<(BTreeSet<i64>, u64), Broken> {
        const SETTINGS: [&[u8]; 5] = [
            b"ENCODING",
            b"STDSTRINGS",
            b"SEARCHPATH",
            b"DATABASE",
            b"DATABASE PROPERTIES",
        ];
        const MOST: usize = 4 << 20;
        let mut wanted = BTreeSet::new();
        let mut objects = 0;
        for _ in 0..self.number()? {
            let id = self.number()?;
            let has_data = self.number()? != 0;
            for _ in 0..3 {
                self.text()?; // table's and own number in the catalogue, name
            }
            let kind = self.text()?.unwrap_or_default();
            objects += u64::from(!SETTINGS.contains(&kind.as_slice()));
            if minor >= 11 {
                self.number()?; // section
            }
            for _ in 0..5 + usize::from(minor >= 14) {
                self.text()?; // statements, schema, tablespace, access method
            }
            if minor >= 16 {
                self.number()?; // kind of relation
            }
            self.text()?; // owner
            self.text()?; // with object ids
            while self.text()?.is_some() {} // what it depends on
            if let Some(files) = &mut files {
                let name = self.text()?.unwrap_or_default();
                if !name.is_empty() && files.len() < MOST {
                    files.push(String::from_utf8_lossy(&name).into_owned());
                }
                continue;
            }
            let position = self.byte()?;
            skip(self.reader, self.offset)?;
            let no_data = position == 3;
            if has_data && !no_data {
                wanted.insert(id);
            }
            if wanted.len() > MOST {
                return Err(Broken::Fault(Fault::Corrupt));
            }
        }
        Ok((wanted, objects))
    }

    /// The numbers of the entries whose data stands there whole.
    fn blocks(&mut self, packed: bool) -> Result<BTreeSet<i64>, Broken> {
        let mut seen = BTreeSet::new();
        let mut kind = [0];
        while read_up_to(self.reader, &mut kind)? == 1 {
            let id = self.number()?;
            match kind[0] {
                1 => self.data(packed)?,
                3 => {
                    while self.number()? != 0 {
                        self.data(packed)?; // one large object after another
                    }
                }
                _ => return Err(Broken::Fault(Fault::Corrupt)),
            }
            seen.insert(id);
        }
        Ok(seen)
    }

    /// Pieces, each with its length before it; a length of 0 ends them.
    fn data(&mut self, packed: bool) -> Result<(), Broken> {
        let mut zlib = packed.then(|| Decompress::new(true));
        let (mut fed, mut ended) = (false, false);
        let mut piece = Vec::new();
        loop {
            let len = self.number()?;
            let Ok(len) = usize::try_from(len) else {
                return Err(Broken::Fault(Fault::Corrupt));
            };
            if len == 0 {
                break;
            }
            if len > 64 << 20 {
                return Err(Broken::Fault(Fault::Corrupt));
            }
            let Some(zlib) = &mut zlib else {
                skip(self.reader, len as u64)?;
                continue;
            };
            piece.clear();
            let mut left = len;
            while left > 0 {
                piece.resize(left.min(64 << 10), 0);
                fill(self.reader, &mut piece)?;
                left -= piece.len();
                ended |= inflate(zlib, &piece)?;
            }
            fed = true;
        }
        if fed && zlib.is_some() && !ended {
            return Err(Broken::Fault(Fault::Corrupt));
        }
        Ok(())
    }
}

/// Unpacks a piece and throws the result away; whether the stream came to its checksum.
fn inflate(zlib: &mut Decompress, mut piece: &[u8]) -> Result<bool, Broken> {
    let corrupt = || Broken::Fault(Fault::Corrupt);
    let mut out = [0; 32 << 10];
    loop {
        let (read, written) = (zlib.total_in(), zlib.total_out());
        let status = zlib
            .decompress(piece, &mut out, FlushDecompress::None)
            .map_err(|_| corrupt())?;
        let used = usize::try_from(zlib.total_in() - read).map_err(|_| corrupt())?;
        piece = piece.get(used..).unwrap_or_default();
        match status {
            Status::StreamEnd => return Ok(true),
            _ if used == 0 && zlib.total_out() == written => return Ok(false),
            _ if piece.is_empty() && zlib.total_out() - written < out.len() as u64 => {
                return Ok(false);
            }
            _ => {}
        }
    }
}
