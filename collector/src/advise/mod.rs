//! The check `patch.advisories`: made here, from the package list that a host's agent signed and the
//! feeds that were imported. A new feed changes what is found on a host without its agent knowing.
//!
//! A list counts only while its SHA-256 is the one in the host's finding of `patch.inventory`, which
//! its agent signed with a run. While the two differ, because one of them is still on its way, the
//! finding stays as it is and grows old like any other.

pub mod worker;

use std::collections::{BTreeSet, HashMap, HashSet};

use capdo_checks::{
    Observation,
    advisories::{self, Dates, Distribution, Group, Matched, find_open_in, names, of_inventory},
    facts::{inventory::Inventory, versions::Scheme},
    run::LISTS_PACKAGES,
};
use capdo_proto::v1::SubjectKind;
use jiff::Timestamp;

use crate::{
    assess::measure,
    clock::timestamp,
    ingest::{apply::change, rejudge::conclude},
    store::{
        Db, Result, Scope, Store, advisory, feed,
        finding::{self, Finding, Held},
        finding_change::{ChangeKind, Tail},
        host::{self, Host},
        inventory, observation, record, system,
    },
};

/// The check whose finding names the release that a host runs.
const NAMES_RELEASE: &str = "patch.os-support";
/// Hosts that are compared in one transaction.
const AT_A_TIME: usize = 20;

/// Compares one host with the advisories anew; its system where the finding changed or was confirmed.
///
/// # Errors
/// When the store fails.
pub async fn host(store: &Store, host_id: &str, now: i64) -> Result<Option<String>> {
    let mut db = store.snapshot().await?;
    let made = Maker::new(&mut db).await?.make(&mut db, host_id).await?;
    drop(db);
    keep(store, vec![made], now)
        .await
        .map(|mut all| all.pop_first())
}

/// Compares every host with the advisories anew; the systems whose hosts' findings changed.
///
/// # Errors
/// When the store fails.
pub async fn all(store: &Store, now: i64) -> Result<BTreeSet<String>> {
    let mut changed = BTreeSet::new();
    let hosts = host::list(&mut *store.read().await?, &Scope::All, None).await?;
    let mut maker: Option<Maker> = None;
    for some in hosts.chunks(AT_A_TIME) {
        let mut db = store.snapshot().await?;
        let maker = match &mut maker {
            Some(maker) => maker,
            None => maker.insert(Maker::new(&mut db).await?),
        };
        let mut made = Vec::new();
        for host in some {
            made.push(maker.make(&mut db, &host.id).await?);
        }
        drop(db);
        changed.extend(keep(store, made, now).await?);
    }
    Ok(changed)
}

/// What is to become of a host's finding.
enum Word {
    /// This is what is found, confirmed then.
    Found(Box<Observation>, i64),
    /// It stays as it is.
    Stay,
    /// The collector measures this host no more.
    Gone,
}

struct Made {
    host: Host,
    word: Word,
    /// What the word rests on; one that rests on something that has changed meanwhile is not kept.
    signed: Option<(String, i64)>,
}

/// Reads feeds once for many hosts.
struct Maker {
    exploited: HashSet<String>,
    dates: Dates,
    any_feed: bool,
    /// By release: how recent its advisories are, and the fixes that were read so far by package.
    releases: HashMap<(Distribution, Scheme), Release>,
}

#[derive(Default)]
struct Release {
    covered: bool,
    dated: Option<Timestamp>,
    read: BTreeSet<String>,
    fixes: HashMap<String, Vec<Group>>,
}

impl Maker {
    async fn new(db: &mut Db) -> Result<Self> {
        Ok(Self {
            exploited: advisory::exploited(&mut *db).await?,
            dates: Dates {
                advisories: None,
                exploited: feed::dated(&mut *db, "kev").await?.map(timestamp),
                probability: feed::dated(&mut *db, "epss").await?.map(timestamp),
            },
            any_feed: feed::any(db).await?,
            releases: HashMap::new(),
        })
    }

    async fn make(&mut self, db: &mut Db, host_id: &str) -> Result<Made> {
        let host = host::find(&mut *db, &Scope::All, host_id).await?;
        let signed = signed(&mut *db, host_id).await?;
        let word = match inventory::find(&mut *db, host_id).await? {
            // Which distribution it is, is not known before a list came: silence must not help.
            None if self.any_feed => unknown(signed.as_ref(), &host),
            None => Word::Gone,
            Some(_) if !self.any_feed => Word::Gone,
            Some(list) => match &signed {
                Some((sha256, at)) if *sha256 == hex::encode(list.sha256()) => {
                    self.word(db, &host, &list, *at).await?
                }
                _ if held(db, host_id).await?.is_some() => Word::Stay,
                other => unknown(other.as_ref(), &host),
            },
        };
        Ok(Made { host, word, signed })
    }

    /// The word on a list that was signed. To call itself something that no feed speaks about is no way
    /// out for a host that other evidence says is something else.
    async fn word(&mut self, db: &mut Db, host: &Host, list: &Inventory, at: i64) -> Result<Word> {
        let covered = self.release(db, list).await?.covered;
        let mut reported: Vec<Distribution> = reported(db, &host.id).await?.into_iter().collect();
        if !covered {
            // A system that was replaced keeps its identity, so this alone does not speak against a
            // list that there are advisories for; and its release may have been upgraded.
            reported.push(Distribution::new(&host.os_id, ""));
        }
        let others = advisories::other_distributions(list, &reported);
        let known = if covered {
            advisories::is_ordered(list)
        } else {
            advisories::is_known_release(list)
        };
        if !others.is_empty() || !known {
            let doubt = advisories::in_doubt(list, &others);
            return Ok(Word::Found(Box::new(doubt), at));
        }
        if !covered {
            return Ok(Word::Gone);
        }
        let matched = self.compare(db, list).await?;
        let dates = Dates {
            advisories: self.release(db, list).await?.dated,
            ..self.dates.clone()
        };
        let found = advisories::compose(list, &matched, &dates);
        Ok(Word::Found(Box::new(found), at))
    }

    async fn release(&mut self, db: &mut Db, list: &Inventory) -> Result<&mut Release> {
        let of = key(list);
        if !self.releases.contains_key(&of) {
            let dated = feed::freshness(db, &of.0.name, &of.0.release).await?;
            let release = Release {
                covered: dated.is_some(),
                dated: dated.flatten().map(timestamp),
                ..Release::default()
            };
            self.releases.insert(of.clone(), release);
        }
        Ok(self.releases.entry(of).or_default())
    }

    async fn compare(&mut self, db: &mut Db, list: &Inventory) -> Result<Matched> {
        let wanted = names(list);
        self.release(db, list).await?;
        let Self {
            exploited,
            releases,
            ..
        } = self;
        let release = releases.entry(key(list)).or_default();
        let unread: BTreeSet<String> = wanted.difference(&release.read).cloned().collect();
        if !unread.is_empty() {
            let more = advisory::fixes(db, &of_inventory(list), &unread, exploited).await?;
            let grouped = more
                .into_iter()
                .map(|(name, fixes)| (name, Group::all(list.scheme, fixes)));
            release.fixes.extend(grouped);
            release.read.extend(unread);
        }
        let fixes = wanted
            .iter()
            .filter_map(|name| release.fixes.get(name))
            .flatten();
        let mut matched = find_open_in(list, fixes);
        let cves = matched
            .open
            .iter()
            .flat_map(|o| o.cves.iter().cloned())
            .collect();
        let probability = advisory::probability(db, &cves).await?;
        matched.set_probability(|cve| probability.get(cve).copied());
        Ok(matched)
    }
}

/// A list says itself in which order its versions are; that of one host must not decide for another.
fn key(list: &Inventory) -> (Distribution, Scheme) {
    (of_inventory(list), list.scheme)
}

/// The list's SHA-256 that the host's agent signed last, and when it was confirmed.
pub(crate) async fn signed(db: &mut Db, host_id: &str) -> Result<Option<(String, i64)>> {
    let Some(held) = finding::one(db, host_id, LISTS_PACKAGES).await? else {
        return Ok(None);
    };
    let observation = Observation::from_bytes(&held.bytes).ok();
    let sha256 = observation
        .as_ref()
        .and_then(|o| o.best("sha256")?.value.as_text())
        .unwrap_or_default();
    Ok(Some((sha256.to_owned(), held.finding.confirmed_at)))
}

/// The distribution that the host's own check of its support names.
async fn reported(db: &mut Db, host_id: &str) -> Result<Option<Distribution>> {
    let Some(held) = finding::one(db, host_id, NAMES_RELEASE).await? else {
        return Ok(None);
    };
    let observation = Observation::from_bytes(&held.bytes).ok();
    let release = observation
        .as_ref()
        .and_then(|o| o.best("release")?.value.as_text());
    let (name, version) = release
        .unwrap_or_default()
        .split_once(' ')
        .unwrap_or_default();
    Ok(Some(Distribution::new(name, version)))
}

async fn held(db: &mut Db, host_id: &str) -> Result<Option<Held>> {
    finding::one(db, host_id, advisories::CHECK).await
}

fn unknown(signed: Option<&(String, i64)>, host: &Host) -> Word {
    let at = signed.map_or(host.last_run_at, |(_, at)| Some(*at));
    let at = at.unwrap_or(host.enrolled_at);
    Word::Found(Box::new(advisories::without_inventory()), at)
}

/// Writes what was made, in one transaction.
async fn keep(store: &Store, all: Vec<Made>, now: i64) -> Result<BTreeSet<String>> {
    let mut changed = BTreeSet::new();
    let mut tx = store.write().await?;
    for made in all {
        if write(&mut tx, &made, now).await? {
            changed.insert(made.host.system_id);
        }
    }
    tx.commit().await?;
    Ok(changed)
}

/// Whether anything changed, the time of confirmation included.
async fn write(db: &mut Db, made: &Made, now: i64) -> Result<bool> {
    let host_id = made.host.id.as_str();
    if signed(&mut *db, host_id).await? != made.signed {
        return Ok(false); // a run came in between; it is compared by itself
    }
    let old = held(&mut *db, host_id).await?.map(|h| h.finding);
    match (&made.word, old) {
        (Word::Stay, _) | (Word::Gone, None) => Ok(false),
        (Word::Gone, Some(old)) => gone(db, &made.host, &old, now).await.map(|()| true),
        (Word::Found(observation, at), _) => found(db, &made.host, observation, *at, now).await,
    }
}

/// Takes out a finding that the collector made.
pub(crate) async fn gone(db: &mut Db, host: &Host, old: &Finding, now: i64) -> Result<()> {
    let mut tail = Tail::of(&mut *db, &host.id, "", now).await?;
    tail.append(&mut *db, ChangeKind::Gone, old).await?;
    finding::remove(&mut *db, old).await?;
    on_record(db, host, now).await
}

/// Keeps what the collector finds of a host, confirmed at `at`. Whether anything changed, the time of
/// confirmation included.
pub(crate) async fn found(
    db: &mut Db,
    host: &Host,
    observation: &Observation,
    at: i64,
    now: i64,
) -> Result<bool> {
    let changed = keep_one(&mut *db, host, observation, at, now).await?;
    if changed.is_some() {
        // The record says by which figures the collector judged last, for all of its own findings; so
        // those that rest on figures are judged by the same ones.
        let figures = held(&mut *db, &host.id).await?;
        if let Some(held) = figures.filter(|_| observation.check != advisories::CHECK)
            && let Ok(observation) = Observation::from_bytes(&held.bytes)
        {
            let at = held.finding.confirmed_at;
            keep_one(&mut *db, host, &observation, at, now).await?;
        }
        if changed == Some(true) {
            on_record(db, host, now).await?;
        }
    }
    Ok(changed.is_some())
}

/// Nothing where nothing changed; else whether the history went on.
async fn keep_one(
    db: &mut Db,
    host: &Host,
    observation: &Observation,
    at: i64,
    now: i64,
) -> Result<Option<bool>> {
    let old = finding::one(&mut *db, &host.id, &observation.check).await?;
    let old = old.map(|h| h.finding);
    let new = concluded(&mut *db, host, observation, at, old.as_ref(), now).await?;
    if old.as_ref() == Some(&new) {
        return Ok(None);
    }
    let (sha256, bytes) = (observation.sha256(), observation.to_bytes());
    observation::keep(&mut *db, &sha256, &bytes, now).await?;
    let kind = change(old.as_ref(), &new);
    if let Some(kind) = kind {
        let mut tail = Tail::of(&mut *db, &host.id, "", now).await?;
        tail.append(&mut *db, kind, &new).await?;
    }
    finding::put(db, &new).await?;
    Ok(Some(kind.is_some()))
}

/// Records that the host's history went on, and by which rules.
async fn on_record(db: &mut Db, host: &Host, now: i64) -> Result<()> {
    let system = system::find(&mut *db, &Scope::All, &host.system_id).await?;
    let rules = (
        system.standard_id.as_str(),
        system.level(),
        measure::judge(),
    );
    record::changed(db, &host.id, rules, now).await
}

async fn concluded(
    db: &mut Db,
    host: &Host,
    observation: &Observation,
    at: i64,
    old: Option<&Finding>,
    now: i64,
) -> Result<Finding> {
    let system = system::find(db, &Scope::All, &host.system_id).await?;
    let thresholds = measure::thresholds(&system.standard_id, system.level());
    let judgement = conclude(observation, timestamp(at), &thresholds);
    let verdict = judgement.verdict.code().to_owned();
    let same = old.filter(|o| o.verdict == verdict);
    let sha256 = observation.sha256().to_vec();
    let seen = old.filter(|o| o.observation_sha256 == sha256);
    Ok(Finding {
        host_id: host.id.clone(),
        check_id: observation.check.clone(),
        subject_kind: SubjectKind::Host.into(),
        subject_name: String::new(),
        observation_sha256: sha256,
        reason: serde_json::to_string(&judgement.reason).unwrap_or_default(),
        claimed_verdict: verdict.clone(),
        claim_mismatch: false,
        observed_at: seen.map_or(at, |o| o.observed_at),
        confirmed_at: at,
        since: same.map_or(now, |o| o.since),
        verdict,
    })
}
