//! What a reader sees when there is no page: in both languages, with nothing that tells more than
//! the status does.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use super::{
    shell::{Shell, lang_of},
    text::Text,
};
use crate::store::StoreError;

/// Why there is no page. [`dress`] turns it into one that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub StatusCode);

impl Failure {
    /// No such thing, or none that the reader may see.
    pub const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND);
    /// A defect, or stored data that cannot be read.
    pub const DEFECT: Self = Self(StatusCode::INTERNAL_SERVER_ERROR);
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NotFound { .. }) {
            return Self::NOT_FOUND;
        }
        tracing::error!(%error, "a page failed");
        Self::DEFECT
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be rendered");
        Self::DEFECT
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    s: Shell,
    what: String,
    next: String,
}

/// Gives every failed answer that is not a page yet a page in the reader's language.
pub async fn dress(request: Request, next: Next) -> Response {
    let wants = wants_page(request.uri(), request.headers());
    let text = Text::new(lang_of(request.uri(), request.headers()));
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !failed || is_page || !wants {
        return response;
    }
    let Ok(body) = failure_page(text, status) else {
        return response;
    };
    let mut dressed = (status, Html(body)).into_response();
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            dressed.headers_mut().append(name.clone(), value.clone());
        }
    }
    dressed
}

/// Browsers say that they want pages; programs are answered plainly.
fn wants_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let html = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    html && !uri.path().starts_with("/assets/")
}

/// The page for a status.
fn failure_page(text: Text, status: StatusCode) -> Result<String, askama::Error> {
    let code = match status {
        StatusCode::NOT_FOUND => "404",
        StatusCode::FORBIDDEN => "403",
        StatusCode::METHOD_NOT_ALLOWED => "405",
        StatusCode::TOO_MANY_REQUESTS => "429",
        _ if status.is_client_error() => "400",
        _ => "500",
    };
    let s = Shell {
        text,
        title: text.named("failure-title", code),
        crumbs: Vec::new(),
        path: "/".to_owned(),
        user: None,
        made_at: String::new(),
        trouble: None,
    };
    FailurePage {
        s,
        what: status.as_u16().to_string(),
        next: text.named("failure-next", code),
    }
    .render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    #[test]
    fn every_status_has_a_page_in_both_languages() {
        for lang in Lang::ALL {
            for status in [400, 403, 404, 405, 413, 429, 500, 503] {
                let status = StatusCode::from_u16(status).unwrap();
                let page = failure_page(Text::new(lang), status).unwrap();
                assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{page}");
                assert!(page.contains(status.as_str()), "{page}");
                assert!(!page.contains("failure-"), "a sentence is missing: {page}");
            }
        }
    }

    #[test]
    fn every_page_says_that_nothing_can_be_kept() {
        for (lang, words) in [(Lang::Vi, "đã đầy"), (Lang::En, "disk is full")] {
            let s = Shell {
                text: Text::new(lang),
                title: String::new(),
                crumbs: Vec::new(),
                path: "/".to_owned(),
                user: None,
                made_at: String::new(),
                trouble: Some("trouble-disk-full"),
            };
            let (what, next) = (String::new(), String::new());
            let page = FailurePage { s, what, next }.render().unwrap();
            assert!(
                page.contains(words) && page.contains("role=\"alert\""),
                "{page}"
            );
        }
    }

    #[test]
    fn what_is_not_the_readers_is_not_there() {
        let missing = StoreError::NotFound {
            what: "host",
            id: "1".to_owned(),
        };
        assert_eq!(Failure::from(missing), Failure::NOT_FOUND);
        let damaged = StoreError::Damaged {
            what: "host",
            id: "1".to_owned(),
        };
        assert_eq!(Failure::from(damaged), Failure::DEFECT);
    }
}
