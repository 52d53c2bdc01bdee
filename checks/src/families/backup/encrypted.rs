use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{
        Jobs,
        stores::{Form, Stores},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Copies are encrypted, so that a stolen disk or a curious storage administrator reads nothing.
/// restic always encrypts; borg writes into each object with which kind of key it was made; pgBackRest
/// says so in its configuration; a dump is encrypted when its name ends in `.gpg`, `.age` or `.enc`.
///
/// It does not look at where the key is kept, nor at encryption of the disk below.
pub(super) struct Encrypted;

const META: Meta = Meta {
    id: "backup.encrypted",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Encrypted {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let mut plain = Vec::new();
        let mut unclear = Vec::new();
        let mut closed = Vec::new();
        for store in &stores.all {
            let name = format!("{} ({})", store.path, store.form.name());
            match store.encrypted {
                Some(true) => closed.push(name),
                Some(false) => plain.push(name),
                None if store.form == Form::Empty => {}
                None => unclear.push(name),
            }
        }
        for job in jobs.started() {
            let name = format!("{} ({})", job.tool, job.at);
            match job.encrypted {
                Some(true) => closed.push(name),
                Some(false) => plain.push(name),
                // A key without a password is open to whoever has the repository.
                None if job.text.contains("--insecure-no-password") => plain.push(name),
                None if job.tool == "restic" => closed.push(name),
                None if stores.all.is_empty() => unclear.push(name),
                None => {}
            }
        }
        let gap = jobs.gap.as_ref().or(stores.gap.as_ref());
        let from = "ls TARGET; grep cipher /etc/pgbackrest.conf";
        Ok(Facts::new()
            .observed("plain", plain, from)
            .observed("unclear", unclear, from)
            .observed("encrypted", closed, from)
            .observed("all_seen", gap.is_none(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let plain = case.list("plain")?;
        if !plain.is_empty() {
            return Ok(Judgement::fail("fail").with("stores", plain.to_vec()));
        }
        let unclear = case.list("unclear")?;
        if !unclear.is_empty() || !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("stores", unclear.to_vec()));
        }
        let closed = case.list("encrypted")?;
        Ok(if closed.is_empty() {
            Judgement::unknown("unknown-none")
        } else {
            Judgement::pass("pass").with("stores", closed.to_vec())
        })
    }
}
