//! Where TLS is spoken on this host, and what is offered there.

use std::net::{IpAddr, SocketAddr};

use crate::{
    context::{Cx, Gather},
    facts::{
        forwards::{Forwards, Span, label},
        own_addresses::OwnAddresses,
        sockets::{Listener, Proto, Sockets},
    },
    observation::{Gap, GapReason},
    probes::tls::survey::{Ask, StartTls, Survey},
    settings::EndpointKind,
};

/// Ports on which TLS is usual from the first byte.
const PORTS: [u16; 17] = [
    443, 465, 636, 853, 990, 993, 995, 2376, 5061, 5671, 6443, 8006, 8443, 8883, 9090, 9443, 10000,
];
/// Ports on which a protocol turns into TLS.
const STARTTLS: [(u16, StartTls); 9] = [
    (21, StartTls::Ftp),
    (25, StartTls::Smtp),
    (110, StartTls::Pop3),
    (143, StartTls::Imap),
    (389, StartTls::Ldap),
    (587, StartTls::Smtp),
    (3306, StartTls::Mysql),
    (5222, StartTls::Xmpp),
    (5432, StartTls::Postgres),
];
/// Programs that speak TLS at whatever port.
const PROGRAMS: [&str; 13] = [
    "apache2",
    "caddy",
    "envoy",
    "gnutls-serv",
    "haproxy",
    "hitch",
    "httpd",
    "lighttpd",
    "nginx",
    "openresty",
    "stunnel",
    "stunnel4",
    "traefik",
];
/// Ports at which something else is usual.
const OTHER_PORTS: [u16; 10] = [22, 53, 80, 88, 111, 139, 445, 873, 2049, 3260];
/// Programs that speak something else.
const OTHER_PROGRAMS: [&str; 14] = [
    "chronyd",
    "dnsmasq",
    "dropbear",
    "kernel",
    "named",
    "nmbd",
    "rpc.mountd",
    "rpc.statd",
    "rpcbind",
    "smbd",
    "snmpd",
    "sshd",
    "systemd-resolve",
    "unbound",
];
/// Most endpoints that are asked in one run; the others are named as not looked at.
pub const MAX_ENDPOINTS: u32 = 16;
/// Most endpoints that are named.
const MAX_NAMED: usize = 64;

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is shown: `name:port` or `address:port`.
    pub label: String,
    /// Where it is reached; `None` for a declared name at whose port nothing listens.
    pub target: Option<SocketAddr>,
    /// The name to ask for.
    pub name: Option<String>,
    /// Whether the owner declared it.
    pub declared: bool,
    /// How TLS begins; `None` from the first byte.
    pub starttls: Option<StartTls>,
    /// Whether somebody permitted deeper questions.
    pub authorised: bool,
    /// Whether only the program that listens there tells of TLS, and not the port.
    pub guessed: bool,
    /// Whether too many stand before it for one run.
    pub skipped: bool,
}

/// How TLS begins on an endpoint of that kind; `None` where the kind has no TLS of its own.
const fn beginning(kind: EndpointKind) -> Option<Option<StartTls>> {
    Some(match kind {
        EndpointKind::Tls | EndpointKind::Https => None,
        EndpointKind::Smtp => Some(StartTls::Smtp),
        EndpointKind::Imap => Some(StartTls::Imap),
        EndpointKind::Pop3 => Some(StartTls::Pop3),
        EndpointKind::Ldap => Some(StartTls::Ldap),
        EndpointKind::Postgres => Some(StartTls::Postgres),
        EndpointKind::Mysql => Some(StartTls::Mysql),
        EndpointKind::Ftp => Some(StartTls::Ftp),
        EndpointKind::Xmpp => Some(StartTls::Xmpp),
        _ => return None,
    })
}

/// All addresses, declared ones first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Those where TLS is usual.
    pub all: Vec<Endpoint>,
    /// Listeners that others reach and that are not asked, for nothing tells of TLS there.
    pub unlooked: Vec<String>,
    /// Why it is not known which ports lead on to services that do not listen here.
    pub unread: Option<Gap>,
}

impl Gather for Endpoints {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let own = cx.get::<OwnAddresses>()?;
        let mut all = declared(cx, &sockets, &own);
        found(cx, &sockets, &own, &mut all);
        if all.len() > MAX_NAMED {
            let more = all.len() - MAX_NAMED;
            all.truncate(MAX_NAMED);
            all.push(Endpoint {
                label: format!("+{more}"),
                target: None,
                ..all[0].clone()
            });
        }
        for endpoint in all.iter_mut().skip(MAX_ENDPOINTS as usize) {
            endpoint.skipped = true;
        }
        let mut unlooked = unlooked(cx, &sockets);
        let forwards = cx.get::<Forwards>();
        if let Ok(forwards) = &forwards {
            unlooked.extend(forwarded(cx, forwards));
        }
        let unread = forwards.err();
        Ok(Self {
            all,
            unlooked,
            unread,
        })
    }
}

/// Those that the owner declared.
fn declared(cx: &Cx<'_>, sockets: &Sockets, own: &OwnAddresses) -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = Vec::new();
    for declared in &cx.settings().endpoints {
        let Some(starttls) = beginning(declared.kind) else {
            continue;
        };
        let ip = declared.host.parse::<IpAddr>().ok();
        let target = match ip {
            Some(ip) => sockets.declared(SocketAddr::new(ip, declared.port), own),
            None => local(sockets, own, declared.port),
        };
        let target = target.map(|at| gently(sockets, own, at, starttls));
        let name = declared
            .name
            .clone()
            .or_else(|| ip.is_none().then(|| declared.host.clone()));
        let shown = name.as_deref().unwrap_or(&declared.host);
        all.push(Endpoint {
            label: format!("{shown}:{}", declared.port),
            target,
            name,
            declared: true,
            starttls,
            authorised: declared.authorisation.is_some(),
            guessed: false,
            skipped: false,
        });
    }
    all
}

/// What listens here and is not among them.
fn found(cx: &Cx<'_>, sockets: &Sockets, own: &OwnAddresses, all: &mut Vec<Endpoint>) {
    for listener in &sockets.listeners {
        // What its owner says of a port is no proof that it speaks no TLS.
        let told = (is_declared(cx, listener) && !speaks_other(listener)).then_some(None);
        let told = told.filter(|_| listener.proto == Proto::Tcp && listener.reachable());
        let Some(starttls) = usual(listener).or(told) else {
            continue;
        };
        let target = sockets.target(listener, own);
        let target = target.map(|at| gently(sockets, own, at, starttls));
        if target.is_some() && all.iter().any(|e| e.target == target) {
            continue;
        }
        let shown = target.unwrap_or(SocketAddr::new(listener.addr, listener.port));
        all.push(Endpoint {
            label: shown.to_string(),
            target,
            name: None,
            declared: false,
            starttls,
            authorised: false,
            guessed: starttls.is_none() && !PORTS.contains(&listener.port),
            skipped: false,
        });
    }
}

/// MySQL and MariaDB shut an address out for good once enough talks from it broke off, over all runs, and
/// with it the applications of this host; loopback they do not count.
fn gently(
    sockets: &Sockets,
    own: &OwnAddresses,
    at: SocketAddr,
    starttls: Option<StartTls>,
) -> SocketAddr {
    match starttls {
        Some(StartTls::Mysql) => sockets.at_home(at, own),
        _ => at,
    }
}

/// What others reach and nobody asks, as `tcp/4433 java`: no port and no program of TLS, and none that
/// is known to speak something else.
fn unlooked(cx: &Cx<'_>, sockets: &Sockets) -> Vec<String> {
    let reachable = sockets.reachable().filter(|l| l.proto == Proto::Tcp);
    let mut all: Vec<String> = reachable
        .filter(|l| usual(l).is_none() && !speaks_other(l) && !is_declared(cx, l))
        .map(Listener::label)
        .take(MAX_NAMED)
        .collect();
    all.dedup();
    all
}

/// Ports that lead on to a container or a guest, as `tcp/443 DNAT`: what stands there is not asked.
fn forwarded(cx: &Cx<'_>, forwards: &Forwards) -> Vec<String> {
    let asked = |port: u16| cx.settings().endpoints.iter().any(|e| e.port == port);
    let other = |(low, high): &Span| low == high && (OTHER_PORTS.contains(low) || asked(*low));
    let spans = forwards.0.iter().filter(|span| !other(span));
    spans.take(MAX_NAMED).map(|span| label(*span)).collect()
}

/// Whether an endpoint of any kind is declared at that port.
fn is_declared(cx: &Cx<'_>, listener: &Listener) -> bool {
    let mut declared = cx.settings().endpoints.iter();
    declared.any(|e| e.port == listener.port)
}

/// Whether the port or the program is known for something that has no TLS.
fn speaks_other(listener: &Listener) -> bool {
    let name = listener.process.as_deref().unwrap_or_default();
    OTHER_PORTS.contains(&listener.port) || OTHER_PROGRAMS.contains(&name)
}

/// How TLS usually begins at a listener; `None` where it is not usual. What turns into TLS only when
/// asked is left alone on loopback: there it needs none.
fn usual(listener: &Listener) -> Option<Option<StartTls>> {
    if listener.proto != Proto::Tcp {
        return None;
    }
    if PORTS.contains(&listener.port) {
        return Some(None);
    }
    let found = STARTTLS.iter().find(|(port, _)| *port == listener.port);
    if let Some((_, how)) = found {
        return listener.reachable().then_some(Some(*how));
    }
    let program = listener.process.as_deref().unwrap_or_default();
    let speaks = PROGRAMS.contains(&program) && !OTHER_PORTS.contains(&listener.port);
    (speaks && listener.reachable()).then_some(None)
}

/// An own address at which the port is served; one that others reach, where there is one.
fn local(sockets: &Sockets, own: &OwnAddresses, port: u16) -> Option<SocketAddr> {
    let here = sockets.listeners.iter();
    let here = here.filter(|l| l.proto == Proto::Tcp && l.port == port);
    here.max_by_key(|l| (l.reachable(), l.addr.is_ipv4()))
        .and_then(|l| sockets.target(l, own))
}

/// The surveys of all endpoints, in their order: every check of TLS shares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveys(pub Vec<Result<Survey, Gap>>);

impl Gather for Surveys {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let endpoints = cx.get::<Endpoints>()?;
        let all = endpoints.all.iter().map(|endpoint| survey(cx, endpoint));
        Ok(Self(all.collect()))
    }
}

/// Asks one endpoint for everything; what could disturb an old server only with permission.
fn survey(cx: &Cx<'_>, endpoint: &Endpoint) -> Result<Survey, Gap> {
    if endpoint.skipped {
        return Err(Gap::new(GapReason::OverBudget, &endpoint.label));
    }
    let gone = || Gap::new(GapReason::Unreachable, &endpoint.label);
    let ask = Ask {
        target: endpoint.target.ok_or_else(gone)?,
        name: endpoint.name.clone(),
        starttls: endpoint.starttls,
        intrusive: endpoint.authorised,
    };
    Ok(cx.host().tls_survey(&ask)?)
}

/// The chain that a client gets who asks by the right name; empty where no TLS is spoken.
///
/// # Errors
/// When TLS is spoken and no chain was seen.
pub fn chain(survey: &Result<Survey, Gap>, endpoint: &Endpoint) -> Result<Vec<Vec<u8>>, Gap> {
    let survey = survey.as_ref().map_err(Clone::clone)?;
    match survey.chain() {
        Some(chain) => Ok(chain.to_vec()),
        None if !survey.tls => Ok(Vec::new()),
        None => Err(Gap::new(GapReason::Unreachable, &endpoint.label)),
    }
}
