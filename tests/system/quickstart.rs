//! The first of the README's two commands, twice: the second start finds its data again.
#![expect(clippy::disallowed_methods, reason = "starts the script under test")]

use std::{path::Path, process::Command};

use capdo_tests::{free_port, program, repository};

fn quickstart(data: &Path, lang: &str) -> String {
    let programs = program("capdo-agent");
    let output = Command::new(repository().join("deploy/quickstart"))
        .args(["--once", "--lang", lang, "--data"])
        .arg(data)
        .arg("--programs")
        .arg(programs.parent().unwrap())
        .env("CAPDO_AGENTS_PORT", free_port().to_string())
        .env("CAPDO_WEB_PORT", free_port().to_string())
        .output()
        .unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success(), "{out}\n{err}");
    out.into_owned()
}

#[test]
fn one_command_assesses_this_machine_and_a_second_start_finds_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("qs");
    let first = quickstart(&data, "vi");
    for words in ["Điểm", "Độ phủ", "Chưa đạt", "mật khẩu"] {
        assert!(first.contains(words), "{words} is missing:\n{first}");
    }
    let second = quickstart(&data, "en");
    assert!(second.contains("Using the data in"), "{second}");
    let login = |text: &str| {
        let line = text
            .lines()
            .find(|l| l.contains("http://127.0.0.1:"))
            .unwrap()
            .to_owned();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(login(&first), login(&second), "the same login holds");
}
