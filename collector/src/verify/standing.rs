//! Agencies, systems and hosts stand as the audit log last said.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Report;
use crate::store::{
    Db, Result,
    audit::Entry,
    standing::{self, Thing},
};

/// How the audit log last said that each stands.
#[derive(Debug, Default)]
pub(super) struct Stands(BTreeMap<(Thing, String), Value>);

impl Stands {
    /// Takes in an entry of the log, where it says how something stands.
    pub(super) fn take(&mut self, entry: &Entry) {
        let Some(thing) = Thing::of_act(&entry.action) else {
            return;
        };
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        if let Some(how) = detail.get("stands") {
            let key = (thing, entry.target.clone());
            self.0.insert(key, how.clone());
        }
    }

    /// Compares with what stands. What an earlier version entered and nobody changed since is taken as it
    /// is, and counted.
    pub(super) async fn verify(&mut self, db: &mut Db, report: &mut Report) -> Result<()> {
        for thing in Thing::ALL {
            for (id, how) in standing::all(&mut *db, thing).await? {
                match self.0.remove(&(thing, id.clone())) {
                    None => report.stand_unsaid += 1,
                    Some(said) if said != how => {
                        let detail = format!("{said} → {how}");
                        report.breaks(thing.table(), id, "differs", detail);
                    }
                    Some(_) => {}
                }
            }
        }
        for (thing, id) in std::mem::take(&mut self.0).into_keys() {
            report.breaks(thing.table(), id, "missing", "");
        }
        Ok(())
    }
}
