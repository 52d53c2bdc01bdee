//! Login pages found listening on this host that nobody declared.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

use super::{
    Blind, Login, cockpit, declared,
    page_asks::{Asked, Lead, ask},
    vhosts::Sites,
    webmin,
};
use crate::{
    context::Cx,
    facts::{
        own_addresses::OwnAddresses,
        sockets::{Listener, Proto, Sockets},
    },
    host::Kind,
    observation::{Gap, GapReason},
    settings::Endpoint,
};

/// Ports on which pages are usual.
const PORTS: [u16; 34] = [
    80, 81, 443, 591, 2082, 2083, 2086, 2087, 3000, 4848, 5000, 5601, 7001, 7443, 8000, 8006, 8080,
    8081, 8088, 8090, 8161, 8181, 8443, 8834, 8880, 8888, 9000, 9090, 9091, 9200, 9443, 10000,
    15672, 20000,
];
/// Programs that serve pages, by the beginnings of their names.
const SERVERS: [&str; 18] = [
    "apache",
    "caddy",
    "docker-pr",
    "gitea",
    "grafana",
    "gunicorn",
    "haproxy",
    "httpd",
    "java",
    "lighttpd",
    "nginx",
    "node",
    "php",
    "python",
    "ruby",
    "traefik",
    "uvicorn",
    "uwsgi",
];
/// Speaks no HTTP, on a port where pages are usual.
const SILENT: &str = "php-fpm";
/// Where systemd itself listens for Cockpit.
const COCKPIT: u16 = 9090;
/// Each may take some seconds to be silent.
const MAX_ASKED: usize = 12;

/// The pages, one login an address.
///
/// # Errors
/// When the listening sockets cannot be seen.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    if cx.host().kind() == Kind::Image {
        let gap = Gap::new(GapReason::NotLive, "pages that listen");
        return Ok(vec![Login::unseen("pages", gap)]);
    }
    let (sockets, own) = (cx.get::<Sockets>()?, cx.get::<OwnAddresses>()?);
    let sites = cx.get::<Sites>();
    let around = Around {
        cx,
        sockets: &sockets,
        own: &own,
        sites: sites.as_deref().ok(),
        declared: asked_endpoints(cx),
        assessed: assessed(cx)?,
    };
    let mut targets: Vec<SocketAddr> = Vec::new();
    let mut found = Vec::new();
    let here = sockets.listeners.iter();
    let here = here.filter(|l| serves_pages(l) && !around.assesses(l));
    for listener in here.filter(|l| !around.declared.iter().any(|d| around.meets(l, d.1))) {
        match sockets.target(listener, &own) {
            Some(target) if targets.contains(&target) => {}
            Some(target) => targets.push(target),
            None => found.push(unreached(listener)),
        }
    }
    for target in targets.iter().take(MAX_ASKED) {
        match ask(cx.host(), *target, "", |url| {
            around.lead(target.port(), url)
        }) {
            Ok(asked) => found.extend(undeclared(target.to_string(), asked)),
            // Where pages are usual, silence is no proof that there is none.
            Err(error) if PORTS.contains(&target.port()) => {
                found.push(Login::at(target.to_string(), Err(error.into())));
            }
            Err(_) => {}
        }
    }
    let left = MAX_ASKED.saturating_sub(targets.len());
    match &sites {
        Ok(sites) => found.extend(named(&around, sites, left)),
        Err(gap) => found.push(Login::unseen("pages by name", gap.clone())),
    }
    if targets.len() > MAX_ASKED {
        let what = format!("more than {MAX_ASKED} addresses that may serve pages");
        found.push(Login::unseen(
            "pages",
            Gap::new(GapReason::OverBudget, what),
        ));
    }
    // One page may be met under its own name and by a redirect from another port.
    let mut met: Vec<String> = Vec::new();
    found.retain(|login| {
        let new = !met.contains(&login.name);
        met.push(login.name.clone());
        new
    });
    Ok(found)
}

/// What only an address shows that is not known: another socket takes what comes to the others.
fn unreached(listener: &Listener) -> Login {
    let at = SocketAddr::new(listener.addr, listener.port).to_string();
    let gap = Gap::new(GapReason::Unreachable, &at);
    Login::at(at, Err(gap))
}

/// The login of a page that nobody declared; none where the page asks for nothing.
fn undeclared(name: String, asked: Asked) -> Option<Login> {
    let (name, blind, why) = match asked {
        Asked::Nothing => return None,
        Asked::Password(other) => (other.unwrap_or(name), Blind::Undeclared, None),
        Asked::Unread(why) => (name, Blind::Unread, Some(why)),
    };
    let mut seen = declared::seen(&name, Vec::new(), Some(blind));
    seen.remarks.extend(why.map(str::to_owned));
    Some(Login::at(name, Ok(seen)))
}

/// Programs, with their port where only that counts, whose logins their files show.
fn assessed(cx: &Cx<'_>) -> Result<Vec<(&'static str, Option<u16>)>, Gap> {
    let mut all: Vec<(&str, Option<u16>)> = Vec::new();
    if cockpit::installed(cx.host())? {
        all.extend([("cockpit", None), ("systemd", Some(COCKPIT))]);
    }
    let webmin = webmin::ports(cx.host())?;
    all.extend(webmin.into_iter().map(|p| ("miniserv", Some(p))));
    Ok(all)
}

/// What is known of this host around the page that is asked.
struct Around<'a> {
    cx: &'a Cx<'a>,
    sockets: &'a Sockets,
    own: &'a OwnAddresses,
    sites: Option<&'a Sites>,
    /// What the owner declared on this host and is assessed, and where it is asked.
    declared: Vec<(&'a Endpoint, SocketAddr)>,
    assessed: Vec<(&'static str, Option<u16>)>,
}

impl Around<'_> {
    /// Whether what is asked at an address is what a listener shows to others. A program that takes both
    /// families at one port shows the same over both.
    fn meets(&self, listener: &Listener, at: SocketAddr) -> bool {
        let asked = |l: &Listener| self.sockets.target(l, self.own) == Some(at);
        let twins = self
            .sockets
            .listeners
            .iter()
            .filter(|l| l.is_twin(listener));
        asked(listener) || twins.into_iter().any(asked)
    }

    /// Whether the file that configures a listener is read.
    fn assesses(&self, listener: &Listener) -> bool {
        let process = listener.process.as_deref().unwrap_or("");
        self.assessed.iter().any(|(name, port)| {
            process.starts_with(name) && port.is_none_or(|p| p == listener.port)
        })
    }

    /// What stands at the address to which a page at the port `from` sends the browser.
    fn lead(&self, from: u16, url: &Url) -> Lead {
        let (Some(name), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Lead::Away;
        };
        let here = self.sockets.listeners.iter();
        let here = here.filter(|l| l.proto == Proto::Tcp && l.port == port);
        let Some(listener) = here.max_by_key(|l| (l.reachable(), l.addr.is_ipv4())) else {
            return Lead::Away;
        };
        if let Ok(ip) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
            if !is_here(self.cx, &ip.to_string()) {
                return Lead::Away;
            }
            // Its first page is asked by itself.
            let first = url.path() == "/" && url.query().is_none() && serves_pages(listener);
            let at = SocketAddr::new(ip, port);
            let told =
                port != from && (first || self.assesses(listener) || self.covers(listener, at));
            return match told {
                true => Lead::Assessed,
                false => Lead::Here(at, true),
            };
        }
        let mut declared = self.declared.iter();
        let known =
            declared.any(|(e, at)| self.meets(listener, *at) && (is_unnamed(e) || bears(e, name)));
        if self.assesses(listener) || known {
            return Lead::Assessed;
        }
        let sure = self.sites.is_some_and(|s| s.names(port).contains(&name));
        match self.sockets.target(listener, self.own) {
            Some(at) => Lead::Here(at, sure),
            None => Lead::Away,
        }
    }
}

impl Around<'_> {
    /// Whether what answers at an address without a name is declared and assessed. A single site answers
    /// whatever the name.
    fn covers(&self, listener: &Listener, at: SocketAddr) -> bool {
        let single = self.sites.is_some_and(|s| s.names(at.port()).len() < 2);
        self.declared.iter().any(|(e, asked)| {
            let same = e.host.parse() == Ok(at.ip());
            (*asked == at || self.meets(listener, *asked)) && (is_unnamed(e) || same || single)
        })
    }

    /// Whether the site of that name is declared, and asked where a listener shows it. Of a name that is asked
    /// where others reach it, what loopback alone shows is not asked again.
    fn knows(&self, listener: &Listener, name: &str) -> bool {
        let mut declared = self.declared.iter().filter(|(e, _)| bears(e, name));
        declared.any(|(_, at)| {
            let nearer = !listener.reachable() && !at.ip().is_loopback();
            self.meets(listener, *at) || nearer && at.port() == listener.port
        })
    }
}

/// What the owner declared on this host and is assessed, and where each is asked.
fn asked_endpoints<'a>(cx: &Cx<'a>) -> Vec<(&'a Endpoint, SocketAddr)> {
    let all = cx.settings().endpoints.iter();
    all.filter(|e| assesses(e.kind) && is_here(cx, &e.host))
        .filter_map(|e| Some((e, declared::target(cx, e).ok()?.0)))
        .collect()
}

/// Whether an endpoint stands for an address whatever the name.
fn is_unnamed(endpoint: &Endpoint) -> bool {
    endpoint.name.is_none() && endpoint.host.parse::<IpAddr>().is_ok()
}

/// Whether an endpoint is declared by a name.
fn bears(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.name.as_deref() == Some(name) || endpoint.host == name
}

/// Login pages of sites by name, beside the one that answers whatever the name.
fn named(around: &Around<'_>, sites: &Sites, most: usize) -> Vec<Login> {
    let cx = around.cx;
    let mut found = Vec::new();
    let mut asked: Vec<(u16, &str)> = Vec::new();
    let here = around.sockets.listeners.iter();
    let mut here: Vec<&Listener> = here.filter(|l| serves_pages(l)).collect();
    // A name is asked once a port: where others reach it.
    here.sort_by_key(|l| !l.reachable());
    for listener in here {
        let port = listener.port;
        let names = sites.names(port);
        // A single site answers whatever the name, and was asked so.
        let of_it = around.declared.iter();
        let mut of_it = of_it.filter(|d| around.meets(listener, d.1)).peekable();
        let asked_so = of_it.peek().is_none() || of_it.any(|(e, _)| is_unnamed(e));
        if names.len() < 2 && asked_so {
            continue;
        }
        for name in names {
            if around.knows(listener, name) || asked.contains(&(port, name)) {
                continue;
            }
            asked.push((port, name));
            let label = format!("{name}:{port}");
            if asked.len() > most {
                found.push(Login::at(
                    &label,
                    Err(Gap::new(GapReason::OverBudget, &label)),
                ));
                continue;
            }
            let Some(target) = around.sockets.target(listener, around.own) else {
                found.push(unreached(listener));
                continue;
            };
            match ask(cx.host(), target, name, |url| around.lead(port, url)) {
                Ok(asked) => found.extend(undeclared(label, asked)),
                Err(error) => found.push(Login::at(label, Err(error.into()))),
            }
        }
    }
    found
}

/// Kinds that a check of this family assesses when they are declared.
fn assesses(kind: crate::settings::EndpointKind) -> bool {
    use crate::settings::EndpointKind as K;
    matches!(
        kind,
        K::Oidc
            | K::Keycloak
            | K::Saml
            | K::Nextcloud
            | K::Gitlab
            | K::Zimbra
            | K::Cockpit
            | K::Webmin
            | K::WebLogin
    )
}

/// Whether an endpoint is one of this host. A name is taken for one: its listener is asked.
fn is_here(cx: &Cx<'_>, host: &str) -> bool {
    let Ok(ip) = host.parse::<IpAddr>() else {
        return true;
    };
    ip.is_loopback() || cx.get::<OwnAddresses>().is_ok_and(|own| own.contain(host))
}

fn serves_pages(listener: &Listener) -> bool {
    let process = listener.process.as_deref().unwrap_or("");
    let begins = |names: &[&str]| names.iter().any(|n| process.starts_with(n));
    listener.proto == Proto::Tcp
        && !process.starts_with(SILENT)
        && (PORTS.contains(&listener.port) || begins(&SERVERS))
}
