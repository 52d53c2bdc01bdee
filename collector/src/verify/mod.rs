//! Verifying the record: from the certificates that the CA issued to the verdicts that hold now, without
//! a network, without the CA's key, and without writing anything.
//!
//! What it shows: every accepted run bears the signature of a key that the CA vouched for and that was
//! not revoked, over the nonce, the counter and the digest; the findings follow from the runs, one
//! change after the other, and from the evidence by the rules; nothing of it was altered, reordered or
//! taken out. Whoever can write the store can also shorten it consistently: against that stands the
//! head of the record, kept outside.

mod anchors;
mod certificates;
pub mod exported;
mod findings;
mod history;
mod host;
mod outside;
mod probes;
mod standing;

use std::{collections::BTreeMap, time::Instant};

use serde::Serialize;
use serde_json::Value;

use self::{outside::Told, standing::Stands};

use crate::store::{
    Db, Result, Scope, Store,
    audit::{self, Asked},
    authority,
    chain::{Flaw, Walk},
    check_list, host as hosts, integrity, observation,
    record::{self, Kind},
};

pub use crate::store::record::Head;
pub use anchors::{Anchors, BadAnchor};

/// The most breaks that are told one by one.
const MOST: usize = 100;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The table.
    pub table: &'static str,
    /// The row.
    pub row: String,
    /// What is wrong with it: a code that the message catalogue words.
    pub what: &'static str,
    /// More, for whoever looks into it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// What was verified, and what does not hold.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// SHA-256 of the CA certificates that were trusted.
    pub ca_sha256: Vec<String>,
    /// Hosts.
    pub hosts: u64,
    /// Certificates.
    pub certificates: u64,
    /// Those of which only the key is on record, since an older version issued them.
    pub keys_on_record_only: u64,
    /// Accepted runs.
    pub runs: u64,
    /// Those from before the record began.
    pub runs_before_record: u64,
    /// Changes of findings.
    pub changes: u64,
    /// Findings that hold now.
    pub findings: u64,
    /// Those that were judged by other rules than this program's, so not judged again.
    pub judged_by_other_rules: u64,
    /// Observations.
    pub observations: u64,
    /// Agencies, systems, hosts, endpoints and authorisations, where the audit log does not say how they stand: an
    /// older version entered them, and no newer one has opened the store since.
    pub stand_unsaid: u64,
    /// Entries of the audit log.
    pub audit: u64,
    /// Rows of the log of probes.
    pub probes: u64,
    /// Rows of the record.
    pub record: u64,
    /// The end of the record.
    pub head: String,
    /// Where an earlier head was given: whether the record still holds it.
    pub expected: Option<bool>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What does not hold, the first first.
    pub broken: Vec<Break>,
    /// How much more does not hold.
    pub more_broken: u64,
}

impl Report {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    fn breaks(
        &mut self,
        table: &'static str,
        row: impl Into<String>,
        what: &'static str,
        detail: impl Into<String>,
    ) {
        if self.broken.len() >= MOST {
            self.more_broken += 1;
            return;
        }
        self.broken.push(Break {
            table,
            row: row.into(),
            what,
            detail: detail.into(),
        });
    }

    fn flaw(&mut self, table: &'static str, row: impl Into<String>, flaw: Option<Flaw>) {
        let what = match flaw {
            None => return,
            Some(Flaw::Gap) => "gap",
            Some(Flaw::Order) => "order",
            Some(Flaw::Content) => "content",
        };
        self.breaks(table, row, what, "");
    }
}

/// What is to be verified.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Only this host's runs, findings and events.
    pub host: Option<&'a str>,
    /// A head that the record had before.
    pub expect: Option<Head>,
}

/// Verifies the record of a store.
///
/// # Errors
/// When the store fails, or has no such host.
pub async fn run(store: &Store, anchors: &Anchors, asked: &Wanted<'_>) -> Result<Report> {
    let started = Instant::now(); // how long it took is shown, and nothing rests on it
    let mut db = store.snapshot().await?;
    let mut report = Report::default();
    let known = authority::list(&mut db).await?;
    let anchors = &anchors.with_stored(&known, &mut report);
    report.ca_sha256 = anchors.fingerprints();
    let mut heard = Heard::default();
    chain(&mut db, asked, &mut heard, &mut report).await?;
    let mut stands = log_of_acts(&mut db, &heard.acts, &mut report).await?;
    probes::verify(&mut db, heard.last_probe, &mut report).await?;
    if asked.host.is_none() {
        stands.verify(&mut db, &mut report).await?;
        evidence(&mut db, &mut report).await?;
    }
    let all: Vec<_> = match asked.host {
        Some(id) => vec![hosts::find(&mut db, &Scope::All, id).await?],
        None => hosts::all(&mut db).await?,
    };
    if asked.host.is_none() {
        heard.looks.verify(&mut db, &mut report).await?;
        strangers(&mut db, &all, &mut report).await?;
    }
    for host in &all {
        report.hosts += 1;
        host::verify(&mut db, anchors, host, &mut report).await?;
        events(&mut db, &host.id, &mut report).await?;
    }
    report.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

/// What the record says of rows of other tables that belong to no host.
#[derive(Debug, Default)]
struct Heard {
    /// Of the audit log: the hash at each place.
    acts: BTreeMap<i64, String>,
    /// Of the log of probes: the last place and its hash, which vouches for those before.
    last_probe: Option<(i64, String)>,
    /// Of looks from outside.
    looks: Told,
}

/// The record itself, and the head that was kept outside.
async fn chain(
    db: &mut Db,
    asked: &Wanted<'_>,
    heard: &mut Heard,
    report: &mut Report,
) -> Result<()> {
    let mut walk = Walk::default();
    let mut kept = asked.expect.as_ref().map(|head| (head, head.seq == 0));
    loop {
        let page = record::page(&mut *db, walk.seq).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let flaw = entry.follows(&mut walk);
            report.flaw("record", entry.seq.to_string(), flaw);
            report.record += 1;
            if let Some((head, found)) = &mut kept
                && entry.seq == head.seq
            {
                *found = entry.sha256 == head.sha256;
            }
            heard.looks.take(&entry);
            if entry.kind == Kind::Audit {
                let seq = entry.subject.parse().unwrap_or(-1);
                heard.acts.insert(seq, said(&entry.said(), "sha256"));
            } else if entry.kind == Kind::Probe {
                heard.last_probe = entry.names_row();
            }
        }
    }
    report.head = Head {
        seq: walk.seq,
        sha256: walk.sha256.clone(),
    }
    .to_string();
    if let Some((head, found)) = kept {
        report.expected = Some(found);
        if !found {
            let what = if head.seq > walk.seq {
                "head-cut"
            } else {
                "head-other"
            };
            report.breaks("record", head.seq.to_string(), what, "");
        }
    }
    Ok(())
}

/// The audit log: unbroken, and ending where the record says that it ends. Returns how it says that things stand.
async fn log_of_acts(
    db: &mut Db,
    log: &BTreeMap<i64, String>,
    report: &mut Report,
) -> Result<Stands> {
    let mut stands = Stands::default();
    let mut walk = Walk::default();
    let begins = log.keys().next().copied().unwrap_or(i64::MAX);
    loop {
        let page = audit::page(&mut *db, &Asked::ALL, walk.seq).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let flaw = entry.follows(&mut walk);
            let row = entry.seq.to_string();
            report.flaw("audit", row.clone(), flaw);
            report.audit += 1;
            stands.take(&entry, report);
            match log.get(&entry.seq) {
                Some(sha256) if *sha256 != hex::encode(&entry.sha256) => {
                    report.breaks("audit", row, "differs", "");
                }
                None if entry.seq >= begins => report.breaks("audit", row, "unrecorded", ""),
                _ => {}
            }
        }
    }
    for seq in log.range(walk.seq + 1..).map(|(seq, _)| *seq) {
        report.breaks("audit", seq.to_string(), "missing", "");
    }
    Ok(stands)
}

/// Every observation, and every list of checks, has the hash that it is kept under.
async fn evidence(db: &mut Db, report: &mut Report) -> Result<()> {
    for sha256 in check_list::changed(&mut *db).await? {
        report.breaks("check_list", hex::encode(sha256), "content", "");
    }
    let mut after = 0;
    loop {
        let page = observation::page(&mut *db, after).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.0;
        for (_, sha256, bytes) in &page {
            report.observations += 1;
            if capdo_proto::digest::observation_sha256(bytes)[..] != sha256[..] {
                report.breaks("observation", hex::encode(sha256), "content", "");
            }
        }
    }
}

/// Rows of the record about hosts that are not there.
async fn strangers(db: &mut Db, known: &[hosts::Host], report: &mut Report) -> Result<()> {
    for id in record::hosts(db).await? {
        if !known.iter().any(|h| h.id == id) {
            report.breaks("host", id, "missing", "");
        }
    }
    Ok(())
}

/// Every event that was recorded is still there.
async fn events(db: &mut Db, host_id: &str, report: &mut Report) -> Result<()> {
    let recorded = record::of_host(&mut *db, host_id).await?;
    for entry in recorded.iter().filter(|e| e.kind == Kind::Event) {
        let what: Option<(String, String)> = serde_json::from_str(&entry.subject).ok();
        let first_at = match what {
            Some((kind, subject)) => {
                integrity::first_at(&mut *db, host_id, &kind, &subject).await?
            }
            None => None,
        };
        if first_at != Some(entry.at) {
            let row = format!("{host_id} {}", entry.subject);
            report.breaks("integrity_event", row, "missing", "");
        }
    }
    Ok(())
}

/// A text that a row of the record says; empty where it does not.
fn said(detail: &Value, name: &str) -> String {
    detail[name].as_str().unwrap_or_default().to_owned()
}
