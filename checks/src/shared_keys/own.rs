//! The keys of a host, from what its agent saw.

use std::collections::BTreeMap;

use crate::observation::{Observation, Value};

/// Most keys of a kind that are taken from one host. More are told as not looked at.
pub const MOST_KEYS: usize = 128;
/// Most names of a certificate that are kept.
const MOST_NAMES: usize = 32;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Certificates of TLS services, by the SHA-256 of the public key (SPKI), in hex.
    Tls,
    /// The SSH server, by the fingerprint that `ssh-keygen -l` shows.
    Ssh,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tls, Self::Ssh];

    /// The name used in the store.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Ssh => "ssh",
        }
    }

    /// The check that the collector makes of it.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Tls => "tls.unique-keys",
            Self::Ssh => "ssh.unique-host-keys",
        }
    }

    /// The checks of agents whose facts name the keys.
    pub const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Tls => &["tls.key-files", "tls.shared-keys"],
            Self::Ssh => &["ssh.config-permissions"],
        }
    }
}

/// A key of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// A file of the host's configuration holds it. Without one, it is served at an own address, and may
    /// be another machine's to which the connection is passed on.
    pub held: bool,
    /// The names in certificates over it.
    pub names: Vec<String>,
}

/// The keys of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// By fingerprint.
    pub keys: BTreeMap<String, Key>,
    /// Where a key was not seen.
    pub unseen: Vec<String>,
}

/// Reads the keys of a kind from the observations of its sources.
pub fn own(kind: Kind, seen: &[Observation]) -> Own {
    let mut own = Own::default();
    for one in seen {
        match (kind, one.check.as_str()) {
            (Kind::Tls, "tls.key-files" | "tls.shared-keys") => tls(one, &mut own),
            (Kind::Ssh, "ssh.config-permissions") => ssh(one, &mut own),
            _ => {}
        }
    }
    own.unseen.sort();
    own.unseen.dedup();
    own
}

fn tls(one: &Observation, own: &mut Own) {
    let held = one.check == "tls.key-files";
    let fact = |name: &str| one.best(name).map(|f| &f.value);
    let nothing = fact("endpoints") == Some(&Value::Int(0))
        || fact("configured") == Some(&Value::Int(0))
        || fact("tls") == Some(&Value::Bool(false));
    let main = fact("spki_sha256").and_then(Value::as_text);
    let (Some(main), None) = (main, &one.gap) else {
        if !nothing || one.gap.is_some() {
            own.unseen.push(one.subject.name.clone());
        }
        return;
    };
    let names = fact("names").map(texts).unwrap_or_default();
    own.add(main, held, names, &one.subject.name);
    for more in fact("served_keys").map(texts).unwrap_or_default() {
        own.add(&more, held, Vec::new(), &one.subject.name);
    }
}

fn ssh(one: &Observation, own: &mut Own) {
    let fact = |name: &str| one.best(name).map(|f| &f.value);
    if one.gap.is_none() && fact("sshd_present") == Some(&Value::Bool(false)) {
        return;
    }
    let (Some(keys), None) = (fact("host_keys"), &one.gap) else {
        own.unseen.push("/etc/ssh".to_owned());
        return;
    };
    for key in texts(keys) {
        own.add(&key, true, Vec::new(), "/etc/ssh");
    }
    own.unseen
        .extend(fact("host_keys_unseen").map(texts).unwrap_or_default());
}

impl Own {
    /// Takes in a key; what is no fingerprint, or one too many, was not seen.
    fn add(&mut self, key: &str, held: bool, names: Vec<String>, at: &str) {
        let full = self.keys.len() >= MOST_KEYS && !self.keys.contains_key(key);
        if full || !is_fingerprint(key) {
            self.unseen.push(at.to_owned());
            return;
        }
        let entry = self.keys.entry(key.to_owned()).or_default();
        entry.held |= held;
        for name in names {
            let name = name.to_lowercase();
            if entry.names.len() < MOST_NAMES && !entry.names.contains(&name) {
                entry.names.push(name);
            }
        }
        entry.names.sort();
    }
}

fn is_fingerprint(text: &str) -> bool {
    let base64 = |c: u8| c.is_ascii_alphanumeric() || c == b'+' || c == b'/';
    match text.strip_prefix("SHA256:") {
        Some(rest) => rest.len() == 43 && rest.bytes().all(base64),
        None => text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit()),
    }
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_list().unwrap_or_default();
    let texts = list.iter().filter_map(Value::as_text);
    texts.map(str::to_owned).collect()
}

/// Whether one of the names of a certificate is for `host`; `*` stands for one label, the first
/// (RFC 6125, 6.4.3).
pub fn covers(names: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    names.iter().any(|name| match name.strip_prefix("*.") {
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(_, tail)| tail.eq_ignore_ascii_case(rest)),
        None => name.eq_ignore_ascii_case(host),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Facts, Gap, Subject, SubjectKind};

    fn seen(check: &str, name: &str, facts: Facts) -> Observation {
        Observation {
            check: check.to_owned(),
            version: 1,
            subject: Subject::new(SubjectKind::Endpoint, name),
            facts: facts.facts,
            gap: facts.gap,
        }
    }

    #[test]
    fn keys_come_from_files_and_handshakes() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let file = Facts::new()
            .observed("spki_sha256", a.as_str(), "")
            .observed("names", vec!["A.vn"], "");
        let served = Facts::new()
            .observed("tls", true, "")
            .observed("spki_sha256", a.as_str(), "")
            .observed("served_keys", vec![a.as_str(), b.as_str()], "");
        let own = own(
            Kind::Tls,
            &[
                seen("tls.key-files", "nginx a.pem", file),
                seen("tls.shared-keys", "a.vn:443", served),
                seen(
                    "tls.shared-keys",
                    "a.vn:80",
                    Facts::new().observed("tls", false, ""),
                ),
                seen("tls.shared-keys", "a.vn:25", Facts::unseen(Gap::parse("x"))),
                seen("tls.versions", "x", Facts::new()),
            ],
        );
        assert_eq!(own.keys.len(), 2);
        assert!(own.keys[&a].held && !own.keys[&b].held);
        assert_eq!(own.keys[&a].names, ["a.vn"]);
        assert_eq!(own.unseen, ["a.vn:25"]);
    }

    #[test]
    fn what_is_no_fingerprint_or_was_not_told_was_not_seen() {
        let odd = Facts::new()
            .observed("tls", true, "")
            .observed("spki_sha256", "none of it", "");
        let got = own(Kind::Tls, &[seen("tls.shared-keys", "a:1", odd)]);
        assert_eq!((got.keys.len(), got.unseen.len()), (0, 1));
        // An agent of before does not name its host keys.
        let old = Facts::new().configured("sshd_present", true, "");
        let got = own(Kind::Ssh, &[seen("ssh.config-permissions", "", old)]);
        assert_eq!(got.unseen, ["/etc/ssh"]);
        let none = Facts::new().configured("sshd_present", false, "");
        let got = own(Kind::Ssh, &[seen("ssh.config-permissions", "", none)]);
        assert_eq!(got, Own::default());
        let many: Vec<String> = (0..150).map(|n| format!("SHA256:{n:043}")).collect();
        let many = Facts::new()
            .configured("sshd_present", true, "")
            .configured("host_keys", many, "");
        let got = own(Kind::Ssh, &[seen("ssh.config-permissions", "", many)]);
        assert_eq!((got.keys.len(), got.unseen.len()), (MOST_KEYS, 1));
    }

    #[test]
    fn a_star_is_one_label() {
        let names = ["*.tinh.gov.vn".to_owned(), "tinh.gov.vn".to_owned()];
        for (host, wanted) in [
            ("a.tinh.gov.vn", true),
            ("A.Tinh.gov.vn.", true),
            ("tinh.gov.vn", true),
            ("a.b.tinh.gov.vn", false),
            ("gov.vn", false),
            ("", false),
        ] {
            assert_eq!(covers(&names, host), wanted, "{host}");
        }
    }
}
