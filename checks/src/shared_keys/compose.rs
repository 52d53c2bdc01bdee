//! The observation that the collector makes: no agent sends it. It holds counts and none of the names of
//! others: an agency does not learn from it who else holds its key.

use super::{Kind, Own};
use crate::observation::{Facts, Observation, Subject, Value};

/// Version of the facts.
pub const VERSION: u32 = 1;
/// Other hosts are counted up to here, so that a key on a thousand hosts is not told anew a thousand times.
pub const MOST_COUNTED: u32 = 50;
/// So many shared keys are shown one by one; all are counted.
const MOST_SHOWN: usize = 32;
const FROM: &str = "keys that the agents of this collector report";

/// Who else holds a key, by how far their word reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// Hosts of the same system.
    pub same_system: u32,
    /// The name of a declared service of the system that all of them serve with a certificate for it.
    pub service: Option<String>,
    /// Hosts of other systems of the agency that hold it in a file, as this host does: one owner answers
    /// for both, so their word is as good as its own.
    pub other_systems: u32,
    /// Hosts of other systems of the agency where it is only served, here or there: it may be passed on.
    pub passed_on: u32,
    /// Hosts of other agencies at whose endpoints the collector itself saw it, under a name that the
    /// certificate is for, and which hold it in a file.
    pub agencies_seen: u32,
    /// Hosts of other agencies that say so. Whoever has seen a public key can say that.
    pub agencies_claim: u32,
}

impl Others {
    /// How many in all.
    const fn count(&self) -> u32 {
        self.same_system
            .saturating_add(self.other_systems)
            .saturating_add(self.passed_on)
            .saturating_add(self.agencies_seen)
            .saturating_add(self.agencies_claim)
    }
}

/// A key of the host and who else holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// The fingerprint.
    pub key: String,
    /// The others.
    pub others: Others,
}

/// What is found of the keys of a host.
pub fn compose(kind: Kind, own: &Own, shared: &[Shared]) -> Observation {
    let shared: Vec<&Shared> = shared.iter().filter(|s| s.others.count() > 0).collect();
    let most = |of: fn(&Others) -> u32| shared.iter().map(|s| of(&s.others)).max().unwrap_or(0);
    let alone = |o: &Others| {
        if o.service.is_some() {
            0
        } else {
            o.same_system
        }
    };
    let mut services: Vec<&str> = shared
        .iter()
        .filter_map(|s| s.others.service.as_deref())
        .collect();
    services.sort_unstable();
    services.dedup();
    let facts = Facts::new()
        .observed("keys", own.keys.len(), FROM)
        .observed("unseen", own.unseen.clone(), FROM)
        .observed("shared", shared.len(), FROM)
        .observed("same_system", most(alone), FROM)
        .observed("services", services, FROM)
        .observed("other_systems", most(|o| o.other_systems), FROM)
        .observed("passed_on", most(|o| o.passed_on), FROM)
        .observed("agencies_seen", most(|o| o.agencies_seen), FROM)
        .observed("agencies_claim", most(|o| o.agencies_claim), FROM)
        .observed("shared_keys", shown(&shared), FROM);
    Observation {
        check: kind.check().to_owned(),
        version: VERSION,
        subject: Subject::host(),
        facts: facts.facts,
        gap: None,
    }
}

/// One line of columns per key: its fingerprint and how many others hold it.
fn shown(shared: &[&Shared]) -> Vec<Value> {
    let entry = |s: &&Shared| {
        let columns: [(&str, Value); 2] = [
            ("key", s.key.as_str().into()),
            ("others", s.others.count().min(MOST_COUNTED).into()),
        ];
        columns.into_iter().collect()
    };
    shared.iter().take(MOST_SHOWN).map(entry).collect()
}
