//! Whether another user may open the TPM: a key that root makes there is used by the service, which runs as
//! a user of its own.

use std::{io, path::Path, thread, time::Duration};

use capdo_checks::{
    Gap,
    context::Cx,
    facts::accounts::{Accounts, Groups},
    host::Live,
    settings::Settings,
};
use rustix::{
    process::{Gid, Uid},
    thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

use super::{TpmError, line::Line};

/// The primary group of a user of whom `/etc/passwd` knows nothing.
const NO_GROUP: u32 = 65_534;

/// Opens the TPM as that user would, groups included, on a thread of its own that is that user meanwhile:
/// then permissions, access lists and folders on the way count as the kernel counts them.
///
/// # Errors
/// When that user could not, or nobody may be that user here.
pub(super) fn open_as(user: u32, path: &Path, limit: Duration) -> Result<(), TpmError> {
    let denied = || TpmError::Denied(path.to_owned());
    let (gid, groups) = groups_of(user).map_err(|_| denied())?;
    let open = || {
        become_user(user, gid, &groups).map_err(|_| denied())?;
        Line::open(path, limit).map(drop)
    };
    thread::scope(|scope| {
        let trying = thread::Builder::new().spawn_scoped(scope, open);
        let tried = trying.ok().and_then(|thread| thread.join().ok());
        tried.unwrap_or_else(|| Err(denied()))
    })
}

/// The primary group and the others, by the files.
fn groups_of(user: u32) -> Result<(Gid, Vec<Gid>), Gap> {
    let (host, settings) = (Live::new(), Settings::default());
    let cx = Cx::new(&host, &settings);
    let (accounts, groups) = (cx.get::<Accounts>()?, cx.get::<Groups>()?);
    let account = accounts.all.iter().find(|a| a.uid == user);
    let named = |members: &[String]| account.is_some_and(|a| members.contains(&a.name));
    let others = groups.0.iter().filter(|g| named(&g.members));
    let primary = account.map_or(NO_GROUP, |a| a.gid);
    Ok((
        Gid::from_raw_unchecked(primary),
        others.map(|g| Gid::from_raw_unchecked(g.gid)).collect(),
    ))
}

/// Makes this thread alone that user, for good. The kernel takes root's capabilities from it.
fn become_user(user: u32, gid: Gid, groups: &[Gid]) -> io::Result<()> {
    let user = Uid::from_raw_unchecked(user);
    set_thread_groups(groups)?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}
