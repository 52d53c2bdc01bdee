//! Backup jobs of the host: what is configured, what starts it, and where it writes.
//!
//! A job that exists proves no copy; what the stores hold is looked at in [`stores`].

mod aliases;
pub mod bacula;
pub mod checksums;
mod configs;
mod crc32c;
pub mod dumps;
mod forms;
pub mod keys;
pub mod kinds;
pub mod masked;
mod pipes;
pub mod places;
pub mod proof;
pub mod reach;
pub mod readings;
pub mod remotes;
pub mod retention;
pub mod runs;
mod secrets;
pub mod sources;
pub mod stores;
mod tab;
pub mod targets;
pub mod tools;
mod trial;
mod variables;
pub mod veeam;

use self::{
    masked::Masked,
    retention::Prune,
    secrets::{holds_secret, password_files},
    sources::{Sources, sources_in},
    tools::{Target, classify, paths_in, runs_directly, snapshots_in, targets_in, tools_in},
    variables::expanded,
};
use super::{
    cron::Crons,
    systemd_units::{Enabled, enabled},
    timers::{Timer, Timers},
};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::Gap,
};

const SCRIPT_CAP: usize = 256 << 10;

/// What starts a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// cron.
    Cron,
    /// A systemd timer that is enabled.
    Timer,
    /// A service that is enabled and takes its orders from elsewhere.
    Service,
    /// Nothing: it is configured only.
    Nothing,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The tool.
    pub tool: &'static str,
    /// File (with line) or unit that shows it.
    pub at: String,
    /// What starts it.
    pub starter: Starter,
    /// The service whose exit status is the tool's own, where one runs it directly.
    pub service: Option<String>,
    /// Where it writes, as far as the text says.
    pub targets: Vec<Target>,
    /// What it takes along, as far as the text says.
    pub sources: Sources,
    /// Whether its configuration says that copies are encrypted.
    pub encrypted: Option<bool>,
    /// Files that hold its password or key, by path.
    pub credentials: Vec<String>,
    /// Text of its configuration; never for an observation.
    pub text: String,
}

/// All jobs that may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jobs {
    /// The jobs.
    pub all: Vec<Job>,
    /// What takes snapshots on the disk of the data: tool and place. No backup.
    pub snapshots: Vec<String>,
    /// What the jobs take away of their copies.
    pub prunes: Vec<Prune>,
    /// Where a job would hide that it failed.
    pub masked: Masked,
    /// Set when some place may not be looked at.
    pub gap: Option<Gap>,
}

impl Jobs {
    /// All targets, declared ones included, without repetition.
    pub fn targets(&self, declared: &[String]) -> Vec<Target> {
        let from_jobs = self.all.iter().flat_map(|j| j.targets.clone());
        let mut all: Vec<Target> = from_jobs.collect();
        all.extend(declared.iter().filter_map(|t| classify(t)));
        all.sort();
        all.dedup();
        all
    }

    /// The targets of the jobs that something starts, without repetition.
    pub fn started_targets(&self) -> Vec<Target> {
        let mut all: Vec<Target> = self.started().flat_map(|j| j.targets.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Jobs that something on this host starts.
    pub fn scheduled(&self) -> impl Iterator<Item = &Job> {
        self.started().filter(|j| j.starter != Starter::Service)
    }

    /// Jobs that something starts, from here or from elsewhere.
    pub fn started(&self) -> impl Iterator<Item = &Job> {
        self.all.iter().filter(|j| j.starter != Starter::Nothing)
    }
}

impl Gather for Jobs {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut jobs = Self::default();
        let crons = cx.get::<Crons>()?;
        jobs.gap.clone_from(&crons.gap);
        for cron in &crons.jobs {
            jobs.command(host, &cron.at, &cron.command, Starter::Cron);
        }
        for timer in &cx.get::<Timers>()?.0 {
            jobs.timer(host, timer);
        }
        for (tool, path) in CONFIGS {
            jobs.config(host, tool, path)?;
        }
        for entry in host.list_if_any("/etc/borgmatic.d", 1_000)? {
            let path = format!("/etc/borgmatic.d/{}", entry.name);
            if path.ends_with(".yaml") {
                jobs.config(host, "borgmatic", &path)?;
            }
        }
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
        let mut masked = std::mem::take(&mut jobs.masked);
        masked.settle(host, &jobs)?;
        jobs.masked = masked;
        Ok(jobs)
    }
}

const CONFIGS: [(&str, &str); 6] = [
    ("borgmatic", "/etc/borgmatic/config.yaml"),
    ("pgbackrest", "/etc/pgbackrest.conf"),
    ("pgbackrest", "/etc/pgbackrest/pgbackrest.conf"),
    ("barman", "/etc/barman.conf"),
    ("rsnapshot", "/etc/rsnapshot.conf"),
    ("vzdump", "/etc/pve/jobs.cfg"),
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

impl Jobs {
    fn command(&mut self, host: &dyn Host, at: &str, command: &str, starter: Starter) {
        let scripts = self.scripts(host, command, starter);
        let text = expanded(&format!("{command}\n{scripts}"));
        if starter != Starter::Nothing {
            self.masked.command(at, command);
            self.prunes.extend(retention::prunes(at, &text));
        }
        for tool in snapshots_in(&text)
            .into_iter()
            .filter(|_| starter != Starter::Nothing)
        {
            self.snapshots.push(format!("{tool} ({at})"));
        }
        let tools = tools_in(&text);
        let mut sources = if tools.is_empty() {
            Sources::default()
        } else {
            sources_in(&text)
        };
        self.lists(host, &mut sources);
        let mut credentials = password_files(&text);
        // The secret itself stands in the script, or in the line of cron.
        let places = paths_in(command).into_iter().take(8).map(str::to_owned);
        let line = at
            .starts_with('/')
            .then(|| at.split(':').next().unwrap_or(at).to_owned());
        if holds_secret(&text) {
            credentials.extend(places.chain(line).filter(|p| !p.starts_with("/usr/bin/")));
        }
        for tool in tools {
            self.all.push(Job {
                sources: sources.clone(),
                credentials: credentials.clone(),
                tool,
                at: at.to_owned(),
                starter,
                service: None,
                targets: targets_in(&text),
                encrypted: None,
                text: text.clone(),
            });
        }
    }

    /// The scripts that a command names. Programs are passed over: they are no text.
    fn scripts(&mut self, host: &dyn Host, command: &str, starter: Starter) -> String {
        let mut all = String::new();
        for path in paths_in(command).into_iter().take(8) {
            let head = match host.read_at(path, 0, 2) {
                Ok(head) => head,
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            if head == b"#!" {
                match host.read(path, SCRIPT_CAP) {
                    Ok(bytes) => {
                        let text = String::from_utf8_lossy(&bytes);
                        if starter != Starter::Nothing {
                            self.masked.script(path, &text);
                        }
                        all.push_str(&text);
                    }
                    Err(error) => self.missed(error),
                }
            }
        }
        all
    }

    /// Fills in what stands in files of its own.
    fn lists(&mut self, host: &dyn Host, sources: &mut Sources) {
        for (paths, into) in [
            (std::mem::take(&mut sources.lists), true),
            (std::mem::take(&mut sources.exclude_lists), false),
        ] {
            for path in paths {
                let text = match host.text_if_any(&path) {
                    Ok(Some(text)) => text,
                    Ok(None) => {
                        sources.unclear = true;
                        continue;
                    }
                    Err(error) => {
                        self.missed(error);
                        sources.unclear = true;
                        continue;
                    }
                };
                let lines = super::text::lines(&text).map(|(_, l)| l.to_owned());
                if into {
                    sources.paths.extend(lines);
                } else {
                    sources.excluded.extend(lines);
                }
            }
        }
    }

    fn missed(&mut self, error: HostError) {
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
        self.command(host, &timer.name, &commands, starter);
        if self.all.len() == before {
            return;
        }
        let settings = self.environment(host, &timer.environment);
        let files = timer.environment.iter().map(|l| l.trim_start_matches('-'));
        let files = files.filter(|p| p.starts_with('/')).map(str::to_owned);
        let mut secret: Vec<String> = password_files(&settings);
        secret.extend(files.filter(|_| holds_secret(&settings)));
        for job in self.all.iter_mut().skip(before) {
            job.targets.extend(targets_in(&settings));
            job.credentials.extend(secret.clone());
            let direct = timer.commands.iter().any(|c| runs_directly(c, job.tool));
            job.service = direct.then(|| timer.service.clone());
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

    fn config(&mut self, host: &dyn Host, tool: &'static str, path: &str) -> Result<(), Gap> {
        let text = match host.text_if_any(path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.missed(error);
                return Ok(());
            }
        };
        let configs::Says {
            targets,
            sources,
            encrypted,
        } = configs::says(tool, &text);
        let secret: Vec<String> = holds_secret(&text)
            .then(|| path.to_owned())
            .into_iter()
            .collect();
        self.prunes.extend(retention::configured(tool, path, &text));
        let known = self.all.iter_mut().filter(|j| j.tool == tool);
        let mut met = false;
        for job in known {
            met = true;
            job.targets.extend(targets.clone());
            job.sources.merge(sources.clone());
            job.encrypted = encrypted;
            job.credentials.extend(secret.clone());
            job.text.push_str(&text);
        }
        // A crontab that ships with its only line as a comment starts nothing.
        if !met && !targets.is_empty() {
            self.all.push(Job {
                tool,
                at: path.to_owned(),
                starter: Starter::Nothing,
                service: None,
                targets,
                sources,
                encrypted,
                credentials: secret,
                text,
            });
        }
        Ok(())
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
        self.all.push(Job {
            tool,
            at: path.to_owned(),
            starter: if runs {
                Starter::Service
            } else {
                Starter::Nothing
            },
            service: None,
            targets: Vec::new(),
            sources: Sources::default(),
            encrypted: None,
            credentials: Vec::new(),
            text: String::new(),
        });
        Ok(())
    }
}
