use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{checksums::Checksums, stores::Stores},
    host::Budget,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Repositories match their own checksums. A file of restic bears the SHA-256 of its content as its
/// name; borg keeps a CRC with each entry; pgBackRest and duplicity list hashes in their manifests. None
/// needs the password, and a flipped byte shows, which `restic check` alone passes over. What the tool
/// itself recorded as failed, a chain with a missing link and a missing WAL segment count as well.
///
/// Copies of mariabackup keep no checksums; whether they are prepared is named, for that must be done before
/// they can be restored.
///
/// A repository that is larger than one run may read is read in turns, one a day: that is half a pass.
pub(super) struct Integrity;

const META: Meta = Meta {
    id: "backup.integrity",
    version: 4,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for Integrity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_reading_copies()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let stores = cx.get::<Stores>()?;
        let checked = cx.get::<Checksums>()?;
        let own = stores.all.iter().flat_map(|s| &s.faults);
        let found = checked.0.iter().flat_map(|c| &c.damaged);
        let damaged: Vec<String> = own
            .chain(found)
            .map(|(path, fault)| format!("{path} ({})", fault.name()))
            .collect();
        let files: usize = checked.0.iter().map(|c| c.files).sum();
        let turns = checked.0.iter().map(|c| c.turns).max().unwrap_or(1);
        let silent = checked.0.iter().filter(|c| c.files == 0).count();
        let unprepared = stores.all.iter().flat_map(|s| s.unprepared.clone());
        let unprepared: Vec<String> = unprepared.collect();
        let gap = checked.0.iter().find_map(|c| c.gap.as_ref());
        let gap = stores.gap.as_ref().or(gap);
        let from = "sha256sum FILE; borg check --repository-only STORE; pgbackrest verify";
        Ok(Facts::new()
            .observed("damaged_count", damaged.len(), from)
            .observed("damaged", damaged, from)
            .observed("files", files, from)
            .observed("turns", turns, from)
            .observed("repositories", checked.0.len(), from)
            .observed("silent", silent, from)
            .observed("unprepared", unprepared, "cat xtrabackup_checkpoints")
            .observed(
                "stores",
                stores.all.iter().filter(|s| s.has_copies()).count(),
                from,
            )
            .configured(
                "elsewhere",
                stores.remote.len(),
                "crontab -l; systemctl list-timers",
            )
            .all_seen(gap, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("damaged_count")? > 0 {
            return Ok(Judgement::fail("fail").with("files", case.list("damaged")?.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        if case.int("repositories")? == 0 {
            let plain = case.int("stores")? > 0 && case.int("elsewhere")? == 0;
            let unprepared = case.list("unprepared")?;
            return Ok(if plain && !unprepared.is_empty() {
                Judgement::not_applicable("not-applicable-unprepared")
                    .with("folders", unprepared.to_vec())
            } else if plain {
                Judgement::not_applicable("not-applicable")
            } else {
                Judgement::unknown("unknown-none")
            });
        }
        let files = case.int("files")?;
        if files == 0 || case.int("silent")? > 0 {
            return Ok(Judgement::unknown("unknown-none"));
        }
        let turns = case.int("turns")?;
        let judgement = if turns > 1 {
            Judgement::partial("partial").with("turns", turns)
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("count", files))
    }
}
