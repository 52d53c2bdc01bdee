//! What packages install beside the program.

use crate::program::{agent, text};

#[test]
fn every_command_has_a_man_page() {
    let dir = tempfile::tempdir().unwrap();
    let ran = agent(&["man", text(dir.path()), "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for page in [
        "capdo-agent.1",
        "capdo-agent-scan.1",
        "capdo-agent-enroll.1",
    ] {
        let text = std::fs::read_to_string(dir.path().join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
    let scan = std::fs::read_to_string(dir.path().join("capdo-agent-scan.1")).unwrap();
    assert!(scan.contains("Exit status"));
}

#[test]
fn shells_get_their_completions() {
    for shell in ["bash", "fish", "zsh"] {
        let ran = agent(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("capdo-agent"), "{shell}");
    }
}
