//! Runs: how one is started, how it comes into the spool, and when it never will.

use std::time::Duration;

use capdo_checks::{host::Budget, registry};
use capdo_proto::v1;
use tokio::task::JoinError;

use super::{Job, SayError, Sighting, observer::with_endpoints, state::Service};
use crate::{
    chance, levels,
    spool::{NewRun, SpoolError},
    status::LastRun,
};

/// How often a run that the spool had no room for is put there again.
const SAVE_AGAIN_MS: i64 = 10 * 1_000;

/// A run that takes longer waits for something that does not answer: each check ends well before twice its
/// time.
fn longest_run() -> Duration {
    let times = registry::all().into_iter();
    let times = times.map(|check| check.budget(Budget::default()).time);
    times.sum::<Duration>() * 2
}

/// A run that the spool had no room for. There is at most one: a later run sees what is by then.
pub(super) struct Unsaved {
    run: Box<NewRun>,
    inventory: Option<capdo_checks::facts::inventory::Inventory>,
    /// The next try, in ticks.
    again_ms: i64,
}

impl Service {
    pub(super) fn start_run(&mut self, only: Vec<String>) {
        let Some(assignment) = self.assignment.clone() else {
            return; // a run without the collector's nonce would be refused
        };
        let job = Job {
            level: u8::try_from(assignment.system_level).unwrap_or(levels::DEFAULT_LEVEL),
            settings: with_endpoints(&self.declared, &assignment.endpoints),
            only,
        };
        self.run_under = Some(assignment);
        self.observing_since_ms = self.clock.ticks_ms();
        let observer = self.observer.clone();
        self.observing = Some(tokio::task::spawn_blocking(move || observer.observe(&job)));
    }

    /// Whether the run under way will hardly end any more. Then no other can begin, and the service is of
    /// no use: it says so, and lets systemd start it anew.
    pub(super) fn is_stuck(&mut self, now_ms: i64) -> bool {
        let took = now_ms - self.observing_since_ms;
        let most = i64::try_from(longest_run().as_millis()).unwrap_or(i64::MAX);
        let stuck = self.observing.is_some() && took > most;
        if stuck && self.status.stuck_since_ms.is_none() {
            self.status.stuck_since_ms = Some(self.clock.now_ms() - took);
            let minutes = took / 60_000;
            tracing::error!(
                minutes,
                "A run does not end: a disk or a program of this host does not answer. The service waits to \
                 be started anew."
            );
            self.write_status();
        }
        stuck
    }

    pub(super) fn observed(
        &mut self,
        sighting: Result<Sighting, JoinError>,
    ) -> Result<(), SayError> {
        let under = self.run_under.take().unwrap_or_default();
        self.status.stuck_since_ms = None;
        let sighting = match sighting {
            Ok(sighting) if !sighting.checks.is_empty() => sighting,
            Ok(_) => return Ok(()),
            Err(error) => {
                tracing::error!(%error, "A run failed.");
                return Ok(());
            }
        };
        let started = v1::RunStarted {
            run_id: chance::uuid_v7(sighting.started_ms),
            counter: 0, // the spool sets it
            nonce: if self.identity.is_carried() {
                Vec::new()
            } else {
                under.nonce
            },
            started_ms: sighting.started_ms,
            catalogue_sha256: levels::catalogue_sha256().to_vec(),
            checks: sighting.checks,
            assignment_revision: under.revision,
            missing_before: None,      // the spool sets it
            checks_sha256: Vec::new(), // set when it is sent, to a collector that takes it
        };
        let run = Box::new(NewRun {
            started,
            findings: sighting.findings,
            complete: sighting.complete,
            finished_ms: sighting.finished_ms,
            taken: sighting.taken,
        });
        self.keep(Unsaved {
            run,
            inventory: sighting.inventory,
            again_ms: 0,
        })
    }

    /// Tries again to put a run into the spool that had no room for it.
    pub(super) fn save_again(&mut self, now_ms: i64) -> Result<(), SayError> {
        match self.unsaved.take_if(|u| u.again_ms <= now_ms) {
            Some(unsaved) => self.keep(unsaved),
            None => Ok(()),
        }
    }

    /// Puts a run into the spool, or keeps it in memory where the disk is full.
    fn keep(&mut self, mut unsaved: Unsaved) -> Result<(), SayError> {
        match self.put(&unsaved) {
            Ok(counter) => {
                self.note_run(counter, &unsaved.run);
                Ok(())
            }
            Err(error) if error.may_pass() => {
                let reason = error.to_string();
                if self.status.spool_error.as_ref() != Some(&reason) {
                    tracing::error!(%error, "A run cannot be kept on disk; trying again.");
                }
                self.status.spool_error = Some(reason);
                unsaved.again_ms = self.clock.ticks_ms() + SAVE_AGAIN_MS;
                self.unsaved = Some(unsaved);
                self.write_status();
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn put(&mut self, unsaved: &Unsaved) -> Result<u64, SpoolError> {
        if let Some(inventory) = &unsaved.inventory {
            self.spool.put_inventory(inventory)?;
        }
        self.spool.put(&unsaved.run)
    }

    fn note_run(&mut self, counter: u64, run: &NewRun) {
        let last_run = LastRun {
            counter,
            run_id: run.started.run_id.clone(),
            finished_ms: run.finished_ms,
            findings: run.findings.len(),
            cpu_ms: run.taken.cost.cpu_ms,
            peak_rss_kib: run.taken.cost.peak_rss_kib,
            cpu_limit_ms: run.taken.limits.map(|l| l.cpu_ms),
            rss_limit_kib: run.taken.limits.map(|l| l.rss_kib),
            checks_over_budget: run.taken.checks_over_budget,
        };
        tracing::info!(
            counter,
            findings = last_run.findings,
            cpu_ms = last_run.cpu_ms,
            "A run is finished."
        );
        if last_run.checks_over_budget > 0 {
            tracing::warn!(
                checks = last_run.checks_over_budget,
                "A run took all that it may; the checks that were left are reported as unknown."
            );
        }
        self.status.last_run = Some(last_run);
        self.status.spool_error = None;
        self.write_status();
    }
}
