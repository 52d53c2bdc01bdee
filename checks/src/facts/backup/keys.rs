//! Where the password of an encrypted repository lies, seen from the repository: beside it, on the same
//! medium, or in what is copied into it.

use super::{
    Job, Jobs,
    secrets::{repository_password_files, repository_secret},
    sources::Cover,
    stores::{Store, Stores},
    tools::Target,
};
use crate::{
    context::{Cx, Gather},
    facts::storage::{Mounts, encrypted, is_below, resolved},
    observation::Gap,
};

/// Tools whose repositories open with a password.
const WITH_PASSWORD: [&str; 5] = ["restic", "borg", "borgmatic", "duplicity", "pgbackrest"];

/// The files that hold a password, each with the repository: `FILE (STORE)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// In the repository's folder, or on the medium that is mounted for it.
    pub beside: Vec<String>,
    /// On the same disk as the repository and the system.
    pub on_disk: Vec<String>,
    /// On one medium with the repository, of which it cannot be told whether it is encrypted itself.
    pub unclear: Vec<String>,
    /// In what the job copies into the repository.
    pub inside: Vec<String>,
}

impl Gather for Keys {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let mounts = cx.get::<Mounts>()?;
        let mut keys = Self::default();
        for job in jobs.started().filter(|j| WITH_PASSWORD.contains(&j.tool)) {
            for file in files(job) {
                if cx.host().stat_if_any(&file)?.is_none() {
                    continue;
                }
                if job.sources.cover(&file, |a, b| mounts.same(a, b)) == Cover::Yes {
                    keys.inside.push(file.clone());
                }
                let closed = stores.all.iter().filter(|s| s.encrypted == Some(true));
                for store in closed.filter(|s| holds(job, s)) {
                    keys.place(cx, &mounts, &file, &store.path)?;
                }
            }
        }
        let Self {
            beside,
            on_disk,
            unclear,
            inside,
        } = &mut keys;
        for list in [beside, on_disk, unclear, inside] {
            list.sort();
            list.dedup();
        }
        Ok(keys)
    }
}

impl Keys {
    fn place(&mut self, cx: &Cx<'_>, mounts: &Mounts, file: &str, store: &str) -> Result<(), Gap> {
        let name = format!("{file} ({store})");
        let (file, store) = (resolved(cx.host(), file)?, resolved(cx.host(), store)?);
        if is_below(&file, &store) {
            self.beside.push(name);
            return Ok(());
        }
        let Some(mount) = mounts.of(&store).filter(|m| !m.is_memory()) else {
            return Ok(());
        };
        if mounts.of(&file).is_none_or(|m| m.device != mount.device) {
            return Ok(());
        }
        let list = if mount.is_network() {
            &mut self.beside
        } else {
            // Encryption of the disk itself keeps both from whoever takes it.
            let disk = mount.is_disk().then(|| encrypted(cx.host(), &mount.device));
            match disk {
                Some(Ok(true)) => return Ok(()),
                Some(Ok(false)) if mount.point == "/" => &mut self.on_disk,
                Some(Ok(false)) => &mut self.beside,
                _ => &mut self.unclear,
            }
        };
        list.push(name);
        Ok(())
    }
}

/// Whether the job's repository is this store.
fn holds(job: &Job, store: &Store) -> bool {
    let is = |t: &Target| matches!(t, Target::Local(path) if *path == store.path);
    job.targets.iter().any(is)
}

/// The files that hold the password of the job's repository; not those with the password of a database.
fn files(job: &Job) -> Vec<String> {
    let mut files = repository_password_files(&job.text);
    if repository_secret(&job.text) {
        let named = super::secrets::password_files(&job.text);
        let own = job.credentials.iter().filter(|c| !named.contains(c));
        files.extend(own.cloned());
    }
    files
}
