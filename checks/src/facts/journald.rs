//! The journal: how it is configured, and what it holds.

use jiff::Timestamp;

use crate::{
    context::{Cx, Gather},
    facts::systemd_conf,
    host::{Command, FileKind},
    observation::{Gap, GapReason},
};

const MAX_ENTRIES: usize = 10_000;

/// Configuration of journald and whether files of a persistent journal stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journald {
    /// `Storage=`; `auto` where nothing is said.
    pub storage: String,
    /// The line that sets it.
    pub storage_source: String,
    /// `MaxRetentionSec=` in days; `None` for no limit by age.
    pub max_retention_days: Option<i64>,
    /// Whether `/var/log/journal` exists.
    pub folder: bool,
    /// Whether a system journal file stands below it.
    pub files: bool,
}

impl Gather for Journald {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let settings = systemd_conf::settings(cx, "journald.conf", "Journal")?;
        let storage = settings.get("Storage").filter(|s| !s.value.is_empty());
        let days = settings
            .get("MaxRetentionSec")
            .and_then(|s| systemd_conf::span_days(&s.value));
        let folder = cx.host().stat_if_any("/var/log/journal")?;
        Ok(Self {
            storage: storage.map_or_else(|| "auto".to_owned(), |s| s.value.to_ascii_lowercase()),
            storage_source: storage.map_or_else(
                || "/etc/systemd/journald.conf (default)".to_owned(),
                |s| s.source.clone(),
            ),
            max_retention_days: days.filter(|&d| d > 0),
            folder: folder.is_some_and(|s| s.kind == FileKind::Dir),
            files: has_files(cx)?,
        })
    }
}

fn has_files(cx: &Cx<'_>) -> Result<bool, Gap> {
    for machine in cx.host().list_if_any("/var/log/journal", MAX_ENTRIES)? {
        if machine.kind == FileKind::Dir {
            let below = format!("/var/log/journal/{}", machine.name);
            let files = cx.host().list_if_any(&below, MAX_ENTRIES)?;
            if files.iter().any(|f| is_system_file(&f.name)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_system_file(name: &str) -> bool {
    name.starts_with("system") && (name.ends_with(".journal") || name.ends_with(".journal~"))
}

/// First and last entry of the persistent system journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalSpan {
    /// Time of the oldest entry.
    pub oldest: Option<Timestamp>,
    /// Time of the newest entry.
    pub newest: Option<Timestamp>,
}

impl Gather for JournalSpan {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let output = match cx.host().run(&Command::JournalHeader) {
            Ok(output) => output,
            Err(e) if e.is_not_found() => return Ok(Self::default()), // no journal at all
            Err(e) => return Err(e.into()),
        };
        let said = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
        if said.contains("permission") {
            return Err(Gap::new(GapReason::NoPermission, "journalctl --header"));
        }
        Ok(parse_header(&output.text()))
    }
}

fn parse_header(text: &str) -> JournalSpan {
    let mut span = JournalSpan::default();
    let mut counts = false;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("File path:") {
            let path = path.trim();
            let name = path.rsplit('/').next().unwrap_or_default();
            counts = path.starts_with("/var/log/journal/") && is_system_file(name);
        } else if !counts {
            // A file of one user, or of memory only.
        } else if let Some(rest) = line.strip_prefix("Head realtime timestamp:") {
            let at = micros(rest);
            span.oldest = [span.oldest, at].into_iter().flatten().min();
        } else if let Some(rest) = line.strip_prefix("Tail realtime timestamp:") {
            let at = micros(rest);
            span.newest = [span.newest, at].into_iter().flatten().max();
        }
    }
    span
}

/// The hexadecimal microseconds in parentheses; they depend on no time zone.
fn micros(text: &str) -> Option<Timestamp> {
    let hex = text.rsplit_once('(')?.1.trim_end().strip_suffix(')')?;
    let micros = i64::from_str_radix(hex, 16).ok().filter(|&m| m > 0)?;
    Timestamp::from_microsecond(micros).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_runs_over_system_files_only() {
        let text = "File path: /var/log/journal/m/user-1000.journal\n\
            Head realtime timestamp: x (1)\n\
            File path: /var/log/journal/m/system.journal\n\
            Head realtime timestamp: Sun 2026-11-01 00:00:00 UTC (6428e1fd24000)\n\
            Tail realtime timestamp: Mon (6428e1fd24001)\n\
            File path: /run/log/journal/m/system.journal\nHead realtime timestamp: (2)\n";
        let got = parse_header(text);
        assert_eq!(got.oldest.unwrap().as_microsecond(), 0x0006_428e_1fd2_4000);
        assert_eq!(got.newest.unwrap().as_microsecond(), 0x0006_428e_1fd2_4001);
    }

    #[test]
    fn nonsense_is_no_time() {
        for bad in ["", "(", "()", "(zz)", "(0)", "(ffffffffffffffffffff)", ")("] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(File path: /var/log/journal/m/system.journal|(Head|Tail) realtime timestamp:|[()a-f0-9é \n]){0,40}") {
            let _found = parse_header(&text);
        }
    }
}
