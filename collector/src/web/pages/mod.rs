//! The pages, one file each: a struct with everything that its template shows, a pure function
//! that makes it from stored rows and the catalogue, and a thin handler.

mod agency;
mod assets;
mod check;
mod control;
mod failure;
mod fixes;
mod headers;
mod home;
mod host;
mod host_findings;
mod marks;
mod numbers;
mod shell;
mod system;
mod system_controls;
mod system_hosts;
mod text;

#[cfg(test)]
mod tests;

use axum::{
    Router, middleware,
    routing::{MethodRouter, get},
};

use super::Web;

/// Every page with its path. Nothing here is shown to anybody who is not signed in.
pub fn table() -> [(&'static str, MethodRouter<Web>); 6] {
    [
        ("/", get(home::show)),
        ("/agencies/{id}", get(agency::show)),
        ("/systems/{id}", get(system::show)),
        ("/hosts/{id}", get(host::show)),
        ("/controls/{standard}/{id}", get(control::show)),
        ("/checks/{id}", get(check::show)),
    ]
}

/// The pages and what they load.
pub fn routes() -> Router<Web> {
    let pages = table()
        .into_iter()
        .fold(Router::new(), |router, (path, page)| router.route(path, page));
    pages
        .route(assets::CSS_PATH, get(assets::css))
        .route(assets::ICON_PATH, get(assets::icon))
}

/// Around every answer, the sign-in page included: pages for failures, and the headers.
pub fn dressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(middleware::from_fn(failure::dress))
        .layer(middleware::from_fn(headers::secure))
}
