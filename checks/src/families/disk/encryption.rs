use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::storage::{Mounts, encrypted},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// The data of the host lies on encrypted block devices: dm-crypt is found under the root file system
/// and under each folder that holds data.
///
/// Encryption by the hypervisor, the storage system or the disk itself cannot be seen from within a
/// machine; where that is used, it is declared as an equal measure. Encryption of single columns or
/// files by an application is not seen either.
pub(super) struct Encryption;

const META: Meta = Meta {
    id: "disk.encryption",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Encryption {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let mounts = cx.get::<Mounts>()?;
        let mut closed = Vec::new();
        let mut plain = Vec::new();
        let mut unclear = Vec::new();
        let mut met = Vec::new();
        let declared = cx.settings().backup_sources.iter().map(String::as_str);
        for folder in DATA.into_iter().chain(declared) {
            let Some(mount) = mounts.of(folder) else {
                continue;
            };
            if met.contains(&&mount.point) {
                continue;
            }
            met.push(&mount.point);
            let name = format!("{} ({})", mount.point, mount.source);
            match encrypted(cx.host(), &mount.device) {
                Ok(true) => closed.push(name),
                Ok(false) => plain.push(name),
                Err(e) if e.is_not_found() => unclear.push(name),
                Err(e) => return Err(e.into()),
            }
        }
        let from = "lsblk -o NAME,TYPE,MOUNTPOINTS";
        Ok(Facts::new()
            .effective("encrypted", closed, from)
            .effective("plain", plain, from)
            .effective("unclear", unclear, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (closed, plain) = (case.list("encrypted")?, case.list("plain")?);
        let unclear = case.list("unclear")?;
        if !plain.is_empty() {
            let judgement = if closed.is_empty() {
                Judgement::fail("fail")
            } else {
                Judgement::partial("partial")
            };
            return Ok(judgement.with("places", plain.to_vec()));
        }
        Ok(if !unclear.is_empty() || closed.is_empty() {
            Judgement::unknown("unknown").with("places", unclear.to_vec())
        } else {
            Judgement::pass("pass").with("places", closed.to_vec())
        })
    }
}

/// Folders that hold data on a server; those that lie on one mount count once.
const DATA: [&str; 7] = [
    "/",
    "/var",
    "/var/lib/postgresql",
    "/var/lib/mysql",
    "/srv",
    "/home",
    "/opt",
];
