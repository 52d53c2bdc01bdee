//! Nobody sees what is not theirs, on any route there is.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use tower::ServiceExt as _;

use crate::store::{Scope, audit};

use super::{
    super::table,
    seed::{Ids, get, plain, province},
};

#[tokio::test]
async fn every_route_asks_who_is_there() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    for (route, _) in table() {
        for cookie in ["", "cookie-of-nobody"] {
            let path = province.a.path(route);
            let (status, headers, body) = get(&province.app, &path, cookie).await;
            assert!(status.is_redirection(), "{path}: {status}");
            assert_eq!(headers[header::LOCATION], "/login", "{path}");
            assert!(!body.contains("Xã A"), "{path}");
        }
    }
}

#[tokio::test]
async fn no_route_shows_what_belongs_to_another_agency() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    for (route, _) in table() {
        for (own, other) in [(&province.a, &province.b), (&province.b, &province.a)] {
            let path = other.path(route);
            let (status, _, body) = get(&province.app, &path, &own.cookie).await;
            if other.owns(route) {
                assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            } else {
                assert_eq!(status, StatusCode::OK, "{path}");
            }
            assert_nothing_of(other, &body, &path);
        }
    }
}

fn assert_nothing_of(other: &Ids, body: &str, path: &str) {
    // A page that is not found may name nothing; the address itself is the reader's own.
    let ids = [&other.host, &other.system, &other.agency, &other.endpoint];
    for secret in ids.into_iter().chain([&other.name]) {
        assert!(!body.contains(secret.as_str()), "{path} shows {secret}");
    }
}

#[tokio::test]
async fn every_route_shows_the_readers_own_in_both_languages() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    for (route, _) in table() {
        for lang in ["vi", "en"] {
            for cookie in [&province.a.cookie, &province.officer] {
                let path = format!("{}?lang={lang}", province.a.path(route));
                let (status, headers, body) = get(&province.app, &path, cookie).await;
                assert_eq!(status, StatusCode::OK, "{path}: {body}");
                assert!(body.contains(&format!("<html lang=\"{lang}\"")), "{path}");
                assert!(body.contains("Xã A"), "{path} does not name the agency");
                let kept = headers[header::SET_COOKIE].to_str().unwrap();
                assert!(kept.starts_with(&format!("capdo_lang={lang};")), "{kept}");
            }
        }
    }
}

#[tokio::test]
async fn an_officer_sees_every_agency() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let (_, _, body) = get(&province.app, "/", &province.officer).await;
    assert!(body.contains("Xã A") && body.contains("Xã B"));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let paths = [
        "/agencies/x",
        "/systems/x",
        "/hosts/x",
        "/endpoints/x",
        "/checks/x",
        "/controls/tcvn-14423-2026/x",
        "/controls/x/TK-14",
        "/nothing",
    ];
    for path in paths {
        let (status, _, body) = get(&province.app, path, &province.officer).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body.contains("Không tìm thấy"), "{path}: {body}");
    }
}

#[tokio::test]
async fn every_answer_is_locked_down() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let mut paths: Vec<String> = table()
        .iter()
        .map(|(route, _)| province.a.path(route))
        .collect();
    paths.extend([
        "/nothing".to_owned(),
        super::super::assets::CSS_PATH.to_owned(),
    ]);
    for path in paths {
        let (_, headers, body) = get(&province.app, &path, &province.officer).await;
        let csp = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe"), "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert!(headers.contains_key(header::REFERRER_POLICY), "{path}");
        let is_page = !path.starts_with("/assets");
        assert_eq!(
            headers[header::CACHE_CONTROL] == "no-store",
            is_page,
            "{path}"
        );
        for forbidden in ["<script", " style=", " onclick=", " src=", "href=\"http"] {
            assert!(
                !body.contains(forbidden) || !is_page,
                "{path} holds {forbidden}"
            );
        }
    }
}

#[tokio::test]
async fn who_reads_an_agencys_data_is_noted_once_and_shown_to_it() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let path = format!("/hosts/{}", province.a.host);
    for _ in 0..3 {
        let (status, ..) = get(&province.app, &path, &province.officer).await;
        assert_eq!(status, StatusCode::OK);
    }
    get(&province.app, &path, &province.a.cookie).await; // one's own is no secret from oneself
    let mut db = province.store.read().await.unwrap();
    let log = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    let read: Vec<_> = log
        .iter()
        .filter(|e| e.action.starts_with("read."))
        .collect();
    assert_eq!(read.len(), 1, "{read:?}");
    assert_eq!(
        (read[0].actor.as_str(), read[0].target.as_str()),
        ("officer", path.as_str())
    );
    assert_eq!(audit::verify(&mut db).await.unwrap(), None);
    drop(db);
    let (_, _, own) = get(&province.app, "/audit", &province.a.cookie).await;
    assert!(own.contains("officer") && own.contains(&path), "{own}");
    let (_, _, other) = get(&province.app, "/audit", &province.b.cookie).await;
    assert!(!other.contains(&path), "{other}");
}

#[tokio::test]
async fn every_page_and_every_file_that_an_officer_reads_is_noted() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let (host, system) = (&province.a.host, &province.a.system);
    let mut paths: Vec<String> = table().iter().map(|(r, _)| province.a.path(r)).collect();
    for format in ["csv", "xlsx", "pdf"] {
        paths.push(format!("/hosts/{host}/findings.{format}"));
        paths.push(format!("/systems/{system}/scorecard.{format}"));
    }
    paths.push("/software.csv".to_owned());
    for path in &paths {
        let request = Request::get(format!("{path}?q=openssl"))
            .header(header::COOKIE, format!("capdo={}", province.officer))
            .body(Body::empty())
            .unwrap();
        let answer = province.app.clone().oneshot(request).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
    let mut db = province.store.read().await.unwrap();
    let log = audit::list(&mut db, &Scope::All, None, 100).await.unwrap();
    for path in paths {
        let noted = log
            .iter()
            .any(|e| e.action.starts_with("read.") && e.target == path);
        assert!(noted, "{path} was read and is not on record: {log:?}");
    }
}
