use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::deleted_maps::DeletedMaps,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No running program still uses code that an upgrade has replaced. Until it is restarted, it runs
/// with the hole that the upgrade closed. Only names of programs and libraries are reported.
///
/// It does not see code that is loaded otherwise: Java archives, Python and Perl modules. Programs of
/// containers on the host count as well.
pub(super) struct DeletedLibraries;

const META: Meta = Meta {
    id: "patch.deleted-libraries",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for DeletedLibraries {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let maps = cx.get::<DeletedMaps>()?;
        let programs: Vec<String> = maps.by_program.keys().cloned().collect();
        let mut libraries: Vec<String> = maps.by_program.values().flatten().cloned().collect();
        libraries.sort();
        libraries.dedup();
        let from = "grep -l 'r-xp.*(deleted)' /proc/[0-9]*/maps";
        Ok(Facts::new()
            .observed("looked", maps.processes > 0, from)
            .observed("program_count", programs.len(), from)
            .observed("programs", programs, from)
            .observed("libraries", libraries, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("looked")? {
            return Ok(Judgement::unknown("unknown-none"));
        }
        let count = case.int("program_count")?;
        Ok(if count == 0 {
            Judgement::pass("pass")
        } else {
            let some: Vec<_> = case.list("programs")?.iter().take(12).cloned().collect();
            Judgement::fail("fail")
                .with("count", count)
                .with("programs", some)
        })
    }
}
