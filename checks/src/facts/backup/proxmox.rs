//! Backup jobs of Proxmox VE 7 and later: sections `vzdump: ID` of `/etc/pve/jobs.cfg`, which
//! pvescheduler starts. Before, they were lines of cron.

use super::{
    Job, Jobs, Starter,
    tools::{Target, classify},
};
use crate::{
    facts::systemd_units::{Enabled, enabled},
    host::Host,
    observation::Gap,
};

/// Where the jobs stand.
pub(super) const JOBS: &str = "/etc/pve/jobs.cfg";
const STORAGES: &str = "/etc/pve/storage.cfg";
/// Most sections of one file that are kept.
const MOST: usize = 1_000;

impl Jobs {
    /// Notes the jobs of the scheduler of Proxmox VE.
    pub(super) fn proxmox(&mut self, host: &dyn Host) -> Result<(), Gap> {
        let text = match host.text_if_any(JOBS) {
            Ok(text) => text.unwrap_or_default(),
            Err(error) => {
                self.missed(error);
                return Ok(());
            }
        };
        let jobs = sections(&text);
        if jobs.is_empty() {
            return Ok(());
        }
        let runs = enabled(host, "pvescheduler.service", "multi-user.target")? == Enabled::Yes;
        let name = host.text_if_any("/proc/sys/kernel/hostname")?;
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        let node = name.split('.').next().unwrap_or_default();
        let storages = match host.text_if_any(STORAGES) {
            Ok(text) => text.unwrap_or_default(),
            Err(error) => {
                self.missed(error);
                String::new()
            }
        };
        let storages = sections(&storages);
        for section in jobs.iter().filter(|s| s.kind == "vzdump") {
            // The file is the same on all nodes of a cluster.
            if section.value("node").is_some_and(|n| n != node) {
                continue;
            }
            let on = section.value("enabled") != Some("0");
            let starter = if runs && on {
                Starter::Timer
            } else {
                Starter::Nothing
            };
            let mut job = Job::new("vzdump", JOBS, starter);
            let folder = section.value("dumpdir").and_then(classify);
            let named = || place(&storages, section.value("storage")?);
            job.targets.extend(folder.or_else(named));
            self.all.push(job);
        }
        Ok(())
    }
}

/// A section: `KIND: NAME`, then indented lines of a key and a value.
#[derive(Debug)]
struct Section<'t> {
    kind: &'t str,
    name: &'t str,
    values: Vec<(&'t str, &'t str)>,
}

impl<'t> Section<'t> {
    fn value(&self, key: &str) -> Option<&'t str> {
        let mut found = self.values.iter().filter(|(k, _)| *k == key);
        found.next_back().map(|(_, v)| *v)
    }
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut all: Vec<Section<'_>> = Vec::new();
    for line in text
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
    {
        if line.starts_with(char::is_whitespace) {
            let line = line.trim();
            let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            if let Some(last) = all.last_mut().filter(|s| s.values.len() < 100) {
                last.values.push((key, value.trim()));
            }
        } else if let Some((kind, name)) = line.split_once(':').filter(|_| all.len() < MOST) {
            all.push(Section {
                kind: kind.trim(),
                name: name.trim(),
                values: Vec::new(),
            });
        }
    }
    all
}

/// Where a storage puts backups; nothing where that does not show.
fn place(storages: &[Section<'_>], name: &str) -> Option<Target> {
    let storage = storages.iter().find(|s| s.name == name);
    let Some(storage) = storage else {
        // Proxmox VE has this one without being told.
        return (name == "local").then(|| Target::Local("/var/lib/vz/dump".into()));
    };
    if storage.kind == "pbs" {
        return classify(&format!("pbs://{}/", storage.value("server")?));
    }
    let own = matches!(storage.kind, "nfs" | "cifs" | "glusterfs" | "cephfs");
    let usual = own.then(|| format!("/mnt/pve/{name}"));
    let path = storage.value("path").map(str::to_owned).or(usual)?;
    classify(&format!("{}/dump", path.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn storages_are_found_by_name() {
        let text = "dir: local\n\tpath /var/lib/vz\n\tcontent backup\n\nnfs: nas\n\tserver 10.1.1.1\n\texport /b\n\n\
            pbs: kho\n\tserver 10.1.1.2\n\tdatastore d\n\nlvmthin: local-lvm\n\tvgname pve\n";
        let all = sections(text);
        for (name, want) in [
            ("local", Some(Target::Local("/var/lib/vz/dump".into()))),
            ("nas", Some(Target::Local("/mnt/pve/nas/dump".into()))),
            ("kho", Some(Target::Remote("pbs 10.1.1.2".into()))),
            ("local-lvm", None),
            ("other", None),
        ] {
            assert_eq!(place(&all, name), want, "{name}");
        }
        assert!(place(&[], "local").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(vzdump: |pbs: |\t|server |path |[ -~]|\n){0,80}") {
            place(&sections(&text), "a");
        }
    }
}
