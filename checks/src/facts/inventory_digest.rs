//! Bounds of an inventory, and the hash by which agent and collector tell whether they hold the same.

use sha2::{Digest, Sha256};

use super::inventory::{Installed, Inventory};
use crate::observation::{Gap, GapReason};

/// Most packages of one inventory; a host with more is not understood.
pub const MAX_PACKAGES: usize = 20_000;
/// Most bytes of any text in it.
pub const MAX_TEXT_BYTES: usize = 255;
/// What separates this hash from every other use of SHA-256.
const DOMAIN: &[u8] = b"capdo.inventory.v1\0";

/// What tells one entry of an inventory from another.
pub type Key = (String, String, String);

impl Installed {
    /// Name, architecture and version: several versions of a kernel stand side by side.
    pub fn key(&self) -> Key {
        (self.name.clone(), self.arch.clone(), self.version.clone())
    }

    fn texts(&mut self) -> [&mut String; 7] {
        [
            &mut self.name,
            &mut self.version,
            &mut self.arch,
            &mut self.source,
            &mut self.source_version,
            &mut self.vendor,
            &mut self.module,
        ]
    }
}

impl Inventory {
    /// SHA-256 over a domain tag and the inventory's JSON, its packages sorted.
    pub fn sha256(&self) -> [u8; 32] {
        let json = serde_json::to_vec(self).expect("an inventory holds only texts and lists");
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(json);
        hasher.finalize().into()
    }

    /// Brings every text within bounds and onto one line, sorts, and drops what stands twice.
    ///
    /// # Errors
    /// When there are more than [`MAX_PACKAGES`].
    pub(super) fn bounded(mut self) -> Result<Self, Gap> {
        if self.packages.len() > MAX_PACKAGES {
            let detail = format!("{} packages, more than {MAX_PACKAGES}", self.packages.len());
            return Err(Gap::new(GapReason::OverBudget, detail));
        }
        for text in [
            &mut self.os,
            &mut self.os_version,
            &mut self.kernel,
            &mut self.kernel_build,
        ] {
            bound(text);
        }
        self.packages
            .iter_mut()
            .flat_map(Installed::texts)
            .for_each(bound);
        self.packages.sort();
        self.packages.dedup_by(|a, b| a.key() == b.key());
        Ok(self)
    }
}

/// Names and versions are ASCII in every package system; what is not becomes `?`, except letters of
/// a vendor's name.
fn bound(text: &mut String) {
    let plain = |c: char| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric();
    if text.len() <= MAX_TEXT_BYTES && text.chars().all(plain) {
        return;
    }
    let mut out = String::new();
    for c in text.chars() {
        let c = if plain(c) { c } else { '?' };
        if out.len() + c.len_utf8() > MAX_TEXT_BYTES {
            break;
        }
        out.push(c);
    }
    *text = out;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::versions::Scheme;

    fn inventory(packages: Vec<Installed>) -> Inventory {
        Inventory {
            scheme: Scheme::Dpkg,
            os: "debian".into(),
            os_version: "12".into(),
            kernel: String::new(),
            kernel_build: String::new(),
            channels: Vec::new(),
            packages,
        }
    }

    fn package(name: &str) -> Installed {
        Installed {
            name: name.into(),
            ..Installed::default()
        }
    }

    #[test]
    fn hostile_texts_are_bounded_and_order_does_not_matter() {
        let long = "é".repeat(400);
        let hostile = inventory(vec![
            package("b\u{202e}\n\u{1b}"),
            package(&long),
            package("a"),
        ]);
        let read = hostile.bounded().unwrap();
        assert_eq!(read.packages[0].name, "a");
        assert_eq!(read.packages[1].name, "b???");
        assert_eq!(read.packages[2].name.len(), 254);
        let one = inventory(vec![package("a"), package("b")])
            .bounded()
            .unwrap();
        let other = inventory(vec![package("b"), package("a"), package("a")])
            .bounded()
            .unwrap();
        assert_eq!(one.sha256(), other.sha256());
        assert_ne!(one.sha256(), read.sha256());
    }

    #[test]
    fn too_many_packages_are_a_gap() {
        let all = (0..=MAX_PACKAGES)
            .map(|n| package(&n.to_string()))
            .collect();
        let gap = inventory(all).bounded().unwrap_err();
        assert_eq!(gap.reason, GapReason::OverBudget);
    }
}
