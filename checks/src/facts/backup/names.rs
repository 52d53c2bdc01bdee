//! Whether a name or address is that of this very machine.

use std::{net::IpAddr, rc::Rc};

use super::{aliases::Aliases, targets::is_loopback};
use crate::{
    context::{Cx, Gather},
    facts::own_addresses::OwnAddresses,
    host::Kind,
    observation::Gap,
};

/// Whose a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This machine's.
    Own,
    /// Another machine's.
    Other,
    /// It cannot be told from here: only the network's DNS knows.
    Unclear,
}

/// The names and addresses of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    addresses: Rc<OwnAddresses>,
    /// Whether the addresses are those of the running machine.
    live: bool,
    name: String,
    aliases: Aliases,
}

impl Gather for Names {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let name = cx.host().text_if_any("/proc/sys/kernel/hostname")?;
        Ok(Self {
            addresses: cx.get::<OwnAddresses>()?,
            live: cx.host().kind() == Kind::Live,
            aliases: Aliases::gather(cx.host())?,
            name: name.unwrap_or_default().trim().to_ascii_lowercase(),
        })
    }
}

impl Names {
    /// Whose a name or address is.
    pub fn whose(&self, host: &str) -> Whose {
        let host = host.to_ascii_lowercase();
        let host = host.trim_matches(['[', ']']);
        let real = self.aliases.of(host).unwrap_or(host);
        if is_loopback(real) || self.is_named(real) {
            return Whose::Own;
        }
        match real.parse::<IpAddr>() {
            Ok(_) if self.live => Whose::Other,
            _ => Whose::Unclear,
        }
    }

    fn is_named(&self, host: &str) -> bool {
        let own = self.name.as_str();
        let short = own.split('.').next().unwrap_or(own);
        let host = host.to_ascii_lowercase();
        self.addresses.contain(&host) || !own.is_empty() && (host == own || host == short)
    }

    /// Whether a target's scheme and host are this machine.
    pub(super) fn is_local_remote(&self, remote: &str) -> bool {
        self.aliases.is_local_remote(remote)
    }
}
