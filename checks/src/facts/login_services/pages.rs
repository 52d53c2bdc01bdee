//! Login pages found listening on this host that nobody declared.

use std::net::SocketAddr;

use super::{Blind, Login, cockpit, declared, vhosts::Sites, webmin};
use crate::{
    context::Cx,
    facts::{
        own_addresses::OwnAddresses,
        sockets::{Listener, Proto, Sockets},
    },
    host::{Host, HostError, Kind},
    observation::{Gap, GapReason},
    probes::{browser::Browser, forms::asks_password},
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
    let sockets = cx.get::<Sockets>()?;
    let declared = declared_ports(cx);
    let mut targets: Vec<SocketAddr> = Vec::new();
    let cockpit = cockpit::installed(cx.host())?;
    let mut assessed: Vec<(&str, Option<u16>)> = Vec::new();
    if cockpit {
        assessed.extend([("cockpit", None), ("systemd", Some(COCKPIT))]);
    }
    let webmin = webmin::ports(cx.host())?;
    assessed.extend(webmin.into_iter().map(|p| ("miniserv", Some(p))));
    // Assessed by the file that configures it.
    let known = |l: &Listener| {
        let process = l.process.as_deref().unwrap_or("");
        let is = |(name, port): &(&str, Option<u16>)| {
            process.starts_with(name) && port.is_none_or(|p| p == l.port)
        };
        assessed.iter().any(is)
    };
    let here = sockets.listeners.iter();
    let here = here.filter(|l| serves_pages(l) && !known(l));
    for listener in here.filter(|l| !declared.contains(&l.port)) {
        let target = declared::own(listener);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let mut found = Vec::new();
    for target in targets.iter().take(MAX_ASKED) {
        match asks(cx.host(), *target, "") {
            Ok(false) => {}
            Ok(true) => {
                let name = target.to_string();
                let seen = declared::seen(&name, Vec::new(), Some(Blind::Undeclared));
                found.push(Login::at(name, Ok(seen)));
            }
            // Where pages are usual, silence is no proof that there is none.
            Err(error) if PORTS.contains(&target.port()) => {
                found.push(Login::at(target.to_string(), Err(error.into())));
            }
            Err(_) => {}
        }
    }
    let left = MAX_ASKED.saturating_sub(targets.len());
    match cx.get::<Sites>() {
        Ok(sites) => found.extend(named(cx, &sockets, &sites, &declared, left)),
        Err(gap) => found.push(Login::unseen("pages by name", gap)),
    }
    if targets.len() > MAX_ASKED {
        let what = format!("more than {MAX_ASKED} addresses that may serve pages");
        found.push(Login::unseen(
            "pages",
            Gap::new(GapReason::OverBudget, what),
        ));
    }
    Ok(found)
}

/// Ports of this host at which the owner declared something that is assessed.
fn declared_ports(cx: &Cx<'_>) -> Vec<u16> {
    let all = cx.settings().endpoints.iter();
    all.filter(|e| assesses(e.kind) && is_here(cx, &e.host))
        .map(|e| e.port)
        .collect()
}

/// Login pages of sites by name, beside the one that answers whatever the name.
fn named(
    cx: &Cx<'_>,
    sockets: &Sockets,
    sites: &Sites,
    declared: &[u16],
    most: usize,
) -> Vec<Login> {
    let mut found = Vec::new();
    let mut asked: Vec<(u16, &str)> = Vec::new();
    for listener in sockets.listeners.iter().filter(|l| serves_pages(l)) {
        let port = listener.port;
        let names = sites.names(port);
        // A single site answers whatever the name, and was asked so.
        let unnamed = |e: &Endpoint| {
            e.port == port && e.name.is_none() && e.host.parse::<std::net::IpAddr>().is_ok()
        };
        let asked_so = !declared.contains(&port) || cx.settings().endpoints.iter().any(unnamed);
        if names.len() < 2 && asked_so {
            continue;
        }
        let known = |name: &str| {
            let mut all = cx.settings().endpoints.iter().filter(|e| e.port == port);
            all.any(|e| assesses(e.kind) && (e.name.as_deref() == Some(name) || e.host == name))
        };
        for name in names {
            if known(name) || asked.contains(&(port, name)) {
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
            match asks(cx.host(), declared::own(listener), name) {
                Ok(false) => {}
                Ok(true) => {
                    let seen = declared::seen(&label, Vec::new(), Some(Blind::Undeclared));
                    found.push(Login::at(label, Ok(seen)));
                }
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
    let Ok(ip) = host.parse::<std::net::IpAddr>() else {
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

/// Whether a password is asked for there.
fn asks(host: &dyn Host, target: SocketAddr, name: &str) -> Result<bool, HostError> {
    let mut browser = Browser::reaching(host, target, name)?;
    let page = browser.get("/")?;
    Ok(page.asks_by_header || asks_password(&page.body))
}
