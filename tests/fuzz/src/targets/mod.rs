//! One module a target: `run` tries an input, `seeds` gives the first ones.

pub mod apt;
pub mod backup_proof;
pub mod config;
pub mod dns;
pub mod feeds;
pub mod http;
pub mod ingest;
pub mod observation;
pub mod pam;
pub mod proto;
pub mod rpmdb;
pub mod ssh_wire;
pub mod tls_judged;
pub mod tls_wire;
pub mod unpack;
pub mod updateinfo;
pub mod versions;
pub mod words;
pub mod x509;

macro_rules! stories {
    ($($(#[$doc:meta])* $name:ident: $($prefix:literal),+;)+) => {$(
        $(#[$doc])*
        pub mod $name {
            use std::sync::OnceLock;

            use crate::{seeds::Seeds, story};

            fn stories() -> &'static [story::Story] {
                static ALL: OnceLock<Vec<story::Story>> = OnceLock::new();
                ALL.get_or_init(|| story::of(&[$($prefix),+]))
            }

            /// Tries one input.
            pub fn run(data: &[u8]) {
                story::run(stories(), data);
            }

            /// The stories as they stand.
            pub fn seeds(seeds: &mut Seeds) {
                story::seeds(stories(), seeds);
            }
        }
    )+};
}

stories! {
    /// Copies: forms of stores, jobs, manifests, checksums.
    backups: "backup.";
    /// Accounts, files, kernel, disks, time, sessions.
    hosts: "account.", "disk.", "file.", "kernel.", "session.", "time.", "integrity.";
    /// Ways to log in: RADIUS, VPN, web consoles, identity providers.
    logins: "mfa.";
    /// Logs, audit rules, malware defence.
    logs: "log.", "malware.";
    /// Packet filters, sockets, name service, SNMP.
    network: "net.";
    /// Package systems and what they offer.
    packages: "patch.";
    /// Password and lockout rules, through PAM's stacks.
    passwords: "password.";
    /// `sshd_config`, `sshd -T`, keys.
    sshd: "ssh.", "mfa.ssh";
    /// `sudoers`.
    sudoers: "sudo.", "mfa.sudo";
    /// Sites: pages and headers in the hands of checks.
    web: "web.", "mfa.web";
}
