//! Who logged in when, from `/var/log/lastlog` and `wtmp`, and who holds a key. The databases that
//! replace both on newer systems (`lastlog2`, `wtmpdb`) are noticed and not read.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    context::{Cx, Gather},
    facts::{
        accounts::{Account, Accounts},
        sshd::Sshd,
    },
    host::{Host, HostError},
    observation::Gap,
};

const LASTLOG: &str = "/var/log/lastlog";
const WTMP: [&str; 2] = ["/var/log/wtmp", "/var/log/wtmp.1"];
/// Its presence means that `/var/log/lastlog`, if there, is left over from an older release.
const LASTLOG2: &str = "/var/lib/lastlog/lastlog2.db";
/// Most bytes read from the end of one `wtmp`.
const WTMP_CAP: u64 = 2 << 20;
/// Sizes of the records on x86-64; other machines have others, which are not read.
const LASTLOG_RECORD: u64 = 292;
const WTMP_RECORD: u64 = 384;
const KNOWN_RECORDS: bool = cfg!(target_arch = "x86_64");
/// `USER_PROCESS` of `utmp(5)`.
const USER_PROCESS: i16 = 7;

/// What the records show. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logins {
    /// Files that were read.
    pub sources: Vec<String>,
    /// From when on every login would be recorded; `None` where nothing tells.
    pub complete_since: Option<i64>,
    /// Last login by account.
    pub last: BTreeMap<String, i64>,
}

impl Logins {
    fn saw(&mut self, name: &str, time: i64) {
        if !name.is_empty() && time > 0 {
            let last = self.last.entry(name.to_owned()).or_insert(time);
            *last = time.max(*last);
        }
    }
}

impl Gather for Logins {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut logins = Self::default();
        if KNOWN_RECORDS {
            let accounts = cx.get::<Accounts>()?;
            for path in WTMP {
                read_wtmp(cx.host(), path, &mut logins)?;
            }
            read_lastlog(cx.host(), &accounts, &mut logins)?;
        }
        Ok(logins)
    }
}

fn read_lastlog(host: &dyn Host, accounts: &Accounts, logins: &mut Logins) -> Result<(), Gap> {
    let Some(stat) = host.stat_if_any(LASTLOG)?.filter(|s| s.size > 0) else {
        return Ok(());
    };
    for account in accounts.all.iter().filter(|a| a.has_login_shell()) {
        let offset = u64::from(account.uid) * LASTLOG_RECORD;
        if offset >= stat.size {
            continue; // the file ends before: never logged in
        }
        let record = host.read_at(LASTLOG, offset, 4)?;
        if let Some(time) = number(&record, 0) {
            logins.saw(&account.name, time);
        }
    }
    logins.sources.push(LASTLOG.to_owned());
    if host.stat_if_any(LASTLOG2)?.is_none() {
        logins.complete_since = Some(0);
    }
    Ok(())
}

fn read_wtmp(host: &dyn Host, path: &str, logins: &mut Logins) -> Result<(), Gap> {
    let size = match host.stat(path) {
        Ok(stat) => stat.size,
        Err(HostError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if size == 0 || size % WTMP_RECORD != 0 {
        return Ok(());
    }
    let want = size.min(WTMP_CAP - WTMP_CAP % WTMP_RECORD);
    let len = usize::try_from(want).unwrap_or_default();
    let bytes = host.read_at(path, size - want, len)?;
    let mut first: Option<i64> = None;
    for (name, time) in parse_wtmp(&bytes) {
        first = Some(first.map_or(time, |f| f.min(time)));
        logins.saw(name.as_deref().unwrap_or_default(), time);
    }
    if let Some(first) = first {
        let since = logins.complete_since.map_or(first, |s| s.min(first));
        logins.complete_since = Some(since);
        logins.sources.push(path.to_owned());
    }
    Ok(())
}

/// The records with a time; the name only where somebody logged in.
fn parse_wtmp(bytes: &[u8]) -> impl Iterator<Item = (Option<String>, i64)> {
    let record = usize::try_from(WTMP_RECORD).unwrap_or(usize::MAX);
    bytes.chunks_exact(record).filter_map(|r| {
        let kind = i16::from_le_bytes([*r.first()?, *r.get(1)?]);
        let time = number(r, 340).filter(|t| *t > 0)?;
        let name = r.get(44..76)?.split(|b| *b == 0).next()?;
        let name = String::from_utf8_lossy(name).into_owned();
        Some(((kind == USER_PROCESS).then_some(name), time))
    })
}

/// Four bytes as a count of seconds; not negative, so that it reads beyond 2038.
fn number(bytes: &[u8], at: usize) -> Option<i64> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(i64::from(u32::from_le_bytes(four)))
}

/// The date (UTC) of a time in seconds since 1970.
pub fn date(seconds: i64) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date().to_string())
}

/// Whether the account has a file of SSH keys that let somebody in, where the server looks.
///
/// # Errors
/// When a home folder or the server's configuration may not be read.
pub fn has_keys(cx: &Cx<'_>, account: &Account) -> Result<bool, Gap> {
    let sshd = cx.get::<Sshd>()?;
    for pattern in key_patterns(&sshd) {
        let home = account.home.trim_end_matches('/');
        let path = pattern
            .replace("%h", home)
            .replace("%u", &account.name)
            .replace("%U", &account.uid.to_string());
        let path = match path.starts_with('/') {
            true => path,
            false => format!("{home}/{path}"),
        };
        if path.starts_with('/') && cx.host().stat_if_any(&path)?.is_some_and(|s| s.size > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn key_patterns(sshd: &Sshd) -> Vec<String> {
    const KEYWORD: &str = "authorizedkeysfile";
    let said = match &sshd.effective {
        Some(effective) => effective.global.get(KEYWORD).cloned(),
        None => sshd.configured(KEYWORD).map(|(words, _)| words),
    };
    let default = || {
        vec![
            ".ssh/authorized_keys".into(),
            ".ssh/authorized_keys2".into(),
        ]
    };
    let mut patterns = said.unwrap_or_else(default);
    for block in &sshd.config.matches {
        let own = block.settings.iter().filter(|s| s.keyword == KEYWORD);
        patterns.extend(own.flat_map(|s| s.words.iter().cloned()));
    }
    patterns.retain(|p| p != "none");
    patterns.sort();
    patterns.dedup();
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: i16, name: &str, time: u32) -> Vec<u8> {
        let mut r = vec![0; 384];
        r[..2].copy_from_slice(&kind.to_le_bytes());
        r[44..44 + name.len()].copy_from_slice(name.as_bytes());
        r[340..344].copy_from_slice(&time.to_le_bytes());
        r
    }

    #[test]
    fn wtmp_records_tell_who_and_when() {
        let mut bytes = record(2, "reboot", 100);
        bytes.extend(record(7, "an", 200));
        bytes.extend(record(8, "an", 0));
        bytes.extend([1, 2, 3]);
        let got: Vec<_> = parse_wtmp(&bytes).collect();
        assert_eq!(got, [(None, 100), (Some("an".to_owned()), 200)]);
    }

    #[test]
    fn seconds_become_dates() {
        assert_eq!(date(0).as_deref(), Some("1970-01-01"));
        assert_eq!(date(1_795_305_600).as_deref(), Some("2026-11-22"));
        assert_eq!(date(i64::MAX), None);
    }
}
