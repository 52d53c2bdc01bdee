//! What ships in `deploy/` is accepted by the programs that read it.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the programs that read these files"
)]

use std::{fs, process::Command};

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

/// What `cargo deb` puts into a package, beside what the build makes, is there; and so is what units name.
#[test]
fn what_the_packages_hold_is_there() {
    for name in ["agent", "collector"] {
        let folder = repository().join(name);
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Value = toml::from_str(&text).unwrap();
        let deb = &manifest["package"]["metadata"]["deb"];
        let depends = deb["depends"].as_str().unwrap();
        assert!(depends.contains("$auto"), "the C library: {depends}");
        let mut installed = Vec::new();
        for asset in deb["assets"].as_array().unwrap() {
            let (from, to) = (asset[0].as_str().unwrap(), asset[1].as_str().unwrap());
            let file = from.rsplit('/').next().unwrap();
            installed.push(format!("/{to}{file}"));
            let built = from == format!("target/release/capdo-{name}");
            assert!(built || folder.join(from).is_file(), "{name}: {from}");
        }
        let scripts = deb["maintainer-scripts"].as_str().unwrap();
        assert!(folder.join(scripts).join("postinst").is_file());
        let units = deb["systemd-units"]["unit-scripts"].as_str().unwrap();
        let unit = folder.join(units).join(format!("capdo-{name}.service"));
        let unit = fs::read_to_string(unit).unwrap();
        let named = unit
            .lines()
            .find_map(|l| l.strip_prefix("Documentation=file:"));
        let named = named.unwrap().to_owned();
        assert!(installed.contains(&named), "{named} is in no package");
    }
}
