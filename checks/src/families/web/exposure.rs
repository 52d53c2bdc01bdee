//! Whether source, secrets, data or internal pages lie open.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, GapReason, Seen},
    probes::http::exposure,
    verdict::Judgement,
};

/// None of the usual leftovers (repositories, settings, dumps, folder lists) answers with its own
/// content. Internal pages count half: they are often open to the server itself alone, which is where
/// the question comes from. Asked only where the owner permitted it.
pub(super) struct Exposure;

const META: Meta = Meta {
    id: "web.exposure",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for Exposure {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| {
            let source = &look.listed.label;
            if !look.listed.authorised {
                return Err(Gap::new(GapReason::NotAuthorised, source));
            }
            let found = exposure::look(cx.host(), look.site)?;
            Ok(Facts::new()
                .observed("asked", found.asked, source)
                .observed("leaks", found.leaks, source)
                .observed("internal", found.internal, source)
                .observed("catch_all", found.catch_all, source))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        let asked = case.int("asked")?;
        if let Some(paths) = super::told(case, "leaks")? {
            return Ok(Judgement::fail("fail").with("paths", paths));
        }
        Ok(match super::told(case, "internal")? {
            Some(paths) => Judgement::partial("partial-internal").with("paths", paths),
            None => Judgement::pass("pass").with("asked", asked),
        })
    }
}
