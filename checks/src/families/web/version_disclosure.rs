//! Whether a site tells everybody the exact version of its software.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, Seen},
    probes::http::{random_path, versions},
    verdict::Judgement,
};

/// Neither the headers of the first page, nor its generator mark, nor the page for a path that does
/// not exist, bear an exact version. Nothing is concluded from a version about its weaknesses.
pub(super) struct VersionDisclosure;

const META: Meta = Meta {
    id: "web.version-disclosure",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for VersionDisclosure {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| {
            let nowhere = random_path(cx.host(), look.site);
            let missing = cx.host().http(&look.site.ask(&nowhere))?;
            let mut found: Vec<String> = look.visit.steps.iter().flat_map(versions::of).collect();
            found.extend(versions::of(&missing));
            found.extend(versions::in_error_page(&missing));
            found.extend(look.visit.last().and_then(versions::in_error_page));
            found.sort();
            found.dedup();
            Ok(Facts::new().observed("versions", found, &look.listed.label))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        Ok(match super::told(case, "versions")? {
            Some(versions) => Judgement::fail("fail").with("versions", versions),
            None => Judgement::pass("pass"),
        })
    }
}
