//! `authorized_keys` of sshd(8): how many keys of which kind open an account. No key enters what is
//! kept.

use super::{access, accounts::Account, sshd_config::words};
use crate::{
    host::{Host, HostError},
    observation::Gap,
};

/// Longest file that is read, in bytes.
const CAP: usize = 256 << 10;

/// How many keys of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Keys in files, which may have a passphrase or none: the server cannot see that.
    pub plain: usize,
    /// Keys in a device (`sk-…`) that is only touched.
    pub device: usize,
    /// Keys in a device that asks for its PIN each time (`verify-required`).
    pub pinned: usize,
    /// Keys that run one command only, or are restricted: the ways of services.
    pub service: usize,
    /// Authorities whose certificates are taken for keys.
    pub authority: usize,
}

impl Keys {
    /// How many in all.
    pub const fn count(self) -> usize {
        self.plain + self.device + self.pinned + self.service + self.authority
    }

    /// Adds the keys of another account.
    pub const fn add(&mut self, other: Self) {
        self.plain += other.plain;
        self.device += other.device;
        self.pinned += other.pinned;
        self.service += other.service;
        self.authority += other.authority;
    }
}

/// The keys of an account in the files that `AuthorizedKeysFile` names (`files`, as sshd prints
/// them).
///
/// # Errors
/// When a file may not be read.
pub fn of(host: &dyn Host, account: &Account, files: &str) -> Result<Keys, Gap> {
    let mut found = Keys::default();
    for path in paths(account, files) {
        match host.read(&path, CAP) {
            Ok(bytes) => found.add(parse(&String::from_utf8_lossy(&bytes))),
            Err(HostError::NotFound(_) | HostError::WrongKind(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// Whether the account, or anybody but root, can put a key in one of these files: whoever owns or
/// may write the file to which links lead, or a folder above it.
///
/// # Errors
/// When a folder may not be looked at.
pub fn places_own(host: &dyn Host, account: &Account, files: &str) -> Result<bool, Gap> {
    let home = account.home.trim_end_matches('/');
    let at_home = |path: &str| !home.is_empty() && path.starts_with(&format!("{home}/"));
    for path in paths(account, files) {
        if at_home(&path) {
            return Ok(true);
        }
        let path = access::real_path(host, &path)?;
        if at_home(&path) || others_write(host, &path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether anybody but root may write what stands at a path, or put something there.
fn others_write(host: &dyn Host, path: &str) -> Result<bool, Gap> {
    let (mut at, mut there) = (path, false);
    while !at.is_empty() {
        match host.stat_if_any(at) {
            Ok(Some(stat)) => {
                // In a folder such as `/tmp` nobody replaces what root put there.
                let kept = there && stat.mode & 0o1000 != 0;
                if stat.uid != 0 || stat.mode & 0o022 != 0 && !kept {
                    return Ok(true);
                }
                there = true;
            }
            Ok(None) | Err(HostError::WrongKind(_)) => {}
            Err(error) => return Err(error.into()),
        }
        at = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
    Ok(false)
}

/// The files of an account, with what sshd puts in for `%h`, `%u` and `%U`.
fn paths(account: &Account, files: &str) -> Vec<String> {
    let home = account.home.trim_end_matches('/');
    let files = files.split_whitespace().filter(|f| *f != "none");
    let named = files.map(|file| {
        file.replace("%h", home)
            .replace("%u", &account.name)
            .replace("%U", &account.uid.to_string())
            .replace("%%", "%")
    });
    named
        .map(|n| match n.starts_with('/') {
            true => n,
            false => format!("{home}/{n}"),
        })
        .collect()
}

fn parse(text: &str) -> Keys {
    let mut found = Keys::default();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = words(line);
        let kind =
            |w: &String| w.starts_with("ssh-") || w.starts_with("ecdsa-") || w.starts_with("sk-");
        let Some(at) = parts.iter().position(kind) else {
            continue; // sshd passes over it, too
        };
        let options: Vec<String> = parts[..at]
            .join(",")
            .split(',')
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |name: &str| {
            options
                .iter()
                .any(|o| o == name || o.strip_prefix(name).is_some_and(|r| r.starts_with('=')))
        };
        if has("cert-authority") {
            found.authority += 1;
        } else if has("command") || has("restrict") {
            found.service += 1;
        } else if !parts[at].starts_with("sk-") {
            found.plain += 1;
        } else if has("verify-required") {
            found.pinned += 1;
        } else {
            found.device += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_by_kind() {
        let text = "# a\nssh-ed25519 AAAA an@may\nsk-ssh-ed25519@openssh.com AAAA x\n\
            verify-required,no-pty sk-ecdsa-sha2-nistp256@openssh.com AAAA y\n\
            command=\"/bin/backup, now\" ssh-rsa AAAA z\nrestrict ssh-rsa AAAA\n\
            cert-authority,principals=\"an\" ssh-ed25519 AAAA ca\nnonsense\n";
        let got = parse(text);
        assert_eq!(
            got,
            Keys {
                plain: 1,
                device: 1,
                pinned: 1,
                service: 2,
                authority: 1
            }
        );
        assert_eq!(got.count(), 6);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            parse(&text);
        }
    }
}
