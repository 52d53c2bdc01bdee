//! Landlock: read everywhere, write in one folder and to the TPM, run the system's own programs, open no TCP port.
//!
//! The kernel takes what it knows of this (`man 7 landlock`), which the crate sorts out. Connections
//! are not restricted: checks ask the host's own services, and the collector may be anywhere.

use std::path::Path;

use landlock::{
    ABI, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// Where programs and the loader that they are started through may be. The state folder is not among
/// them: nothing that is written there can be run.
const PROGRAMS: [&str; 7] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
];

/// Restricts this thread and what it starts. Gives the version of the kernel's interface, or 0 where
/// there is none.
pub(super) fn restrict(state_dir: &Path, tpm: Option<&Path>) -> Result<u32, RulesetError> {
    let writing = AccessFs::from_write(ABI::V5);
    let devices = AccessFs::MakeBlock | AccessFs::MakeChar | AccessFs::IoctlDev;
    let null: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let status = Ruleset::default()
        .handle_access(writing | AccessFs::Execute)?
        .handle_access(AccessNet::BindTcp)?
        .scope(scopes())?
        .create()?
        .add_rules(path_beneath_rules([state_dir], writing & !devices))?
        .add_rules(path_beneath_rules(["/dev/null"], null))?
        .add_rules(path_beneath_rules(tpm, AccessFs::WriteFile))?
        .add_rules(path_beneath_rules(PROGRAMS, AccessFs::Execute))?
        // Port 0 stands for "any free port", which a client with an address of its own binds to. To
        // listen there takes a system call that is refused.
        .add_rule(NetPort::new(0, AccessNet::BindTcp))?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u32,
        _ => 0,
    })
}

/// Signals reach only what the agent started itself. Abstract sockets of others are out of reach too,
/// unless whoever started the service is to be told there that it is up.
fn scopes() -> BitFlags<Scope> {
    let told_there = std::env::var_os("NOTIFY_SOCKET")
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"@"));
    if told_there {
        Scope::Signal.into()
    } else {
        Scope::Signal | Scope::AbstractUnixSocket
    }
}
