//! The program itself, as whoever runs the collector sees it.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test"
)]

use std::{
    path::Path,
    process::{Command, Output},
};

use capdo_proto::v1::Verdict;
use serde_json::Value;

use crate::{
    agent::{Agent, blind, checks},
    site::Site,
};

pub(crate) fn collector(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_capdo-collector"))
        .env_clear()
        .arg("--data")
        .arg(data)
        .args(args)
        .output()
        .unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!("{}{stderr}", String::from_utf8_lossy(&output.stdout))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_verdict_shows_in_the_findings_of_its_host() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let mut lie = blind(checks(1)[0], "x");
    lie.claimed_verdict = Verdict::Pass.into();
    let state = [lie];
    stream.complete(&agent.run(1, &told, &state), &state).await;

    let findings = |more: &[&str]| {
        let args = [&["host", "findings", &agent.host_id][..], more].concat();
        let output = collector(site.dir.path(), &args);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let list: Value = serde_json::from_str(&findings(&["--json"])).unwrap();
    assert_eq!(list[0]["claim_mismatch"], true);
    assert_eq!(list[0]["verdict"], "unknown");
    assert_eq!(list[0]["claimed_verdict"], "pass");
    let text = findings(&["--lang", "en"]);
    assert!(text.contains("NOT ASSESSED"), "{text}");
    assert!(text.contains("The agent claimed PASS"), "{text}");
    assert!(findings(&[]).contains("Tác tử khai ĐẠT"));
}

#[test]
fn an_unknown_key_is_named_with_file_and_line_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("collector.toml");
    std::fs::write(&file, "[web]\n\nlissten = \"127.0.0.1:1\"\n").unwrap();
    for (lang, line) in [("vi", "dòng 3"), ("en", "line 3")] {
        let output = collector(dir.path(), &["config", "check", "--lang", lang]);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(64), "{words}");
        assert!(
            words.contains(&format!("{}, {line}: ", file.display())),
            "{words}"
        );
        assert!(
            words.contains("`lissten`") && words.contains("`listen`"),
            "{words}"
        );
    }
    let output = collector(dir.path(), &["agency", "list", "--json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["code"], "config-unknown-key");
}

#[test]
fn what_cannot_be_done_is_said_in_the_readers_language() {
    let dir = tempfile::tempdir().unwrap();
    let words = said(&collector(dir.path(), &["agency", "list"]));
    assert!(words.contains("chưa được chuẩn bị"), "{words}");
    let words = said(&collector(dir.path(), &["agency", "list", "--lang=en"]));
    assert!(words.contains("is not set up"), "{words}");
    let output = collector(dir.path(), &["agency", "lst"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(said(&output).contains("Không có lệnh “lst”"));
    let output = collector(
        dir.path(),
        &["token", "add", "--system", "x", "--hours", "0"],
    );
    assert!(
        said(&output).contains("Có thể dùng: 1-720"),
        "{}",
        said(&output)
    );
    let help = said(&collector(dir.path(), &["user", "add", "--help"]));
    assert!(
        help.contains("Cách dùng") && help.contains("sysadmin"),
        "{help}"
    );
    assert!(!help.contains("possible values"), "{help}");
}

#[test]
fn a_folder_is_set_up_once_and_its_files_are_where_the_unit_looks() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let output = collector(&data, &["init", "--name", "localhost", "--lang", "en"]);
    assert!(output.status.success(), "{}", said(&output));
    let config = data.join("collector.toml");
    assert!(said(&output).contains(&config.display().to_string()));
    let unit =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd/capdo-collector.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    let wanted: Vec<&str> = unit
        .lines()
        .filter_map(|l| l.strip_prefix("ConditionPathExists=/var/lib/capdo-collector/"))
        .collect();
    assert!(!wanted.is_empty());
    for file in wanted {
        assert!(data.join(file).exists(), "init writes no {file}");
    }
    let again = collector(&data, &["init", "--lang", "en"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("exists already"), "{}", said(&again));
    let list = collector(&data, &["host", "show", "nobody", "--lang", "en"]);
    assert!(
        said(&list).contains("There is no host “nobody”"),
        "{}",
        said(&list)
    );
}

#[test]
fn packages_get_man_pages_and_completions() {
    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("man");
    let output = collector(dir.path(), &["man", pages.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(pages.join("capdo-collector.1").exists());
    for shell in ["bash", "fish", "zsh"] {
        let output = collector(dir.path(), &["completions", shell]);
        assert!(said(&output).contains("findings"), "{shell}");
    }
    let version = collector(dir.path(), &["--version"]);
    assert!(said(&version).starts_with("capdo-collector "));
    let help = said(&collector(dir.path(), &["--help"]));
    assert!(!help.contains("completions"), "{help}");
}
