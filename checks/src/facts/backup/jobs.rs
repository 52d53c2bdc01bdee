//! Finds the jobs: in crontabs, timers, the scripts that they run, and the tools' own configuration.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Job, Jobs, Sent, Starter,
    assigned::{may_change, set_again},
    commands::{self, Command},
    configs::{self, Says},
    copiers::sender_of,
    destinations::{Written, written},
    proxmox, retention,
    room::Room,
    scripts::is_kept,
    secrets::{credentials, holds_secret, password_files},
    sources::taken,
    statements::without_documents,
    tools::{runs_directly, snapshots_in, tool_of},
    variables::{self, expanded},
};
use crate::{
    context::{Cx, Gather},
    facts::{
        cron::Crons,
        systemd_units::{Enabled, enabled},
        timers::{Timer, Timers},
    },
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Most commands of one line or unit that are kept.
const MOST: usize = 200;

impl Gather for Jobs {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut jobs = Self::default();
        let crons = cx.get::<Crons>()?;
        jobs.gap.clone_from(&crons.gap);
        if !crons.jobs.is_empty() {
            jobs.gap = jobs.gap.or_else(|| crons.unseen.clone());
        }
        for cron in &crons.jobs {
            let starter = if cron.starts {
                Starter::Cron
            } else {
                Starter::Nothing
            };
            let settings = variables::settings(cron.variables.iter());
            jobs.command(host, &cron.at, &cron.command, starter, &settings);
        }
        for timer in &cx.get::<Timers>()?.0 {
            jobs.timer(host, timer);
        }
        for (tool, places) in CONFIGS {
            jobs.configured(host, tool, places)?;
        }
        jobs.proxmox(host)?;
        jobs.btrbk(host);
        // A package may switch a timer on before anybody said what to copy, and where to.
        for job in jobs.all.iter_mut().filter(|j| j.tool == "borgmatic") {
            if job.targets.is_empty() && !job.text.contains("--config") && !job.text.contains("-c ")
            {
                job.starter = Starter::Nothing;
            }
        }
        for (tool, path, unit) in DAEMONS {
            jobs.daemon(host, tool, path, unit)?;
        }
        jobs.doubt_senders();
        let mut masked = std::mem::take(&mut jobs.masked);
        if masked.is_cut() {
            jobs.over_budget("more files written anew than are kept".to_owned());
        }
        masked.settle(host, &jobs)?;
        jobs.masked = masked;
        Ok(jobs)
    }
}

/// Where the tools' configuration stands; a folder stands for the files in it.
const CONFIGS: [(&str, &[&str]); 5] = [
    (
        "borgmatic",
        &["/etc/borgmatic/config.yaml", "/etc/borgmatic.d/"],
    ),
    (
        "pgbackrest",
        &["/etc/pgbackrest/pgbackrest.conf", "/etc/pgbackrest.conf"],
    ),
    ("barman", &["/etc/barman.conf"]),
    ("rsnapshot", &["/etc/rsnapshot.conf"]),
    ("vzdump", &[proxmox::JOBS]),
];

const DAEMONS: [(&str, &str, &str); 3] = [
    ("bacula", "/etc/bacula/bacula-fd.conf", "bacula-fd.service"),
    (
        "bareos",
        "/etc/bareos/bareos-fd.d",
        "bareos-filedaemon.service",
    ),
    ("veeam", "/etc/veeam", "veeamservice.service"),
];

/// A line of cron, or the commands of a unit.
struct Line<'l> {
    at: &'l str,
    starter: Starter,
    credentials: Vec<String>,
    /// Its own text and that of its scripts.
    text: Rc<str>,
    /// Variables that are set more than once.
    again: BTreeSet<&'l str>,
}

impl Jobs {
    /// Notes what a line of cron, or the commands of a unit, and the scripts behind it do.
    fn command(
        &mut self,
        host: &dyn Host,
        at: &str,
        command: &str,
        starter: Starter,
        settings: &str,
    ) {
        if self.room.is_full() {
            return;
        }
        let scripts = self.scripts(host, command, starter);
        let first = format!("{command}\n{}", scripts.first);
        let mut whole = first.clone();
        for (_, script) in scripts.further.iter().filter(|(_, text)| is_kept(text)) {
            whole.push_str(script);
            whole.push('\n');
        }
        let text = expanded(&without_documents(&whole));
        // What a script writes down may hold a secret too.
        let whole = expanded(&whole);
        if whole.len() > variables::MOST || text.len() > variables::MOST {
            self.over_budget(format!("{at}: a longer text than is read"));
        }
        if !self.has_room_for(Room::of_text(whole.len()), at) {
            return;
        }
        let commands = commands::read(&text, settings);
        if commands.len() >= commands::MOST {
            self.over_budget(format!("{at}: more commands than are read"));
        }
        if starter != Starter::Nothing {
            self.masked.command(at, command);
            self.prune(at, &commands);
            let snapshots = snapshots_in(&text).into_iter();
            self.snapshots
                .extend(snapshots.map(|t| format!("{t} ({at})")));
        }
        let secret = scripts.secret_places(at, command, &expanded(&first));
        let line = Line {
            at,
            starter,
            credentials: credentials(secret, &whole),
            text: whole.into(),
            again: set_again(&text),
        };
        let before = self.all.len() + self.sent.len();
        self.keep(host, &line, &commands);
        let none = self.all.len() + self.sent.len() == before && starter != Starter::Nothing;
        self.doubt(at, scripts.lost.filter(|_| none));
    }

    /// Keeps the commands of a line that make copies or send something away.
    fn keep(&mut self, host: &dyn Host, line: &Line<'_>, commands: &[Command]) {
        let at = line.at;
        let before = self.all.len() + self.sent.len();
        for (n, one) in commands.iter().enumerate() {
            let tool = tool_of(one);
            let sends = line.starter != Starter::Nothing && tool.is_none();
            let sender = sender_of(one).filter(|_| sends);
            if tool.is_none() && sender.is_none() {
                continue;
            }
            if self.all.len() + self.sent.len() >= before + MOST {
                self.over_budget(format!("{at}: more than {MOST} commands"));
                break;
            }
            if !self.has_room_for(Room::of_job(one.args.len()), at) {
                break;
            }
            if let Some(tool) = tool {
                let Written {
                    targets,
                    words,
                    lost,
                } = written(tool, commands, n);
                if lost {
                    continue;
                }
                let mut job = Job::new(tool, at, line.starter);
                job.sources = taken(tool, one);
                self.lists(host, &mut job.sources);
                job.targets = targets;
                job.renamed = words.iter().any(|w| may_change(w, &line.again));
                job.files = words;
                job.credentials.clone_from(&line.credentials);
                job.text = Rc::clone(&line.text);
                job.command = Some(one.clone());
                self.all.push(job);
            } else if let Some(tool) = sender {
                self.sends(at, tool, commands, n);
            }
        }
    }

    /// What a script that is not followed copies is not known.
    fn doubt(&mut self, at: &str, lost: Option<String>) {
        if let Some(lost) = lost {
            let what = format!("{at}: what {lost} copies");
            self.gap
                .get_or_insert_with(|| Gap::new(GapReason::ParseError, what));
        }
    }

    /// Files that go to another machine may be a backup that does not say so, where there is no other.
    fn doubt_senders(&mut self) {
        let none = self.started().next().is_none();
        let sends = |s: &&Sent| !s.sources.words.is_empty();
        if let Some(sent) = self.sent.iter().find(sends).filter(|_| none) {
            let what = format!(
                "{}: whether the files that it sends away are a backup",
                sent.at
            );
            self.gap
                .get_or_insert_with(|| Gap::new(GapReason::ParseError, what));
        }
    }

    pub(super) fn missed(&mut self, error: HostError) {
        if !matches!(error, HostError::NotFound(_) | HostError::WrongKind(_)) {
            self.gap.get_or_insert(error.into());
        }
    }

    fn timer(&mut self, host: &dyn Host, timer: &Timer) {
        let starter = match timer.enabled {
            Enabled::Yes => Starter::Timer,
            _ => Starter::Nothing,
        };
        let commands = timer.commands.join("\n");
        let before = self.all.len();
        let settings = self.environment(host, &timer.environment);
        self.command(host, &timer.name, &commands, starter, &settings);
        if self.all.len() == before {
            return;
        }
        let files = timer.environment.iter().map(|l| l.trim_start_matches('-'));
        let files = files.filter(|p| p.starts_with('/')).map(str::to_owned);
        let mut secret: Vec<String> = password_files(&settings);
        secret.extend(files.filter(|_| holds_secret(&settings)));
        for job in self.all.iter_mut().skip(before) {
            job.credentials.extend(secret.clone());
            let own = |c: &&String| runs_directly(c, job.tool);
            let mut direct = timer.main.iter().filter(own);
            let is_it = |text: &String| {
                let read = commands::read(&expanded(text), &settings);
                let same = |c: &&Command| {
                    read.iter()
                        .any(|r| r.program == c.program && r.args == c.args)
                };
                job.command.as_ref().filter(same).is_some()
            };
            if direct.any(is_it) {
                job.service = Some(timer.service.clone());
            }
        }
    }

    fn environment(&mut self, host: &dyn Host, lines: &[String]) -> String {
        let mut all = String::new();
        for line in lines {
            let path = line.trim_start_matches('-');
            if !path.starts_with('/') {
                all.push_str(line);
            } else {
                match host.text_if_any(path) {
                    Ok(text) => all.push_str(&text.unwrap_or_default()),
                    Err(error) => self.missed(error),
                }
            }
            all.push('\n');
        }
        all
    }

    /// Gives each job of a tool what its configuration says: one job for each file that it reads.
    fn configured(
        &mut self,
        host: &dyn Host,
        tool: &'static str,
        places: &[&str],
    ) -> Result<(), Gap> {
        let usual = self.usual(host, tool, places)?;
        let all = std::mem::take(&mut self.all);
        let (bare, others): (Vec<Job>, Vec<Job>) = all.into_iter().partition(|j| j.tool == tool);
        self.all = others;
        for (path, text) in &usual {
            self.prunes.extend(retention::configured(tool, path, text));
        }
        for job in &bare {
            let named = self.named(host, job);
            let texts = named.as_ref().unwrap_or(&usual);
            for (path, text) in texts {
                let words = job.command.as_ref().map_or(0, |c| c.args.len());
                let bytes = Room::of_text(job.text.len() + text.len());
                if !self.has_room_for(Room::of_job(words), path) || !self.has_room_for(bytes, path)
                {
                    break;
                }
                let mut job = job.clone();
                says(&mut job, path, text);
                self.all.push(job);
            }
            if texts.is_empty() {
                self.all.push(job.clone());
            }
        }
        // A crontab that ships with its only line as a comment starts nothing.
        let idle = bare.is_empty() && tool != "vzdump"; // whose jobs are read by themselves
        for (path, text) in usual.iter().filter(|_| idle) {
            let mut job = Job::new(tool, path, Starter::Nothing);
            says(&mut job, path, text);
            if !job.targets.is_empty() {
                self.all.push(job);
            }
        }
        Ok(())
    }

    /// The configuration in its usual places. pgBackRest reads the first that it finds, the others all.
    fn usual(
        &mut self,
        host: &dyn Host,
        tool: &str,
        places: &[&str],
    ) -> Result<Vec<(String, String)>, Gap> {
        let mut paths = Vec::new();
        for place in places {
            match place.strip_suffix('/') {
                Some(folder) => {
                    let entries = host.list_if_any(folder, 1_000)?.into_iter();
                    let mut found: Vec<String> = entries
                        .filter(|e| e.name.ends_with(".yaml") || e.name.ends_with(".yml"))
                        .map(|e| format!("{place}{}", e.name))
                        .collect();
                    found.sort();
                    paths.extend(found);
                }
                None => paths.push((*place).to_owned()),
            }
        }
        let mut texts = Vec::new();
        for path in paths {
            match host.text_if_any(&path) {
                Ok(Some(text)) => texts.push((path, text)),
                Ok(None) => {}
                Err(error) => self.missed(error),
            }
            if tool == "pgbackrest" && !texts.is_empty() {
                break;
            }
        }
        Ok(texts)
    }

    /// The configuration that a command names itself.
    fn named(&mut self, host: &dyn Host, job: &Job) -> Option<Vec<(String, String)>> {
        let command = job.command.as_ref()?;
        let options = command.options.iter();
        let values = options.filter(|(n, _)| matches!(n.as_str(), "-c" | "--config"));
        let paths: Vec<&String> = values
            .filter_map(|(_, v)| v.as_ref())
            .filter(|p| p.starts_with('/') && !p.contains(['$', '`']))
            .collect();
        if paths.is_empty() || !matches!(job.tool, "borgmatic" | "rsnapshot" | "pgbackrest") {
            return None;
        }
        let mut texts = Vec::new();
        for path in paths {
            match host.text_if_any(path) {
                Ok(Some(text)) => texts.push((path.clone(), text)),
                Ok(None) | Err(HostError::WrongKind(_)) => {}
                Err(error) => self.missed(error),
            }
        }
        Some(texts)
    }

    fn daemon(
        &mut self,
        host: &dyn Host,
        tool: &'static str,
        path: &str,
        unit: &str,
    ) -> Result<(), Gap> {
        if host.stat_if_any(path)?.is_none() {
            return Ok(());
        }
        let runs = enabled(host, unit, "multi-user.target")? == Enabled::Yes;
        let starter = if runs {
            Starter::Service
        } else {
            Starter::Nothing
        };
        self.all.push(Job::new(tool, path, starter));
        Ok(())
    }
}

/// Adds what a configuration file says to a job.
fn says(job: &mut Job, path: &str, text: &str) {
    let Says {
        targets,
        sources,
        encrypted,
        dumps,
    } = configs::says(job.tool, text);
    job.targets.extend(targets);
    job.sources.merge(sources);
    job.encrypted = encrypted;
    job.dumps.extend(dumps);
    if holds_secret(text) {
        job.credentials.push(path.to_owned());
    }
    job.text = format!("{}{text}", job.text).into();
}
