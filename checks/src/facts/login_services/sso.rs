//! Test logins at OpenID Connect and SAML providers, and at interfaces that take JSON. Only declared
//! hosts are met, over TLS that is verified.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::Url;

use super::{
    Blind, NOTHING, PASSWORD, Seen, TOKEN, Way,
    declared::{listening, outward, seen, target},
    secret_file,
};
use crate::{
    context::Cx,
    facts::tls::anchors::Anchors,
    observation::{Gap, GapReason},
    probes::sso::{
        Account, End, Report, api, oidc, saml,
        travel::{Place, Traveller},
    },
    settings::{Client, Endpoint, LoginApi, Origin, TestAccount},
};

const MAX_ORIGINS: usize = 8;

/// What a login at an OpenID Connect provider shows. `configuration` is the text at its
/// well-known address.
///
/// # Errors
/// When something declared cannot be used, or a declared host does not answer.
pub fn by_oidc(
    cx: &Cx<'_>,
    endpoint: &Endpoint,
    (client, account): (&Client, &TestAccount),
    name: &str,
) -> Result<Seen, Gap> {
    let wrong = |what: &str| Gap::parse(format!("{name}: {what}"));
    let issuer = address(endpoint, endpoint.path.as_deref().unwrap_or("/"))?;
    let redirect = Url::parse(&client.redirect_uri).map_err(|_| wrong("redirect_uri"))?;
    let password = secret_file::read(cx.host(), &account.password_file)?;
    let secret = client.secret_file.as_deref();
    let secret = secret
        .map(|f| secret_file::read(cx.host(), f))
        .transpose()?;
    let mut traveller = traveller(cx, endpoint, &issuer)?;
    let base = issuer.as_str().trim_end_matches('/');
    let known = Url::parse(&format!("{base}/.well-known/openid-configuration"));
    let known = known.map_err(|_| wrong("its path"))?;
    let answer = traveller.ask(&known, Vec::new(), None)?;
    let answer = answer.filter(|a| a.status == 200 && !a.body_cut);
    let provider = answer.and_then(|a| oidc::Provider::parse(&a.text(), &issuer));
    let provider =
        provider.ok_or_else(|| wrong("no OpenID Connect configuration of this issuer"))?;
    let asker = oidc::Asker {
        id: &client.id,
        secret: secret.as_ref().map(secret_file::Secret::expose),
        redirect,
        scope: client.scope.as_deref().unwrap_or("openid"),
    };
    let account = Account {
        name: &account.name,
        password: password.expose(),
    };
    let report = oidc::attempt(&mut traveller, &provider, &asker, &account)?;
    Ok(told(report, name))
}

/// What a login at a SAML provider shows, begun at an application's page.
///
/// # Errors
/// As [`by_oidc`].
pub fn by_saml(
    cx: &Cx<'_>,
    endpoint: &Endpoint,
    (start, account): (&str, &TestAccount),
    name: &str,
) -> Result<Seen, Gap> {
    let start = Url::parse(start).map_err(|_| Gap::parse(format!("{name}: start")))?;
    let password = secret_file::read(cx.host(), &account.password_file)?;
    let mut traveller = traveller(cx, endpoint, &address(endpoint, "/")?)?;
    if !traveller.knows(&start) {
        let what = format!("{name}: the origin of start is not declared");
        return Err(Gap::new(GapReason::NotAuthorised, what));
    }
    let account = Account {
        name: &account.name,
        password: password.expose(),
    };
    Ok(told(saml::attempt(&mut traveller, &start, &account)?, name))
}

/// What a login at an interface shows.
///
/// # Errors
/// As [`by_oidc`].
pub fn by_api(
    cx: &Cx<'_>,
    endpoint: &Endpoint,
    (interface, account): (&LoginApi, &TestAccount),
    name: &str,
) -> Result<Seen, Gap> {
    let page = address(endpoint, endpoint.path.as_deref().unwrap_or("/"))?;
    let password = secret_file::read(cx.host(), &account.password_file)?;
    let mut traveller = traveller(cx, endpoint, &page)?;
    let account = Account {
        name: &account.name,
        password: password.expose(),
    };
    let end = api::attempt(&mut traveller, interface, &page, &account)?;
    Ok(told(end.into(), name))
}

fn traveller<'h>(cx: &Cx<'h>, endpoint: &Endpoint, login: &Url) -> Result<Traveller<'h>, Gap> {
    let mut places = vec![Place {
        origin: login.clone(),
        target: target(cx, endpoint)?.0,
    }];
    for origin in endpoint.origins.iter().take(MAX_ORIGINS) {
        places.push(place(cx, origin)?);
    }
    let roots = Arc::new(cx.get::<Anchors>()?.roots());
    Ok(Traveller::new(cx.host(), places, login.clone(), roots))
}

fn place(cx: &Cx<'_>, declared: &Origin) -> Result<Place, Gap> {
    let wrong = || Gap::parse(format!("origin {}", declared.origin));
    let origin = Url::parse(&declared.origin).map_err(|_| wrong())?;
    let port = origin.port_or_known_default().ok_or_else(wrong)?;
    let address = declared.address.as_deref().or(origin.host_str());
    let address = address.unwrap_or_default().trim_matches(['[', ']']);
    let target = match address.parse::<IpAddr>() {
        Ok(ip) => outward(cx, SocketAddr::new(ip, port))?,
        Err(_) if declared.address.is_some() => return Err(wrong()),
        Err(_) => listening(cx, port, &declared.origin)?,
    };
    Ok(Place { origin, target })
}

/// The URL of a path at an endpoint.
fn address(endpoint: &Endpoint, path: &str) -> Result<Url, Gap> {
    let name = endpoint.name.as_deref().unwrap_or(&endpoint.host);
    let name = match name.parse::<std::net::Ipv6Addr>() {
        Ok(v6) => format!("[{v6}]"),
        Err(_) => name.to_owned(),
    };
    let text = format!("https://{name}:{}{path}", endpoint.port);
    Url::parse(&text).map_err(|_| Gap::parse(text))
}

/// What a login that ended so amounts to.
fn told(report: Report, name: &str) -> Seen {
    let one = |via: &str| Way::new("password", PASSWORD, via);
    let both = || Way::new("password, second step", PASSWORD.and(TOKEN), "test login");
    let mut remarks = report.remarks;
    let (ways, blind) = match report.end {
        End::Stopped => (vec![both()], None),
        End::Open => (vec![one("test login")], None),
        End::OpenBehind => (vec![one("going round the second step"), both()], None),
        End::Bare => (vec![Way::new("nothing", NOTHING, "test login")], None),
        End::Refused => (Vec::new(), Some(Blind::Refused)),
        End::Unclear(why) => {
            remarks.push(why.to_owned());
            (Vec::new(), Some(Blind::Unclear))
        }
    };
    let mut seen = seen(name, ways, blind);
    seen.remarks = remarks;
    seen
}
