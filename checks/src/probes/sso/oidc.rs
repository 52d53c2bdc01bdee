//! OpenID Connect: asks for a code as a declared client does (RFC 6749, RFC 7636, OpenID Connect
//! Core 1.0), with the password of the test account and nothing else. A code that comes back was
//! had with one factor.

use aws_lc_rs::rand;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::Url;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{
    Account, End, Report, remark,
    travel::Traveller,
    walk::{Arrival, Reached, walk},
};
use crate::host::HostError;

/// What a provider says about itself (OpenID Connect Discovery 1.0).
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name for itself.
    pub issuer: String,
    authorization: Url,
    token: Url,
    grants: Vec<String>,
    /// The token endpoint takes a client's secret in the form only.
    secret_in_form: bool,
}

/// The client that asks.
pub struct Asker<'a> {
    /// Its `client_id`.
    pub id: &'a str,
    /// Its secret, unless it is a public one.
    pub secret: Option<&'a str>,
    /// Where the provider sends the browser back.
    pub redirect: Url,
    /// What it asks for.
    pub scope: &'a str,
}

impl Provider {
    /// Reads the provider's configuration; none where it is not that of `issuer`.
    pub fn parse(text: &str, issuer: &Url) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let said = json.get("issuer")?.as_str()?;
        let bare = |text: &str| text.trim_end_matches('/').to_owned();
        if bare(said) != bare(issuer.as_str()) {
            return None;
        }
        let url = |key: &str| Url::parse(json.get(key)?.as_str()?).ok();
        let list = |key: &str| {
            let words = json.get(key).and_then(Json::as_array).into_iter().flatten();
            words
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let secrets = list("token_endpoint_auth_methods_supported");
        let has = |word: &str| secrets.iter().any(|s| s == word);
        Some(Self {
            issuer: said.to_owned(),
            authorization: url("authorization_endpoint")?,
            token: url("token_endpoint")?,
            grants: list("grant_types_supported"),
            secret_in_form: has("client_secret_post") && !has("client_secret_basic"),
        })
    }
}

/// One request for a code.
struct Question {
    url: Url,
    state: String,
    nonce: String,
    verifier: String,
}

impl Question {
    fn new(provider: &Provider, asker: &Asker<'_>) -> Option<Self> {
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = provider.authorization.clone();
        url.set_fragment(None);
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", asker.id),
            ("redirect_uri", asker.redirect.as_str()),
            ("scope", asker.scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Some(Self {
            url,
            state,
            nonce,
            verifier,
        })
    }

    /// The code in an answer to this very question.
    fn code(&self, back: &Url, issuer: &str) -> Result<String, &'static str> {
        let pairs: Vec<(String, String)> = back.query_pairs().into_owned().collect();
        let get = |key: &str| {
            pairs
                .iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.as_str())
        };
        if get("state") != Some(&self.state) {
            return Err("the answer belongs to another question");
        }
        // RFC 9207.
        if get("iss").is_some_and(|iss| iss != issuer) {
            return Err("the answer comes from another issuer");
        }
        let code = get("code").filter(|c| !c.is_empty() && get("error").is_none());
        code.map(str::to_owned).ok_or("the provider gave no code")
    }
}

/// 256 random bits as text.
pub(super) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Tries to get a code with the password alone, and where the provider says that it exchanges a
/// password for a token, that too.
///
/// # Errors
/// When a declared host does not answer, or shows a certificate that is not trusted.
pub fn attempt(
    traveller: &mut Traveller<'_>,
    provider: &Provider,
    asker: &Asker<'_>,
    account: &Account<'_>,
) -> Result<Report, HostError> {
    traveller.ends_at(asker.redirect.clone());
    let Some(question) = Question::new(provider, asker) else {
        return Ok(End::Unclear("no random numbers").into());
    };
    let first = traveller.get(&question.url)?;
    let never = |_: &Url, _: &super::super::forms::Form| false;
    let reached = walk(traveller, first, Some(account), never)?;
    let mut report = match reached {
        Reached::End(Arrival::At(back), shown) => match question.code(&back, &provider.issuer) {
            Ok(code) => Report {
                end: if shown { End::Open } else { End::Bare },
                remarks: said(traveller, provider, asker, &question, &code)?,
            },
            Err(why) => End::Unclear(why).into(),
        },
        Reached::End(Arrival::Form(..), _) => End::Unclear("the provider gave no code").into(),
        Reached::SecondStep => round(traveller, provider, asker)?.into(),
        Reached::Enrol => End::Unclear("the account may enrol a second factor itself").into(),
        Reached::Refused => End::Refused.into(),
        Reached::Unclear(why) => End::Unclear(why).into(),
    };
    let exchanges = provider.grants.iter().any(|g| g == "password");
    let settled = matches!(report.end, End::Open | End::Bare);
    if exchanges && !settled && granted(traveller, provider, asker, account)? {
        let via = "the token endpoint exchanges the password for a token";
        report.remarks.push(via.to_owned());
        report.end = match report.end {
            End::Stopped | End::OpenBehind => End::OpenBehind,
            _ => End::Open,
        };
    }
    Ok(report)
}

/// After the second step was asked for: whether the half-done session is given a code.
fn round(
    traveller: &mut Traveller<'_>,
    provider: &Provider,
    asker: &Asker<'_>,
) -> Result<End, HostError> {
    let Some(question) = Question::new(provider, asker) else {
        return Ok(End::Unclear("no random numbers"));
    };
    let first = traveller.get(&question.url)?;
    let reached = walk(traveller, first, None, |_, _| false)?;
    Ok(match reached {
        Reached::End(Arrival::At(back), _) if question.code(&back, &provider.issuer).is_ok() => {
            End::OpenBehind
        }
        _ => End::Stopped,
    })
}

/// What the ID token says about the login (`amr`, `acr`). The token comes from the provider itself
/// over TLS that was verified, so that its signature may go unchecked (OpenID Connect Core, 3.1.3.7).
fn said(
    traveller: &mut Traveller<'_>,
    provider: &Provider,
    asker: &Asker<'_>,
    question: &Question,
    code: &str,
) -> Result<Vec<String>, HostError> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", asker.redirect.as_str()),
        ("code_verifier", &question.verifier),
    ];
    let token = exchange(traveller, provider, asker, &fields)?;
    let claims = token
        .as_ref()
        .and_then(|t| claims(t.get("id_token")?.as_str()?));
    Ok(match claims {
        Some(claims) if fits(&claims, &provider.issuer, asker.id, &question.nonce) => {
            let mut remarks = Vec::new();
            for key in ["amr", "acr"] {
                let value = claims.get(key).map(Json::to_string);
                remarks.extend(value.map(|v| remark(key, &v)));
            }
            remarks
        }
        Some(_) => vec!["the ID token is not one for this login".to_owned()],
        None => vec!["no ID token was to be had".to_owned()],
    })
}

fn fits(claims: &Json, issuer: &str, client: &str, nonce: &str) -> bool {
    let is = |key: &str, value: &str| claims.get(key).and_then(Json::as_str) == Some(value);
    let among = claims.get("aud").and_then(Json::as_array);
    let audience = is("aud", client) || among.is_some_and(|all| all.iter().any(|a| a == client));
    is("iss", issuer) && audience && is("nonce", nonce)
}

fn claims(token: &str) -> Option<Json> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether the token endpoint takes the password alone (RFC 6749, section 4.3).
fn granted(
    traveller: &mut Traveller<'_>,
    provider: &Provider,
    asker: &Asker<'_>,
    account: &Account<'_>,
) -> Result<bool, HostError> {
    let fields = [
        ("grant_type", "password"),
        ("username", account.name),
        ("password", account.password),
        ("scope", asker.scope),
    ];
    let token = exchange(traveller, provider, asker, &fields)?;
    let access = token.as_ref().and_then(|t| t.get("access_token")?.as_str());
    Ok(access.is_some_and(|t| !t.is_empty()))
}

fn exchange(
    traveller: &mut Traveller<'_>,
    provider: &Provider,
    asker: &Asker<'_>,
    fields: &[(&str, &str)],
) -> Result<Option<Json>, HostError> {
    let mut url = provider.token.clone();
    if !traveller.takes_password(&url) {
        return Ok(None); // a code and a client's secret belong to the provider alone
    }
    let mut form = Url::parse("https://x/").expect("this text is an address");
    form.query_pairs_mut().extend_pairs(fields);
    let kind = "application/x-www-form-urlencoded".to_owned();
    let mut headers = vec![("content-type".to_owned(), kind)];
    match asker.secret {
        Some(secret) if !provider.secret_in_form => {
            let pair = format!("{}:{}", escaped(asker.id), escaped(secret));
            let value = format!("Basic {}", STANDARD.encode(pair));
            headers.push(("authorization".to_owned(), value));
        }
        secret => {
            form.query_pairs_mut().append_pair("client_id", asker.id);
            if let Some(secret) = secret {
                form.query_pairs_mut().append_pair("client_secret", secret);
            }
        }
    }
    url.set_fragment(None);
    let body = form.query().unwrap_or_default().to_owned();
    let answer = traveller.ask(&url, headers, Some(body))?;
    let answer = answer.filter(|a| a.status == 200 && !a.body_cut);
    Ok(answer.and_then(|a| serde_json::from_slice(&a.body).ok()))
}

/// As in a form (RFC 6749, section 2.3.1).
fn escaped(text: &str) -> String {
    let mut url = Url::parse("https://x/").expect("this text is an address");
    url.query_pairs_mut().append_pair("", text);
    let query = url.query().unwrap_or_default();
    query.trim_start_matches('=').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        let text = r#"{"issuer": "https://sso.vn/r", "authorization_endpoint": "https://sso.vn/r/auth?a=1",
            "token_endpoint": "https://sso.vn/r/token"}"#;
        Provider::parse(text, &Url::parse("https://sso.vn/r/").unwrap()).unwrap()
    }

    #[test]
    fn a_configuration_of_another_issuer_is_none() {
        let issuer = Url::parse("https://sso.vn/r").unwrap();
        let text = r#"{"issuer": "https://evil.vn", "authorization_endpoint": "https://evil.vn/a", "token_endpoint": "https://evil.vn/t"}"#;
        assert!(Provider::parse(text, &issuer).is_none());
        assert!(Provider::parse("{", &issuer).is_none());
    }

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let asker = Asker {
            id: "thử & x",
            secret: None,
            redirect: Url::parse("https://app.vn/cb").unwrap(),
            scope: "openid",
        };
        let question = Question::new(&provider(), &asker).unwrap();
        let text = question.url.as_str();
        assert!(
            text.starts_with("https://sso.vn/r/auth?a=1&response_type=code"),
            "{text}"
        );
        assert!(question.verifier.len() >= 43 && !text.contains(&question.verifier));
        let back = |query: &str| {
            let url = Url::parse(&format!("https://app.vn/cb?{query}")).unwrap();
            question.code(&url, "https://sso.vn/r").is_ok()
        };
        let state = &question.state;
        assert!(back(&format!("code=x&state={state}")));
        assert!(back(&format!("code=x&state={state}&iss=https://sso.vn/r")));
        assert!(!back("code=x&state=other"));
        assert!(!back(&format!("error=access_denied&state={state}")));
        assert!(!back(&format!("code=x&state={state}&iss=https://evil.vn")));
    }

    #[test]
    fn a_token_of_another_login_says_nothing() {
        let claims: Json =
            serde_json::from_str(r#"{"iss": "i", "aud": ["c"], "nonce": "n", "amr": ["pwd"]}"#)
                .unwrap();
        assert!(fits(&claims, "i", "c", "n"));
        assert!(!fits(&claims, "i", "c", "m") && !fits(&claims, "i", "d", "n"));
        assert_eq!(escaped("a:b %"), "a%3Ab+%25");
    }
}
