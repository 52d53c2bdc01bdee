//! Where TLS is spoken on this host, and what is offered there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{
    context::{Cx, Gather},
    facts::sockets::{Listener, Proto, Sockets},
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
/// Most addresses that are asked.
pub const MAX_ENDPOINTS: u32 = 16;

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
pub struct Endpoints(pub Vec<Endpoint>);

impl Gather for Endpoints {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let mut all: Vec<Endpoint> = Vec::new();
        for declared in &cx.settings().endpoints {
            let Some(starttls) = beginning(declared.kind) else {
                continue;
            };
            let ip = declared.host.parse::<IpAddr>().ok();
            let target = ip
                .map(|ip| SocketAddr::new(ip, declared.port))
                .or_else(|| local(&sockets, declared.port));
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
            });
        }
        for listener in &sockets.listeners {
            let target = own(listener);
            if let Some(starttls) = usual(listener)
                && !doubled(&sockets, listener)
                && !all.iter().any(|e| e.target == Some(target))
            {
                all.push(Endpoint {
                    label: target.to_string(),
                    target: Some(target),
                    name: None,
                    declared: false,
                    starttls,
                    authorised: false,
                });
            }
        }
        if all.len() > MAX_ENDPOINTS as usize {
            return Err(Gap::new(
                GapReason::OverBudget,
                "more than 16 TLS endpoints",
            ));
        }
        Ok(Self(all))
    }
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
    found
        .filter(|_| listener.reachable())
        .map(|(_, how)| Some(*how))
}

/// An own address at which the port is served; one that others reach, where there is one.
fn local(sockets: &Sockets, port: u16) -> Option<SocketAddr> {
    let here = sockets.listeners.iter();
    let here = here.filter(|l| l.proto == Proto::Tcp && l.port == port);
    here.max_by_key(|l| (l.reachable(), l.addr.is_ipv4()))
        .map(own)
}

/// The address at which the host reaches a listener of its own.
fn own(listener: &Listener) -> SocketAddr {
    let addr = match listener.addr {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    };
    SocketAddr::new(addr, listener.port)
}

/// Whether a wildcard of IPv6 stands beside one of IPv4 in the same process: one server, asked once.
fn doubled(sockets: &Sockets, listener: &Listener) -> bool {
    let twin = |l: &Listener| {
        l.proto == Proto::Tcp
            && l.port == listener.port
            && l.addr == IpAddr::V4(Ipv4Addr::UNSPECIFIED)
            && l.process == listener.process
    };
    listener.addr == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && sockets.listeners.iter().any(twin)
}

/// The surveys of all endpoints, in their order: every check of TLS shares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveys(pub Vec<Result<Survey, Gap>>);

impl Gather for Surveys {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let endpoints = cx.get::<Endpoints>()?;
        let all = endpoints.0.iter().map(|endpoint| survey(cx, endpoint));
        Ok(Self(all.collect()))
    }
}

/// Asks one endpoint for everything; what could disturb an old server only with permission.
fn survey(cx: &Cx<'_>, endpoint: &Endpoint) -> Result<Survey, Gap> {
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
