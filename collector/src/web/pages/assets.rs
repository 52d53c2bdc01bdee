//! The style sheet and the icon, compiled in.

use std::sync::OnceLock;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use sha2::{Digest, Sha256};

const CSS: &str = include_str!("../../../assets/capdo.css");
const ICON: &str = include_str!("../../../assets/icon.svg");

/// Their addresses change with their content, so a browser may keep them.
const KEEP: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=31536000, immutable"),
);

/// Where the style sheet lies.
pub const CSS_PATH: &str = "/assets/capdo.css";
/// Where the icon lies.
pub const ICON_PATH: &str = "/assets/icon.svg";

/// The address of the style sheet with a mark of its content.
pub fn css_href() -> &'static str {
    static HREF: OnceLock<String> = OnceLock::new();
    HREF.get_or_init(|| {
        let digest = Sha256::digest(CSS.as_bytes());
        format!("{CSS_PATH}?v={}", hex::encode(&digest[..6]))
    })
}

/// The style sheet.
pub async fn css() -> impl IntoResponse {
    (
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/css; charset=utf-8"),
            ),
            KEEP,
        ],
        CSS,
    )
}

/// The icon.
pub async fn icon() -> impl IntoResponse {
    (
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("image/svg+xml"),
            ),
            KEEP,
        ],
        ICON,
    )
}
