//! Kernel settings: as they stand (`/proc/sys`) and as sysctl.d(5) will set them at the next boot.

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    facts::text::lines,
    host::{Host, Kind},
    observation::{Facts, Gap},
};

/// Folders of sysctl.d(5), strongest first. `/lib` stands apart only on systems without merged
/// `/usr`. `/etc/sysctl.conf` is read only where a link such as `99-sysctl.conf` leads to it.
const FOLDERS: [&str; 5] = [
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];
const MAX_FILES: usize = 256;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Key with dots between its parts; may be a pattern with `*`. A literal dot stands as `/`.
    pub key: String,
    /// Value; `None` takes the key out of the reach of patterns.
    pub value: Option<String>,
    /// File and line.
    pub source: String,
}

/// What the files say, in the order in which they take effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured(Vec<Setting>);

impl Configured {
    /// The setting of `key` that holds after boot: the last one by name, or else the last pattern.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        let by_name = self.0.iter().rev().find(|s| s.key == key);
        let found = by_name.or_else(|| self.0.iter().rev().find(|s| matches(&s.key, key)));
        found.filter(|s| s.value.is_some())
    }
}

impl Gather for Configured {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for folder in FOLDERS {
            for entry in host.list_if_any(folder, MAX_FILES)? {
                if entry.name.ends_with(".conf") {
                    let path = format!("{folder}/{}", entry.name);
                    files.entry(entry.name).or_insert(path);
                }
            }
        }
        let mut all = Vec::new();
        for path in files.into_values() {
            // A link to /dev/null masks the files of the same name; a dangling one says nothing.
            let masked = host.read_link(&path).is_ok_and(|to| to == "/dev/null");
            if !masked && let Some(text) = host.text_if_any(&path)? {
                all.extend(parse(&text, &path));
            }
        }
        Ok(Self(all))
    }
}

/// The assignments of one file.
pub fn parse(text: &str, path: &str) -> Vec<Setting> {
    let mut out = Vec::new();
    for (n, line) in lines(text).filter(|(_, l)| !l.starts_with(';')) {
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value.trim().to_owned())),
            None if line.starts_with('-') => (line, None),
            None => continue,
        };
        let key = key.strip_prefix('-').unwrap_or(key).trim();
        out.push(Setting {
            key: normal(key),
            value,
            source: format!("{path}:{n}"),
        });
    }
    out
}

/// sysctl.d(5): whichever of `/` and `.` comes first separates; the other is swapped.
fn normal(key: &str) -> String {
    if key
        .find(['/', '.'])
        .is_some_and(|at| key[at..].starts_with('/'))
    {
        let swap = |c| match c {
            '/' => '.',
            '.' => '/',
            c => c,
        };
        return key.chars().map(swap).collect();
    }
    key.to_owned()
}

/// Whether a pattern with `*` (never across a dot) covers `key`.
fn matches(pattern: &str, key: &str) -> bool {
    let (pattern, key): (Vec<&str>, Vec<&str>) =
        (pattern.split('.').collect(), key.split('.').collect());
    let part = |(p, k): (&&str, &&str)| match p.split_once('*') {
        None => p == k,
        Some((head, tail)) => {
            k.len() >= head.len() + tail.len() && k.starts_with(head) && k.ends_with(tail)
        }
    };
    pattern.len() == key.len() && pattern.iter().zip(&key).all(part)
}

/// Where the kernel shows `key`. A literal dot in an interface's name stands as `/` in the key.
pub fn path_of(key: &str) -> String {
    let swap = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    format!("/proc/sys/{}", key.chars().map(swap).collect::<String>())
}

/// The value that the kernel has now; `None` where it has no such setting.
///
/// # Errors
/// When it may not be read.
pub fn effective(host: &dyn Host, key: &str) -> Result<Option<String>, Gap> {
    let text = host.text_if_any(&path_of(key))?;
    Ok(text.map(|t| t.trim().to_owned()))
}

/// The name of a fact about `key`.
pub fn fact_name(key: &str) -> String {
    key.replace(['.', '-', '/'], "_")
}

/// Adds the effective and the configured value of `key`, as numbers where they are some. In an
/// image only the configured one can be seen.
///
/// # Errors
/// When a value may not be read.
pub fn add(cx: &Cx<'_>, facts: Facts, key: &str) -> Result<Facts, Gap> {
    let name = fact_name(key);
    let number = |v: &str| v.parse::<i64>().ok();
    let mut facts = facts;
    if cx.host().kind() == Kind::Live
        && let Some(now) = effective(cx.host(), key)?
    {
        facts = facts.maybe(&name, crate::Vantage::Effective, number(&now), path_of(key));
    }
    let configured = cx.get::<Configured>()?;
    if let Some(setting) = configured.get(key) {
        let value = setting.value.as_deref().and_then(number);
        facts = facts.maybe(&name, crate::Vantage::Configured, value, &setting.source);
    }
    Ok(facts)
}

/// Names of the network interfaces that `/proc/sys/net/FAMILY/conf` lists, without `all`,
/// `default`, the loopback and the cables of containers, which come and go.
///
/// # Errors
/// When the folder may not be listed.
pub fn interfaces(host: &dyn Host, family: &str) -> Result<Vec<String>, Gap> {
    let entries = host.list_if_any(&format!("/proc/sys/net/{family}/conf"), 1_024)?;
    let names = entries.into_iter().map(|e| e.name);
    Ok(names
        .filter(|n| !["all", "default", "lo"].contains(&n.as_str()) && !n.starts_with("veth"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(text: &str) -> Configured {
        Configured(parse(text, "f"))
    }

    #[test]
    fn the_last_assignment_by_name_beats_every_pattern() {
        let c = conf("net.ipv4.conf.eth0.rp_filter = 1\nnet.ipv4.conf.*.rp_filter = 2\n");
        let get = |k| c.get(k).and_then(|s| s.value.clone());
        assert_eq!(get("net.ipv4.conf.eth0.rp_filter").unwrap(), "1");
        assert_eq!(get("net.ipv4.conf.eth1.rp_filter").unwrap(), "2");
        assert_eq!(get("net.ipv4.conf.eth1.x"), None);
    }

    #[test]
    fn a_bare_dash_takes_a_key_out_of_patterns() {
        let c = conf("net.ipv4.conf.*.rp_filter=2\n-net.ipv4.conf.all.rp_filter\n");
        assert_eq!(c.get("net.ipv4.conf.all.rp_filter"), None);
        assert!(c.get("net.ipv4.conf.eth0.rp_filter").is_some());
    }

    #[test]
    fn slashes_and_dots_may_swap() {
        let c = conf("net/ipv4/conf/eth0.5/rp_filter=1\n; x=1\n-kernel.sysrq = 0\n");
        assert!(c.get("net.ipv4.conf.eth0/5.rp_filter").is_some());
        assert_eq!(c.get("kernel.sysrq").unwrap().source, "f:3");
        assert_eq!(
            path_of("net.ipv4.conf.eth0/5.x"),
            "/proc/sys/net/ipv4/conf/eth0.5/x"
        );
    }

    #[test]
    fn odd_text_is_passed_over() {
        for text in ["=", "*=", "-", "....", "a.*b*.c=1", "é=é"] {
            let _same = conf(text).get("a.b.c");
        }
    }
}
