//! What every check of the kernel's audit asks first.

use crate::{
    check::{Case, Missing},
    context::Cx,
    facts::{audit, container::Container},
    observation::{Facts, Gap},
    verdict::Judgement,
};

/// Whether this is a container and whether auditd is installed; and whether there is more to see.
pub(super) fn facts(cx: &Cx<'_>) -> Result<(Facts, bool), Gap> {
    let container = cx.get::<Container>()?;
    let installed = audit::installed(cx)?;
    let facts = Facts::new()
        .observed("container", container.inside, container.source)
        .configured("auditd_installed", installed, "/usr/sbin/auditd");
    Ok((facts, installed && !container.inside))
}

/// The verdict where the rules need not be looked at. In a container the kernel's audit belongs to
/// the machine below, which is measured itself. Elsewhere the requirement to record stands whether
/// or not the program is installed.
pub(super) fn judge(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    Ok(if case.flag("container")? {
        Some(Judgement::not_applicable("not-applicable"))
    } else if !case.flag("auditd_installed")? {
        Some(Judgement::fail("fail-absent"))
    } else {
        None
    })
}
