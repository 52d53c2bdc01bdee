//! What runs by itself at set times: cron and systemd timers. Only where a program is named is
//! kept, never the command line.

use std::collections::BTreeSet;

use crate::{
    context::{Cx, Gather},
    facts::{cron::Crons, shell_words, text, units},
    host::FileKind,
    observation::Gap,
};

const MAX_FILES: usize = 512;
const PARTS: [&str; 4] = [
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
];

/// One job: where it stands and what it runs.
struct Job {
    source: String,
    text: String,
}

/// Jobs of cron and of enabled timers.
pub struct Schedule {
    jobs: Vec<Job>,
    /// Lines and scripts that nothing is known to start.
    idle: Vec<Job>,
    /// Why it is not known whether a cron starts these; none where no cron does.
    unseen: Option<Gap>,
}

impl Schedule {
    /// The places of jobs that name one of `programs`.
    ///
    /// # Errors
    /// When one of them stands in a crontab and it could not be seen whether a cron runs.
    pub fn naming(&self, programs: &[&str]) -> Result<Vec<String>, Gap> {
        let names = |job: &&Job| programs.iter().any(|p| names_program(&job.text, p));
        if let Some(gap) = &self.unseen
            && self.idle.iter().any(|j| names(&j))
        {
            return Err(gap.clone());
        }
        let named = self.jobs.iter().filter(names);
        let mut found: Vec<String> = named.map(|j| j.source.clone()).collect();
        found.sort();
        found.dedup();
        found.truncate(50);
        Ok(found)
    }
}

/// Whether a command in `text` names `program` as a word, with or without a path before it, or
/// runs it through a variable.
fn names_program(text: &str, program: &str) -> bool {
    let is_it = |word: &str| word.trim_matches(['"', '\'']).rsplit('/').next() == Some(program);
    let set = text.lines().filter_map(|l| l.trim().split_once('='));
    let variables: Vec<&str> = set
        .filter(|(_, v)| is_it(v))
        .map(|(name, _)| name)
        .collect();
    shell_words::commands(text).iter().any(|command| {
        let first = command.split_whitespace().next();
        let first = first.unwrap_or_default();
        let variable = first.trim_matches(['"', '$', '{', '}']);
        first.contains('$') && variables.contains(&variable)
            || command
                .split(|c: char| c.is_whitespace() || "/\"'=".contains(c))
                .any(|word| word == program)
    })
}

impl Gather for Schedule {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut jobs = Vec::new();
        tables(cx, &mut jobs)?;
        parts(cx, &mut jobs)?;
        let crons = cx.get::<Crons>()?;
        let started = crons.jobs.iter().filter(|j| j.starts);
        let started: BTreeSet<&str> = started.map(|j| j.at.as_str()).collect();
        let starts = |job: &Job| started.contains(job.source.as_str());
        let (mut jobs, idle): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(starts);
        timers(cx, &mut jobs)?;
        Ok(Self {
            jobs,
            idle,
            unseen: crons.unseen.clone(),
        })
    }
}

/// Tables of cron, line by line.
fn tables(cx: &Cx<'_>, jobs: &mut Vec<Job>) -> Result<(), Gap> {
    let mut paths = vec!["/etc/crontab".to_owned(), "/var/spool/cron/root".to_owned()];
    paths.push("/var/spool/cron/crontabs/root".to_owned());
    for entry in cx.host().list_if_any("/etc/cron.d", MAX_FILES)? {
        if entry.kind != FileKind::Dir && cron_reads(&entry.name) {
            paths.push(format!("/etc/cron.d/{}", entry.name));
        }
    }
    for path in paths {
        let with_user = !path.starts_with("/var/spool/");
        let text = cx.host().text_if_any(&path)?.unwrap_or_default();
        for (n, line) in text::lines(&text) {
            jobs.push(Job {
                source: format!("{path}:{n}"),
                text: command_of(line, with_user),
            });
        }
    }
    Ok(())
}

/// What stands behind the times, and the user, of a line; nothing where it sets a variable.
fn command_of(line: &str, with_user: bool) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    let times = if first.starts_with('@') { 1 } else { 5 };
    if times == 5 && first.contains('=') {
        return String::new();
    }
    let words = line.split_whitespace().skip(times + usize::from(with_user));
    words.collect::<Vec<_>>().join(" ")
}

/// Programs in `cron.daily` and the like: their names and what they call.
fn parts(cx: &Cx<'_>, jobs: &mut Vec<Job>) -> Result<(), Gap> {
    for dir in PARTS {
        for entry in cx.host().list_if_any(dir, MAX_FILES)? {
            let path = format!("{dir}/{}", entry.name);
            let Some(stat) = cx.host().stat_if_any(&path)? else {
                continue;
            };
            // run-parts passes over what it may not execute and names with a dot.
            if stat.kind != FileKind::File || stat.mode & 0o100 == 0 || !cron_reads(&entry.name) {
                continue;
            }
            let text = cx.host().text(&path)?;
            let said: Vec<&str> = text::lines(&text).map(|(_, l)| l).collect();
            jobs.push(Job {
                source: path,
                text: said.join("\n"),
            });
        }
    }
    Ok(())
}

fn timers(cx: &Cx<'_>, jobs: &mut Vec<Job>) -> Result<(), Gap> {
    for (unit, link) in units::linked_units(cx)? {
        let Some(name) = unit.strip_suffix(".timer") else {
            continue;
        };
        for dir in ["/etc/systemd/system", "/usr/lib/systemd/system"] {
            let path = format!("{dir}/{name}.service");
            if let Some(text) = cx.host().text_if_any(&path)? {
                let starts = text.lines().filter(|l| l.starts_with("ExecStart"));
                let starts = starts.filter_map(|l| l.split_once('='));
                let starts = starts.map(|(_, c)| c.trim_start_matches(['-', '@', ':', '+', '!']));
                jobs.push(Job {
                    source: link.clone(),
                    text: starts.collect::<Vec<_>>().join("\n"),
                });
                break;
            }
        }
    }
    Ok(())
}

fn cron_reads(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_words() {
        let line = command_of("5 1 * * * root nice /usr/bin/clamscan -r /", true);
        assert!(names_program(&line, "clamscan"));
        for idle in [
            "0 0 * * * root /opt/noclamscan",
            "0 0 * * * root /x/clamscan.log",
            "0 0 * * * root echo clamscan >> /var/log/clamscan.log",
            "0 0 * * * root true # clamscan",
            "X=/usr/bin/clamscan",
        ] {
            assert!(
                !names_program(&command_of(idle, true), "clamscan"),
                "{idle}"
            );
        }
        assert!(names_program("A=/usr/bin/aide\n\"$A\" --check", "aide"));
        assert!(!names_program("A=/usr/bin/aide\necho $A", "aide"));
        assert!(names_program("[ -x /bin/x ] && aide --check", "aide"));
        assert!(!names_program("0 0 * * * root /x/clamscan.log", "clamscan"));
    }

    #[test]
    fn names_with_a_dot_are_not_run() {
        assert!(cron_reads("0aide") && !cron_reads("aide.sh") && !cron_reads(""));
    }
}
