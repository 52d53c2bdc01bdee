//! A question to a certification authority: its list of revoked certificates, or its OCSP responder.
//!
//! The address stands in a certificate, and whoever made that chose it. So every step (the address, and
//! each one that an answer leads on to) is held against the same rules before a packet leaves: plain
//! HTTP or HTTPS, no port but the usual two, and no address that leads into this host or its network.
//! Names are resolved once and the connection goes to the address that was looked at. Answers are
//! signed, so neither the wire nor a TLS certificate need be trusted.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use reqwest::Url;

use super::{HostError, HttpAsk, HttpMethod, http, is_own};

/// How long one question may take, with all that it leads on to.
const LIMIT: Duration = Duration::from_secs(10);
/// How often an answer may lead on.
const MAX_REDIRECTS: usize = 2;
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 2;

/// A question to a certification authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityAsk {
    /// Where, as a certificate says.
    pub url: String,
    /// The OCSP request to hand over; without it a list is fetched.
    pub request: Option<Vec<u8>>,
    /// Most bytes of the answer, in bytes; a longer one is refused.
    pub cap: usize,
    /// Whether the authority is the agency's own, declared as such: it may then stand in the agency's
    /// network, on this host, and at any port.
    pub inside: bool,
}

/// Asks, and follows where the answer leads on.
pub(super) fn ask(ask: &AuthorityAsk) -> Result<Vec<u8>, HostError> {
    let until = Instant::now() + LIMIT;
    let mut url = Url::parse(&ask.url).map_err(|_| HostError::WrongKind(ask.url.clone()))?;
    for _ in 0..=MAX_REDIRECTS {
        let answer = once(&url, ask, until)?;
        match answer.status {
            200 if answer.body_cut => return Err(cut(ask, until)),
            200 => return Ok(answer.body),
            301 | 302 | 303 | 307 | 308 => {
                let to = answer.first("location").and_then(|to| url.join(to).ok());
                url = to.ok_or_else(|| HostError::Unreachable(ask.url.clone()))?;
            }
            _ => return Err(HostError::Unreachable(ask.url.clone())),
        }
    }
    Err(HostError::Unreachable(ask.url.clone()))
}

/// Why an answer broke off: there was more than the cap, or the time ran out.
fn cut(ask: &AuthorityAsk, until: Instant) -> HostError {
    if Instant::now() >= until {
        return HostError::Timeout(ask.url.clone());
    }
    HostError::TooLarge {
        path: ask.url.clone(),
        cap: ask.cap,
    }
}

fn once(url: &Url, ask: &AuthorityAsk, until: Instant) -> Result<super::HttpAnswer, HostError> {
    let targets = targets(url, ask.inside, until)?;
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path = format!("{path}?{query}");
    }
    let mut last = HostError::Unreachable(ask.url.clone());
    for target in targets.into_iter().take(MAX_ADDRESSES) {
        let host = url.domain().unwrap_or_default();
        let mut http = HttpAsk::get(target, url.scheme() == "https", host, &path);
        http.cap = ask.cap;
        if let Some(request) = &ask.request {
            http.method = HttpMethod::Post;
            http.body = Some(request.clone());
            let kind = ("content-type", "application/ocsp-request");
            http.headers.push((kind.0.to_owned(), kind.1.to_owned()));
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(HostError::Timeout(ask.url.clone()));
        }
        match http::fetch(&http, left) {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The addresses that may be asked, the first to try first.
fn targets(url: &Url, inside: bool, until: Instant) -> Result<Vec<SocketAddr>, HostError> {
    let refused = || HostError::NotAuthorised(url.to_string());
    let port = url.port_or_known_default().ok_or_else(refused)?;
    let plain = url.username().is_empty() && url.password().is_none();
    let usual = inside || matches!(port, 80 | 443);
    if !matches!(url.scheme(), "http" | "https") || !plain || !usual {
        return Err(refused());
    }
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let found = match literal {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => resolve(host, port, until)?,
    };
    if found.is_empty() {
        return Err(HostError::Unreachable(url.to_string()));
    }
    let mut open: Vec<SocketAddr> = found
        .into_iter()
        .filter(|at| admitted(at.ip(), inside) && (inside || !is_own(at.ip())))
        .collect();
    open.sort_by_key(|at| !at.is_ipv4());
    open.dedup();
    if open.is_empty() {
        return Err(refused());
    }
    Ok(open)
}

fn resolve(host: &str, port: u16, until: Instant) -> Result<Vec<SocketAddr>, HostError> {
    let silent = || HostError::Unreachable(host.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| silent())?;
    let found = runtime.block_on(async {
        let until = tokio::time::Instant::from_std(until);
        let asked = tokio::time::timeout_at(until, tokio::net::lookup_host((host, port))).await;
        asked.map(|found| found.map(Iterator::collect))
    });
    // The system's resolver cannot be stopped; it is left to end by itself.
    runtime.shutdown_background();
    match found {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(_)) => Err(silent()),
        Err(_) => Err(HostError::Timeout(host.to_owned())),
    }
}

/// Whether an address may be talked to. No authority stands at a link-local address: that is where
/// clouds keep what opens a machine.
fn admitted(ip: IpAddr, inside: bool) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => admitted_v4(ip, inside),
        IpAddr::V6(ip) => admitted_v6(ip, inside),
    }
}

/// IANA's registry of special IPv4 addresses.
const fn admitted_v4(ip: Ipv4Addr, inside: bool) -> bool {
    let [a, b, c, _] = ip.octets();
    let never = a == 0 || ip.is_link_local() || ip.is_multicast() || a >= 240;
    let shared = a == 100 && b & 0xc0 == 64;
    let near = ip.is_loopback() || ip.is_private() || shared;
    let set_apart = ip.is_documentation()
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18);
    !never && !set_apart && (inside || !near)
}

/// Only global unicast (2000::/3) is public; what carries an IPv4 address inside is left out, for it
/// may lead anywhere.
const fn admitted_v6(ip: Ipv6Addr, inside: bool) -> bool {
    let [a, b, ..] = ip.segments();
    let near = ip.is_loopback() || ip.is_unique_local();
    let public = a & 0xe000 == 0x2000;
    let carries = a == 0x2002 || (a == 0x2001 && b < 0x200);
    let documentation = (a == 0x2001 && b == 0xdb8) || (a == 0x3fff && b < 0x1000);
    (public && !carries && !documentation) || (inside && near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_lead_inside_are_refused() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            let ip = ip.parse().unwrap();
            assert!(!admitted(ip, false), "{ip}");
            assert!(admitted(ip, true), "{ip} of the agency's own");
        }
        for ip in [
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "::",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:1::1",
            "192.0.2.1",
            "2001:db8::1",
            "::10.0.0.1",
            "fec0::1",
        ] {
            let ip = ip.parse().unwrap();
            assert!(!admitted(ip, false) && !admitted(ip, true), "{ip}");
        }
        for ip in [
            "203.162.4.190",
            "1.1.1.1",
            "2606:4700::1111",
            "172.32.0.1",
            "100.128.0.1",
        ] {
            assert!(admitted(ip.parse().unwrap(), false), "{ip}");
        }
    }

    #[test]
    fn a_certificate_cannot_point_at_what_is_near() {
        let question = |url: &str, inside| AuthorityAsk {
            url: url.to_owned(),
            request: None,
            cap: 10,
            inside,
        };
        for url in [
            "http://127.0.0.1/ca.crl",
            "http://0x7f.1/ca.crl",
            "http://2130706433/",
            "http://localhost/ca.crl",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://a:b@1.1.1.1/",
            "http://1.1.1.1:22/",
            "ldap://1.1.1.1/cn=CA",
            "file:///etc/shadow",
            "ftp://1.1.1.1/ca.crl",
        ] {
            let got = ask(&question(url, false));
            assert!(
                matches!(got, Err(HostError::NotAuthorised(_))),
                "{url}: {got:?}"
            );
        }
        let metadata = question("http://169.254.169.254/latest/", true);
        assert!(matches!(ask(&metadata), Err(HostError::NotAuthorised(_))));
    }
}
