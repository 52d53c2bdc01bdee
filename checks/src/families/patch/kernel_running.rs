use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{container::Container, kernels::Kernels},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The running kernel is the newest that is installed, of the same flavour. Debian's kernels say
/// which package version they were built as; where they do, that must be equal too, because the
/// release name can stay the same across security updates.
///
/// It does not see live patches, and not whether the newest installed kernel is the newest offered.
pub(super) struct KernelRunning;

const META: Meta = Meta {
    id: "patch.kernel-running",
    version: 3,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for KernelRunning {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let kernels = cx.get::<Kernels>()?;
        let container = cx.get::<Container>()?;
        let running = kernels.running.as_str();
        let proc = "/proc/sys/kernel/osrelease";
        let packages = "dpkg -l 'linux-image-*' / rpm -q kernel-core";
        let newest = kernels.newest.as_ref();
        Ok(Facts::new()
            .effective("running", running, proc)
            .maybe(
                "running_build",
                Vantage::Effective,
                kernels.running_build.clone(),
                "/proc/version",
            )
            .observed("kernel_installed", kernels.any_installed, packages)
            .maybe(
                "newest",
                Vantage::Observed,
                newest.map(|n| n.0.as_str()),
                packages,
            )
            .maybe(
                "newest_build",
                Vantage::Observed,
                newest.map(|n| n.1.as_str()),
                packages,
            )
            .effective("container", container.inside, container.source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !case.flag("kernel_installed")? {
            return Ok(Judgement::unknown("unknown-no-package"));
        }
        let running = case.text("running")?;
        let newest = case.text("newest")?;
        let judgement = if running != newest {
            Judgement::fail("fail")
        } else {
            match (case.text("running_build"), case.text("newest_build")?) {
                (Ok(built), installed) if built != installed => Judgement::fail("fail-build"),
                _ => Judgement::pass("pass"),
            }
        };
        Ok(judgement.with("running", running).with("newest", newest))
    }
}
