//! System calls that are refused.
//!
//! A list of what is refused, not of what is allowed: the filter also binds the commands that checks
//! run, and those are the host's own, old and new. An allow-list would break the first one that a new
//! libc teaches a new call, and a check would then say "unknown" for no reason. The unit file keeps
//! systemd's allow-list on top. What must never happen is on this list whatever the rest does:
//! opening a port, gaining rights, changing the system, looking into other processes, running code
//! that is no file, and changing owners, modes and times of files, which Landlock does not cover.

use std::collections::BTreeMap;

use libc::{
    SYS_accept, SYS_accept4, SYS_acct, SYS_add_key, SYS_bpf, SYS_chroot, SYS_clock_settime,
    SYS_clone, SYS_clone3, SYS_delete_module, SYS_execveat, SYS_fchmod, SYS_fchmodat, SYS_fchown,
    SYS_fchownat, SYS_finit_module, SYS_fremovexattr, SYS_fsconfig, SYS_fsetxattr, SYS_fsmount,
    SYS_fsopen, SYS_fspick, SYS_init_module, SYS_io_uring_enter, SYS_io_uring_register,
    SYS_io_uring_setup, SYS_kexec_file_load, SYS_kexec_load, SYS_keyctl, SYS_listen,
    SYS_lremovexattr, SYS_lsetxattr, SYS_memfd_create, SYS_mknodat, SYS_mount, SYS_mount_setattr,
    SYS_move_mount, SYS_open_by_handle_at, SYS_open_tree, SYS_perf_event_open, SYS_pidfd_getfd,
    SYS_pivot_root, SYS_process_madvise, SYS_process_vm_readv, SYS_process_vm_writev, SYS_ptrace,
    SYS_quotactl, SYS_reboot, SYS_removexattr, SYS_request_key, SYS_setdomainname, SYS_setfsgid,
    SYS_setfsuid, SYS_setgid, SYS_setgroups, SYS_sethostname, SYS_setns, SYS_setregid,
    SYS_setresgid, SYS_setresuid, SYS_setreuid, SYS_settimeofday, SYS_setuid, SYS_setxattr,
    SYS_socket, SYS_swapoff, SYS_swapon, SYS_umount2, SYS_unshare, SYS_userfaultfd, SYS_utimensat,
    SYS_vhangup, c_long,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Refused on every architecture.
const REFUSED: &[c_long] = &[
    // A port that listens
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    // Calls that go around this filter or around files
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_open_by_handle_at,
    SYS_memfd_create,
    SYS_execveat,
    SYS_userfaultfd,
    // Other processes
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_pidfd_getfd,
    SYS_perf_event_open,
    // The kernel and the machine
    SYS_bpf,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_vhangup,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_add_key,
    SYS_keyctl,
    SYS_request_key,
    // Mounts and namespaces
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    // Other identities
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    // What files are, beside their content
    SYS_fchmod,
    SYS_fchmodat,
    FCHMODAT2,
    SYS_fchown,
    SYS_fchownat,
    SYS_mknodat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
];

/// Not in libc on every target; these numbers are the same on all architectures.
const FCHMODAT2: c_long = 452;
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;

/// Older forms, which only this architecture has.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_mknod,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// The second numbering of the same calls (x32), which the filter must not forget.
#[cfg(target_arch = "x86_64")]
const TWIN: Option<i64> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const TWIN: Option<i64> = None;

/// Namespaces that `clone` could make: cgroup, UTS, IPC, user, PID, network and mount.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
];

/// Families of sockets with a long history of holes, which no check and no command needs.
const FAMILIES: [i32; 4] = [libc::AF_PACKET, libc::AF_ALG, libc::AF_VSOCK, libc::AF_TIPC];

/// Why there is no filter.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilterError {
    /// The rules make no filter, or not on this architecture.
    #[error("the filter cannot be built: {0}")]
    Build(#[from] seccompiler::BackendError),
    /// The kernel does not take it.
    #[error("the kernel does not take the filter: {0}")]
    Apply(#[from] seccompiler::Error),
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Refuses them from now on, in this thread and what it starts.
pub(super) fn refuse() -> Result<(), FilterError> {
    // The flags of clone3 lie in memory, where no filter looks; libc then falls back to clone.
    let absent = with_twins(Rules::from([(SYS_clone3, Vec::new())]));
    seccompiler::apply_filter(&program(absent, libc::ENOSYS)?)?;
    let mut rules: Rules = REFUSED
        .iter()
        .chain(REFUSED_HERE)
        .map(|call| (*call, Vec::new()))
        .collect();
    let namespaces = NAMESPACES.iter().map(|flag| has_flag(*flag));
    rules.insert(SYS_clone, namespaces.collect::<Result<_, _>>()?);
    let families = FAMILIES.iter().map(|family| is(*family));
    rules.insert(SYS_socket, families.collect::<Result<_, _>>()?);
    seccompiler::apply_filter(&program(with_twins(rules), libc::EPERM)?)?;
    Ok(())
}

fn program(rules: Rules, errno: i32) -> Result<BpfProgram, seccompiler::BackendError> {
    let refusal = SeccompAction::Errno(errno.unsigned_abs());
    let here = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, here)?.try_into()
}

fn with_twins(rules: Rules) -> Rules {
    let twin = |bit: i64| rules.clone().into_iter().map(move |(n, r)| (n | bit, r));
    let twins: Vec<_> = TWIN.map(twin).into_iter().flatten().collect();
    rules.into_iter().chain(twins).collect()
}

type Built<T> = Result<T, seccompiler::BackendError>;

/// The call's first argument has that bit.
fn has_flag(flag: i32) -> Built<SeccompRule> {
    let bit = u64::from(flag.cast_unsigned());
    condition(SeccompCmpOp::MaskedEq(bit), bit)
}

/// The call's first argument is that.
fn is(value: i32) -> Built<SeccompRule> {
    condition(SeccompCmpOp::Eq, u64::from(value.cast_unsigned()))
}

fn condition(op: SeccompCmpOp, value: u64) -> Built<SeccompRule> {
    let first = SeccompCondition::new(0, SeccompCmpArgLen::Dword, op, value)?;
    SeccompRule::new(vec![first])
}
