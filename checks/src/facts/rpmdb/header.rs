//! The head of one package in rpm's database: a table of tags and the data behind it, all numbers
//! with the highest byte first. The format: rpm's `docs/manual/format_header.md`.

use std::io::{self, Read};

use super::RpmPackage;

/// Most tags and most bytes of data that rpm itself lets a package have here.
const TAGS_CAP: u32 = 65_536;
const DATA_CAP: u32 = 256 << 20;
/// Longest text that is kept. Names, versions and vendors are far below it.
const TEXT_CAP: usize = 1_024;

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const INSTALL_TIME: u32 = 1008;
const VENDOR: u32 = 1011;
const ARCH: u32 = 1022;
const SOURCE_RPM: u32 = 1044;
const MODULARITY_LABEL: u32 = 5096;

const INT32: u32 = 4;
const STRING: u32 = 6;

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn number(reader: &mut dyn Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// Reads one package's head of `length` bytes. What is not wanted is passed over, never held.
pub(super) fn read(reader: &mut dyn Read, length: u64) -> io::Result<RpmPackage> {
    let (tags, data) = (number(reader)?, number(reader)?);
    if tags > TAGS_CAP || data > DATA_CAP || 8 + u64::from(tags) * 16 + u64::from(data) > length {
        return Err(bad("package head of impossible size"));
    }
    let mut wanted: Vec<(u32, u32, u32)> = Vec::new();
    for _ in 0..tags {
        let (tag, kind) = (number(reader)?, number(reader)?);
        let (offset, _count) = (number(reader)?, number(reader)?);
        let texts = [
            NAME,
            VERSION,
            RELEASE,
            VENDOR,
            ARCH,
            SOURCE_RPM,
            MODULARITY_LABEL,
        ];
        let numbers = [EPOCH, INSTALL_TIME];
        let fits =
            texts.contains(&tag) && kind == STRING || numbers.contains(&tag) && kind == INT32;
        if fits && offset < data && !wanted.iter().any(|w| w.2 == tag) {
            wanted.push((offset, kind, tag));
        }
    }
    wanted.sort_unstable();
    let mut package = RpmPackage::default();
    let mut at = 0_u32;
    for (offset, kind, tag) in wanted {
        // Two tags on the same bytes are not what rpm writes.
        let gap = offset
            .checked_sub(at)
            .ok_or_else(|| bad("data that overlaps"))?;
        pass(reader, gap)?;
        at = offset;
        if kind == INT32 {
            let value = number(reader)?;
            at += 4;
            match tag {
                EPOCH => package.epoch = value,
                _ => package.installed = i64::from(value),
            }
        } else {
            let text = text(reader, data - at)?;
            at += u32::try_from(text.len()).unwrap_or(u32::MAX) + 1;
            *field(&mut package, tag) = String::from_utf8_lossy(&text).into_owned();
        }
    }
    if package.name.is_empty() || package.version.is_empty() {
        return Err(bad("package without name or version"));
    }
    Ok(package)
}

fn field(package: &mut RpmPackage, tag: u32) -> &mut String {
    match tag {
        NAME => &mut package.name,
        VERSION => &mut package.version,
        RELEASE => &mut package.release,
        VENDOR => &mut package.vendor,
        ARCH => &mut package.arch,
        SOURCE_RPM => &mut package.source_rpm,
        _ => &mut package.module,
    }
}

fn pass(reader: &mut dyn Read, bytes: u32) -> io::Result<()> {
    let bytes = u64::from(bytes);
    let passed = io::copy(&mut reader.take(bytes), &mut io::sink())?;
    if passed == bytes {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// A text up to its zero byte.
fn text(reader: &mut dyn Read, left: u32) -> io::Result<Vec<u8>> {
    let most = usize::try_from(left).map_or(TEXT_CAP, |left| left.min(TEXT_CAP));
    let mut text = Vec::new();
    for _ in 0..most {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        if byte[0] == 0 {
            return Ok(text);
        }
        text.push(byte[0]);
    }
    Err(bad("text without an end"))
}
