//! Whether a directory knows accounts that the files of this host do not.

use crate::{host::Host, observation::Gap};

/// Sources that read files of this host.
const LOCAL: [&str; 4] = ["files", "compat", "systemd", "altfiles"];

/// Whether accounts come from elsewhere than the files of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// The name service says that they do.
    Yes,
    /// It says that they do not.
    No,
    /// It says nothing.
    Unsaid,
}

impl Directory {
    /// What `nsswitch.conf(5)` says of accounts and groups.
    ///
    /// # Errors
    /// When it may not be read.
    pub fn of(host: &dyn Host) -> Result<Self, Gap> {
        let Some(text) = host.text_if_any("/etc/nsswitch.conf")? else {
            return Ok(Self::Unsaid);
        };
        let mut said = Self::Unsaid;
        for (_, line) in super::text::lines(&text) {
            let Some((database, sources)) = line.split_once(':') else {
                continue;
            };
            if !matches!(database.trim(), "passwd" | "group") {
                continue;
            }
            let plain = |s: &str| LOCAL.contains(&s) || s.starts_with('[') || s.ends_with(']');
            if !sources.split_whitespace().all(plain) {
                return Ok(Self::Yes);
            }
            said = Self::No;
        }
        Ok(said)
    }
}
