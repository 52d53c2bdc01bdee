//! Jobs of cron: crontab(5) in all its places. Command lines may hold passwords: they stay inside
//! the facts and never get into an observation.

use super::text::lines;
use crate::{
    context::{Cx, Gather},
    host::{FileKind, Host, HostError},
    observation::Gap,
};

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    /// File and line.
    pub at: String,
    /// What it runs.
    pub command: String,
}

/// All jobs that may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crons {
    /// The jobs.
    pub jobs: Vec<CronJob>,
    /// Set when some crontab may not be looked at.
    pub gap: Option<Gap>,
}

/// Folders of crontabs with a user column, of crontabs without one, and of scripts.
const SYSTEM: [&str; 1] = ["/etc/cron.d"];
const USERS: [&str; 2] = ["/var/spool/cron/crontabs", "/var/spool/cron"];
const SCRIPTS: [&str; 4] = [
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
];

impl Gather for Crons {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut all = Self::default();
        all.table(host, "/etc/crontab", true);
        for dir in SYSTEM {
            // cron passes over names with a dot in this folder.
            for name in all.names(host, dir).iter().filter(|n| !n.contains('.')) {
                all.table(host, &format!("{dir}/{name}"), true);
            }
        }
        for dir in USERS {
            for name in all.names(host, dir) {
                all.table(host, &format!("{dir}/{name}"), false);
            }
        }
        for dir in SCRIPTS {
            for name in all.names(host, dir).iter().filter(|n| !n.contains('.')) {
                let at = format!("{dir}/{name}");
                if !all.is_executable(host, &at) {
                    continue; // run-parts passes over it
                }
                let command = at.clone();
                all.jobs.push(CronJob { at, command });
            }
        }
        Ok(all)
    }
}

impl Crons {
    fn names(&mut self, host: &dyn Host, dir: &str) -> Vec<String> {
        match host.list_if_any(dir, 1_000) {
            Ok(entries) => {
                let files = entries.into_iter().filter(|e| e.kind != FileKind::Dir);
                files.map(|e| e.name).collect()
            }
            Err(error) => {
                self.missed(error);
                Vec::new()
            }
        }
    }

    fn table(&mut self, host: &dyn Host, path: &str, with_user: bool) {
        match host.text_if_any(path) {
            Ok(text) => {
                let text = text.unwrap_or_default();
                self.jobs.extend(parse(path, &text, with_user));
            }
            Err(error) => self.missed(error),
        }
    }

    fn is_executable(&mut self, host: &dyn Host, path: &str) -> bool {
        match host.stat_if_any(path) {
            Ok(stat) => stat.is_some_and(|s| s.mode & 0o111 != 0),
            Err(error) => {
                self.missed(error);
                false
            }
        }
    }

    fn missed(&mut self, error: HostError) {
        self.gap.get_or_insert(error.into());
    }
}

fn parse(path: &str, text: &str, with_user: bool) -> Vec<CronJob> {
    let job = |(n, line): (usize, &str)| {
        let times = if line.starts_with('@') { 1 } else { 5 };
        let first = line.split_whitespace().next()?;
        if first.contains('=') && !first.starts_with('@') {
            return None; // an environment setting
        }
        let skip = times + usize::from(with_user);
        let words: Vec<&str> = line.split_whitespace().skip(skip).collect();
        (!words.is_empty()).then(|| CronJob {
            at: format!("{path}:{n}"),
            command: words.join(" "),
        })
    };
    lines(text).filter_map(job).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_users_are_cut_off() {
        let text = "MAILTO=x\n# 0 1 * * * root a\n0 1 * * * root restic backup /srv\n@daily root b c\nbad\n";
        let got = parse("/f", text, true);
        let commands: Vec<_> = got.iter().map(|j| j.command.as_str()).collect();
        assert_eq!(commands, ["restic backup /srv", "b c"]);
        assert_eq!(got[0].at, "/f:3");
        assert_eq!(
            parse("/f", "0 1 * * * borgmatic", false)[0].command,
            "borgmatic"
        );
    }
}
