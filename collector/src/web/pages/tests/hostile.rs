//! What agents and owners call things cannot break out of a page or mislead its reader.

use super::{
    super::table,
    seed::{Names, get, plain, province},
};

const HOSTILE: &str = "\"><script>alert(1)</script>'<img src=x onerror=a>\u{1b}[31m\u{202e}gpj.exe";

#[tokio::test]
async fn hostile_names_stay_text_everywhere() {
    let hostile = Names {
        agency: HOSTILE,
        host: HOSTILE,
        account: HOSTILE,
    };
    let province = province(&hostile, &plain("Xã B", "may-b")).await;
    for (route, _) in table() {
        let path = province.a.path(route);
        let (status, _, body) = get(&province.app, &path, &province.a.cookie).await;
        assert!(status.is_success(), "{path}: {status}");
        assert!(
            body.contains("&#60;script&#62;"),
            "{path} does not show the name"
        );
        for raw in ["<script", "<img", "onerror=a>", "\u{1b}", "\u{202e}"] {
            assert!(!body.contains(raw), "{path} holds {raw:?}");
        }
    }
}

#[tokio::test]
async fn addresses_are_not_echoed() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    for path in [
        "/hosts/%3Cscript%3E",
        "/?lang=%22%3E%3Cscript%3E",
        "/%22%3E%3Cscript%3E",
    ] {
        let (_, headers, body) = get(&province.app, path, &province.officer).await;
        assert!(
            !body.contains("<script") && !body.contains("%3Cscript"),
            "{path}: {body}"
        );
        assert!(!headers.contains_key("set-cookie"), "{path}");
    }
}
