//! Where TLS is spoken on this host, and what is offered there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{
    context::{Cx, Gather},
    facts::sockets::{Listener, Proto, Sockets},
    host::{Exchange, Host, HostError},
    observation::{Gap, GapReason},
    probes::tls::{Answer, Class, Version, client_hello, parse, suites_for},
    settings::EndpointKind,
};

/// Ports on which TLS is usual from the first byte.
const PORTS: [u16; 14] = [
    443, 465, 636, 853, 990, 993, 995, 2376, 5061, 5671, 6443, 8443, 8883, 9443,
];
const MAX_ENDPOINTS: usize = 10;
/// A server's first flight with a long chain fits several times.
const FLIGHT_CAP: usize = 64 << 10;

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
}

/// All addresses, declared ones first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(pub Vec<Endpoint>);

impl Gather for Endpoints {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let mut all: Vec<Endpoint> = Vec::new();
        let wanted = |k| matches!(k, EndpointKind::Tls | EndpointKind::Https);
        for declared in cx.settings().endpoints.iter().filter(|e| wanted(e.kind)) {
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
            });
        }
        for listener in &sockets.listeners {
            let target = own(listener);
            let usual = listener.proto == Proto::Tcp && PORTS.contains(&listener.port);
            if usual
                && !doubled(&sockets, listener)
                && !all.iter().any(|e| e.target == Some(target))
            {
                all.push(Endpoint {
                    label: target.to_string(),
                    target: Some(target),
                    name: None,
                    declared: false,
                });
            }
        }
        if all.len() > MAX_ENDPOINTS {
            return Err(Gap::new(
                GapReason::OverBudget,
                "more than 10 TLS endpoints",
            ));
        }
        Ok(Self(all))
    }
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

/// Whether something is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The server chose it.
    Offered,
    /// The server refused it, by an alert or by choosing another version.
    Refused,
    /// The server said nothing, twice, while it answered a hello that it is known to accept.
    Dropped,
    /// The server said nothing, and it cannot be told why.
    Unclear,
}

impl Offer {
    /// The word used in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::Unclear => "unclear",
        }
    }
}

/// What one address offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Whether the address speaks TLS at all.
    pub tls: bool,
    /// Each version, oldest first.
    pub versions: Vec<(Version, Offer)>,
    /// Certificates that an old version showed in the clear.
    pub clear_chain: Vec<Vec<u8>>,
}

impl Survey {
    /// The newest version with suites of the old kind.
    pub fn newest_old(&self) -> Option<Version> {
        let offered = self.versions.iter().filter(|(_, o)| *o == Offer::Offered);
        offered
            .map(|(v, _)| *v)
            .filter(|v| *v < Version::Tls13)
            .max()
    }
}

/// Asks for each version in turn.
///
/// # Errors
/// When the address does not answer, or is not the host's own.
pub fn survey(host: &dyn Host, endpoint: &Endpoint) -> Result<Survey, Gap> {
    let probe = Probe::of(host, endpoint)?;
    let mut versions = Vec::new();
    let mut clear_chain = Vec::new();
    let mut other = false;
    for version in Version::ALL.into_iter().rev() {
        let answer = probe.version(version)?;
        other |= answer == Answer::Other;
        if let Answer::Hello { chain, .. } = &answer
            && !chain.is_empty()
        {
            chain.clone_into(&mut clear_chain);
        }
        versions.push((version, offer(&answer, version)));
    }
    let good = versions
        .iter()
        .find(|(_, o)| *o == Offer::Offered)
        .map(|(v, _)| *v);
    let tls = good.is_some() || versions.iter().any(|(_, o)| *o == Offer::Refused);
    if !tls && !other {
        return Err(Gap::new(GapReason::Unreachable, &endpoint.label));
    }
    for (version, found) in &mut versions {
        if *found == Offer::Unclear
            && let Some(good) = good
        {
            *found = probe.again(
                &format!("{}-hello", version.name()),
                *version,
                suites_for(*version),
                good,
            )?;
        }
    }
    versions.reverse();
    Ok(Survey {
        tls,
        versions,
        clear_chain,
    })
}

/// Asks for each class of weak suites, in the newest version that has such suites.
///
/// # Errors
/// As [`survey`].
pub fn weak(
    host: &dyn Host,
    endpoint: &Endpoint,
    version: Version,
) -> Result<Vec<(Class, Offer)>, Gap> {
    let probe = Probe::of(host, endpoint)?;
    let mut found = Vec::new();
    for class in Class::ALL {
        let label = format!("{}-{}", version.name(), class.name());
        let mut one = offer(&probe.ask(&label, version, class.suites())?, version);
        if one == Offer::Unclear {
            one = probe.again(&label, version, class.suites(), version)?;
        }
        found.push((class, one));
    }
    Ok(found)
}

/// Only refusals that speak of versions and suites count as such.
fn offer(answer: &Answer, asked: Version) -> Offer {
    match answer {
        Answer::Hello { version, .. } if *version == asked.code() => Offer::Offered,
        // handshake_failure, illegal_parameter, protocol_version, insufficient_security
        Answer::Hello { .. } | Answer::Alert(40 | 47 | 70 | 71) => Offer::Refused,
        Answer::Alert(_) | Answer::Silence | Answer::Other => Offer::Unclear,
    }
}

struct Probe<'a> {
    host: &'a dyn Host,
    target: SocketAddr,
    name: Option<&'a str>,
}

impl<'a> Probe<'a> {
    fn of(host: &'a dyn Host, endpoint: &'a Endpoint) -> Result<Self, Gap> {
        let gone = || Gap::new(GapReason::Unreachable, &endpoint.label);
        Ok(Self {
            host,
            target: endpoint.target.ok_or_else(gone)?,
            name: endpoint
                .name
                .as_deref()
                .filter(|n| n.parse::<IpAddr>().is_err()),
        })
    }

    fn version(&self, version: Version) -> Result<Answer, Gap> {
        self.ask(
            &format!("{}-hello", version.name()),
            version,
            suites_for(version),
        )
    }

    fn ask(&self, label: &str, version: Version, suites: &[u16]) -> Result<Answer, Gap> {
        let exchange = Exchange {
            target: self.target,
            label,
            send: &client_hello(version, suites, self.name),
            cap: FLIGHT_CAP,
        };
        match self.host.exchange(&exchange) {
            Ok(bytes) => Ok(parse(&bytes)),
            // A reset while we speak is silence; a time budget or a foreign address is not.
            Err(HostError::Unreachable(_)) => Ok(Answer::Silence),
            Err(e) => Err(e.into()),
        }
    }

    /// Silence is asked again, and weighed only beside a hello that is known to be answered.
    fn again(
        &self,
        label: &str,
        version: Version,
        suites: &[u16],
        good: Version,
    ) -> Result<Offer, Gap> {
        let second = offer(&self.ask(label, version, suites)?, version);
        if second != Offer::Unclear {
            return Ok(second);
        }
        let control = offer(&self.version(good)?, good);
        Ok(if control == Offer::Offered {
            Offer::Dropped
        } else {
            Offer::Unclear
        })
    }
}

/// The surveys of all endpoints, in their order: two checks and the certificates share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveys(pub Vec<Result<Survey, Gap>>);

impl Gather for Surveys {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let endpoints = cx.get::<Endpoints>()?;
        let all = endpoints.0.iter().map(|e| survey(cx.host(), e));
        Ok(Self(all.collect()))
    }
}

/// The certificate chains of all endpoints, in their order; each in DER, leaf first, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chains(pub Vec<Result<Vec<Vec<u8>>, Gap>>);

impl Gather for Chains {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let endpoints = cx.get::<Endpoints>()?;
        let surveys = cx.get::<Surveys>()?;
        let both = endpoints.0.iter().zip(&surveys.0);
        Ok(Self(both.map(|(e, s)| chain(cx.host(), e, s)).collect()))
    }
}

/// A real handshake shows what clients get; a server too old for one showed it in the clear.
fn chain(
    host: &dyn Host,
    endpoint: &Endpoint,
    survey: &Result<Survey, Gap>,
) -> Result<Vec<Vec<u8>>, Gap> {
    let survey = survey.as_ref().map_err(Clone::clone)?;
    let gone = || Gap::new(GapReason::Unreachable, &endpoint.label);
    if !survey.tls {
        return Ok(Vec::new());
    }
    let name = endpoint.name.as_deref();
    match host.tls_peer(endpoint.target.ok_or_else(gone)?, name) {
        Ok(peer) if !peer.chain.is_empty() => Ok(peer.chain),
        Err(HostError::Unreachable(_)) | Ok(_) if !survey.clear_chain.is_empty() => {
            Ok(survey.clear_chain.clone())
        }
        Ok(_) => Err(gone()),
        Err(e) => Err(e.into()),
    }
}
