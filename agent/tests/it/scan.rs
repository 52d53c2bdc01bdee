//! `scan` of a folder that stands for a host.

use serde_json::Value;

use crate::program::{Ran, agent, agent_with, host, text};

const GOOD: &str = "root:x:0:0:root:/root:/bin/bash\n";
const BAD: &str = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n";
const CHECK: &str = "account.uid-zero";

fn scan(passwd: &str, more: &[&str]) -> Ran {
    let dir = host(passwd);
    let mut args = vec!["scan", "--root", text(dir.path()), "--only", CHECK];
    args.extend(more);
    agent(&args)
}

#[test]
fn exit_status_follows_the_worst_verdict() {
    assert_eq!(scan(GOOD, &[]).code, 0);
    assert_eq!(scan(BAD, &[]).code, 1);
    assert_eq!(scan("", &[]).code, 2);
}

#[test]
fn the_table_is_for_people() {
    let ran = scan(BAD, &[]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "may-chu-1 (debian 12), cấp độ 2, tcvn-14423-2026");
    assert_eq!(lines[2], "Tài khoản");
    assert_eq!(
        lines[3],
        "  KHÔNG ĐẠT      account.uid-zero  \
         Chỉ tài khoản root có mã người dùng (UID) bằng 0"
    );
    assert!(lines[4].ends_with("toor."), "{}", ran.stdout);
    assert!(lines[6].starts_with("1 không đạt, 0 chưa đánh giá được"));
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
    assert_eq!(ran.stderr, "", "no progress bar in a pipe");
}

#[test]
fn the_language_follows_flag_and_environment() {
    assert!(scan(BAD, &["--lang", "en"]).stdout.contains("FAIL"));
    let dir = host(BAD);
    let args = ["scan", "--root", text(dir.path()), "--only", CHECK];
    let ran = agent_with(&args, &[("LANG", "en_US.UTF-8")], "");
    assert!(
        ran.stdout.contains("1 fail, 0 not assessed"),
        "{}",
        ran.stdout
    );
}

#[test]
fn json_has_the_documented_shape() {
    let ran = scan(BAD, &["--json", "--level", "3"]);
    assert_eq!(ran.code, 1);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    let expected = [
        "agent_version",
        "cost",
        "findings",
        "finished_at",
        "format",
        "host",
        "lang",
        "level",
        "standard",
        "started_at",
        "totals",
        "window",
    ];
    assert_eq!(keys, expected);
    assert_eq!(json["format"], "capdo-scan/1");
    assert_eq!(json["window"], "image");
    assert_eq!(json["level"], 3);
    assert_eq!(json["host"]["hostname"], "may-chu-1");
    assert_eq!(
        json["host"]["machine_id_sha256"].as_str().unwrap().len(),
        64
    );
    assert_eq!(json["totals"]["fail"], 1);
    assert!(json["cost"]["peak_rss_kib"].as_u64().unwrap() > 0);
    let finding = &json["findings"][0];
    assert_eq!(finding["check"], CHECK);
    assert_eq!(finding["subject"]["kind"], "host");
    assert_eq!(finding["verdict"], "fail");
    assert_eq!(finding["reason_key"], "fail");
    assert_eq!(finding["facts"][0]["vantage"], "configured");
    assert_eq!(finding["facts"][0]["source"], "/etc/passwd");
    assert!(finding["fix"].as_str().unwrap().contains("usermod"));
    assert!(finding["took_ms"].is_u64());
    assert!(finding["controls"].is_array());
}

#[test]
fn json_is_the_same_in_both_languages_but_for_the_sentences() {
    let strip = |more: &[&str]| {
        let mut json: Value = serde_json::from_str(&scan(BAD, more).stdout).unwrap();
        let finding = &json["findings"][0];
        let kept = (finding["reason_key"].clone(), finding["facts"].clone());
        (kept, json["totals"].take())
    };
    assert_eq!(strip(&["--json"]), strip(&["--json", "--lang", "en"]));
}

#[test]
fn hostile_names_reach_the_terminal_harmless() {
    let evil = "root:x:0:0::/root:/bin/sh\n\u{1b}]0;x\u{7}evil\u{202e}:x:0:0::/:/bin/sh\n";
    let ran = scan(evil, &[]);
    assert!(
        !ran.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let ran = agent(&["scan", "--only", "acount.uid-zero"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("account.uid-zero"), "{}", ran.stderr);
}

#[test]
fn a_family_is_as_good_as_its_checks() {
    let dir = host(GOOD);
    let args = [
        "scan",
        "--json",
        "--root",
        text(dir.path()),
        "--only",
        "account",
    ];
    let json: Value = serde_json::from_str(&agent(&args).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.iter().any(|f| f["check"] == CHECK));
    assert!(findings.iter().all(|f| f["family"] == "account"));
}

#[test]
fn a_root_that_is_not_there_is_a_usage_error() {
    let ran = agent(&["scan", "--root", "/no/such/folder", "--lang", "en"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("/no/such/folder"), "{}", ran.stderr);
}
