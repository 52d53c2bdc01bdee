//! Names that this host gives to machines: `/etc/hosts`, root's SSH configuration, rclone's remotes.
//! A name that looks like another machine may be this one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    facts::{ini, text::lines},
    host::{Host, HostError},
    observation::Gap,
};

const SSH: [&str; 2] = ["/root/.ssh/config", "/etc/ssh/ssh_config"];
const RCLONE: &str = "/root/.config/rclone/rclone.conf";

/// Names and what stands behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    names: BTreeMap<String, String>,
    local_remotes: BTreeSet<String>,
}

impl Aliases {
    pub(super) fn gather(host: &dyn Host) -> Result<Self, Gap> {
        let mut all = Self::default();
        for path in SSH {
            all.ssh(&text(host, path)?);
        }
        all.hosts(&text(host, "/etc/hosts")?);
        all.rclone(&text(host, RCLONE)?);
        Ok(all)
    }

    /// The name or address behind a name.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        let first = self.names.get(name)?;
        let second = self.names.get(first); // an alias of SSH may be a name of /etc/hosts
        Some(second.unwrap_or(first))
    }

    /// Whether a target's scheme is a remote of rclone that is a folder here.
    pub(super) fn is_local_remote(&self, remote: &str) -> bool {
        let name = remote.split_once(' ').map_or(remote, |(scheme, _)| scheme);
        self.local_remotes.contains(name)
    }

    fn ssh(&mut self, text: &str) {
        let mut hosts: Vec<String> = Vec::new();
        for (_, line) in lines(text) {
            let mut words = line.split(|c: char| c.is_whitespace() || c == '=');
            let key = words.next().unwrap_or_default().to_ascii_lowercase();
            let mut words = words.filter(|w| !w.is_empty()).map(str::to_ascii_lowercase);
            match key.as_str() {
                "host" => hosts = words.filter(|w| !w.contains(['*', '?', '!'])).collect(),
                "match" => hosts.clear(),
                "hostname" => {
                    if let Some(real) = words.next_back() {
                        for host in &hosts {
                            self.add(host, &real);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn hosts(&mut self, text: &str) {
        for (_, line) in lines(text) {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let Some(address) = words.next() else {
                continue;
            };
            for name in words {
                self.add(&name.to_ascii_lowercase(), address);
            }
        }
    }

    /// What is said first holds, as in ssh_config(5) and hosts(5).
    fn add(&mut self, name: &str, real: &str) {
        const MOST: usize = 10_000;
        if self.names.len() < MOST {
            let entry = self.names.entry(name.to_owned());
            entry.or_insert_with(|| real.to_owned());
        }
    }

    /// Remotes of the kind `local`, and those made of them.
    fn rclone(&mut self, text: &str) {
        let settings = ini::parse(text);
        let value = |section: &str, key: &str| {
            let own = settings.iter().filter(|s| s.section == section);
            own.filter(|s| s.key == key)
                .map(|s| s.value.clone())
                .next_back()
        };
        let sections: BTreeSet<&str> = settings.iter().map(|s| s.section.as_str()).collect();
        for _ in 0..4 {
            for section in &sections {
                let kind = value(section, "type").unwrap_or_default();
                let inner = value(section, "remote").unwrap_or_default();
                let named = inner.split(':').next().unwrap_or_default();
                let wraps = matches!(kind.as_str(), "alias" | "crypt" | "compress" | "chunker");
                let local = inner.starts_with('/') || self.local_remotes.contains(named);
                if kind == "local" || wraps && local {
                    self.local_remotes.insert((*section).to_owned());
                }
            }
        }
    }
}

/// A file that may be missing. One that is closed may hide that a name is this machine's.
fn text(host: &dyn Host, path: &str) -> Result<String, Gap> {
    match host.text_if_any(path) {
        Ok(text) => Ok(text.unwrap_or_default()),
        Err(HostError::WrongKind(_)) => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_what_stands_behind_them() {
        let mut all = Aliases::default();
        all.ssh("Host nas kho *.x\n  HostName backup.xa\nMatch all\nHostName y\n");
        all.hosts("127.0.0.1 localhost\n127.0.1.1 backup.xa backup # x\n");
        assert_eq!(all.of("nas"), Some("127.0.1.1"));
        assert_eq!(all.of("backup"), Some("127.0.1.1"));
        assert_eq!(all.of("other"), None);
        all.rclone("[a]\ntype = local\n[b]\ntype = crypt\nremote = a:x\n[c]\ntype = s3\n[d]\ntype = alias\nremote = /srv\n");
        let local: Vec<_> = all.local_remotes.iter().map(String::as_str).collect();
        assert_eq!(local, ["a", "b", "d"]);
    }
}
