//! Identity providers: OpenID Connect, SAML, Keycloak.
//!
//! What a provider advertises says what it could do, never what it asks of whom.

use serde_json::Value as Json;

use super::{
    Blind, Login, Seen,
    declared::{by_zone, confidant, label, of_kinds, seen, target},
    keycloak::{self, Realm},
    secret_file, sso,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason, Vantage},
    probes::browser::Browser,
    settings::{Endpoint, EndpointKind as K, TestAccount},
};

/// An exported realm with its users is no configuration file.
const EXPORT_CAP: usize = 8 << 20;
const MAX_REMARK: usize = 400;

/// The logins of identity providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityProviders(pub Vec<Login>);

impl Gather for IdentityProviders {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = Vec::new();
        for endpoint in of_kinds(cx, &[K::Oidc, K::Keycloak, K::Saml]) {
            let name = label(endpoint);
            let seen = match endpoint.kind {
                K::Oidc => by_code(cx, endpoint, &name),
                K::Saml => by_assertion(cx, endpoint, &name),
                _ => realm(cx, endpoint, &name),
            };
            let login = Login::at(name, seen);
            // Keycloak's rules are read, not tried.
            if endpoint.kind == K::Keycloak {
                found.push(login);
            } else {
                found.extend(by_zone(cx, endpoint, login));
            }
        }
        let declared = of_kinds(cx, &[K::Keycloak]).next().is_some();
        let place = "/opt/keycloak/conf/keycloak.conf";
        if !declared && cx.host().stat_if_any(place)?.is_some() {
            found.push(Login::configured("keycloak", place, Vec::new()).blind(Blind::Database));
        }
        Ok(Self(found))
    }
}

fn browser<'h>(cx: &Cx<'h>, endpoint: &Endpoint) -> Result<Browser<'h>, Gap> {
    let (target, name) = target(cx, endpoint)?;
    Ok(Browser::reaching(cx.host(), target, &name)?)
}

/// By a login, where one is permitted and a client is declared; else what is advertised.
fn by_code(cx: &Cx<'_>, endpoint: &Endpoint, name: &str) -> Result<Seen, Gap> {
    let login = (
        &endpoint.authorisation,
        &endpoint.client,
        &endpoint.test_account,
    );
    match login {
        (Some(_), Some(client), Some(account)) => {
            sso::by_oidc(cx, endpoint, (client, account), name)
        }
        _ => discovery(cx, endpoint, name),
    }
}

/// By a login, where one is permitted and its beginning is declared; else what is advertised.
fn by_assertion(cx: &Cx<'_>, endpoint: &Endpoint, name: &str) -> Result<Seen, Gap> {
    let login = (
        &endpoint.authorisation,
        &endpoint.start,
        &endpoint.test_account,
    );
    match login {
        (Some(_), Some(start), Some(account)) => sso::by_saml(cx, endpoint, (start, account), name),
        _ => metadata(cx, endpoint, name),
    }
}

/// `/.well-known/openid-configuration` below the issuer's path (OpenID Connect Discovery 1.0).
fn discovery(cx: &Cx<'_>, endpoint: &Endpoint, name: &str) -> Result<Seen, Gap> {
    let base = endpoint
        .path
        .as_deref()
        .unwrap_or("/")
        .trim_end_matches('/');
    let path = format!("{base}/.well-known/openid-configuration");
    let page = browser(cx, endpoint)?.get(&path)?;
    let json: Json = serde_json::from_str(&page.body).map_err(|_| Gap::parse(name))?;
    if page.status != 200 || json.get("issuer").and_then(Json::as_str).is_none() {
        return Err(Gap::parse(format!(
            "{name}: no OpenID Connect configuration"
        )));
    }
    let mut seen = seen(name, Vec::new(), Some(Blind::Advertised));
    for key in [
        "acr_values_supported",
        "amr_values_supported",
        "grant_types_supported",
    ] {
        if let Some(list) = json.get(key).and_then(Json::as_array) {
            let words: Vec<&str> = list.iter().filter_map(Json::as_str).collect();
            let remark = format!("{key}: {}", words.join(" "));
            seen.remarks.push(remark.chars().take(MAX_REMARK).collect());
        }
    }
    Ok(seen)
}

/// SAML metadata: that it is there, and nothing more.
fn metadata(cx: &Cx<'_>, endpoint: &Endpoint, name: &str) -> Result<Seen, Gap> {
    let path = endpoint.path.as_deref().unwrap_or("/");
    let page = browser(cx, endpoint)?.get(path)?;
    if page.status != 200 || !page.body.contains("EntityDescriptor") {
        return Err(Gap::parse(format!("{name}: no SAML metadata")));
    }
    Ok(seen(name, Vec::new(), Some(Blind::Advertised)))
}

/// A realm: through the admin API with a read-only client, or as the owner exported it.
fn realm(cx: &Cx<'_>, endpoint: &Endpoint, name: &str) -> Result<Seen, Gap> {
    if let Some(file) = &endpoint.config_file {
        return exported(cx.host(), file);
    }
    let (Some(_), Some(account)) = (&endpoint.authorisation, &endpoint.test_account) else {
        return Ok(seen(name, Vec::new(), Some(Blind::NoTestAccount)));
    };
    let realm = asked(cx, endpoint, account, name)?;
    let mut seen = seen(name, realm.ways(), None);
    seen.vantage = Vantage::Effective;
    Ok(seen)
}

/// An export shows how the realm was; the running one may differ, so it cannot prove that a
/// second factor is asked for now.
fn exported(host: &dyn Host, file: &str) -> Result<Seen, Gap> {
    let bytes = host.read(file, EXPORT_CAP)?;
    let mut json: Json = serde_json::from_slice(&bytes).map_err(|_| Gap::parse(file))?;
    // An export of all realms is a list of them.
    if let Some(first) = json
        .as_array_mut()
        .filter(|a| a.len() == 1)
        .and_then(|a| a.pop())
    {
        json = first;
    }
    let realm = keycloak::from_export(&json).ok_or_else(|| Gap::parse(file))?;
    let mut seen = seen(file, realm.ways(), Some(Blind::Export));
    seen.vantage = Vantage::Configured;
    seen.remarks
        .push(format!("exported {}", host.stat(file)?.mtime));
    Ok(seen)
}

fn asked(
    cx: &Cx<'_>,
    endpoint: &Endpoint,
    account: &TestAccount,
    name: &str,
) -> Result<Realm, Gap> {
    let wrong = |what: &str| Gap::parse(format!("{name}: {what}"));
    let path = endpoint.path.as_deref().unwrap_or_default();
    let path = path.trim_end_matches('/');
    let (base, realm_name) = path
        .rsplit_once("/realms/")
        .ok_or_else(|| wrong("its path must end in /realms/NAME"))?;
    let secret = secret_file::read(cx.host(), &account.password_file)?;
    let mut browser = confidant(cx, endpoint)?;
    let token = token(&mut browser, path, account, secret.expose(), name)?;
    let headers = [("authorization".to_owned(), format!("Bearer {token}"))];
    let admin = format!("{base}/admin/realms/{realm_name}");
    let ask = |below: &str| -> Result<Option<Json>, Gap> {
        let answer = browser.ask(&format!("{admin}{below}"), &headers)?;
        if answer.body_cut {
            let what = format!("{name}{below}");
            return Err(Gap::new(GapReason::OverBudget, what));
        }
        let read = (answer.status == 200).then(|| serde_json::from_slice(&answer.body).ok());
        Ok(read.flatten())
    };
    let no = |what: &str| {
        let what = format!("{name}: the client may not read {what}");
        Gap::new(GapReason::NoPermission, what)
    };
    let settings = ask("")?.ok_or_else(|| no("the realm"))?;
    let flow = |key: &str| {
        let alias = settings.get(key).and_then(Json::as_str);
        alias.map(executions_path)
    };
    let browser_flow = flow("browserFlow").ok_or_else(|| no("its flows"))?;
    let executions = ask(&browser_flow)?.ok_or_else(|| no("its flows"))?;
    let grant = match flow("directGrantFlow") {
        Some(path) => ask(&path)?,
        None => None,
    };
    let clients = ask("/clients?max=1000")?;
    let instances = ask("/identity-provider/instances")?;
    let actions = ask("/authentication/required-actions")?;
    keycloak::from_api(
        &settings,
        &executions,
        grant.as_ref(),
        clients.as_ref(),
        instances.as_ref(),
        actions.as_ref(),
    )
    .ok_or_else(|| wrong("its flows are not understood"))
}

/// The token of a client (RFC 6749, section 4.4).
fn token(
    browser: &mut Browser<'_>,
    path: &str,
    account: &TestAccount,
    secret: &str,
    name: &str,
) -> Result<String, Gap> {
    let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let fields = [
        pair("grant_type", "client_credentials"),
        pair("client_id", &account.name),
        pair("client_secret", secret),
    ];
    let page = browser.post(&format!("{path}/protocol/openid-connect/token"), &fields)?;
    let answer: Option<Json> = serde_json::from_str(&page.body).ok();
    let token = answer
        .as_ref()
        .and_then(|a| a.get("access_token")?.as_str());
    let plain = |t: &&str| t.bytes().all(|b| b.is_ascii_graphic());
    let token = token.filter(|_| page.status == 200).filter(plain);
    token.map(str::to_owned).ok_or_else(|| {
        let what = format!("{name}: Keycloak refuses the client");
        Gap::new(GapReason::NoPermission, what)
    })
}

/// The path of a flow's executions; its name may hold blanks.
fn executions_path(alias: &str) -> String {
    let mut url =
        reqwest::Url::parse("http://x/authentication/flows").expect("this text is an address");
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.push(alias).push("executions");
    }
    url.path().to_owned()
}
