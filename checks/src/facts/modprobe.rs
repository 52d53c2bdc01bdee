//! Which kernel modules can be loaded: `modprobe.d(5)`, the module index and what is loaded now.

use std::collections::BTreeMap;

use crate::{facts::text::lines, host::Host, observation::Gap};

/// Folders of modprobe.d(5), strongest first.
const FOLDERS: [&str; 5] = [
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
];

/// What can become of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// This kernel does not have it.
    Absent,
    /// Loading it by name runs a command that does nothing.
    Blocked,
    /// It is only kept from loading by itself: an `install` line is missing.
    Blacklisted,
    /// It can be loaded.
    Loadable,
    /// It is part of the kernel and cannot be kept out.
    BuiltIn,
    /// It is loaded now, whatever the files say.
    Loaded,
}

impl State {
    /// The word used in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Blocked => "blocked",
            Self::Blacklisted => "blacklisted",
            Self::Loadable => "loadable",
            Self::BuiltIn => "built-in",
            Self::Loaded => "loaded",
        }
    }
}

/// The states of the named modules.
///
/// # Errors
/// When the kernel's index or a file may not be read.
pub fn states(host: &dyn Host, names: &[&'static str]) -> Result<Vec<(&'static str, State)>, Gap> {
    let release = host.text("/proc/sys/kernel/osrelease")?;
    let folder = format!("/lib/modules/{}", release.trim());
    let text = |path: &str| -> Result<String, Gap> {
        Ok(String::from_utf8_lossy(&host.read(path, 4 << 20)?).into_owned())
    };
    let dep = text(&format!("{folder}/modules.dep"))?;
    let builtin = text(&format!("{folder}/modules.builtin"))?;
    let loaded = text("/proc/modules")?;
    let rules = rules(host)?;
    let state = |name: &str| {
        if loaded
            .lines()
            .any(|l| l.split(' ').next().is_some_and(|m| same(m, name)))
        {
            State::Loaded
        } else if builtin.lines().any(|l| same(stem(l), name)) {
            State::BuiltIn
        } else if !dep
            .lines()
            .any(|l| same(stem(l.split(':').next().unwrap_or(l)), name))
        {
            State::Absent
        } else {
            rules.state(name)
        }
    };
    Ok(names.iter().map(|n| (*n, state(n))).collect())
}

/// `kernel/fs/cramfs/cramfs.ko.xz` is `cramfs`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(".ko").next().unwrap_or(name)
}

/// Modules may be written with a dash or an underscore.
fn same(a: &str, b: &str) -> bool {
    a.replace('-', "_") == b.replace('-', "_")
}

/// The lines that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rules {
    /// Whether every `install` line of the module runs a program that does nothing.
    installs: BTreeMap<String, bool>,
    blacklist: Vec<String>,
}

impl Rules {
    fn add(&mut self, text: &str) {
        for (_, line) in lines(text) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["install", module, ref command @ ..] => {
                    let nothing = |c: &str| c.ends_with("/true") || c.ends_with("/false");
                    let blocks = matches!(command, [one] if nothing(one));
                    let all = self
                        .installs
                        .entry(module.replace('-', "_"))
                        .or_insert(true);
                    *all &= blocks;
                }
                ["blacklist", module, ..] => self.blacklist.push(module.replace('-', "_")),
                _ => {}
            }
        }
    }

    fn state(&self, name: &str) -> State {
        let name = name.replace('-', "_");
        if self.installs.get(&name) == Some(&true) {
            State::Blocked
        } else if self.blacklist.contains(&name) {
            State::Blacklisted
        } else {
            State::Loadable
        }
    }
}

fn rules(host: &dyn Host) -> Result<Rules, Gap> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        for entry in host.list_if_any(folder, 256)? {
            if entry.name.ends_with(".conf") {
                let path = format!("{folder}/{}", entry.name);
                files.entry(entry.name).or_insert(path);
            }
        }
    }
    let mut rules = Rules::default();
    for path in files.into_values() {
        let masked = host.read_link(&path).is_ok_and(|to| to == "/dev/null");
        if !masked && let Some(text) = host.text_if_any(&path)? {
            rules.add(&text);
        }
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blacklist_alone_does_not_block() {
        let mut rules = Rules::default();
        rules.add("blacklist usb-storage\ninstall dccp /bin/true\ninstall sctp /bin/true && /sbin/modprobe x\n");
        assert_eq!(rules.state("usb_storage"), State::Blacklisted);
        assert_eq!(rules.state("dccp"), State::Blocked);
        assert_eq!(rules.state("sctp"), State::Loadable);
    }

    #[test]
    fn stems() {
        assert_eq!(stem("kernel/fs/cramfs/cramfs.ko.xz"), "cramfs");
    }
}
