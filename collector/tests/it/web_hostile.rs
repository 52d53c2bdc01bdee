//! Hostile browsers, and people who are lured to other sites.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode, header, redirect::Policy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::site::{HOUR_MS, PASSWORD, Site};

fn client() -> Client {
    client_at([127, 0, 0, 1])
}

fn client_at(address: [u8; 4]) -> Client {
    // Fails where another test was first, which is as good.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .local_address(IpAddr::from(address))
        .build()
        .unwrap()
}

fn form(site: &Site) -> reqwest::RequestBuilder {
    form_by(&client(), site)
}

fn form_by(client: &Client, site: &Site) -> reqwest::RequestBuilder {
    let password: String = PASSWORD.bytes().map(|b| format!("%{b:02X}")).collect();
    client
        .post(format!("http://{}/login", site.collector.web))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("login=lan&password={password}"))
}

/// Sends bytes as they are and gives what came until the end.
async fn raw(site: &Site, bytes: &[u8], within: Duration) -> String {
    let mut stream = TcpStream::connect(site.collector.web).await.unwrap();
    // The other end may close before all of it is sent.
    drop(stream.write_all(bytes).await);
    let mut said = Vec::new();
    let read = stream.read_to_end(&mut said);
    drop(tokio::time::timeout(within, read).await.expect("it ends"));
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused_and_slow_ones_end() {
    let site = Site::start().await;
    let large = form(&site).body("login=lan&password=".to_owned() + &"x".repeat(100_000));
    assert_eq!(
        large.send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let endless = "POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
                   Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n";
    let mut bytes = endless.as_bytes().to_vec();
    bytes.extend(
        b"4000\r\n"
            .iter()
            .chain(&[b'x'; 0x4000])
            .chain(b"\r\n")
            .copied()
            .collect::<Vec<u8>>()
            .repeat(20),
    );
    let said = raw(&site, &bytes, Duration::from_secs(20)).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    let began = Instant::now();
    let slow = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\nlogin=";
    let said = raw(&site, slow.as_bytes(), Duration::from_secs(50)).await;
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(45));
    assert_eq!(
        form(&site).send().await.unwrap().status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn connections_that_say_nothing_end() {
    let site = Site::start().await;
    for begun in ["", "GET /login HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
        let began = Instant::now();
        let said = raw(&site, begun.as_bytes(), Duration::from_secs(40)).await;
        assert!(!said.contains("200 OK"), "{said}");
        println!("{begun:?} ended after {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn one_address_keeps_nobody_else_from_signing_in() {
    let site = Site::start().await;
    let near = client();
    let mut refused = 0;
    // More than all together may try, each under another name, and then under the right one.
    for n in 0..1300 {
        let login = if n < 1280 {
            format!("a{n}")
        } else {
            "lan".to_owned()
        };
        let wrong = form_by(&near, &site).body(format!("login={login}&password=x"));
        let status = wrong.send().await.unwrap().status();
        refused += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 1280, "{refused}");
    let status = form(&site).send().await.unwrap().status();
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let far = form_by(&client_at([127, 0, 0, 2]), &site);
    assert_eq!(far.send().await.unwrap().status(), StatusCode::SEE_OTHER);
}

/// Sixty machines that guess one password are held back together; the owner, where it usually is, is not.
#[tokio::test]
async fn many_addresses_try_one_account_as_seldom_as_one_and_keep_its_owner_in() {
    let site = Site::start_as(|config| config.web.behind_tls_proxy = true).await;
    let by = client();
    let told = async |from: &str, is_right: bool| {
        let mut asked = form_by(&by, &site).header("X-Forwarded-For", format!("10.0.0.1, {from}"));
        if !is_right {
            asked = asked.body("login=lan&password=x");
        }
        asked.send().await.unwrap().status()
    };
    let usual = "2001:db8:1:2::7";
    assert_eq!(told(usual, true).await, StatusCode::SEE_OTHER);
    site.clock.advance(24 * HOUR_MS);
    let mut guesses = Vec::new();
    for n in 0..60 {
        guesses.push(told(&format!("203.0.113.{n}"), false).await);
    }
    assert_eq!(guesses[..20], [StatusCode::UNAUTHORIZED; 20]);
    assert_eq!(guesses[20..], [StatusCode::TOO_MANY_REQUESTS; 40]);
    let elsewhere = "198.51.100.1";
    let status = told(elsewhere, true).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "elsewhere");
    // Another machine of the owner's network.
    assert_eq!(told("2001:db8:1:2::9", true).await, StatusCode::SEE_OTHER);
    // A minute later from anywhere, which is then where the owner usually is.
    site.clock.advance(60_000);
    assert_eq!(told(elsewhere, true).await, StatusCode::SEE_OTHER);
    for n in 100..130 {
        told(&format!("203.0.113.{n}"), false).await;
    }
    assert_eq!(told(elsewhere, true).await, StatusCode::SEE_OTHER);
    // After thirty days without it no longer.
    site.clock.advance(31 * 24 * HOUR_MS);
    for n in 0..30 {
        told(&format!("203.0.113.{n}"), false).await;
    }
    let status = told(usual, true).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "long ago");
}

#[tokio::test]
async fn a_session_is_never_one_that_the_visitor_brought() {
    let site = Site::start().await;
    let brought = "capdo=0123456789abcdef0123456789abcdef";
    let answer = form(&site)
        .header(header::COOKIE, brought)
        .send()
        .await
        .unwrap();
    let set = answer.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    let given = set.split(';').next().unwrap();
    assert_ne!(given, brought);
    let again = form(&site)
        .header(header::COOKIE, given)
        .send()
        .await
        .unwrap();
    let set = again.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert_ne!(
        set.split(';').next().unwrap(),
        given,
        "a sign-in keeps the old session"
    );
    let whoami = format!("http://{}/whoami", site.collector.web);
    let ask = client().get(whoami).header(header::COOKIE, brought);
    assert_eq!(ask.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_sites_cannot_sign_anybody_in_or_out() {
    let site = Site::start().await;
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
    ] {
        let answer = form(&site).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE));
    }
    let answer = client().get(format!("http://{}/logout", site.collector.web));
    assert_eq!(
        answer.send().await.unwrap().status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn addresses_and_headers_bring_nothing_into_an_answer() {
    let site = Site::start().await;
    for target in [
        "/login?lang=vi%0d%0aSet-Cookie:%20a=b",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/../../../etc/passwd",
        "//evil.example/%2e%2e",
        "/hosts/%00",
        "/software.csv?q=%0d%0aX:%20y",
    ] {
        let ask = format!(
            "GET {target} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"
        );
        let said = raw(&site, ask.as_bytes(), Duration::from_secs(20)).await;
        let head = said.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(
            !head.contains("a=b") && !head.contains("\nx: y"),
            "{target}: {head}"
        );
        assert!(
            !said.contains("evil.example") && !said.contains("root:"),
            "{target}: {said}"
        );
        assert!(
            head.contains("content-security-policy: default-src 'none'"),
            "{head}"
        );
    }
    let two = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\
               Connection: close\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let said = raw(&site, two.as_bytes(), Duration::from_secs(40)).await;
    assert!(
        said.matches("HTTP/1.1 ").count() <= 1,
        "a request was smuggled: {said}"
    );
}
