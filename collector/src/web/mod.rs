//! What people see: pages that are rendered here and work without scripts.

pub mod pages;

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::Redirect,
};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    store::{Scope, Store, session, user::User},
};

/// What every page shares. Cheap to clone.
pub type Shared = Arc<Web>;

/// What the pages are made from.
pub struct Web {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Evidence older than this counts as stale, in milliseconds.
    pub max_age_ms: i64,
}

/// Who is signed in; anybody else is sent to the sign-in page.
pub struct Authenticated {
    /// The person.
    pub user: User,
    /// What the person may see.
    pub scope: Scope,
}

impl FromRequestParts<Shared> for Authenticated {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Redirect> {
        let denied = || Redirect::to("/login");
        let cookies = parts.headers.get(header::COOKIE).and_then(|c| c.to_str().ok());
        let pairs = cookies.unwrap_or_default().split(';');
        let id = pairs.filter_map(|p| p.trim().split_once('=')).find(|(n, _)| *n == "capdo");
        let (_, id) = id.ok_or_else(denied)?;
        let sha256 = Sha256::digest(id.as_bytes()).into();
        let mut db = web.store.read().await.map_err(|_| denied())?;
        let found = session::user(&mut db, &sha256, web.clock.now_ms()).await;
        let (user, _) = found.ok().flatten().ok_or_else(denied)?;
        Ok(Self { scope: user.scope(), user })
    }
}

/// Every page.
pub fn router(web: Shared) -> Router {
    pages::dressed(pages::routes()).with_state(web)
}
