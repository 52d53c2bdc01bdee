//! Capabilities: what of root's power is kept.

use rustix::{
    io::{self, Errno},
    thread::{
        CapabilitySet, capabilities, capability_is_in_bounding_set, clear_ambient_capability_set,
        configure_capability_in_ambient_set, remove_capability_from_bounding_set, set_capabilities,
    },
};

/// Reading what only root may read: what the checks are for.
const ALWAYS: CapabilitySet = CapabilitySet::DAC_READ_SEARCH;

/// What an owner may grant besides, for the checks that say that they lack it.
pub const GRANTABLE: [(&str, CapabilitySet); 3] = [
    ("CAP_AUDIT_CONTROL", CapabilitySet::AUDIT_CONTROL),
    ("CAP_NET_ADMIN", CapabilitySet::NET_ADMIN),
    ("CAP_SYS_PTRACE", CapabilitySet::SYS_PTRACE),
];

/// The capability of that name, where an owner may grant it.
pub fn named(name: &str) -> Option<CapabilitySet> {
    let found = GRANTABLE.iter().find(|(known, _)| *known == name);
    found.map(|(_, capability)| *capability)
}

/// Gives up every capability but those always needed and those granted, also for commands, even
/// where they start as root.
pub(super) fn keep_only(granted: CapabilitySet) -> io::Result<()> {
    let kept = ALWAYS | granted;
    let had = capabilities(None)?;
    if had.effective.contains(CapabilitySet::SETPCAP) {
        bound_to(kept)?;
    } else {
        for (name, _) in unnamed(had.permitted, kept) {
            tracing::warn!(
                "{name} was granted, but [guest] names no check for it: it is given up."
            );
        }
    }
    clear_ambient_capability_set()?;
    let left = had.permitted & kept;
    let sets = rustix::thread::CapabilitySets {
        effective: left,
        permitted: left,
        inheritable: left,
    };
    set_capabilities(None, sets)?;
    for capability in each(left) {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

/// What an owner granted to the service and no check was named for.
fn unnamed(
    had: CapabilitySet,
    kept: CapabilitySet,
) -> impl Iterator<Item = (&'static str, CapabilitySet)> {
    let grantable = GRANTABLE.into_iter();
    grantable.filter(move |(_, c)| had.contains(*c) && !kept.contains(*c))
}

/// No program that is started may have more than this, whoever starts it.
fn bound_to(kept: CapabilitySet) -> io::Result<()> {
    for capability in each(!CapabilitySet::empty()) {
        match capability_is_in_bounding_set(capability) {
            Ok(true) if !kept.contains(capability) => {
                remove_capability_from_bounding_set(capability)?;
            }
            Ok(_) => {}
            Err(Errno::INVAL) => break, // beyond the last one that this kernel knows
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn each(set: CapabilitySet) -> impl Iterator<Item = CapabilitySet> {
    let one = |bit| CapabilitySet::from_bits_retain(1_u64 << bit);
    (0..64_u32).map(one).filter(move |c| set.contains(*c))
}

/// The names of the capabilities in effect. Those that nobody may grant are named by their number.
pub(super) fn in_effect() -> Vec<String> {
    let effective = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    each(effective).map(name).collect()
}

fn name(capability: CapabilitySet) -> String {
    if capability == ALWAYS {
        return "CAP_DAC_READ_SEARCH".to_owned();
    }
    let known = GRANTABLE.iter().find(|(_, c)| *c == capability);
    known.map_or_else(
        || format!("capability {}", capability.bits().trailing_zeros()),
        |(name, _)| (*name).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_and_not_named_is_told() {
        let had =
            CapabilitySet::DAC_READ_SEARCH | CapabilitySet::NET_ADMIN | CapabilitySet::SYS_PTRACE;
        let kept = ALWAYS | CapabilitySet::SYS_PTRACE;
        let names: Vec<_> = unnamed(had, kept).map(|(name, _)| name).collect();
        assert_eq!(names, ["CAP_NET_ADMIN"]);
        assert_eq!(unnamed(ALWAYS, kept).count(), 0);
    }
}
