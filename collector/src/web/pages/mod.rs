//! The pages, one file each: a struct with everything that its template shows, a pure function
//! that makes it from stored rows and the catalogue, and a thin handler.

pub mod agency;
pub mod assets;
pub mod audit;
pub mod check;
pub mod control;
pub mod download;
pub mod endpoint;
pub mod endpoints;
pub mod failure;
pub mod fixes;
pub mod headers;
pub mod home;
pub mod host;
pub mod host_findings;
pub mod host_fixes;
pub mod keys;
pub mod marks;
pub mod numbers;
pub mod probes;
pub mod shell;
pub mod sign_in_form;
pub mod software;
pub mod system;
pub mod system_controls;
pub mod system_hosts;
pub mod text;

#[cfg(test)]
mod tests;

use axum::{
    Router, middleware,
    routing::{MethodRouter, get},
};

use super::Shared;

/// Every page with its path. Nothing here is shown to anybody who is not signed in.
pub fn table() -> [(&'static str, MethodRouter<Shared>); 11] {
    [
        ("/", get(home::show)),
        ("/agencies/{id}", get(agency::show)),
        ("/systems/{id}", get(system::show)),
        ("/hosts/{id}", get(host::show)),
        ("/controls/{standard}/{id}", get(control::show)),
        ("/checks/{id}", get(check::show)),
        ("/software", get(software::show)),
        ("/endpoints/{id}", get(endpoint::show)),
        ("/probes", get(probes::show)),
        ("/keys", get(keys::show)),
        ("/audit", get(audit::show)),
    ]
}

/// The pages and what they load.
pub fn routes() -> Router<Shared> {
    let pages = table()
        .into_iter()
        .fold(Router::new(), |router, (path, page)| {
            router.route(path, page)
        });
    pages
        .route("/software.csv", get(software::csv))
        .route("/hosts/{id}/{table}", get(download::findings))
        .route("/systems/{id}/{table}", get(download::scorecard))
        .route(assets::CSS_PATH, get(assets::css))
        .route(assets::ICON_PATH, get(assets::icon))
}

/// Around every answer, the sign-in page included: pages for failures, and the headers.
pub fn dressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(middleware::from_fn(failure::dress))
        .layer(middleware::from_fn(headers::secure))
}
