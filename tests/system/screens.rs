//! What people see: nothing without signing in, everything after.
#![expect(clippy::disallowed_methods, reason = "starts a browser")]

use std::process::Command;

use capdo_tests::{Stage, eventually};
use reqwest::{blocking::Client, redirect::Policy};

fn browser() -> Client {
    // The second one to ask finds it there already.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

fn sign_in(stage: &Stage, login: &str, password: &str) -> Client {
    let client = browser();
    let url = format!("http://127.0.0.1:{}/login", stage.web);
    let form = [("login", login), ("password", password)];
    let answer = client.post(url).form(&form).send().unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
    client
}

#[test]
fn an_officer_follows_the_number_down_to_the_evidence() {
    let stage = Stage::new();
    let made = stage.ok(&["user", "add", "canbo", "--role", "officer"]);
    let password = made["password"].as_str().unwrap().to_owned();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let _service = agent.serve();
    eventually("evidence", || {
        stage.score()["coverage_bp"].as_u64().filter(|bp| *bp > 0)
    });
    let page = |client: &Client, path: &str| {
        let answer = client
            .get(format!("http://127.0.0.1:{}{path}", stage.web))
            .send()
            .unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    };

    let system = stage.ok(&["system", "list"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = stage.ok(&["host", "list"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let paths = [
        "/".to_owned(),
        format!("/systems/{system}"),
        format!("/hosts/{host}"),
        "/controls/tcvn-14423-2026/TK-14".to_owned(),
        "/checks/account.uid-zero".to_owned(),
    ];
    let stranger = browser();
    for path in &paths {
        let (status, text) = page(&stranger, path);
        assert!(
            (300..400).contains(&status) || status == 401,
            "{path}: {status}"
        );
        assert!(
            !text.contains("TK-14"),
            "{path} is readable without signing in"
        );
    }
    let officer = sign_in(&stage, "canbo", &password);
    for path in &paths {
        let (status, text) = page(&officer, path);
        assert_eq!(status, 200, "{path}");
        assert!(text.contains("<html lang=\"vi\""), "{path}");
    }
    assert!(page(&officer, &paths[0]).1.contains("UBND xã Thử"));
    assert!(page(&officer, &paths[2]).1.contains("account.uid-zero"));
}

#[test]
fn machines_on_this_host_read_health_and_metrics() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let (client, base) = (browser(), format!("http://127.0.0.1:{}", stage.web));
    let status = |path: &str| {
        client
            .get(format!("{base}{path}"))
            .send()
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!((status("/healthz"), status("/metrics")), (200, 200));
    let passed_on = client
        .get(format!("{base}/metrics"))
        .header("X-Forwarded-For", "198.51.100.7");
    assert_eq!(
        passed_on.send().unwrap().status().as_u16(),
        404,
        "nobody behind a proxy does"
    );
}

#[test]
fn the_login_page_renders_in_a_real_browser() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let profile = stage.path().join("profile");
    let output = Command::new("chromium")
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://127.0.0.1:{}/login", stage.web))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(
        dom.contains("<form") && dom.contains("type=\"password\""),
        "{dom}"
    );
}
