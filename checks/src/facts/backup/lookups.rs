//! What is looked at to find the scripts that jobs run, each thing once. Whoever has a crontab writes the
//! names, so all of it together has an end.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::host::{Host, HostError};

/// Most calls to the host for this.
pub(super) const MOST: usize = 5_000;
/// Most names of one folder that are read at once, and the longest that is looked for.
const NAMES: usize = 20_000;
const LONGEST: usize = 4_096;
/// Most text that is remembered.
const BYTES: usize = 4 << 20;

/// What reading a script came to: its text, or nothing where it is none.
pub(super) type Read = Result<Option<String>, HostError>;

type Kept = Result<Option<Rc<str>>, HostError>;

/// What was looked at so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lookups {
    /// Names in the usual folders of programs; nothing where they may not be read at once.
    folders: BTreeMap<String, Option<BTreeSet<String>>>,
    there: BTreeMap<String, bool>,
    /// By path, and whether all of it was wanted.
    scripts: BTreeMap<(String, bool), Kept>,
    kept: usize,
    calls: usize,
    cut: bool,
}

impl Lookups {
    /// Whether something was not looked at for want of room. Tells it once.
    pub(super) fn take_cut(&mut self) -> bool {
        std::mem::take(&mut self.cut)
    }

    /// Whether a program of this name stands in a folder.
    pub(super) fn stands(&mut self, host: &dyn Host, folder: &str, name: &str) -> bool {
        if name.len() > LONGEST || !self.may_hold(host, folder, name) {
            return false;
        }
        let path = format!("{folder}/{name}");
        if let Some(known) = self.there.get(&path) {
            return *known;
        }
        let there = self.may_ask(1) && matches!(host.stat_if_any(&path), Ok(Some(_)));
        if !self.cut {
            self.there.insert(path, there);
        }
        there
    }

    /// The script at a path, `whole` or its beginning, by `read` where it was not read before.
    pub(super) fn script(&mut self, path: &str, whole: bool, read: impl FnOnce() -> Read) -> Read {
        let key = (path.to_owned(), whole);
        if let Some(known) = self.scripts.get(&key) {
            return known.clone().map(|t| t.map(|t| t.as_ref().to_owned()));
        }
        if !self.may_ask(2) {
            return Ok(None);
        }
        let found = read();
        let text = found
            .as_ref()
            .map_or(0, |t| t.as_ref().map_or(0, String::len));
        let size = path.len() + text;
        if self.kept + size <= BYTES {
            self.kept += size;
            let kept = found.clone().map(|t| t.map(Rc::from));
            self.scripts.insert(key, kept);
        }
        found
    }

    /// Whether a folder may hold a name. Its names are read once: a line of cron may be full of words that are none.
    fn may_hold(&mut self, host: &dyn Host, folder: &str, name: &str) -> bool {
        if name.contains('/') {
            return true;
        }
        if !self.folders.contains_key(folder) {
            let names = host.list_if_any(folder, NAMES).ok();
            let names = names.map(|n| n.into_iter().map(|e| e.name).collect());
            self.folders.insert(folder.to_owned(), names);
        }
        match self.folders.get(folder) {
            Some(Some(names)) => names.contains(name),
            _ => true,
        }
    }

    fn may_ask(&mut self, calls: usize) -> bool {
        self.calls = self.calls.saturating_add(calls);
        self.cut |= self.calls > MOST;
        self.calls <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_looked_at_once_and_has_an_end() {
        let mut lookups = Lookups::default();
        let mut reads = 0;
        for n in 0..20_000 {
            let got = lookups.script(&format!("/s/{}", n % 10_000), true, || {
                reads += 1;
                Ok(Some("x".repeat(1_000)))
            });
            assert!(got.is_ok());
        }
        assert_eq!(reads, MOST / 2);
        assert!(lookups.take_cut() && !lookups.take_cut());
        assert!(lookups.kept <= BYTES);
    }
}
