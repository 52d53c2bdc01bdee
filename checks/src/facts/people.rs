//! The people of this host, and which files they reach by a group: each is looked at by the bits that hold
//! for them. Only local accounts are seen, and no access lists.

use std::collections::BTreeSet;

use crate::{
    context::{Cx, Gather},
    facts::{
        access::{folders, real_path},
        accounts::{Accounts, Groups},
    },
    host::{Host, HostError, Stat},
    observation::Gap,
};

/// User ids of people; below are those of the system, and 65534 is nobody.
pub const UIDS: std::ops::Range<u32> = 1_000..65_534;

/// Somebody who can log in.
struct Person {
    name: String,
    uid: u32,
    groups: BTreeSet<u32>,
}

impl Person {
    /// Whether the bits (as of the owner) are set for this person.
    fn may(&self, stat: &Stat, bits: u32) -> bool {
        let shift = if stat.uid == self.uid {
            0
        } else if self.groups.contains(&stat.gid) {
            3
        } else {
            6
        };
        stat.mode & (bits >> shift) != 0
    }
}

/// Everybody who can log in, with their groups.
pub struct People(Vec<Person>);

impl Gather for People {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let (accounts, groups) = (cx.get::<Accounts>()?, cx.get::<Groups>()?);
        let people = accounts.all.iter();
        let people = people.filter(|a| UIDS.contains(&a.uid) && a.has_login_shell());
        let person = |account: &crate::facts::accounts::Account| {
            let added = groups
                .0
                .iter()
                .filter(|g| g.members.contains(&account.name));
            Person {
                name: account.name.clone(),
                uid: account.uid,
                groups: added.map(|g| g.gid).chain([account.gid]).collect(),
            }
        };
        Ok(Self(people.map(person).collect()))
    }
}

/// Those who may read a file and those who may write to it, for they are in its group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByGroup {
    /// Names of those who may read it.
    pub readers: Vec<String>,
    /// Names of those who may write to it.
    pub writers: Vec<String>,
}

/// Most people who are named.
const MAX_NAMED: usize = 16;

/// Who reaches `path` by its group. Nobody is asked about where the bits for everybody say as much.
///
/// # Errors
/// When the accounts or a folder may not be looked at.
pub fn by_group(cx: &Cx<'_>, path: &str, stat: &Stat) -> Result<ByGroup, Gap> {
    let mut found = ByGroup::default();
    let group = stat.mode >> 3 & 0o6;
    if group & !stat.mode == 0 {
        return Ok(found);
    }
    let people = cx.get::<People>()?;
    let above = above(cx.host(), path)?;
    let near = people
        .0
        .iter()
        .filter(|p| p.groups.contains(&stat.gid) && p.uid != stat.uid);
    for person in near.filter(|p| above.iter().all(|folder| p.may(folder, 0o100))) {
        for (bits, into) in [(0o400, &mut found.readers), (0o200, &mut found.writers)] {
            if person.may(stat, bits) && into.len() < MAX_NAMED {
                into.push(person.name.clone());
            }
        }
    }
    Ok(found)
}

/// The folders above the file that `path` leads to.
fn above(host: &dyn Host, path: &str) -> Result<Vec<Stat>, HostError> {
    let real = real_path(host, path)?;
    folders(&real).map(|folder| host.stat(folder)).collect()
}
