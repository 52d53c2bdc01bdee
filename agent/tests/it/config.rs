//! `config check`.

use crate::program::{agent, text};

fn check(toml: &str, lang: &str) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("agent.toml");
    std::fs::write(&file, toml).unwrap();
    let ran = agent(&["config", "check", text(&file), "--lang", lang]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    (ran.code, said.replace(text(dir.path()), "DIR"))
}

#[test]
fn a_full_file_is_fine() {
    let toml = r#"
        lang = "vi"
        state_dir = "/var/lib/capdo-agent"
        log_format = "json"
        tpm = "/dev/tpm0"

        [collector]
        address = "thuthap.example.gov.vn:8443"
        ca_file = "/etc/capdo/ca.pem"

        [schedule]
        interval = "24h"
        jitter = "1h"

        [budget]
        cpu = "2m"
        memory_mib = 64

        [guest]
        capabilities = { CAP_NET_ADMIN = ["net.brute-force"] }

        [declared]
        expected_ports = [22, 443]
        approved_dns = ["10.0.0.1"]
        endpoints = [{ host = "127.0.0.1", port = 443, kind = "https", name = "www.example.gov.vn" }]
    "#;
    assert_eq!(
        check(toml, "en"),
        (0, "DIR/agent.toml: no problem found.\n".to_owned())
    );
    assert_eq!(
        check("", "vi"),
        (0, "DIR/agent.toml: không thấy chỗ nào sai.\n".to_owned())
    );
}

#[test]
fn a_tpm_is_named_by_its_path_or_by_a_word() {
    for fine in ["auto", "off", "/run/swtpm/tpm"] {
        assert_eq!(check(&format!("tpm = \"{fine}\"\n"), "en").0, 0, "{fine}");
    }
    let en = "DIR/agent.toml:1: `tpm` is not an absolute path. Begin it with “/”.\n";
    assert_eq!(check("tpm = \"on\"\n", "en"), (64, en.to_owned()));
}

#[test]
fn an_unknown_key_is_named_with_its_line_in_both_languages() {
    let toml = "lang = \"vi\"\n\n[schedule]\nintervall = \"24h\"\n";
    let en = "DIR/agent.toml:4: unknown key `intervall`. Did you mean `interval`?\n";
    assert_eq!(check(toml, "en"), (64, en.to_owned()));
    let vi = "DIR/agent.toml:4: không có khóa `intervall`. Có phải ý bạn là `interval`?\n";
    assert_eq!(check(toml, "vi"), (64, vi.to_owned()));
}

#[test]
fn rules_across_keys_are_told_all_at_once() {
    let toml = "[schedule]\ninterval = \"1h\"\njitter = \"2h\"\n[collector]\naddress = \"x\"\n";
    let (code, said) = check(toml, "en");
    assert_eq!(code, 64);
    assert!(
        said.contains("DIR/agent.toml:3: `schedule.jitter` is longer"),
        "{said}"
    );
    assert!(
        said.contains("DIR/agent.toml:5: `collector.address` is “x”"),
        "{said}"
    );
}

#[test]
fn a_missing_file_says_the_way_out() {
    let ran = agent(&["config", "check", "/no/such.toml", "--lang", "en"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("/no/such.toml") && ran.stderr.contains("--config"));
}

#[test]
fn a_file_that_everybody_may_write_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("agent.toml");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let ran = agent(&["config", "check", text(&file), "--lang", "en"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("chmod o-w"), "{}", ran.stderr);
}

#[test]
fn the_sample_that_packages_ship_is_fine() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/config/agent.toml");
    let ran = agent(&["config", "check", sample, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn endpoints_that_cannot_be_used_are_named() {
    let account = "test_account = { name = \"thu\", password_file = \"/etc/capdo/thu\" }";
    let toml =
        |rest: &str| format!("[[declared.endpoints]]\nhost = \"127.0.0.1\"\nport = 8443\n{rest}\n");
    let fine = toml(&format!(
        "kind = \"web_login\"\npath = \"/a\"\nauthorisation = \"QĐ 12\"\n{account}"
    ));
    assert_eq!(check(&fine, "en").0, 0);
    for (rest, word) in [
        (format!("kind = \"web_login\"\n{account}"), "authorisation"),
        ("kind = \"web_login\"\npath = \"a\"".to_owned(), "`path`"),
        (
            "kind = \"keycloak\"\npath = \"/x\"".to_owned(),
            "/realms/NAME",
        ),
        (
            format!("kind = \"oidc\"\nauthorisation = \"x\"\n{account}"),
            "`client`",
        ),
        (
            "kind = \"keycloak\"\npath = \"/realms/a\"\nconfig_file = \"r.json\"".to_owned(),
            "absolute",
        ),
    ] {
        let (code, said) = check(&toml(&rest), "en");
        assert!(
            code == 64 && said.contains("127.0.0.1:8443") && said.contains(word),
            "{said}"
        );
        let (code, said) = check(&toml(&rest), "vi");
        assert!(
            code == 64 && said.contains("Điểm truy cập 127.0.0.1:8443"),
            "{said}"
        );
    }
}

#[test]
fn limits_and_grants_that_make_no_sense_are_named() {
    for (toml, word) in [
        ("[budget]\ncpu = \"0s\"", "`budget.cpu`"),
        ("[budget]\ncpu = \"7h\"", "`budget.cpu`"),
        ("[budget]\ncpu = \"much\"", "`budget.cpu`"),
        ("[budget]\nmemory_mib = 1", "`budget.memory_mib`"),
        ("[budget]\nmemory_mib = 99999", "`budget.memory_mib`"),
        (
            "[guest]\ncapabilities = { CAP_SYS_ADMIN = [\"net.open-ports\"] }",
            "CAP_SYS_ADMIN",
        ),
        (
            "[guest]\ncapabilities = { CAP_NET_ADMIN = [] }",
            "CAP_NET_ADMIN",
        ),
        (
            "[guest]\ncapabilities = { CAP_NET_ADMIN = [\"net.open-port\"] }",
            "net.open-ports",
        ),
    ] {
        for lang in ["en", "vi"] {
            let (code, said) = check(toml, lang);
            assert!(code == 64 && said.contains(word), "{toml}: {said}");
            assert!(said.starts_with("DIR/agent.toml:2:"), "{said}");
        }
    }
}
