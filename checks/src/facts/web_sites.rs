//! The web sites of this host, and the first page of each.

use std::net::{IpAddr, SocketAddr};

use crate::{
    context::{Cx, Gather},
    facts::{
        forwards::{Forwards, Span, label},
        own_addresses::OwnAddresses,
        sockets::{Listener, Proto, Sockets},
    },
    host::{Host, HostError},
    observation::{Gap, GapReason},
    probes::http::{Site, Visit, visit},
    settings::{Endpoint, EndpointKind},
};

/// Ports at which the web is usual, among them those of Proxmox, Cockpit and Webmin.
const PORTS: [u16; 12] = [
    80, 443, 8000, 8006, 8008, 8080, 8081, 8443, 8888, 9090, 9443, 10000,
];
/// Programs that serve the web, whatever the port.
const SERVERS: [&str; 9] = [
    "apache2",
    "caddy",
    "envoy",
    "haproxy",
    "httpd",
    "lighttpd",
    "nginx",
    "openresty",
    "traefik",
];
/// Most sites that are asked in one run; the others are named as not looked at.
const MAX_SITES: usize = 12;
/// Most listeners that are named.
const MAX_NAMED: usize = 64;

/// One site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSite {
    /// How it is shown: `name:port` or `address:port`.
    pub label: String,
    /// Whether the owner declared it.
    pub declared: bool,
    /// Whether deeper questions are permitted.
    pub authorised: bool,
    /// The site and its first page, or why it was not seen.
    pub seen: Result<(Site, Visit), Gap>,
}

/// All sites: declared ones first, then what other machines can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebSites(pub Vec<WebSite>);

impl Gather for WebSites {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let web = |e: &&Endpoint| matches!(e.kind, EndpointKind::Http | EndpointKind::Https);
        let declared: Vec<&Endpoint> = cx.settings().endpoints.iter().filter(web).collect();
        let own = cx.get::<OwnAddresses>()?;
        let at = |e: &&Endpoint| target(e, &sockets, &own);
        let known: Vec<Option<SocketAddr>> = declared.iter().map(at).collect();
        let found: Vec<&Listener> = sockets
            .reachable()
            .filter(|l| is_web(l))
            .filter(|l| {
                sockets
                    .target(l, &own)
                    .is_none_or(|t| !known.contains(&Some(t)))
            })
            .collect();
        let mut all = Vec::new();
        let mut left = MAX_SITES;
        for (endpoint, at) in declared.into_iter().zip(known) {
            let at = at.filter(|_| left > 0);
            left = left.saturating_sub(1);
            all.push(declare(cx.host(), endpoint, at));
        }
        for listener in found.into_iter().take(MAX_NAMED) {
            let at = sockets.target(listener, &own);
            all.push(match at.filter(|_| left > 0) {
                Some(at) => find(cx.host(), at),
                None => unasked(listener, at),
            });
            left = left.saturating_sub(1);
        }
        Ok(Self(all))
    }
}

/// Ports of the web that lead on to a container or a guest: what stands there is not asked.
///
/// # Errors
/// When the rules may not be read.
pub fn forwarded(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let forwards = cx.get::<Forwards>()?;
    let web = |(low, high): &Span| PORTS.iter().any(|port| (*low..=*high).contains(port));
    let spans = forwards.0.iter().filter(|span| web(span));
    Ok(spans.map(|span| label(*span)).collect())
}

fn is_web(listener: &Listener) -> bool {
    let server = |process: &String| SERVERS.contains(&process.as_str());
    listener.proto == Proto::Tcp
        && (PORTS.contains(&listener.port) || listener.process.as_ref().is_some_and(server))
}

/// Where a declared site is reached: its address, or one of this host's at which the port is served,
/// best one that others reach.
fn target(endpoint: &Endpoint, sockets: &Sockets, own: &OwnAddresses) -> Option<SocketAddr> {
    if let Ok(ip) = endpoint.host.parse::<IpAddr>() {
        return sockets.declared(SocketAddr::new(ip, endpoint.port), own);
    }
    let here = sockets.listeners.iter();
    let here = here.filter(|l| l.proto == Proto::Tcp && l.port == endpoint.port);
    here.max_by_key(|l| (l.reachable(), l.addr.is_ipv4()))
        .and_then(|l| sockets.target(l, own))
}

/// A listener that is not asked: too many stand before it, or another takes what comes to it here.
fn unasked(listener: &Listener, at: Option<SocketAddr>) -> WebSite {
    let label = SocketAddr::new(listener.addr, listener.port).to_string();
    let reason = match at {
        Some(_) => GapReason::OverBudget,
        None => GapReason::Unreachable,
    };
    WebSite {
        seen: Err(Gap::new(reason, &label)),
        label,
        declared: false,
        authorised: false,
    }
}

fn declare(host: &dyn Host, endpoint: &Endpoint, target: Option<SocketAddr>) -> WebSite {
    let own_name = || endpoint.host.parse::<IpAddr>().is_err();
    let name = match &endpoint.name {
        Some(name) => name.clone(),
        None if own_name() => endpoint.host.clone(),
        None => String::new(),
    };
    let shown = if name.is_empty() {
        &endpoint.host
    } else {
        &name
    };
    let label = format!("{shown}:{}", endpoint.port);
    let tls = endpoint.kind == EndpointKind::Https;
    let path = endpoint.path.as_deref().unwrap_or("/");
    let seen = match target {
        Some(target) => first_page(host, Site { target, tls, name }, path),
        None => Err(Gap::new(GapReason::Unreachable, &label)),
    };
    let permit = endpoint.authorisation.as_deref();
    WebSite {
        label,
        declared: true,
        authorised: permit.is_some_and(|words| !words.trim().is_empty()),
        seen,
    }
}

/// A port that listens: TLS is tried first, since servers of TLS also answer clear text, with a
/// complaint.
fn find(host: &dyn Host, target: SocketAddr) -> WebSite {
    let site = |tls| Site {
        target,
        tls,
        name: String::new(),
    };
    let seen = match first_page(host, site(true), "/") {
        Err(gap) if gap.reason == GapReason::Unreachable => first_page(host, site(false), "/"),
        other => other,
    };
    WebSite {
        label: target.to_string(),
        declared: false,
        authorised: false,
        seen,
    }
}

fn first_page(host: &dyn Host, site: Site, path: &str) -> Result<(Site, Visit), Gap> {
    let visit = visit(host, &site, path).map_err(|error| match error {
        HostError::Io { path, what } => Gap::parse(format!("{path}: {what}")),
        error => error.into(),
    })?;
    if !site.tls && wants_tls(&visit) {
        // It speaks TLS, but none that is spoken here.
        let detail = format!("{}: TLS before 1.2", site.target);
        return Err(Gap::parse(detail));
    }
    Ok((site, visit))
}

/// The complaint of nginx and Apache about clear text at a port of TLS.
fn wants_tls(visit: &Visit) -> bool {
    visit.last().is_some_and(|answer| {
        let page = answer.text();
        answer.status == 400
            && (page.contains("sent to HTTPS port") || page.contains("SSL-enabled server port"))
    })
}
