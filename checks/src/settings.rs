//! What the owner declared about a host: the part of the configuration that checks may read.

use serde::{Deserialize, Serialize};

/// Declarations of the owner. Only thresholds and targets; nothing here is code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses of this host that serve TLS, SSH or the web, beside those found listening.
    pub endpoints: Vec<Endpoint>,
    /// Ports that are meant to be reachable from other machines.
    pub expected_ports: Vec<u16>,
    /// Resolvers that the agency trusts, as IP addresses.
    pub approved_dns: Vec<String>,
    /// Time servers that the agency trusts, as names or IP addresses.
    pub approved_ntp: Vec<String>,
    /// Accounts whose passwordless sudo is accepted, such as an automation account.
    pub automation_accounts: Vec<String>,
    /// Folders or repositories that hold backups, beside those found.
    pub backup_targets: Vec<String>,
    /// Data folders that must be backed up, beside those found.
    pub backup_sources: Vec<String>,
}

/// One declared address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Name or IP address. Only addresses of this very host are probed without authorisation.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// What speaks there.
    pub kind: EndpointKind,
    /// Name to ask for (SNI, and the name that the certificate must bear).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What speaks at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// TLS from the first byte.
    Tls,
    /// The web over TLS.
    Https,
    /// The web in clear text.
    Http,
    /// SSH.
    Ssh,
}
