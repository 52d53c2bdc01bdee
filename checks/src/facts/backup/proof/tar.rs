//! tar archives (POSIX.1-2017 `pax`, GNU): headers with right checksums and the end mark.

use std::io::Read;

use super::{Broken, Fault, State, read_up_to, skip};

const BLOCK: usize = 512;
/// Most bytes of one extended header that are looked into.
const PAX_CAP: u64 = 1 << 20;

/// Whether a block is the header of an entry.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else {
        return false;
    };
    let told = block.get(148..156).and_then(number);
    block.first().is_some_and(|b| *b != 0) && told == Some(checksum(block))
}

/// The sum of all bytes, those of the checksum itself taken as spaces.
fn checksum(block: &[u8]) -> u64 {
    let sum = |(at, b): (usize, &u8)| {
        let own = (148..156).contains(&at);
        u64::from(if own { b' ' } else { *b })
    };
    block.iter().enumerate().map(sum).sum()
}

/// A number in octal digits, or in base 256 where it is too large for them.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let top = u64::from(first & 0x7f);
        return rest
            .iter()
            .try_fold(top, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(['\0', ' ']);
    if digits.is_empty() {
        Some(0)
    } else {
        u64::from_str_radix(digits, 8).ok()
    }
}

/// What is done with each file: its name, its size, its content.
pub(in super::super) type Each<'e> =
    dyn FnMut(&str, u64, &mut dyn Read) -> std::io::Result<()> + 'e;

/// Walks an archive to its end.
pub(super) fn walk(reader: &mut dyn Read) -> Result<State, Broken> {
    each(reader, &mut |_, _, _| Ok(()))
}

/// Walks an archive to its end and hands on each plain file with a name of at most 100 bytes.
pub(super) fn each(reader: &mut dyn Read, with: &mut Each<'_>) -> Result<State, Broken> {
    let mut block = [0; BLOCK];
    let mut entries = 0_u64;
    let (mut files, mut links) = (0_u64, 0_u64);
    let mut told_size = None;
    loop {
        match read_up_to(reader, &mut block)? {
            0 => return Err(Broken::Fault(Fault::Cut)), // the end mark is missing
            BLOCK => {}
            _ => return Err(Broken::Fault(Fault::Cut)),
        }
        if block.iter().all(|b| *b == 0) {
            break;
        }
        if !is_header(&block) {
            return Err(Broken::Fault(Fault::Corrupt));
        }
        let size = block.get(124..136).and_then(number);
        let mut size = size.ok_or(Broken::Fault(Fault::Corrupt))?;
        let kind = block.get(156).copied().unwrap_or(0);
        match kind {
            b'x' => told_size = pax_size(reader, &mut size)?,
            b'g' | b'L' | b'K' => {}
            b'1'..=b'6' => {
                entries += 1; // links, devices and folders have no content
                links += u64::from(matches!(kind, b'1' | b'2'));
                size = if kind == b'1' { size } else { 0 };
                told_size = None;
            }
            _ => {
                entries += 1;
                files += 1;
                size = told_size.take().unwrap_or(size);
                if kind == b'S' {
                    sparse(reader, &block)?;
                } else {
                    let mut content = reader.take(size);
                    with(&name(&block), size, &mut content)?;
                    let left = content.limit();
                    skip(reader, left)?;
                    let padding = size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
                    size = padding.saturating_sub(size);
                    skip(reader, size)?;
                    continue;
                }
            }
        }
        skip(
            reader,
            size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64),
        )?;
    }
    // Folders alone, such as that of a disk that was not mounted, are no data.
    let folders_only = files == 0 && links == 0;
    Ok(if entries == 0 || folders_only {
        State::Damaged(Fault::Empty)
    } else {
        State::Whole
    })
}

fn name(block: &[u8; BLOCK]) -> String {
    let field = block.get(..100).unwrap_or_default();
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// The size that an extended header gives the next entry. `left` becomes what is still to be
/// passed over.
fn pax_size(reader: &mut dyn Read, left: &mut u64) -> Result<Option<u64>, Broken> {
    if *left > PAX_CAP {
        return Ok(None);
    }
    let len = usize::try_from(left.div_ceil(BLOCK as u64) * BLOCK as u64).unwrap_or(0);
    let mut bytes = vec![0; len];
    super::fill(reader, &mut bytes)?;
    *left = 0;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let sizes = text.lines().filter_map(|l| l.split_once(" size="));
    Ok(sizes.filter_map(|(_, v)| v.parse().ok()).next_back())
}

/// GNU's old sparse files continue their map in blocks behind the header.
fn sparse(reader: &mut dyn Read, header: &[u8; BLOCK]) -> Result<(), Broken> {
    let mut more = header.get(482).is_some_and(|b| *b != 0);
    let mut block = [0; BLOCK];
    while more {
        super::fill(reader, &mut block)?;
        more = block.get(504).is_some_and(|b| *b != 0);
    }
    Ok(())
}
