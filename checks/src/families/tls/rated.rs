//! SSL Labs' grade and Mozilla's profile, as facts beside those that are judged.

use crate::{
    context::Cx,
    facts::{tls::anchors::Anchors, tls_endpoints::Endpoint},
    observation::Facts,
    probes::tls::survey::Survey,
    rating::{assess::assess, mozilla::Profile},
};

/// Adds the grade and the profile, where what they rest on could be seen.
pub(super) fn facts(facts: Facts, cx: &Cx<'_>, survey: &Survey, endpoint: &Endpoint) -> Facts {
    let Ok(anchors) = cx.get::<Anchors>() else {
        return facts;
    };
    let now = cx.host().now();
    let found = assess(survey, endpoint.name.as_deref(), &anchors, now, None);
    let trusted = found.chains.iter().all(|c| c.trust.trusted());
    let (Some(grade), Some(mozilla)) = (found.grade, found.mozilla) else {
        return facts;
    };
    if anchors.gap.is_some() && !trusted {
        return facts;
    }
    let reasons: Vec<&str> = grade.caps.iter().map(|c| c.reason.key).collect();
    let profile = match mozilla.satisfied {
        Some(Profile::Modern) => "modern",
        Some(Profile::Intermediate) => "intermediate",
        None => "none",
    };
    facts
        .observed("labs_grade", grade.letter.name(), "SSL Labs 2009r")
        .observed("labs_reasons", reasons, "SSL Labs 2009r")
        .observed("mozilla_profile", profile, "Mozilla Server Side TLS 6.0")
}
