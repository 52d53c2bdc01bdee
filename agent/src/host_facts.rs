//! What the host says of itself: name, system, and a hash of its machine id.

use capdo_checks::{Host, host::Kind};
use capdo_proto::{limits, v1};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::wire;

/// Claims of the host about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostFacts {
    /// The host name.
    pub hostname: String,
    /// `ID` of os-release; empty where not known.
    pub os_id: String,
    /// `VERSION_ID` of os-release; empty where not known.
    pub os_version: String,
    /// SHA-256 of the machine id, by which a copied disk shows; never the id itself.
    #[serde(serialize_with = "as_hex")]
    pub machine_id_sha256: Option<[u8; 32]>,
}

fn as_hex<S: Serializer>(hash: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    hash.map(hex::encode).serialize(serializer)
}

/// The agent's version.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");

impl HostFacts {
    /// Reads them through the window.
    pub fn gather(host: &dyn Host) -> Self {
        let name_file = match host.kind() {
            Kind::Live => "/proc/sys/kernel/hostname",
            Kind::Image => "/etc/hostname",
        };
        let release = first_text(host, &["/etc/os-release", "/usr/lib/os-release"]);
        let machine_id = host.text("/etc/machine-id").ok();
        let machine_id = machine_id.map(|t| t.trim_end_matches(['\r', '\n']).to_owned());
        let name = host.text(name_file).unwrap_or_default();
        let name = wire::plain(name.trim(), limits::MAX_HOST_LEN);
        Self {
            hostname: if name.is_empty() {
                "?".to_owned()
            } else {
                name
            },
            os_id: release_value(&release, "ID"),
            os_version: release_value(&release, "VERSION_ID"),
            machine_id_sha256: machine_id
                .filter(|id| !id.is_empty())
                .map(|id| Sha256::digest(id).into()),
        }
    }

    /// As the wire has them, with where the key is that they come with.
    pub fn to_wire(&self, key: v1::KeyPlace) -> v1::HostFacts {
        v1::HostFacts {
            hostname: self.hostname.clone(),
            machine_id_sha256: self.machine_id_bytes(),
            os_id: self.os_id.clone(),
            os_version: self.os_version.clone(),
            agent_version: AGENT_VERSION.to_owned(),
            key_place: key.into(),
        }
    }

    /// The hash of the machine id, or nothing.
    pub fn machine_id_bytes(&self) -> Vec<u8> {
        self.machine_id_sha256.map(Vec::from).unwrap_or_default()
    }
}

fn first_text(host: &dyn Host, paths: &[&str]) -> String {
    let found = paths.iter().find_map(|path| host.text(path).ok());
    found.unwrap_or_default()
}

fn release_value(release: &str, key: &str) -> String {
    let line = |l: &str| Some(l.strip_prefix(key)?.strip_prefix('=')?.to_owned());
    let raw = release.lines().find_map(line).unwrap_or_default();
    let bare = raw.trim().trim_matches(['"', '\'']);
    wire::plain(bare, limits::MAX_VERSION_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_values_lose_their_quotes() {
        let release = "NAME=x\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\n";
        assert_eq!(release_value(release, "ID"), "ubuntu");
        assert_eq!(release_value(release, "VERSION_ID"), "24.04");
        assert_eq!(release_value(release, "BUILD_ID"), "");
    }
}
