use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Job, Jobs, Starter,
            keys::Keys,
            runs::writes_to,
            stores::{Form, Store, Stores},
            tools::Target,
        },
        storage::is_below,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Copies are encrypted, so that a stolen disk or a curious storage administrator reads nothing.
/// restic always encrypts; borg writes into each object with which kind of key it was made; pgBackRest
/// says so in its configuration; a dump is encrypted when its name ends in `.gpg`, `.age` or `.enc`.
///
/// A password that lies beside its repository, on the same medium, opens it to whoever takes that; on one
/// disk with repository and system it is half of that, for the data lie there too. Where the disk itself is
/// encrypted, both are closed with it. Whether the password is kept anywhere but on this host does not show.
pub(super) struct Encrypted;

const META: Meta = Meta {
    id: "backup.encrypted",
    version: 4,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// How a person finds where passwords lie.
const KEYS: &str = "crontab -l; systemctl list-timers; findmnt -T FILE; findmnt -T STORE";

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
                // What lies here speaks for itself; of what another machine holds nothing shows.
                None if stores.all.is_empty() || is_sent(job, &stores) => unclear.push(name),
                None => {}
            }
        }
        // A script may run a tool several times.
        for list in [&mut plain, &mut closed, &mut unclear] {
            list.sort();
            list.dedup();
        }
        let keys = cx.get::<Keys>()?;
        let gap = jobs.gap.as_ref().or(stores.gap.as_ref());
        let from = "ls TARGET; grep cipher /etc/pgbackrest.conf";
        Ok(Facts::new()
            .observed("plain", plain, from)
            .observed("unclear", unclear, from)
            .observed("encrypted", closed, from)
            .observed("key_beside", keys.beside.clone(), KEYS)
            .observed("key_on_disk", keys.on_disk.clone(), KEYS)
            .observed("key_unclear", keys.unclear.clone(), KEYS)
            .configured("key_inside", keys.inside.clone(), KEYS)
            .observed("all_seen", gap.is_none(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let plain = case.list("plain")?;
        if !plain.is_empty() {
            return Ok(Judgement::fail("fail").with("stores", plain.to_vec()));
        }
        let beside = case.list("key_beside")?;
        if !beside.is_empty() {
            return Ok(Judgement::fail("fail-key-beside").with("files", beside.to_vec()));
        }
        let unclear = case.list("unclear")?;
        if !unclear.is_empty() || !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("stores", unclear.to_vec()));
        }
        let closed = case.list("encrypted")?;
        if closed.is_empty() {
            return Ok(Judgement::unknown("unknown-none"));
        }
        let hidden = case.list("key_unclear")?;
        if !hidden.is_empty() {
            return Ok(Judgement::unknown("unknown-key").with("files", hidden.to_vec()));
        }
        let (on_disk, inside) = (case.list("key_on_disk")?, case.list("key_inside")?);
        let judgement = if !on_disk.is_empty() {
            Judgement::partial("partial-key-on-disk").with("files", on_disk.to_vec())
        } else if !inside.is_empty() {
            Judgement::pass("pass-key-inside").with("files", inside.to_vec())
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("stores", closed.to_vec()))
    }
}

/// Whether a job sends to another machine what is not closed here already.
fn is_sent(job: &Job, stores: &Stores) -> bool {
    let closed = |path: &String| {
        let closed = |s: &Store| s.encrypted == Some(true) && is_below(path, &s.path);
        stores.all.iter().any(closed)
    };
    let paths = &job.sources.paths;
    let sends_closed = !paths.is_empty() && paths.iter().all(closed);
    let remote = |t: &Target| matches!(t, Target::Remote(_));
    let away = job.starter == Starter::Service || job.targets.iter().any(remote);
    away && !sends_closed && !stores.all.iter().any(|s| writes_to(job, s))
}
