//! What Bacula's client remembers of its last jobs: `bacula-fd.PORT.state`, which holds up to ten of
//! them. Read as Bacula 9.6 on a 64-bit machine writes it; anything else is not understood.

use jiff::Timestamp;

use crate::{
    context::{Cx, Gather},
    facts::dates::day,
    host::Host,
    observation::Gap,
};

/// Where the client keeps it.
pub const PLACE: &str = "/var/lib/bacula";
const MAGIC: &[u8] = b"Bacula State\n\0";
const VERSION: u32 = 4;
/// Bytes of one job.
const JOB: usize = 200;
const MOST: usize = 100;

/// The day on which a backup of at least one file last ended well here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered(pub Option<Timestamp>);

impl Gather for Remembered {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut newest = None;
        for entry in cx.host().list_if_any(PLACE, 1_000)? {
            let port = entry.name.strip_prefix("bacula-fd.");
            if port.is_some_and(|p| p.ends_with(".state")) {
                let found = read(cx.host(), &format!("{PLACE}/{}", entry.name))?;
                newest = newest.max(found);
            }
        }
        Ok(Self(newest))
    }
}

fn read(host: &dyn Host, path: &str) -> Result<Option<Timestamp>, Gap> {
    let bytes = host.read(path, 64 << 10)?;
    Ok(last_success(&bytes))
}

/// Header of 192 bytes, the number of jobs, the jobs.
fn last_success(bytes: &[u8]) -> Option<Timestamp> {
    let number = |at: usize| {
        let field = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(field.try_into().ok()?))
    };
    let time = |at: usize| {
        let field = bytes.get(at..at.checked_add(8)?)?;
        Timestamp::from_second(i64::from_le_bytes(field.try_into().ok()?)).ok()
    };
    if !bytes.starts_with(MAGIC) || number(16)? != VERSION {
        return None;
    }
    let start = usize::try_from(number(24)?).ok()?;
    let count = usize::try_from(number(start)?).ok()?.min(MOST);
    // Two links, errors, type, status, level, number, session, its time, files, bytes, start, end, name.
    let whole = |at: &usize| bytes.get(*at..at.saturating_add(JOB)).is_some();
    let jobs = (0..count).map(|n| start.saturating_add(4).saturating_add(n * JOB));
    let good = jobs.filter(whole).filter(|at| {
        let is = |offset: usize, c: u8| number(at + offset) == Some(u32::from(c));
        let files = number(at + 44).unwrap_or(0);
        is(20, b'B') && is(24, b'T') && files > 0
    });
    good.filter_map(|at| time(at + 64)).map(day).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Bacula 9.6.7 of Debian 12 wrote it.
    fn state(kind: u8, status: u8, files: u32) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(16, 0);
        bytes.extend(VERSION.to_le_bytes());
        bytes.resize(24, 0);
        bytes.extend(192_u64.to_le_bytes());
        bytes.resize(192, 0);
        bytes.extend(1_u32.to_le_bytes());
        let mut job = vec![0; JOB];
        job[20] = kind;
        job[24] = status;
        job[28] = b'F';
        job[44..48].copy_from_slice(&files.to_le_bytes());
        job[64..72].copy_from_slice(&0x6b02_f2dc_u64.to_le_bytes());
        bytes.extend(job);
        bytes
    }

    #[test]
    fn only_a_backup_that_took_files_counts() {
        let at = last_success(&state(b'B', b'T', 2)).unwrap();
        assert_eq!(at.to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(last_success(&state(b'B', b'f', 2)), None);
        assert_eq!(last_success(&state(b'B', b'T', 0)), None);
        assert_eq!(last_success(&state(b'R', b'T', 2)), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(rest in prop::collection::vec(any::<u8>(), 0..900)) {
            last_success(&[MAGIC, &rest].concat());
            let mut whole = state(b'B', b'T', 2);
            whole.splice(24.., rest);
            last_success(&whole);
        }
    }
}
