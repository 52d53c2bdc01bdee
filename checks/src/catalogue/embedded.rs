//! The catalogue files that are compiled in.

use super::{Source, Sources};

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(Source {
            name: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue/", $path)),
        }),+]
    };
}

const STANDARDS: &[Source<'static>] = files![
    "tcvn-14423-2026.toml",
    "tcvn-14423-2025.toml",
    "tcvn-11930-2017.toml"
];

const MAPS: &[Source<'static>] = files![
    "map/account.toml",
    "map/backup.toml",
    "map/disk.toml",
    "map/file.toml",
    "map/integrity.toml",
    "map/kernel.toml",
    "map/log.toml",
    "map/malware.toml",
    "map/mfa.toml",
    "map/net.toml",
    "map/password.toml",
    "map/patch.toml",
    "map/session.toml",
    "map/ssh.toml",
    "map/sudo.toml",
    "map/time.toml",
    "map/tls.toml",
    "map/web.toml",
];

pub(super) fn sources() -> Sources<'static> {
    Sources {
        standards: STANDARDS,
        maps: MAPS,
    }
}
