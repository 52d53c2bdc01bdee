//! Agencies, systems, hosts, endpoints and authorisations stand as the audit log last said, and became so by acts that
//! may change as much.

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
    /// Takes in an entry of the log, where it says how something stands. More change than the act may make was made
    /// by something else before it.
    pub(super) fn take(&mut self, entry: &Entry, report: &mut Report) {
        let Some(thing) = Thing::of_act(&entry.action) else {
            return;
        };
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let Some(how) = detail.get("stands") else {
            return;
        };
        let place = || format!("audit {} {}", entry.seq, entry.action);
        match self.0.insert((thing, entry.target.clone()), how.clone()) {
            None if !standing::begins(&entry.action) => {
                report.breaks(thing.table(), entry.target.clone(), "unrecorded", place());
            }
            None => {}
            Some(before) => {
                let changed = changed(&before, how);
                let mut changed =
                    changed.filter(|f| !standing::may_change(&entry.action, &detail, f));
                if changed.next().is_some() {
                    let told = format!("{}: {before} → {how}", place());
                    report.breaks(thing.table(), entry.target.clone(), "differs", told);
                }
            }
        }
    }

    /// Compares with what stands. A log that says of nothing how it stands is of an older version: all is taken as it
    /// is, and counted.
    pub(super) async fn verify(&mut self, db: &mut Db, report: &mut Report) -> Result<()> {
        let silent = self.0.is_empty();
        for thing in Thing::ALL {
            for (id, how) in standing::all(&mut *db, thing).await? {
                match self.0.remove(&(thing, id.clone())) {
                    None if silent => report.stand_unsaid += 1,
                    None => report.breaks(thing.table(), id, "unrecorded", ""),
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

/// The fields in which two differ; one that either does not have counts.
fn changed<'a>(before: &'a Value, after: &'a Value) -> impl Iterator<Item = &'a str> {
    let fields = |v: &'a Value| v.as_object().into_iter().flat_map(|o| o.keys());
    let differ = move |f: &&'a String| before.get(f.as_str()) != after.get(f.as_str());
    fields(before)
        .chain(fields(after))
        .filter(differ)
        .map(String::as_str)
}
