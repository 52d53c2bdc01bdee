//! `checks list` and `checks show`.

use serde_json::Value;

use crate::program::agent;

#[test]
fn the_list_names_every_check_with_its_title() {
    let ran = agent(&["checks", "list", "--lang", "en"]);
    assert_eq!(ran.code, 0);
    let line = ran
        .stdout
        .lines()
        .find(|l| l.starts_with("account.uid-zero "));
    assert!(line.unwrap().ends_with("Only root has user id 0"));
    let json: Value = serde_json::from_str(&agent(&["checks", "list", "--json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), ran.stdout.lines().count());
    let listed = |id: &str| {
        let mut all = json.as_array().unwrap().iter();
        all.find(|p| p["id"] == id).unwrap()["made_by"].clone()
    };
    for check in capdo_checks::registry::all() {
        assert_eq!(listed(check.meta().id), "agent");
    }
    for check in capdo_checks::registry::collected() {
        let id = check.meta().id;
        assert_eq!(listed(id), "collector");
        let line = ran
            .stdout
            .lines()
            .find(|l| l.starts_with(&format!("{id} ")));
        assert!(
            line.unwrap().ends_with("(made by the collector)"),
            "{line:?}"
        );
    }
}

#[test]
fn a_page_says_why_how_to_confirm_and_how_to_fix() {
    let ran = agent(&["checks", "show", "account.uid-zero"]);
    assert_eq!(ran.code, 0);
    for heading in [
        "Vì sao cần",
        "Tự xác nhận",
        "Khắc phục",
        "Yêu cầu của từng cấp độ",
    ] {
        assert!(ran.stdout.contains(heading), "{heading}: {}", ran.stdout);
    }
    let json = agent(&["checks", "show", "account.uid-zero", "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["severity"], "critical");
    assert_eq!(json["levels"].as_array().unwrap().len(), 5);
    assert_eq!(json["fix"][0]["platform"], "any");
}

#[test]
fn an_unknown_check_names_the_nearest() {
    let ran = agent(&["checks", "show", "account.uid-zer", "--lang", "en"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.contains("Nearest: account.uid-zero"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_check_that_the_collector_makes_is_not_called_missing() {
    for check in capdo_checks::registry::collected() {
        let id = check.meta().id;
        let told = [
            ("en", "is made by the collector"),
            ("vi", "do máy thu thập thực hiện"),
        ];
        for (lang, words) in told {
            let ran = agent(&["scan", "--only", id, "--lang", lang]);
            assert_eq!(ran.code, 64, "{id}");
            let said = ran.stderr;
            assert!(said.contains(words) && said.contains(id), "{said}");
        }
    }
}
