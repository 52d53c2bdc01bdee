//! What ships in `deploy/` is accepted by the programs that read it.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the programs that read these files"
)]

use std::process::Command;

use capdo_tests::{program, repository};

#[test]
fn sample_configurations_are_accepted() {
    let deploy = repository().join("deploy/config");
    let agent = Command::new(program("capdo-agent"))
        .args(["config", "check"])
        .arg(deploy.join("agent.toml"))
        .output()
        .unwrap();
    assert!(
        agent.status.success(),
        "{}",
        String::from_utf8_lossy(&agent.stderr)
    );
    let collector = Command::new(program("capdo-collector"))
        .arg("--config")
        .arg(deploy.join("collector.toml"))
        .args(["config", "check"])
        .output()
        .unwrap();
    assert!(
        collector.status.success(),
        "{}",
        String::from_utf8_lossy(&collector.stderr)
    );
}

#[test]
fn units_are_well_formed_and_tight() {
    for unit in ["capdo-agent.service", "capdo-collector.service"] {
        let path = repository().join("deploy/systemd").join(unit);
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--recursive-errors=no"])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // The programs are not installed where tests run; everything else must be right.
        let wrong: Vec<&str> = said
            .lines()
            .filter(|l| l.contains(unit) && !l.contains("is not executable"))
            .collect();
        assert!(wrong.is_empty(), "{unit}: {wrong:#?}");
    }
}
