//! The packet filter of this host: what its tools print, followed through the model.

use crate::{
    context::{Cx, Gather},
    facts::{
        firewall::{Outcome, Stance, follow},
        iptables, nft,
    },
    host::{Command, Host, HostError},
    observation::{Gap, GapReason},
};

/// The packet filter of the host, for both families.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firewall {
    /// IPv4.
    pub v4: Outcome,
    /// IPv6.
    pub v6: Outcome,
    /// Whether an interface other than the loopback has an IPv6 address.
    pub v6_in_use: bool,
    /// The commands or files that showed it.
    pub source: String,
}

impl Gather for Firewall {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        // A filter that was not seen can only be stricter: it matters where the others are open.
        let mut refused = None;
        let mut ask = |command: &Command| {
            printed(host, command).unwrap_or_else(|gap| {
                refused.get_or_insert(gap);
                None
            })
        };
        let native = ask(&Command::NftRuleset);
        let four = ask(&Command::IptablesSave);
        let six = ask(&Command::Ip6tablesSave);
        let mut found = (Outcome::open(), Outcome::open());
        let mut sources = Vec::new();
        if let Some(text) = &native {
            let tables = nft::parse(text).ok_or_else(|| Gap::parse("nft -j list ruleset"))?;
            // What iptables keeps in nftables is read in iptables' own words or not at all.
            let kept = tables.v4.contains_key("ip filter") || tables.v6.contains_key("ip6 filter");
            if kept && let Some(gap) = refused {
                return Err(gap);
            }
            let (hidden4, hidden6) = (translated(four.as_deref()), translated(six.as_deref()));
            for (name, table) in &tables.v4 {
                if !(hidden4 && name == "ip filter") {
                    found.0 = found.0.stricter(follow(table));
                }
            }
            for (name, table) in &tables.v6 {
                if !(hidden6 && name == "ip6 filter") {
                    found.1 = found.1.stricter(follow(table));
                }
            }
            sources.push("nft list ruleset");
        }
        if let Some(text) = &four {
            found.0 = found.0.stricter(follow(&iptables::parse(text)));
            sources.push("iptables-save");
        }
        if let Some(text) = &six {
            found.1 = found.1.stricter(follow(&iptables::parse(text)));
            sources.push("ip6tables-save");
        }
        let v6_in_use = v6_in_use(host)?;
        let open =
            found.0.default == Stance::Open || (v6_in_use && found.1.default == Stance::Open);
        if open && let Some(gap) = refused {
            return Err(gap);
        }
        let modules = Modules::of(host);
        if open && let Some(hidden) = modules.unseen(native.is_some(), four.is_some()) {
            return Err(Gap::new(GapReason::ToolMissing, hidden));
        }
        if sources.is_empty() {
            sources.push("/proc/modules");
        }
        Ok(Self {
            v4: found.0,
            v6: found.1,
            v6_in_use,
            source: sources.join(", "),
        })
    }
}

/// Whether iptables shows the table `filter` that it keeps in nftables. Its own words are then the
/// better ones: nft leaves out what matches such as `addrtype` compare with.
fn translated(saved: Option<&str>) -> bool {
    saved.is_some_and(|t| t.contains("(nf_tables)") && t.lines().any(|l| l.trim() == "*filter"))
}

/// What a command prints; `None` where it is not installed.
///
/// # Errors
/// When it refuses, or does not end.
pub fn printed(host: &dyn Host, command: &Command) -> Result<Option<String>, Gap> {
    let output = match host.run(command) {
        Ok(output) => output,
        Err(HostError::NotFound(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    if !output.ok() {
        // Both tools refuse whoever may not see the rules of the network namespace.
        return Err(Gap::new(GapReason::NoPermission, command.line()));
    }
    Ok(Some(output.text()))
}

/// Which packet filters the kernel may hold rules of; `None` where that cannot be told.
struct Modules {
    nft: Option<bool>,
    legacy: Option<bool>,
}

impl Modules {
    fn of(host: &dyn Host) -> Self {
        let loaded = host.read("/proc/modules", 4 << 20).ok();
        let release = host.text("/proc/sys/kernel/osrelease").ok();
        let builtin = release.and_then(|r| {
            host.read(
                &format!("/lib/modules/{}/modules.builtin", r.trim()),
                4 << 20,
            )
            .ok()
        });
        let (Some(loaded), Some(builtin)) = (loaded, builtin) else {
            return Self {
                nft: None,
                legacy: None,
            };
        };
        let (loaded, builtin) = (
            String::from_utf8_lossy(&loaded),
            String::from_utf8_lossy(&builtin),
        );
        let has = |name: &str| {
            loaded.lines().any(|l| l.split(' ').next() == Some(name))
                || builtin.lines().any(|l| l.ends_with(&format!("/{name}.ko")))
        };
        Self {
            nft: Some(has("nf_tables")),
            legacy: Some(has("ip_tables") || has("ip6_tables")),
        }
    }

    /// Where rules may stand that no tool could show.
    fn unseen(&self, saw_nft: bool, saw_iptables: bool) -> Option<&'static str> {
        if !saw_nft && self.nft != Some(false) {
            return Some("nft");
        }
        (!saw_iptables && !saw_nft && self.legacy != Some(false)).then_some("iptables-save")
    }
}

/// Whether an interface other than the loopback has an IPv6 address.
///
/// # Errors
/// When the table may not be read.
pub fn v6_in_use(host: &dyn Host) -> Result<bool, Gap> {
    let text = host.text_if_any("/proc/net/if_inet6")?.unwrap_or_default();
    let interface = |l: &str| l.split_whitespace().last().map(str::to_owned);
    Ok(text.lines().filter_map(interface).any(|i| i != "lo"))
}
