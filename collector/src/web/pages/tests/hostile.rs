//! What agents and owners call things cannot break out of a page or mislead its reader.

#![expect(
    clippy::disallowed_methods,
    reason = "asks programs that are not ours what they read"
)]

use std::{fs, path::Path, process::Command};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use tower::ServiceExt;

use super::{
    super::table,
    seed::{Names, Province, get, plain, province},
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

/// What agents, feeds and people might write, each beginning as it would harm most.
const CORPUS: [&str; 16] = [
    "</td></tr></table><script>alert(1)</script><iframe src=javascript:alert(1)>",
    "\" onmouseover=alert(1) x=\"' onfocus='alert(1)' autofocus><svg onload=alert(1)>",
    "<!--<![CDATA[ --!> <plaintext> <textarea> <title> <style>*{display:none}</style>",
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}]8;;http://x\u{1b}\\\u{9b}31m\u{8}\u{7f}",
    "\u{202e}gpj.exe\u{2066}\u{2069}\u{61c}\u{200b}\u{2060}\u{feff}\u{ad}\u{e0041}",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r\n=HYPERLINK(\"http://x\",\"a\")\r\nSet-Cookie: a=b",
    " \u{a0}=1+1",
    "＝1+1",
    "]]><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e; &#x3c;b&#x3e; _x0041_\u{fffe}\u{ffff}",
    "../../../../etc/passwd\0.csv ${jndi:ldap://x} {{7*7}} %0d%0aSet-Cookie:%20a=b",
    "\u{301}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336} 👩\u{200d}👩\u{200d}👧 a\u{302}\u{301}",
];

/// Every page and every table of a province, written to files.
async fn write_all(province: &Province, to: &Path, stem: &str) {
    for (n, (route, _)) in table().into_iter().enumerate() {
        let path = province.a.path(route);
        let (status, _, body) = get(&province.app, &path, &province.a.cookie).await;
        assert!(status.is_success(), "{path}: {status}");
        fs::write(to.join(format!("{stem}-{n}.html")), body).unwrap();
    }
    let (host, system) = (&province.a.host, &province.a.system);
    for format in ["csv", "xlsx", "pdf"] {
        for path in [
            format!("/hosts/{host}/findings.{format}"),
            format!("/systems/{system}/scorecard.{format}"),
        ] {
            let what = path.rsplit('/').next().unwrap();
            let bytes = bytes(&province.app, &path, &province.a.cookie).await;
            fs::write(to.join(format!("{stem}-{what}")), bytes).unwrap();
        }
    }
}

async fn bytes(app: &Router, path: &str, cookie: &str) -> Vec<u8> {
    let request = Request::get(path)
        .header(header::COOKIE, format!("capdo={cookie}"))
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.status()
    );
    assert_eq!(
        response.headers()[header::X_CONTENT_TYPE_OPTIONS],
        "nosniff"
    );
    to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test]
async fn pages_and_tables_of_hostile_names_are_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let (hostile, harmless) = (dir.path().join("hostile"), dir.path().join("plain"));
    fs::create_dir(&hostile).unwrap();
    fs::create_dir(&harmless).unwrap();
    let long = "x".repeat(1 << 20);
    let plainly = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    for (n, text) in CORPUS.into_iter().chain([long.as_str()]).enumerate() {
        let names = Names {
            agency: text,
            host: text,
            account: text,
        };
        let province = province(&names, &plain("Xã B", "may-b")).await;
        write_all(&province, &hostile, &n.to_string()).await;
        write_all(&plainly, &harmless, &n.to_string()).await;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages/tests/harmless.py");
    let read = Command::new("/usr/bin/python3")
        .arg(script)
        .arg(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
}

#[tokio::test]
async fn tables_belong_to_their_agency_and_have_no_other_names() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let (a, b) = (&province.a, &province.b);
    for (path, good) in [
        (format!("/hosts/{}/findings.xlsx", a.host), true),
        (format!("/hosts/{}/findings.xlsx", b.host), false),
        (format!("/systems/{}/scorecard.csv", a.system), true),
        (format!("/systems/{}/scorecard.csv", b.system), false),
        (format!("/hosts/{}/scorecard.csv", a.host), false),
        (format!("/hosts/{}/findings.pdf", a.host), true),
        (format!("/hosts/{}/findings.pdf", b.host), false),
        (format!("/systems/{}/scorecard.pdf", b.system), false),
        (format!("/hosts/{}/findings.svg", a.host), false),
        (format!("/hosts/{}/findings.xlsx%2f..%2f..", a.host), false),
        (format!("/hosts/{}/..%2f..%2fetc%2fpasswd", a.host), false),
    ] {
        let app = province.app.clone();
        let request = |cookie: &str| {
            Request::get(&path)
                .header(header::COOKIE, format!("capdo={cookie}"))
                .body(Body::empty())
                .unwrap()
        };
        let own = app.clone().oneshot(request(&a.cookie)).await.unwrap();
        assert_eq!(own.status().is_success(), good, "{path}: {}", own.status());
        let stranger = app.oneshot(request("")).await.unwrap();
        assert!(!stranger.status().is_success(), "{path} is open");
    }
}
