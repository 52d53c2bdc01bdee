use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apt::Apt,
        os_release::{OsRelease, PackageSystem},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Packages come from the distribution alone. Each further repository can install anything as root,
/// and its fixes come from somebody else or not at all; it may be right, and somebody must have
/// approved it. So one that is found is half a failure, and its address is listed.
pub(super) struct ThirdPartyRepositories;

const META: Meta = Meta {
    id: "patch.third-party-repositories",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for ThirdPartyRepositories {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let system = os.package_system();
        if system != PackageSystem::Dpkg {
            return Ok(Facts::new()
                .observed("system", system.name(), os.path)
                .into());
        }
        let apt = cx.get::<Apt>()?;
        let foreign = apt.0.iter().filter(|f| !f.is_from_distribution());
        let mut names: Vec<String> = foreign.map(|f| f.source.name()).collect();
        names.sort();
        names.dedup();
        let from = "/etc/apt/sources.list";
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured("repositories", apt.0.len(), from)
            .configured("foreign_count", names.len(), from)
            .configured("foreign", names, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.text("system")? != "dpkg" {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if case.int("repositories")? == 0 {
            return Ok(Judgement::fail("fail-none"));
        }
        Ok(if case.int("foreign_count")? == 0 {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial").with("repositories", case.list("foreign")?.to_vec())
        })
    }
}
