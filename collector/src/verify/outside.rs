//! What looks from outside show against hosts: scores rest on it, so it stands as the record last said.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Report;
use crate::store::{
    Db, Result, Scope,
    contradiction::{self, of_endpoint, said},
    record::{Entry, Kind},
};

/// What the record last said of each endpoint, by the subject of its rows.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<String, Value>);

impl Told {
    /// Takes in a row of the record, where it speaks of an endpoint.
    pub(super) fn take(&mut self, entry: &Entry) {
        if entry.kind == Kind::Event && entry.host_id.is_none() {
            let against = entry.said()["against"].take();
            self.0.insert(entry.subject.clone(), against);
        }
    }

    /// Compares with what stands. Rows from before they entered the record have no say in a score.
    pub(super) async fn verify(&self, db: &mut Db, report: &mut Report) -> Result<()> {
        let mut endpoints = contradiction::endpoints(&mut *db).await?;
        for subject in self.0.keys() {
            let named: Option<(String, String)> = serde_json::from_str(subject).ok();
            endpoints.extend(named.map(|(_, endpoint)| endpoint));
        }
        endpoints.sort();
        endpoints.dedup();
        for id in endpoints {
            let rows = of_endpoint(&mut *db, &Scope::All, &id).await?;
            let Some(told) = self.0.get(&contradiction::subject(&id)) else {
                if rows.iter().any(|r| r.counts_until > 0) {
                    report.breaks("contradiction", id, "unrecorded", "");
                }
                continue;
            };
            if said(&rows) != *told {
                let what = if rows.is_empty() {
                    "missing"
                } else {
                    "differs"
                };
                report.breaks("contradiction", id, what, "");
            }
        }
        Ok(())
    }
}
