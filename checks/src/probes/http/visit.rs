//! A visit: one page, with the redirects that stay on its own site.

use serde::Serialize;

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use sha2::{Digest as _, Sha256};

use crate::host::{Host, HostError, HttpAnswer, HttpAsk};

/// Most redirects that are followed.
const MAX_STEPS: usize = 5;

/// One site at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Where it is reached.
    pub target: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The name that is asked for; empty for the address itself.
    pub name: String,
}

impl Site {
    /// A question about one of its paths.
    pub fn ask(&self, path: &str) -> HttpAsk {
        HttpAsk::get(self.target, self.tls, self.name.as_str(), path)
    }

    fn url(&self, path: &str) -> Option<Url> {
        let scheme = if self.tls { "https" } else { "http" };
        let port = self.target.port();
        let authority = if self.name.is_empty() || self.name.parse::<IpAddr>().is_ok() {
            self.target.to_string()
        } else {
            format!("{}:{port}", self.name)
        };
        Url::parse(&format!("{scheme}://{authority}{path}")).ok()
    }

    /// Whether an address is of this very site.
    fn holds(&self, url: &Url) -> bool {
        let Some(own) = self.url("/") else {
            return false;
        };
        own.scheme() == url.scheme()
            && own.host_str() == url.host_str()
            && own.port_or_known_default() == url.port_or_known_default()
    }
}

/// Where a redirect leads that leaves the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Away {
    /// Whether it leads to HTTPS.
    pub https: bool,
    /// To the same name (or address), perhaps at another port.
    pub same_host: bool,
    /// Scheme, name and port, without path: a path may hold a secret.
    pub origin: String,
}

/// What a visit showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// The answers in their order; never empty.
    pub steps: Vec<HttpAnswer>,
    /// Where the last of them leads, where it leaves the site.
    pub away: Option<Away>,
}

impl Visit {
    /// The last answer.
    pub fn last(&self) -> Option<&HttpAnswer> {
        self.steps.last()
    }
}

/// Fetches a path, and follows redirects as long as they stay on the site.
///
/// # Errors
/// When the site does not answer, or leads around in a circle.
pub fn visit(host: &dyn Host, site: &Site, path: &str) -> Result<Visit, HostError> {
    let mut visit = Visit::default();
    let mut path = path.to_owned();
    for _ in 0..=MAX_STEPS {
        let answer = host.http(&site.ask(&path))?;
        let next = leads_to(site, &path, &answer);
        visit.steps.push(answer);
        match next {
            None => return Ok(visit),
            Some(url) if site.holds(&url) => path = path_of(&url),
            Some(url) => {
                visit.away = Some(away(site, &url));
                return Ok(visit);
            }
        }
    }
    Err(HostError::Io {
        path: site.target.to_string(),
        what: "more redirects than are followed".to_owned(),
    })
}

/// The address that a redirect names, resolved against the page that it came from.
fn leads_to(site: &Site, path: &str, answer: &HttpAnswer) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let url = site.url(path)?.join(answer.first("location")?).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn away(site: &Site, url: &Url) -> Away {
    let own = site.url("/");
    Away {
        https: url.scheme() == "https",
        same_host: own.is_some_and(|own| own.host_str() == url.host_str()),
        origin: url.origin().ascii_serialization(),
    }
}

/// A path that no site has, and that cannot be foreseen: it differs with every call's time. How the
/// site answers to it tells a page that is there from one that stands for everything.
pub fn random_path(host: &dyn Host, site: &Site) -> String {
    let seed = format!("{} {}", host.now(), site.target);
    let digest = Sha256::digest(seed);
    let name: String = digest.iter().take(10).map(|b| format!("{b:02x}")).collect();
    format!("/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str) -> Site {
        Site {
            target: "127.0.0.1:443".parse().unwrap(),
            tls: true,
            name: name.into(),
        }
    }

    fn redirect(to: &str) -> HttpAnswer {
        HttpAnswer {
            status: 301,
            headers: vec![("location".into(), to.into())],
            ..HttpAnswer::default()
        }
    }

    #[test]
    fn only_the_very_same_site_is_its_own() {
        let own = site("May.example");
        for (to, same) in [
            ("/x", true),
            ("x?y", true),
            ("https://may.example/", true),
            ("//may.example:443/", true),
            ("https://may.example:444/", false),
            ("http://may.example/", false),
            ("https://may.example.evil/", false),
            ("https://a@evil/", false),
        ] {
            let url = leads_to(&own, "/a/b", &redirect(to)).unwrap();
            assert_eq!(own.holds(&url), same, "{to}");
        }
        assert_eq!(leads_to(&own, "/", &redirect("javascript:1")), None);
        assert_eq!(leads_to(&own, "/", &redirect("https://[")), None);
    }

    #[test]
    fn leaving_names_the_origin_alone() {
        let url = leads_to(&site("a"), "/", &redirect("http://u:p@a:81/x?token=1")).unwrap();
        let got = away(&site("a"), &url);
        assert!(!got.https && got.same_host);
        assert_eq!(got.origin, "http://a:81");
    }
}
