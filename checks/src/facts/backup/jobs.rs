//! Finds the jobs: in crontabs, timers, the scripts that they run, and the tools' own configuration.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Job, Jobs, Sent, Starter,
    assigned::may_change,
    commands::{self, Command},
    configured::{CONFIGS, DAEMONS},
    copiers::sender_of,
    destinations::{Written, written},
    parts,
    room::Room,
    scripts::is_kept,
    secrets::{credentials, holds_secret, password_files, told_above},
    sources::taken,
    statements::without_documents,
    tools::{runs_directly, snapshots_in, tool_of},
    variables::{self, expanded},
};
use crate::{
    context::{Cx, Gather},
    facts::{
        cron::{CronJob, Crons},
        systemd_units::Enabled,
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
        // What ordinary users write comes last, and leaves room for what root's configuration says.
        let (guests, own): (Vec<&CronJob>, Vec<&CronJob>) =
            crons.jobs.iter().partition(|c| is_of_a_user(&c.at));
        jobs.crons(host, own);
        for timer in &cx.get::<Timers>()?.0 {
            jobs.timer(host, timer);
        }
        jobs.room.share(true);
        jobs.crons(host, guests);
        jobs.room.share(false);
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

/// A line of cron, or the commands of a unit.
struct Line<'l> {
    at: &'l str,
    starter: Starter,
    credentials: Vec<String>,
    /// Its own text and that of its scripts.
    text: Rc<str>,
    /// Variables that are set more than once, by script.
    again: Vec<BTreeSet<&'l str>>,
}

/// Whether a line stands in the crontab of anybody but root.
fn is_of_a_user(at: &str) -> bool {
    let path = at.rsplit_once(':').map_or(at, |(path, _)| path);
    path.starts_with("/var/spool/cron/") && !path.ends_with("/root")
}

impl Jobs {
    fn crons(&mut self, host: &dyn Host, crons: Vec<&CronJob>) {
        for cron in crons {
            let starter = if cron.starts {
                Starter::Cron
            } else {
                Starter::Nothing
            };
            let settings = variables::settings(cron.variables.iter());
            let before = self.all.len();
            self.command(host, &cron.at, &cron.command, starter, &settings);
            told_above(self.all.iter_mut().skip(before), cron);
        }
    }

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
        let scripts = self.scripts(host, at, command, starter);
        if self.lookups.take_cut() {
            self.over_budget(format!("{at}: more programs than are looked for"));
        }
        let mut whole = format!("{command}\n{}", scripts.first);
        for (_, script) in scripts.further.iter().filter(|(_, text)| is_kept(text)) {
            parts::add(&mut whole, script);
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
            self.masked.command(at, command, &scripts.followed);
            self.prune(at, &commands);
            let snapshots = snapshots_in(&text).into_iter();
            self.snapshots
                .extend(snapshots.map(|t| format!("{t} ({at})")));
        }
        let line = Line {
            at,
            starter,
            credentials: credentials(scripts.secret_places(at, command), &whole),
            text: whole.into(),
            again: parts::again_in(&text, &commands),
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
        let mut script = 0;
        for (n, one) in commands.iter().enumerate() {
            script += usize::from(parts::is_mark(one));
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
                let again = parts::of(&line.again, script);
                let renamed = |w: &String| again.is_some_and(|a| may_change(w, a));
                job.renamed = words.iter().any(renamed);
                job.script = script;
                job.files = words;
                job.credentials.clone_from(&line.credentials);
                job.text = Rc::clone(&line.text);
                job.command = Some(one.clone());
                self.all.push(job);
            } else if let Some(tool) = sender {
                self.sends((at, script), tool, commands, n);
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
}
