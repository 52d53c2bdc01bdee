//! Endpoints that the owner declared: where each is reached, and what a test login there shows.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use super::{Blind, Login, PASSWORD, Seen, TOKEN, Way, secret_file, sso, vhosts::Sites};
use crate::{
    context::Cx,
    facts::{
        forwards::Forwards,
        own_addresses::OwnAddresses,
        sockets::{Proto, Sockets},
        tls::anchors::Anchors,
    },
    observation::{Gap, GapReason, Vantage},
    probes::{
        browser::Browser,
        login::{Outcome, attempt},
    },
    settings::{Endpoint, EndpointKind, TestAccount},
};

/// Bytes read of what the kernel tells of itself.
const KERNEL_CAP: usize = 1 << 20;

/// The declared endpoints of these kinds.
pub fn of_kinds<'a>(cx: &Cx<'a>, kinds: &'a [EndpointKind]) -> impl Iterator<Item = &'a Endpoint> {
    let all = cx.settings().endpoints.iter();
    all.filter(|e| kinds.contains(&e.kind))
}

/// How an endpoint is shown: `name:port/path`, the client that asks, the class of users tried.
pub fn label(endpoint: &Endpoint) -> String {
    let name = endpoint.name.as_deref().unwrap_or(&endpoint.host);
    let path = endpoint.path.as_deref().unwrap_or("/");
    let mut text = format!("{name}:{}{path}", endpoint.port);
    let client = endpoint.client.as_ref().map(|c| c.id.as_str());
    let account = endpoint.test_account.as_ref();
    let class = account.and_then(|a| a.class.as_deref());
    for part in [client, endpoint.start.as_deref(), class]
        .into_iter()
        .flatten()
    {
        text.push_str(", ");
        text.push_str(part);
    }
    text
}

/// The address at which a declared endpoint is reached, and the name to ask for. What is declared at
/// loopback is asked where others reach it.
///
/// # Errors
/// When nothing here listens at the port of a name, or another socket takes what comes to every address
/// that is known.
pub fn target(cx: &Cx<'_>, endpoint: &Endpoint) -> Result<(SocketAddr, String), Gap> {
    let name = endpoint.name.clone();
    if let Ok(ip) = endpoint.host.parse::<IpAddr>() {
        let target = outward(cx, SocketAddr::new(ip, endpoint.port))?;
        return Ok((target, name.unwrap_or_default()));
    }
    let target = listening(cx, endpoint.port, &label(endpoint))?;
    Ok((target, name.unwrap_or_else(|| endpoint.host.clone())))
}

/// Where a declared address is asked: a socket for every address that is declared at loopback at an address
/// that others reach.
///
/// # Errors
/// When another socket takes what comes to every address that is known.
pub fn outward(cx: &Cx<'_>, at: SocketAddr) -> Result<SocketAddr, Gap> {
    if !at.ip().is_loopback() {
        return Ok(at);
    }
    let (sockets, own) = (cx.get::<Sockets>()?, cx.get::<OwnAddresses>()?);
    let found = sockets.declared(at, &own);
    found.ok_or_else(|| Gap::new(GapReason::Unreachable, at.to_string()))
}

/// A browser to which the password or the secret of a declared endpoint may be told.
///
/// # Errors
/// When the endpoint is not reached, or what is told there could be heard elsewhere: it may leave this
/// host, and shows no certificate that is trusted.
pub fn confidant<'h>(cx: &Cx<'h>, endpoint: &Endpoint) -> Result<Browser<'h>, Gap> {
    let (target, name) = target(cx, endpoint)?;
    if stays_here(cx, target) {
        return Ok(Browser::reaching(cx.host(), target, &name)?);
    }
    let roots = Arc::new(cx.get::<Anchors>()?.roots());
    Ok(Browser::confiding(cx.host(), target, &name, roots)?)
}

/// Whether what this host sends to an address stays on it: to loopback, and to its own address at a port
/// where a socket takes it and nothing leads it on.
fn stays_here(cx: &Cx<'_>, at: SocketAddr) -> bool {
    let ip = at.ip().to_canonical();
    if ip.is_loopback() {
        return true;
    }
    let heard = cx.get::<Sockets>().is_ok_and(|s| s.hear(at));
    let ours = cx.get::<OwnAddresses>();
    heard && ours.is_ok_and(|own| own.contain(&ip.to_string())) && !may_lead_on(cx, at.port())
}

/// Whether rules of NAT or IPVS may lead elsewhere what comes to a port of an own address. Where the rules
/// may not be read, a kernel that translates no addresses is proof enough.
fn may_lead_on(cx: &Cx<'_>, port: u16) -> bool {
    let text = |path: &str| match cx.host().read(path, KERNEL_CAP) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(e) => e.is_not_found().then(String::new),
    };
    let balances = |t: &String| t.lines().any(|l| l.starts_with("TCP"));
    if text("/proc/net/ip_vs").is_none_or(|t| balances(&t)) {
        return true;
    }
    match cx.get::<Forwards>() {
        Ok(forwards) => forwards
            .0
            .iter()
            .any(|(low, high)| (*low..=*high).contains(&port)),
        // A kernel without modules has no such file, and may translate.
        Err(_) => text("/proc/modules").is_none_or(|t| {
            t.is_empty() || t.lines().any(|l| l.split(' ').next() == Some("nf_nat"))
        }),
    }
}

/// The address at which this host serves a TCP port to others; `what` is wanted there.
///
/// # Errors
/// When nothing listens, or another socket takes what comes to every address that is known.
pub fn listening(cx: &Cx<'_>, port: u16, what: &str) -> Result<SocketAddr, Gap> {
    let (sockets, own) = (cx.get::<Sockets>()?, cx.get::<OwnAddresses>()?);
    let here = sockets.listeners.iter();
    let here = here.filter(|l| l.proto == Proto::Tcp && l.port == port);
    let best = here.max_by_key(|l| (l.reachable(), l.addr.is_ipv4()));
    best.and_then(|l| sockets.target(l, &own))
        .ok_or_else(|| Gap::new(GapReason::Unreachable, what))
}

/// A login that was tried from this host, by the zone that it stands for: where the web server
/// before the endpoint treats some addresses unlike others, what is true here need not be elsewhere.
pub fn by_zone(cx: &Cx<'_>, endpoint: &Endpoint, mut login: Login) -> Vec<Login> {
    let tried = login.seen.as_ref().is_ok_and(|s| !s.ways.is_empty());
    if !tried {
        return vec![login];
    }
    let name = endpoint.name.as_deref().unwrap_or(&endpoint.host);
    let elsewhere = format!("{}, from elsewhere", login.name);
    let other = match cx.get::<Sites>() {
        Ok(sites) => match sites.by_address(name, endpoint.port) {
            Some(line) => {
                let mut other = seen(&elsewhere, Vec::new(), Some(Blind::Zone));
                other.remarks.push(line.to_owned());
                Ok(other)
            }
            None => return vec![login],
        },
        Err(gap) => Err(gap),
    };
    login.name.push_str(", from this host");
    vec![login, Login::at(elsewhere, other)]
}

/// What a test login shows. Without an authorisation or a test account nothing is tried.
pub fn login(cx: &Cx<'_>, endpoint: &Endpoint) -> Login {
    let name = label(endpoint);
    let seen = match (&endpoint.authorisation, &endpoint.test_account) {
        (Some(_), Some(account)) => match &endpoint.login_api {
            Some(api) => sso::by_api(cx, endpoint, (api, account), &name),
            None => tried(cx, endpoint, account, &name),
        },
        _ => Ok(seen(&name, Vec::new(), Some(Blind::NoTestAccount))),
    };
    Login::at(name, seen)
}

fn tried(
    cx: &Cx<'_>,
    endpoint: &Endpoint,
    account: &TestAccount,
    label: &str,
) -> Result<Seen, Gap> {
    let password = secret_file::read(cx.host(), &account.password_file)?;
    let mut browser = confidant(cx, endpoint)?;
    let path = endpoint.path.as_deref().unwrap_or("/");
    let outcome = attempt(&mut browser, path, &account.name, password.expose())?;
    let both = || Way::new("password, second step", PASSWORD.and(TOKEN), "test login");
    let open = |via: &str| Way::new("password", PASSWORD, via);
    Ok(match outcome {
        Outcome::Stopped => seen(label, vec![both()], None),
        Outcome::Open => seen(label, vec![open("test login")], None),
        Outcome::OpenBehind => {
            let via = format!("{path} opens before the second step");
            seen(label, vec![open(&via), both()], None)
        }
        Outcome::Refused => seen(label, Vec::new(), Some(Blind::Refused)),
        Outcome::Unclear(why) => {
            let mut seen = seen(label, Vec::new(), Some(Blind::Unclear));
            seen.remarks.push(why.to_owned());
            seen
        }
    })
}

/// What was seen at an address.
pub fn seen(source: &str, ways: Vec<Way>, blind: Option<Blind>) -> Seen {
    Seen {
        ways,
        blind,
        vantage: Vantage::Observed,
        source: source.to_owned(),
        remarks: Vec::new(),
    }
}

/// A declared server that shows no configuration on this host.
pub fn not_found(cx: &Cx<'_>, kind: EndpointKind) -> Vec<Login> {
    let wanted = cx.settings().endpoints.iter().filter(|e| e.kind == kind);
    wanted
        .map(|e| {
            let name = label(e);
            Login::at(&name, Ok(seen(&name, Vec::new(), Some(Blind::Kind))))
        })
        .collect()
}
