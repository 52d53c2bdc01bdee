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
    version: 3,
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
        let too_large: Vec<String> = maps.too_large.iter().cloned().collect();
        let refused: Vec<String> = maps.refused.iter().cloned().collect();
        let from = "grep -l 'r-xp.*(deleted)' /proc/[0-9]*/maps";
        Ok(Facts::new()
            .observed("looked", maps.processes > 0, from)
            .observed("program_count", programs.len(), from)
            .observed("programs", programs, from)
            .observed("libraries", libraries, from)
            .observed("too_large", too_large, from)
            .observed("refused", refused, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("looked")? {
            return Ok(Judgement::unknown("unknown-none"));
        }
        let count = case.int("program_count")?;
        let some = |name| {
            Ok(case
                .list(name)?
                .iter()
                .take(12)
                .cloned()
                .collect::<Vec<_>>())
        };
        Ok(if count > 0 {
            Judgement::fail("fail")
                .with("count", count)
                .with("programs", some("programs")?)
        } else if !case.list("refused")?.is_empty() {
            Judgement::unknown("unknown-refused").with("programs", some("refused")?)
        } else if case.list("too_large")?.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::unknown("unknown-large").with("programs", some("too_large")?)
        })
    }
}
