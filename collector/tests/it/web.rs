//! The web's shell.

use reqwest::{Client, StatusCode, header, redirect::Policy};

use crate::site::{PASSWORD, Site};

fn client() -> Client {
    // Fails where another test was first, which is as good.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

async fn sign_in(site: &Site, password: &str) -> reqwest::Response {
    let password: String = password.bytes().map(|b| format!("%{b:02X}")).collect();
    client()
        .post(format!("http://{}/login", site.collector.web))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("login=lan&password={password}"))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in() {
    let site = Site::start().await;
    let url = format!("http://{}/whoami", site.collector.web);
    let answer = client().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = client()
        .get(&url)
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/login");
    assert!(
        answer
            .headers()
            .contains_key(header::CONTENT_SECURITY_POLICY)
    );
}

#[tokio::test]
async fn a_user_signs_in_and_out() {
    let site = Site::start().await;
    let answer = sign_in(&site, PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let set = answer.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax"),
        "{set}"
    );
    let cookie = set.split(';').next().unwrap();
    let whoami = format!("http://{}/whoami", site.collector.web);
    let ask = || client().get(&whoami).header(header::COOKIE, cookie).send();
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);

    let logout = format!("http://{}/logout", site.collector.web);
    let forged = client().post(&logout).header(header::COOKIE, cookie);
    let forged = forged
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    client()
        .post(&logout)
        .header(header::COOKIE, cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_idle_session_ends() {
    let site = Site::start().await;
    let answer = sign_in(&site, PASSWORD).await;
    let set = answer.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    site.clock.advance(capdo_collector::store::session::IDLE_MS);
    let whoami = format!("http://{}/whoami", site.collector.web);
    let cookie = set.split(';').next().unwrap();
    let answer = client()
        .get(&whoami)
        .header(header::COOKIE, cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let site = Site::start().await;
    let answer = sign_in(&site, "mật khẩu khác hẳn").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let site = Site::start().await;
    for path in ["healthz", "metrics"] {
        let url = format!("http://{}/{path}", site.collector.web);
        assert_eq!(
            client().get(&url).send().await.unwrap().status(),
            StatusCode::OK,
            "{path}"
        );
    }
}
