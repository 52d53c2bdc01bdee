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
    /// The agency's own servers of packages and patches, as names or IP addresses.
    pub patch_servers: Vec<String>,
    /// Accounts whose passwordless sudo is accepted, such as an automation account.
    pub automation_accounts: Vec<String>,
    /// Folders or repositories that hold backups, beside those found.
    pub backup_targets: Vec<String>,
    /// Data folders that must be backed up, beside those found.
    pub backup_sources: Vec<String>,
    /// Files (PEM) with the certificates of the agency's own certification authorities.
    pub trusted_cas: Vec<String>,
    /// Whether certification authorities may be asked over the internet what they revoked. Off unless
    /// the owner says so: the agent then talks to addresses that certificates name.
    pub ask_authorities: bool,
    /// Hosts, of those that backups are sent to, that stand at another place.
    pub backup_offsite: Vec<String>,
    /// Targets of which the other side refuses deletion: an append-only server, an object lock.
    pub backup_immutable: Vec<String>,
    /// Folders that need no backup, such as a cache, with the owner's word for it.
    pub backup_unneeded: Vec<String>,
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
    /// Where the thing begins, such as `/auth/realms/xa`; `/` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Who permitted deeper questions (exposed paths, a test login), in the owner's words, such as
    /// the number of a decision. Without it they are not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<String>,
    /// A file on this host that holds the service's own configuration, such as an exported realm
    /// of Keycloak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_file: Option<String>,
    /// A dedicated account that has one factor only and must be stopped at the second; for
    /// Keycloak, a client that may read the realm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_account: Option<TestAccount>,
    /// Further origins that a login here leads through. No other host is followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// For OpenID Connect: the client as which the test login asks for a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// For SAML: the page of an application (a URL) whose login leads to this provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// For a page built by scripts: the interface to which its login goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_api: Option<LoginApi>,
}

/// A scheme, a name and a port, such as `https://sso.tinh.gov.vn`, and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The origin; only `https`.
    pub origin: String,
    /// Its IP address; without one, the address at which this host serves the port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A client of an OpenID Connect provider, registered for test logins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// One of its registered addresses. Nothing is ever fetched from there: the code is read where
    /// the provider sends the browser back.
    pub redirect_uri: String,
    /// The file that holds its secret, as that of a test account; without one it is a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<String>,
    /// What is asked for; `openid` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// An interface that takes name and password as JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginApi {
    /// Where they are sent with POST.
    pub path: String,
    /// The field of the name.
    pub name_field: String,
    /// The field of the password.
    pub password_field: String,
    /// Where the answer holds the token of the session (`/data/token`, RFC 6901), which is then sent
    /// as a bearer token; without one the session is in cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where the answer says that a second step follows (`/mfa_required`): anything there but
    /// `false`, `null`, `0` and nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_step: Option<String>,
}

/// An account made for testing a login, with no rights behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestAccount {
    /// Its name.
    pub name: String,
    /// The file that holds its password, readable by the agent alone. The password itself never
    /// stands in the configuration and never enters an observation.
    pub password_file: String,
    /// The class of users that it stands for, in the owner's words: what holds for it need not hold
    /// for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
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
    /// Mail between servers, with STARTTLS.
    Smtp,
    /// Mail reading, with STARTTLS.
    Imap,
    /// Mail fetching, with STLS.
    Pop3,
    /// A directory, with StartTLS.
    Ldap,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
    /// File transfer, with AUTH TLS.
    Ftp,
    /// Messages, with STARTTLS.
    Xmpp,
    /// An OpenID Connect or OAuth issuer.
    Oidc,
    /// A Keycloak realm.
    Keycloak,
    /// A SAML identity provider.
    Saml,
    /// Nextcloud.
    Nextcloud,
    /// GitLab.
    Gitlab,
    /// Zimbra.
    Zimbra,
    /// Cockpit.
    Cockpit,
    /// Webmin.
    Webmin,
    /// OpenVPN.
    Openvpn,
    /// FreeRADIUS.
    Freeradius,
    /// Any other page with a login form.
    WebLogin,
}
