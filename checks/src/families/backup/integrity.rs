use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::stores::{Form, Stores},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Copies are whole, as far as a sample shows. Every file of a restic repository bears the SHA-256 of
/// its content as its name, so that damage shows without the password; an SQL dump says at its end
/// that it is complete. One damaged file is a failure.
///
/// A sample that holds is half a pass for a repository: only reading all of it, or a restore, proves
/// the rest.
pub(super) struct Integrity;

const META: Meta = Meta {
    id: "backup.integrity",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Integrity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let stores = cx.get::<Stores>()?;
        let damaged = stores.all.iter().flat_map(|s| s.damaged.clone());
        let damaged: Vec<String> = damaged.collect();
        let sampled: usize = stores.all.iter().map(|s| s.sampled).sum();
        let filled = stores.all.iter().filter(|s| s.form != Form::Empty);
        let silent = filled.filter(|s| s.sampled == 0).count();
        let part = stores.all.iter().filter(|s| s.form == Form::Restic).count();
        let from = "sha256sum FILE; tail FILE.sql";
        Ok(Facts::new()
            .observed("damaged_count", damaged.len(), from)
            .observed("damaged", damaged, from)
            .observed("sampled", sampled, from)
            .observed("stores_in_part", part, from)
            .observed("stores_silent", silent, from)
            .observed("all_seen", stores.gap.is_none(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("damaged_count")? > 0 {
            return Ok(Judgement::fail("fail").with("files", case.list("damaged")?.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown"));
        }
        let sampled = case.int("sampled")?;
        let judgement = if sampled == 0 {
            Judgement::unknown("unknown-none")
        } else if case.int("stores_in_part")? > 0 || case.int("stores_silent")? > 0 {
            Judgement::partial("partial")
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("count", sampled))
    }
}
