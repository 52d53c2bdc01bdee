//! What the tools' own configuration adds to the jobs: a job for each file that says where copies go.

use super::{
    Job, Jobs, Starter,
    configs::{self, Says},
    proxmox, retention,
    room::Room,
    secrets::holds_secret,
};
use crate::{
    facts::systemd_units::{Enabled, enabled},
    host::{Host, HostError},
    observation::Gap,
};

/// Where the tools' configuration stands; a folder stands for the files in it.
pub(super) const CONFIGS: [(&str, &[&str]); 5] = [
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

/// Agents that take their orders from a backup server: configuration and unit.
pub(super) const DAEMONS: [(&str, &str, &str); 3] = [
    ("bacula", "/etc/bacula/bacula-fd.conf", "bacula-fd.service"),
    (
        "bareos",
        "/etc/bareos/bareos-fd.d",
        "bareos-filedaemon.service",
    ),
    ("veeam", "/etc/veeam", "veeamservice.service"),
];

impl Jobs {
    /// Gives each job of a tool what its configuration says: one job for each file that it reads.
    pub(super) fn configured(
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

    pub(super) fn daemon(
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
