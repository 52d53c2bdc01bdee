//! Who looks at a page, and what they may see.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{Shared, session_key};
use crate::store::{
    Scope, Store, session,
    user::{Role, User},
};

/// The cookie where browsers come over TLS.
const SECURE_COOKIE: &str = "__Host-capdo";
/// The cookie on loopback in clear text.
const PLAIN_COOKIE: &str = "capdo";

/// A user who has signed in. A page that takes this is closed to everyone else.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user.
    pub user: User,
    /// What the user may see: to be handed to every read of the store.
    pub scope: Scope,
}

impl Authenticated {
    /// Whether the user has one of these roles.
    pub fn is(&self, roles: &[Role]) -> bool {
        roles.contains(&self.user.role)
    }
}

/// Nobody has signed in: browsers are sent to the page where one can, programs are told.
#[derive(Debug)]
pub struct NotSignedIn {
    to_page: bool,
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        if self.to_page {
            Redirect::to("/login").into_response()
        } else {
            (StatusCode::UNAUTHORIZED, "sign in first\n").into_response()
        }
    }
}

impl FromRequestParts<Shared> for Authenticated {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, NotSignedIn> {
        let found = find(&parts.headers, web).await;
        found.ok_or_else(|| NotSignedIn {
            to_page: parts.method == Method::GET && html(parts),
        })
    }
}

impl OptionalFromRequestParts<Shared> for Authenticated {
    type Rejection = NotSignedIn;

    async fn from_request_parts(
        parts: &mut Parts,
        web: &Shared,
    ) -> Result<Option<Self>, NotSignedIn> {
        Ok(find(&parts.headers, web).await)
    }
}

/// The name of the session cookie.
pub(super) fn cookie_name(secure: bool) -> &'static str {
    if secure { SECURE_COOKIE } else { PLAIN_COOKIE }
}

/// The session cookie of a request.
pub(super) fn cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let name = cookie_name(secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .filter(|value| (1..=128).contains(&value.len()))
}

async fn find(headers: &HeaderMap, web: &Shared) -> Option<Authenticated> {
    let key = session_key(cookie(headers, web.front.is_secure())?);
    let now = web.clock.now_ms();
    let looked_up = async {
        let found = session::user(&mut *web.store.read().await?, &key, now).await?;
        if let Some((_, true)) = found {
            touch(web.store.clone(), key, now);
        }
        Ok::<_, crate::store::StoreError>(found)
    };
    match looked_up.await {
        Ok(found) => found.map(|(user, _)| Authenticated {
            scope: user.scope(),
            user,
        }),
        Err(error) => {
            tracing::error!(%error, "a session could not be looked up");
            None
        }
    }
}

/// Notes that a session is in use, beside the request: a store that is full or held by others must not
/// shut out who only reads. Where the writer is busy, the next request notes it.
fn touch(store: Store, key: [u8; 32], now: i64) {
    tokio::spawn(async move {
        let touched = async {
            if let Some(mut tx) = store.write_if_free().await? {
                session::touch(&mut tx, &key, now).await?;
                tx.commit().await?;
            }
            Ok::<_, crate::store::StoreError>(())
        };
        if let Err(error) = touched.await {
            tracing::warn!(%error, "the use of a session is not noted");
        }
    });
}

fn html(parts: &Parts) -> bool {
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok());
    accept.is_some_and(|a| a.contains("text/html"))
}
