//! When the jobs of this host last succeeded, by their services' exit status.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Job, Jobs, stores::Store, tools::Target};
use crate::{
    context::{Cx, Gather},
    facts::{dates::day, systemd_units::show},
    observation::Gap,
};

/// The day on which each service last ended well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(BTreeMap<String, Timestamp>);

impl Runs {
    /// The day on which the service of a job last ended well, where it runs the tool itself.
    pub fn of(&self, job: &Job) -> Option<Timestamp> {
        self.0.get(job.service.as_deref()?).copied()
    }
}

impl Gather for Runs {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let services: Vec<String> = jobs.started().filter_map(|j| j.service.clone()).collect();
        let shown = if services.is_empty() {
            Vec::new()
        } else {
            show(cx.host(), &services)?.unwrap_or_default()
        };
        let mut runs = BTreeMap::new();
        for unit in shown {
            let good = unit.result == "success" && unit.exit_status == "0";
            if let Some(ended) = unit.ended.filter(|_| good) {
                runs.insert(unit.id, day(ended));
            }
        }
        Ok(Self(runs))
    }
}

/// Whether the job writes into the store, or into a file in it.
pub fn writes_to(job: &Job, store: &Store) -> bool {
    job.targets.iter().any(|t| match t {
        Target::Local(path) => {
            let folder = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            *path == store.path || folder == store.path
        }
        Target::Remote(_) => false,
    })
}
