//! All that one site shows, for a person who asks about it.

use serde::Serialize;

use super::{
    Site, Visit,
    cookies::{self, Cookie},
    exposure::{self, Exposure},
    headers::{self, PageHeaders},
    hsts::{self, Hsts},
    is_html, random_path,
    security_txt::{self, SecurityTxt},
    versions, visit,
    visit::Away,
};
use crate::host::{Host, HostError};

/// What a site showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SiteFound {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The statuses on the way to the first page.
    pub statuses: Vec<u16>,
    /// Where it leads on, where that is another site.
    pub away: Option<Away>,
    /// Whether a path that does not exist leads on to HTTPS too; asked in clear text only.
    pub other_path_to_https: Option<bool>,
    /// Strict-Transport-Security; over TLS only.
    pub hsts: Option<Hsts>,
    /// Headers of the first page, where it is one of HTML.
    pub headers: Option<PageHeaders>,
    /// Cookies, without their values.
    pub cookies: Vec<Cookie>,
    /// Exact versions that are told.
    pub versions: Vec<String>,
    /// security.txt; over TLS only.
    pub security_txt: Option<SecurityTxt>,
    /// What lies open; only where that was asked for.
    pub exposure: Option<Exposure>,
}

/// Looks at a site. `deep` also asks for what should not lie open.
///
/// # Errors
/// When the site does not answer.
pub fn survey(host: &dyn Host, site: &Site, deep: bool) -> Result<SiteFound, HostError> {
    let Visit { steps, away } = visit(host, site, "/")?;
    let nowhere = random_path(host, site);
    let missing = visit(host, site, &nowhere)?;
    let mut told: Vec<String> = steps.iter().flat_map(versions::of).collect();
    told.extend(missing.steps.iter().flat_map(versions::of));
    told.extend(missing.last().and_then(versions::in_error_page));
    told.sort();
    told.dedup();
    let page = steps
        .last()
        .filter(|answer| away.is_none() && is_html(answer));
    let to_https = missing.away.as_ref().is_some_and(|a| a.https);
    Ok(SiteFound {
        tls: site.tls,
        statuses: steps.iter().map(|answer| answer.status).collect(),
        other_path_to_https: (!site.tls).then_some(to_https),
        hsts: steps.iter().filter(|_| site.tls).find_map(hsts::of),
        headers: page.map(headers::of),
        cookies: cookies::of(&steps),
        versions: told,
        security_txt: reporting(host, site)?,
        exposure: if deep {
            Some(exposure::look(host, site)?)
        } else {
            None
        },
        away,
    })
}

fn reporting(host: &dyn Host, site: &Site) -> Result<Option<SecurityTxt>, HostError> {
    for path in security_txt::PATHS.iter().filter(|_| site.tls) {
        let found = visit(host, site, path)?;
        if let Some(found) = found.last().and_then(security_txt::of) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
