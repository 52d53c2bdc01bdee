//! Signing in and out.

use std::net::IpAddr;

use axum::{
    Form, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    Authenticated, ClientAddress, Shared,
    pages::sign_in_form::form,
    session_key,
    tries::USUAL_MS,
    visitor::{cookie, cookie_name},
};
use crate::{
    identity::{password, secret},
    ingest::strikes::network,
    metric::Metric,
    store::{
        Scope, StoreError,
        audit::{self, Event},
        session, user,
        user::User,
    },
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/login", get(page).post(sign_in))
        .route("/logout", post(sign_out))
        .route("/whoami", get(whoami))
}

/// What the form sends.
#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: Zeroizing<String>,
}

async fn page(uri: Uri, headers: HeaderMap) -> Response {
    form(&uri, &headers, false)
}

/// Who is signed in, for programs.
async fn whoami(visitor: Authenticated) -> axum::response::Json<serde_json::Value> {
    axum::response::Json(json!({ "login": visitor.user.login, "role": visitor.user.role }))
}

async fn sign_in(
    State(web): State<Shared>,
    ConnectInfo(from): ConnectInfo<ClientAddress>,
    uri: Uri,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Response {
    let from = web.front.visitor(from.0, &headers);
    let (address, login) = (from.to_string(), credentials.login.clone());
    let is_usual = match admit(&web, &login, from).await {
        Ok(Some(is_usual)) => is_usual,
        Ok(None) => {
            Metric::SignInRefused.add(1);
            return (StatusCode::TOO_MANY_REQUESTS, "Thử lại sau một phút.\n").into_response();
        }
        Err(error) => return failed(&error),
    };
    match try_sign_in(&web, credentials, &address).await {
        Ok(Some(cookie)) => {
            web.tries.was_right(&login, is_usual, web.clock.now_ms());
            let set = set_cookie(&web, &cookie, session::LIFE_MS / 1000);
            ([(header::SET_COOKIE, set)], Redirect::to("/")).into_response()
        }
        Ok(None) => {
            Metric::SignInRefused.add(1);
            form(&uri, &headers, true)
        }
        Err(error) => failed(&error),
    }
}

/// Whether somebody may try to sign in; with whether the account usually does so from there. Whoever tries too often
/// is held back before the password is looked at.
async fn admit(web: &Shared, login: &str, from: IpAddr) -> Result<Option<bool>, StoreError> {
    let (now, from) = (web.clock.now_ms(), network(from));
    if !web.tries.may_come(from, now) {
        return Ok(None);
    }
    let mut db = web.store.read().await?;
    let usual = audit::signed_in_from(&mut db, login, now - USUAL_MS).await?;
    let is_usual = usual.into_iter().any(|address| network(address) == from);
    Ok(Some(is_usual).filter(|_| web.tries.may_try(login, is_usual, now)))
}

/// The cookie of a new session; `None` when login and password do not fit.
async fn try_sign_in(
    web: &Shared,
    form: Credentials,
    address: &str,
) -> Result<Option<Zeroizing<String>>, StoreError> {
    let found = user::find(&mut *web.store.read().await?, &Scope::All, &form.login).await;
    let found = match found {
        Ok(user) => Some(user).filter(|u| u.disabled_at.is_none()),
        Err(StoreError::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let hash = found.as_ref().map(|u| u.password_hash.clone());
    let fits = password::verify(form.password, hash).await;
    let Some(user) = found.filter(|_| fits) else {
        tracing::warn!(%address, "a sign-in was refused");
        return Ok(None);
    };
    let Ok(cookie) = secret::text() else {
        return Ok(None);
    };
    let now = web.clock.now_ms();
    let mut tx = web.store.write().await?;
    session::add(&mut tx, &session_key(&cookie), &user.id, now).await?;
    let detail = json!({ "from": address });
    audit::append(&mut tx, &event(&user, "user.sign-in", detail), now).await?;
    tx.commit().await?;
    Ok(Some(cookie))
}

async fn sign_out(
    State(web): State<Shared>,
    headers: HeaderMap,
    visitor: Authenticated,
) -> Response {
    let ended = async {
        let now = web.clock.now_ms();
        let mut tx = web.store.write().await?;
        if let Some(cookie) = cookie(&headers, web.front.is_secure()) {
            session::remove(&mut tx, &session_key(cookie)).await?;
        }
        audit::append(
            &mut tx,
            &event(&visitor.user, "user.sign-out", json!({})),
            now,
        )
        .await?;
        Ok::<_, StoreError>(tx.commit().await?)
    };
    match ended.await {
        Ok(()) => {
            let set = set_cookie(&web, "", 0);
            ([(header::SET_COOKIE, set)], Redirect::to("/login")).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn event<'a>(user: &'a User, action: &'static str, detail: serde_json::Value) -> Event<'a> {
    let agency_id = user.agency_id.as_deref();
    Event {
        actor: &user.login,
        action,
        agency_id,
        target: &user.id,
        detail,
    }
}

fn set_cookie(web: &Shared, value: &str, max_age_s: i64) -> HeaderValue {
    let secure = if web.front.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let name = cookie_name(web.front.is_secure());
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "signing in or out failed");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Lỗi máy chủ, thử lại sau.\n",
    )
        .into_response()
}
