//! What `probe http` prints.

use std::net::SocketAddr;

use capdo_checks::{
    Value,
    lang::Lang,
    probes::http::{
        SiteFound, cookies::Cookie, exposure::Exposure, headers::PageHeaders, hsts::Hsts,
        security_txt::SecurityTxt,
    },
};

use super::lines::Lines;

/// The sites of one address, line by line.
pub fn render(sites: &[SiteFound], lang: Lang) -> String {
    let mut out = Lines::new(lang);
    for site in sites {
        let scheme = if site.tls { "https" } else { "http" };
        out.put("probe-http-scheme", scheme);
        let statuses: Vec<String> = site.statuses.iter().map(u16::to_string).collect();
        out.put("probe-http-status", statuses.join(" → "));
        if let Some(away) = &site.away {
            out.put("probe-http-away", away.origin.as_str());
        }
        if let (Some(follows), Some(_)) = (site.other_path_to_https, &site.away) {
            out.yes_no("probe-http-other-path", follows);
        }
        if site.tls {
            hsts(&mut out, site.hsts.as_ref());
            reporting(&mut out, site.security_txt.as_ref());
        }
        if let Some(found) = &site.headers {
            headers(&mut out, found);
        }
        let cookies: Vec<String> = site.cookies.iter().map(Cookie::shown).collect();
        out.list("probe-http-cookies", &cookies);
        out.list("probe-http-versions", &site.versions);
        if let Some(found) = &site.exposure {
            exposure(&mut out, found);
        }
        out.gap();
    }
    out.done()
}

/// A site that does not answer.
pub fn silent(scheme: &'static str, target: SocketAddr, why: &str, lang: Lang) -> String {
    let mut out = Lines::new(lang);
    out.put("probe-http-scheme", format!("{scheme} ({target})"));
    out.with("probe-http-silent", &[("why", Value::from(why))]);
    out.gap();
    out.done()
}

fn hsts(out: &mut Lines, hsts: Option<&Hsts>) {
    match hsts {
        None => out.say("probe-http-no-hsts"),
        Some(Hsts { max_age: None, .. }) => out.say("probe-http-bad-hsts"),
        Some(found) => {
            let seconds = found.max_age.unwrap_or_default();
            out.with(
                "probe-http-hsts",
                &[("days", Value::from(seconds / 86_400))],
            );
        }
    }
}

fn reporting(out: &mut Lines, found: Option<&SecurityTxt>) {
    match found {
        None => out.say("probe-http-no-security-txt"),
        Some(found) => {
            let ends = found
                .expires
                .map_or_else(|| "?".to_owned(), |t| t.to_string());
            let contacts = ("contacts", Value::from(found.contacts));
            out.with(
                "probe-http-security-txt",
                &[contacts, ("ends", Value::from(ends))],
            );
        }
    }
}

fn headers(out: &mut Lines, found: &PageHeaders) {
    for (key, good) in [
        ("probe-http-frames", found.guards_frames()),
        ("probe-http-nosniff", found.nosniff),
        ("probe-http-csp", found.csp.present),
        ("probe-http-scripts", found.csp.scripts),
        ("probe-http-referrer", !found.leaks_referrer),
    ] {
        out.yes_no(key, good);
    }
}

fn exposure(out: &mut Lines, found: &Exposure) {
    let texts = |list: &[&str]| -> Vec<String> { list.iter().map(|&p| p.to_owned()).collect() };
    out.list("probe-http-leaks", &texts(&found.leaks));
    out.list("probe-http-internal", &texts(&found.internal));
    out.yes_no("probe-http-catch-all", found.catch_all);
}
