//! Host keys of an SSH server, by the fingerprints of their public halves. Private keys are not read.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use sha2::{Digest as _, Sha256};

use crate::host::Host;

/// Most host keys that are named; sshd has three.
const MOST_KEYS: usize = 32;
/// Longest public key that is read, in bytes: RSA of 16384 bits has three thousand.
const PUBLIC_CAP: usize = 16 << 10;

/// The fingerprints of the host keys at these paths as `ssh-keygen -l` shows them, and the keys whose
/// public half cannot be read.
pub fn fingerprints<'p>(
    host: &dyn Host,
    keys: impl Iterator<Item = &'p String>,
) -> (Vec<String>, Vec<String>) {
    let (mut all, mut unseen) = (Vec::new(), Vec::new());
    for (n, key) in keys.enumerate() {
        if n >= MOST_KEYS {
            unseen.push(key.clone());
            continue;
        }
        let text = host.read(&format!("{key}.pub"), PUBLIC_CAP);
        let text = text.as_deref().map(String::from_utf8_lossy);
        match text.ok().and_then(|t| fingerprint(&t)) {
            Some(one) => all.push(one),
            None => unseen.push(key.clone()),
        }
    }
    all.sort();
    all.dedup();
    (all, unseen)
}

/// Of a line `ssh-ed25519 AAAA… comment`.
fn fingerprint(line: &str) -> Option<String> {
    let blob = STANDARD.decode(line.split_whitespace().nth(1)?).ok()?;
    (blob.len() > 8).then(|| format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))))
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

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            fingerprint(&text);
        }
    }
}
