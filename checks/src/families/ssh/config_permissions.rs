use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use sha2::{Digest as _, Sha256};

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access::{self, Guarded},
        accounts::Groups,
        glob,
        sshd::{self, Sshd},
    },
    host::Host,
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Only root can change the SSH server's files, and only root (on RHEL also the group `ssh_keys`)
/// can read its private keys. A configuration that others may read gives away what to attack: a
/// weaker form. POSIX access lists are not seen.
///
/// It also names the fingerprints of the host keys, from their public halves, so that the collector finds
/// machines with the same ones (`ssh.unique-host-keys`). Private keys are not read.
pub(super) struct ConfigPermissions;

const META: Meta = Meta {
    id: "ssh.config-permissions",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

/// Most host keys that are named; sshd has three.
const MOST_KEYS: usize = 32;
/// Longest public key that is read, in bytes: RSA of 16384 bits has three thousand.
const PUBLIC_CAP: usize = 16 << 10;
const SOURCE: &str = "/etc/ssh/sshd_config, /etc/ssh/ssh_host_*_key";

impl Check for ConfigPermissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sshd = cx.get::<Sshd>()?;
        let facts = Facts::new().configured("sshd_present", sshd.present, SOURCE);
        if !sshd.present {
            sshd::none_answers(cx)?;
            return Ok(facts.into());
        }
        let host = cx.host();
        let folders = ["/etc/ssh", "/etc/ssh/sshd_config.d"];
        let files = sshd.config.files.iter().map(String::as_str);
        let config = access::existing(host, files.clone())?;
        let all = access::existing(host, folders.into_iter().chain(files))?;
        let paths = glob::expand(host, "/etc/ssh/ssh_host_*_key")?;
        let keys = access::existing(host, paths.iter().map(String::as_str))?;
        let (fingerprints, unseen) = fingerprints(host, &keys);
        let groups = cx.get::<Groups>()?;
        let key_group = groups.0.iter().find(|g| g.name == "ssh_keys");
        let key_group = key_group.map(|g| g.gid);
        let open_key = |k: &&Guarded| {
            let shared = k.has(0o040) && k.stat.gid != 0 && Some(k.stat.gid) != key_group;
            shared || k.stat.uid != 0 || k.has(0o037)
        };
        let changeable =
            |f: &&Guarded| f.stat.uid != 0 || f.has(0o002) || (f.has(0o020) && f.stat.gid != 0);
        Ok(facts
            .configured("keys", keys.len(), SOURCE)
            .configured("host_keys", fingerprints, SOURCE)
            .configured("host_keys_unseen", unseen, SOURCE)
            .configured("open_keys", shown(keys.iter().filter(open_key)), SOURCE)
            .configured("changeable", shown(all.iter().filter(changeable)), SOURCE)
            .configured(
                "readable",
                shown(config.iter().filter(|f| f.has(0o004))),
                SOURCE,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sshd_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("files", Value::List(list.to_vec()))
        };
        let (keys, changeable) = (case.list("open_keys")?, case.list("changeable")?);
        let readable = case.list("readable")?;
        Ok(if !keys.is_empty() {
            with(Judgement::fail("fail-keys"), keys)
        } else if !changeable.is_empty() {
            with(Judgement::fail("fail-changeable"), changeable)
        } else if !readable.is_empty() {
            with(Judgement::partial("partial-readable"), readable)
        } else {
            Judgement::pass("pass")
        })
    }
}

/// The fingerprints of host keys as `ssh-keygen -l` shows them, and the keys whose public half cannot be
/// read.
fn fingerprints(host: &dyn Host, keys: &[Guarded]) -> (Vec<String>, Vec<String>) {
    let (mut all, mut unseen) = (Vec::new(), Vec::new());
    for key in keys.iter().take(MOST_KEYS) {
        let text = host.read(&format!("{}.pub", key.path), PUBLIC_CAP);
        let text = text.as_deref().map(String::from_utf8_lossy);
        match text.ok().and_then(|t| fingerprint(&t)) {
            Some(one) => all.push(one),
            None => unseen.push(key.path.clone()),
        }
    }
    unseen.extend(keys.iter().skip(MOST_KEYS).map(|k| k.path.clone()));
    all.sort();
    all.dedup();
    (all, unseen)
}

/// Of a line `ssh-ed25519 AAAA… comment`.
fn fingerprint(line: &str) -> Option<String> {
    let blob = STANDARD.decode(line.split_whitespace().nth(1)?).ok()?;
    (blob.len() > 8).then(|| format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))))
}

fn shown<'g>(files: impl Iterator<Item = &'g Guarded>) -> Vec<Value> {
    files.map(Guarded::shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_one_that_ssh_keygen_shows() {
        // `ssh-keygen -lf` of OpenSSH says so of the key of github.com that its owner publishes.
        let line = "ssh-ed25519 \
            AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl x";
        let wanted = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        assert_eq!(fingerprint(line).as_deref(), Some(wanted));
        for odd in ["", "ssh-ed25519", "ssh-ed25519 ???", "ssh-ed25519 AAAA"] {
            assert_eq!(fingerprint(odd), None, "{odd}");
        }
    }
}
