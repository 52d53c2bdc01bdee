//! A login interface that takes name and password as JSON, as single-page applications have one.
//!
//! The page that is asked for must be closed without a login. A wrong password is tried first: what
//! it is answered with too proves nothing.

use reqwest::Url;
use serde_json::{Map, Value as Json};

use super::{Account, End, travel::Traveller};
use crate::{
    host::{HostError, HttpAnswer},
    settings::LoginApi,
};

/// Tries to open `page` by a login at `api`.
///
/// # Errors
/// When the address does not answer, or shows a certificate that is not trusted.
pub fn attempt(
    traveller: &mut Traveller<'_>,
    api: &LoginApi,
    page: &Url,
    account: &Account<'_>,
) -> Result<End, HostError> {
    let Ok(url) = page.join(&api.path) else {
        return Ok(End::Unclear("the path of the interface is none"));
    };
    if !traveller.takes_password(&url) {
        return Ok(End::Unclear("the password would go to another host"));
    }
    let door = |traveller: &mut Traveller<'_>, token: Option<&str>| {
        let bearer = token.map(|t| ("authorization".to_owned(), format!("Bearer {t}")));
        let answer = traveller.ask(page, bearer.into_iter().collect(), None)?;
        Ok::<_, HostError>(answer.map_or(Door::Other, |a| door(&a)))
    };
    let before = match door(traveller, None)? {
        Door::Closed(status) => status,
        Door::Open => return Ok(End::Unclear("the page is open without a login")),
        Door::Other => return Ok(End::Unclear("the page does not say that it is closed")),
    };
    let Some(wrong) = super::oidc::random() else {
        return Ok(End::Unclear("no random numbers"));
    };
    let control = send(traveller, api, &url, account.name, &wrong)?;
    if control.says_second || control.token.is_some() {
        return Ok(End::Unclear(
            "a wrong password is answered like the right one",
        ));
    }
    let answer = send(traveller, api, &url, account.name, account.password)?;
    if answer.status >= 500 {
        return Ok(End::Unclear("the interface failed"));
    }
    let after = door(traveller, answer.token.as_deref())?;
    Ok(match (answer.says_second, after) {
        // What only refuses, or otherwise than before, may do so for want of rights.
        (true, Door::Closed(401)) if before == 401 => End::Stopped,
        (true, Door::Open) => End::OpenBehind,
        (false, Door::Open) => End::Open,
        (false, Door::Closed(_)) if answer.status >= 400 => End::Refused,
        _ => End::Unclear("neither a second step nor an open page"),
    })
}

/// What a page shows to this session.
enum Door {
    /// With this status.
    Closed(u16),
    Open,
    Other,
}

fn door(answer: &HttpAnswer) -> Door {
    match answer.status {
        401 | 403 => Door::Closed(answer.status),
        // The shell of an application is the same for everybody.
        200..300 if !answer.body_cut && !is_html(answer) => Door::Open,
        _ => Door::Other,
    }
}

fn is_html(answer: &HttpAnswer) -> bool {
    let kind = answer.first("content-type").unwrap_or("text/html");
    kind.to_ascii_lowercase().contains("html")
}

struct Answered {
    status: u16,
    token: Option<String>,
    says_second: bool,
}

fn send(
    traveller: &mut Traveller<'_>,
    api: &LoginApi,
    url: &Url,
    name: &str,
    password: &str,
) -> Result<Answered, HostError> {
    let mut fields = Map::new();
    fields.insert(api.name_field.clone(), name.into());
    fields.insert(api.password_field.clone(), password.into());
    let json = "application/json".to_owned();
    let origin = url.origin().ascii_serialization();
    let headers = vec![
        ("content-type".to_owned(), json.clone()),
        ("accept".to_owned(), json),
        ("origin".to_owned(), origin),
    ];
    let body = Json::Object(fields).to_string();
    let answer = traveller.ask(url, headers, Some(body))?;
    let answer = answer.ok_or_else(|| HostError::WrongKind(api.path.clone()))?;
    let said: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let at = |place: &Option<String>| place.as_deref().and_then(|p| said.pointer(p));
    let plain = |t: &&str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_graphic());
    let token = at(&api.token).and_then(Json::as_str).filter(plain);
    Ok(Answered {
        status: answer.status,
        token: token.map(str::to_owned),
        says_second: at(&api.second_step).is_some_and(says_yes),
    })
}

fn says_yes(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::Number(n) => n.as_f64() != Some(0.0),
        Json::String(text) => !matches!(text.as_str(), "" | "0" | "false" | "no" | "none"),
        Json::Array(list) => !list.is_empty(),
        Json::Object(map) => !map.is_empty(),
        Json::Bool(true) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_yes_is_a_second_step() {
        for (text, want) in [
            ("true", true),
            ("\"totp\"", true),
            ("[\"totp\"]", true),
            ("1", true),
            ("false", false),
            ("null", false),
            ("0", false),
            ("\"\"", false),
            ("[]", false),
            ("\"none\"", false),
        ] {
            assert_eq!(
                says_yes(&serde_json::from_str(text).unwrap()),
                want,
                "{text}"
            );
        }
    }
}
