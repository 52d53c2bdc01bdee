//! What the clients of Bacula and of Bareos remember of their last jobs: `bacula-fd.PORT.state` and
//! `bareos-fd.PORT.state`, which hold up to ten of them. Read as Bacula 9.6 on a 64-bit machine writes it;
//! Bareos writes the same under a name of its own (its `bareos_fd_statefile.py` reads it so). Anything
//! else is not understood.

use jiff::Timestamp;

use crate::{
    context::{Cx, Gather},
    facts::dates::day,
    host::Host,
    observation::Gap,
};

/// A client: the tool, its service, the beginning of its files' names, where they lie, their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The tool, as jobs have it.
    pub tool: &'static str,
    /// Its service.
    pub unit: &'static str,
    /// Where it keeps its files.
    pub place: &'static str,
    prefix: &'static str,
    magic: &'static [u8],
}

/// The clients that are known.
pub const CLIENTS: [Client; 2] = [
    Client {
        tool: "bacula",
        unit: "bacula-fd.service",
        place: "/var/lib/bacula",
        prefix: "bacula-fd.",
        magic: b"Bacula State\n\0",
    },
    Client {
        tool: "bareos",
        unit: "bareos-filedaemon.service",
        place: "/var/lib/bareos",
        prefix: "bareos-fd.",
        magic: b"Bareos State\n\0",
    },
];
const VERSION: u32 = 4;
/// Bytes of one job.
const JOB: usize = 200;
const MOST: usize = 100;

/// By client, the day on which a backup of at least one file last ended well here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered(pub Vec<(Client, Timestamp)>);

impl Gather for Remembered {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut all = Vec::new();
        for client in CLIENTS {
            let mut newest = None;
            for entry in cx.host().list_if_any(client.place, 1_000)? {
                let port = entry.name.strip_prefix(client.prefix);
                if port.is_some_and(|p| p.ends_with(".state")) {
                    let path = format!("{}/{}", client.place, entry.name);
                    newest = newest.max(read(cx.host(), &path, client.magic)?);
                }
            }
            all.extend(newest.map(|at| (client, at)));
        }
        Ok(Self(all))
    }
}

fn read(host: &dyn Host, path: &str, magic: &[u8]) -> Result<Option<Timestamp>, Gap> {
    let bytes = host.read(path, 64 << 10)?;
    Ok(last_success(&bytes, magic))
}

/// Header of 192 bytes, the number of jobs, the jobs.
fn last_success(bytes: &[u8], magic: &[u8]) -> Option<Timestamp> {
    let number = |at: usize| {
        let field = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(field.try_into().ok()?))
    };
    let time = |at: usize| {
        let field = bytes.get(at..at.checked_add(8)?)?;
        Timestamp::from_second(i64::from_le_bytes(field.try_into().ok()?)).ok()
    };
    if !bytes.starts_with(magic) || number(16)? != VERSION {
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

    const BACULA: &[u8] = CLIENTS[0].magic;
    const BAREOS: &[u8] = CLIENTS[1].magic;

    /// As Bacula 9.6.7 of Debian 12 wrote it.
    fn state(magic: &[u8], kind: u8, status: u8, files: u32) -> Vec<u8> {
        let mut bytes = magic.to_vec();
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
        for magic in [BACULA, BAREOS] {
            let read =
                |kind, status, files| last_success(&state(magic, kind, status, files), magic);
            let at = read(b'B', b'T', 2).unwrap();
            assert_eq!(at.to_string(), "2026-11-22T00:00:00Z");
            assert_eq!(read(b'B', b'f', 2), None);
            assert_eq!(read(b'B', b'T', 0), None);
            assert_eq!(read(b'R', b'T', 2), None);
        }
        assert_eq!(last_success(&state(BACULA, b'B', b'T', 2), BAREOS), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(rest in prop::collection::vec(any::<u8>(), 0..900)) {
            last_success(&[BACULA, &rest].concat(), BACULA);
            let mut whole = state(BAREOS, b'B', b'T', 2);
            whole.splice(24.., rest);
            last_success(&whole, BAREOS);
        }
    }
}
