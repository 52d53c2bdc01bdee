//! The web as the host's own sites serve it.

mod cookies;
mod exposure;
mod headers;
mod hsts;
mod https_redirect;
mod security_txt;
mod version_disclosure;

use crate::{
    check::{Case, Check, Missing},
    context::Cx,
    facts::web_sites::{self, WebSite, WebSites},
    observation::{Facts, Gap, GapReason, Seen, Subject, SubjectKind},
    probes::http::{Site, Visit},
    verdict::Judgement,
};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &cookies::Cookies,
    &exposure::Exposure,
    &headers::Headers,
    &hsts::Hsts,
    &https_redirect::HttpsRedirect,
    &security_txt::SecurityTxt,
    &version_disclosure::VersionDisclosure,
];

/// One site that answered.
struct Look<'a> {
    listed: &'a WebSite,
    site: &'a Site,
    visit: &'a Visit,
}

/// Observes each site by itself; one that did not answer is a gap of its own. Without any, the host
/// itself says so.
fn each(cx: &Cx<'_>, observe: impl Fn(&Look<'_>) -> Result<Facts, Gap>) -> Result<Seen, Gap> {
    let sites = cx.get::<WebSites>()?;
    if sites.0.is_empty() {
        let elsewhere = web_sites::forwarded(cx)?;
        if !elsewhere.is_empty() {
            let what = format!("endpoints: {}", elsewhere.join(", "));
            return Err(Gap::new(GapReason::NotAuthorised, what));
        }
        let source = "settings endpoints, /proc/net/tcp";
        return Ok(Facts::new().observed("sites", 0_usize, source).into());
    }
    Ok(Seen::each(sites.0.iter().map(|listed| {
        let subject = Subject::new(SubjectKind::Endpoint, &listed.label);
        let facts = match &listed.seen {
            Err(gap) => Facts::unseen(gap.clone()),
            Ok((site, visit)) => {
                let look = Look {
                    listed,
                    site,
                    visit,
                };
                let head = Facts::new().observed("tls", site.tls, &listed.label);
                match observe(&look) {
                    Ok(more) => Facts {
                        facts: head.facts.into_iter().chain(more.facts).collect(),
                        gap: more.gap,
                    },
                    Err(gap) => Facts::unseen(gap),
                }
            }
        };
        (subject, facts)
    })))
}

/// What every check of this family concludes where there is no site.
fn no_site(case: &Case<'_>) -> Option<Judgement> {
    (case.int("sites") == Ok(0)).then(|| Judgement::not_applicable("not-applicable"))
}

/// The status of the last answer, as a fact.
fn status(look: &Look<'_>) -> u32 {
    look.visit.last().map_or(0, |answer| answer.status.into())
}

/// Whether a list of facts holds anything, and what.
fn told(case: &Case<'_>, name: &str) -> Result<Option<String>, Missing> {
    let list = case.list(name)?;
    let line: Vec<String> = list.iter().map(crate::Value::to_line).collect();
    Ok((!line.is_empty()).then(|| line.join(", ")))
}
