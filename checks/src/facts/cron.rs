//! Jobs of cron: crontab(5) in all its places. Command lines may hold passwords: they stay inside
//! the facts and never get into an observation.

use std::rc::Rc;

use super::{
    processes::Processes,
    run_parts::Rules,
    shell_words,
    systemd_units::{Enabled, enabled},
    text::lines,
};
use crate::{
    context::{Cx, Gather},
    host::{FileKind, Host, HostError, Kind},
    observation::{Gap, GapReason},
};

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    /// File and line.
    pub at: String,
    /// What it runs.
    pub command: String,
    /// Whether anything starts it at set times: a cron that runs, and no line for the boot alone.
    pub starts: bool,
    /// What the crontab sets above the line; may hold secrets.
    pub variables: Variables,
}

/// Variables of a crontab, as far as they stand above a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    all: Rc<[(String, String)]>,
    above: usize,
}

impl Variables {
    /// Names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.all.iter().take(self.above)
    }
}

/// Most variables that are read of one crontab.
const VARIABLES: usize = 1_000;

/// All jobs that may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crons {
    /// The jobs.
    pub jobs: Vec<CronJob>,
    /// Set when some crontab may not be looked at.
    pub gap: Option<Gap>,
    /// Set when it could not be seen whether a cron runs: no job is then known to be started.
    pub unseen: Option<Gap>,
    /// Whether a percent sign ends a command.
    percents: bool,
}

/// Folders of crontabs with a user column, of crontabs without one, and of scripts.
const SYSTEM: [&str; 1] = ["/etc/cron.d"];
const USERS: [&str; 3] = [
    "/var/spool/cron/crontabs",
    "/var/spool/cron/tabs",
    "/var/spool/cron",
];
pub(crate) const SCRIPTS: [&str; 9] = [
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/periodic/15min",
    "/etc/periodic/hourly",
    "/etc/periodic/daily",
    "/etc/periodic/weekly",
    "/etc/periodic/monthly",
];

/// A program that starts jobs at set times.
struct Daemon {
    /// Its program, wherever programs stand.
    program: &'static str,
    /// Its unit with the target that starts it, for systemd.
    units: &'static [(&'static str, &'static str)],
}

const DAEMONS: [Daemon; 5] = [
    Daemon {
        program: "cron",
        units: &[("cron.service", "multi-user.target")],
    },
    Daemon {
        program: "crond",
        units: &[
            ("crond.service", "multi-user.target"),
            ("cronie.service", "multi-user.target"),
            ("dcron.service", "multi-user.target"),
        ],
    },
    Daemon {
        program: "fcron",
        units: &[("fcron.service", "multi-user.target")],
    },
    Daemon {
        program: "bcron-start",
        units: &[("bcron-sched.service", "multi-user.target")],
    },
    // systemd-cron turns the lines into timers.
    Daemon {
        program: "/usr/lib/systemd/system-generators/systemd-crontab-generator",
        units: &[("cron.target", "multi-user.target")],
    },
];
/// What starts the scripts of set times, and `/etc/anacrontab`, without a cron.
const ANACRON: Daemon = Daemon {
    program: "anacron",
    units: &[
        ("anacron.timer", "timers.target"),
        ("anacron.service", "multi-user.target"),
    ],
};
/// Where programs of the system stand, and where init scripts and OpenRC switch them on.
const PROGRAMS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const LEVELS: [&str; 6] = [
    "/etc/rc2.d",
    "/etc/rc3.d",
    "/etc/rc5.d",
    "/etc/runlevels/default",
    "/etc/runlevels/boot",
    "/etc/service",
];

impl Gather for Crons {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut all = Self::default();
        let runs = all.any_runs(cx, &DAEMONS);
        let periodic = runs || all.any_runs(cx, &[ANACRON]);
        let rules = Rules::of(cx);
        all.percents = !is_busybox(host);
        all.table(host, "/etc/crontab", true);
        for dir in SYSTEM {
            for name in all.names(host, dir).iter().filter(|n| rules.reads(n)) {
                all.table(host, &format!("{dir}/{name}"), true);
            }
        }
        for dir in USERS {
            for name in all.names(host, dir) {
                all.table(host, &format!("{dir}/{name}"), false);
            }
        }
        for dir in SCRIPTS {
            for name in all.names(host, dir).iter().filter(|n| rules.runs(n)) {
                let at = format!("{dir}/{name}");
                if !all.is_executable(host, &at) {
                    continue; // run-parts passes over it
                }
                let command = at.clone();
                let starts = periodic;
                all.jobs.push(CronJob {
                    at,
                    command,
                    starts,
                    variables: Variables::default(),
                });
            }
        }
        for job in all.jobs.iter_mut().filter(|j| j.starts) {
            job.starts = runs || periodic && !job.at.contains(':');
        }
        all.anacrontab(host, periodic);
        Ok(all)
    }
}

impl Crons {
    /// Whether one of these is installed and switched on, and is not stopped where that shows.
    fn any_runs(&mut self, cx: &Cx<'_>, daemons: &[Daemon]) -> bool {
        let seen = match cx.host().kind() {
            Kind::Live => match cx.get::<Processes>() {
                Ok(seen) => Some(seen),
                Err(gap) => {
                    self.unseen.get_or_insert(gap);
                    return false;
                }
            },
            _ => None,
        };
        daemons.iter().any(|daemon| {
            let name = daemon.program;
            // A container's cron starts nothing of the host's.
            match seen.as_ref().map(|p| p.runs_here(cx.host(), name)) {
                Some(Ok(true)) => return true,
                Some(Err(error)) => {
                    self.unseen.get_or_insert(error.into());
                }
                _ => {}
            }
            // A timer starts anacron, and a generator needs no process.
            let stays = !name.contains('/') && name != ANACRON.program;
            let stopped = stays && seen.is_some();
            !stopped && self.is_on(cx.host(), daemon)
        })
    }

    fn is_on(&mut self, host: &dyn Host, daemon: &Daemon) -> bool {
        let mut there = false;
        let name = daemon.program;
        let usual = PROGRAMS.iter().map(|folder| format!("{folder}/{name}"));
        let own = name.starts_with('/').then(|| name.to_owned());
        for path in own.into_iter().chain(usual) {
            match host.stat_if_any(&path) {
                Ok(stat) => there |= stat.is_some(),
                Err(error) => self.missed(error),
            }
        }
        if !there {
            return false;
        }
        for (unit, target) in daemon.units {
            match enabled(host, unit, target) {
                Ok(Enabled::Yes) => return true,
                Ok(Enabled::Masked) => return false,
                Ok(_) => {}
                Err(error) => self.missed(error),
            }
        }
        // `S15cron` of init scripts, `crond` or `cronie` of OpenRC.
        let own: Vec<&str> = daemon.units.iter().map(|(u, _)| *u).collect();
        let named = |n: &str| {
            let n = n.trim_start_matches(|c: char| c == 'S' || c.is_ascii_digit());
            own.iter().any(|u| u.split('.').next() == Some(n))
        };
        LEVELS.iter().any(|level| {
            let names = self.names(host, level);
            names.iter().any(|n| !n.starts_with('K') && named(n))
        })
    }

    /// `period delay name command`, as anacron reads it.
    fn anacrontab(&mut self, host: &dyn Host, starts: bool) {
        let path = "/etc/anacrontab";
        match host.text_if_any(path) {
            Ok(text) => {
                for (n, line) in lines(&text.unwrap_or_default()) {
                    let words: Vec<&str> = line.split_whitespace().skip(3).collect();
                    let set = line
                        .split_whitespace()
                        .next()
                        .is_some_and(|w| w.contains('='));
                    if !words.is_empty() && !set {
                        self.jobs.push(CronJob {
                            at: format!("{path}:{n}"),
                            command: words.join(" "),
                            starts,
                            variables: Variables::default(),
                        });
                    }
                }
            }
            Err(error) => self.missed(error),
        }
    }

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
                let mut jobs = parse(path, &text, with_user);
                if self.percents {
                    jobs.iter_mut().for_each(|j| j.command = cut(&j.command));
                }
                if jobs.iter().any(|j| j.variables.above >= VARIABLES) {
                    let what = format!("{path}: more than {VARIABLES} variables");
                    self.gap
                        .get_or_insert_with(|| Gap::new(GapReason::OverBudget, what));
                }
                self.jobs.extend(jobs);
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
    let mut set = Vec::new();
    let mut jobs = Vec::new();
    for (n, line) in lines(text) {
        let times = if line.starts_with('@') { 1 } else { 5 };
        let first = line.split_whitespace().next().unwrap_or_default();
        let variable = variable(line);
        if variable.is_some() || first.contains('=') && !first.starts_with('@') {
            set.extend(variable.filter(|_| set.len() < VARIABLES));
            continue;
        }
        let skip = times + usize::from(with_user);
        let words: Vec<&str> = line.split_whitespace().skip(skip).collect();
        if !words.is_empty() {
            let above = set.len();
            let variables = Variables {
                above,
                ..Variables::default()
            };
            jobs.push(CronJob {
                at: format!("{path}:{n}"),
                command: words.join(" "),
                starts: first != "@reboot",
                variables,
            });
        }
    }
    let all: Rc<[_]> = set.into();
    for job in &mut jobs {
        job.variables.all = Rc::clone(&all);
    }
    jobs
}

/// Whether the cron is that of busybox, to which a percent sign is one like any other.
fn is_busybox(host: &dyn Host) -> bool {
    let places = PROGRAMS.iter().map(|folder| format!("{folder}/crond"));
    let mut links = places.filter_map(|path| host.read_link(&path).ok());
    links.any(|to| to.rsplit('/').next() == Some("busybox"))
}

/// The command as crontab(5) has it: what stands behind a percent sign is its input, unless a backslash stands
/// before it. Nothing is left where a shell refuses what was cut so.
fn cut(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '%' if shell_words::is_open(&out) => return String::new(),
            '%' => break,
            '\\' => {
                let next = chars.next();
                out.extend((next != Some('%')).then_some('\\'));
                out.extend(next);
            }
            c => out.push(c),
        }
    }
    out
}

/// `NAME = value`, with quotation marks around either or none. Nothing is filled in.
fn variable(line: &str) -> Option<(String, String)> {
    let bare = |text: &str| {
        let text = text.trim();
        let inner = ['"', '\'']
            .iter()
            .find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
        inner.unwrap_or(text).to_owned()
    };
    let (name, value) = line.split_once('=')?;
    let name = bare(name);
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, bare(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_ends_a_command() {
        for (line, want) in [
            ("a b%c%d", "a b"),
            ("a $(date +\\%F) \\n", "a $(date +%F) \\n"),
            ("a \\\\% b", "a \\\\"),
            ("a > b-$(date +%F)", ""),
            ("a > \"b-`date +%F`\"", ""),
            ("a 'b'; c", "a 'b'; c"),
            ("%a", ""),
        ] {
            assert_eq!(cut(line), want, "{line}");
        }
    }

    #[test]
    fn times_and_users_are_cut_off() {
        let text = "MAILTO=x\n# 0 1 * * * root a\n0 1 * * * root restic backup /srv\n@daily root b c\nbad\n";
        let got = parse("/f", text, true);
        let commands: Vec<_> = got.iter().map(|j| j.command.as_str()).collect();
        assert_eq!(commands, ["restic backup /srv", "b c"]);
        assert_eq!(got[0].at, "/f:3");
        assert!(got[0].starts && !parse("/f", "@reboot root a", true)[0].starts);
        let text = "A=1\n0 1 * * * a\n B = 'x y' \n\"C\" = \n@daily b D=1\n";
        let got = parse("/f", text, false);
        let set = |n: usize| -> Vec<_> { got[n].variables.iter().cloned().collect() };
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(set(0), [pair("A", "1")]);
        assert_eq!(set(1), [pair("A", "1"), pair("B", "x y"), pair("C", "")]);
        assert_eq!(
            parse("/f", "0 1 * * * borgmatic", false)[0].command,
            "borgmatic"
        );
    }
}
