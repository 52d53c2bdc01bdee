//! The form on which people sign in.

use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::{
    shell::{Shell, lang_of, page},
    text::Text,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    s: Shell,
    refused: bool,
}

/// The form; after a try that was refused it says so, and not why.
pub fn form(uri: &Uri, headers: &HeaderMap, refused: bool) -> Response {
    let text = Text::new(lang_of(uri, headers));
    let s = Shell {
        text,
        title: text.t("sign-in"),
        crumbs: Vec::new(),
        path: "/login".to_owned(),
        user: None,
        made_at: String::new(),
        trouble: None,
    };
    let status = if refused {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    (status, page(&SignInPage { s, refused })).into_response()
}
