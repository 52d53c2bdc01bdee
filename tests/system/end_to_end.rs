//! One real server from token to scorecard.

use capdo_tests::{Stage, eventually};
use serde_json::Value;

fn coverage(card: &Value) -> u64 {
    card["coverage_bp"].as_u64().unwrap_or(0)
}

#[test]
fn a_machine_is_enrolled_observed_and_scored() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let _service = agent.serve();
    let card = eventually("a score with evidence", || {
        Some(stage.score()).filter(|card| coverage(card) > 0)
    });
    assert!(card["score_bp"].as_u64().unwrap() <= coverage(&card));
    assert_eq!(
        (
            card["enrolled_hosts"].as_u64(),
            card["declared_hosts"].as_u64()
        ),
        (Some(1), Some(1))
    );
    assert_eq!(card["gates"].as_array().unwrap().len(), 5);
    assert!(card["fixes"].as_array().unwrap().len() >= 10);

    // A host that is declared and has no agent counts 0: the same evidence is then worth less.
    stage.ok(&["system", "set", "Cổng thử", "--hosts", "2"]);
    eventually("the declared host without an agent counts", || {
        Some(stage.score()).filter(|c| coverage(c) < coverage(&card))
    });
}

#[test]
fn a_token_works_once() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let (token, pin) = stage.token();
    let first = capdo_tests::Agent::new(&stage, "first");
    assert!(first.enrol(&token, &pin).status.success());
    let second = capdo_tests::Agent::new(&stage, "second");
    let refused = second.enrol(&token, &pin);
    assert!(!refused.status.success());
    let words = String::from_utf8_lossy(&refused.stderr).to_lowercase();
    assert!(words.contains("token"), "{words}");
    assert_eq!(stage.ok(&["host", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_wrong_fingerprint_sends_no_token() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let (token, _) = stage.token();
    let agent = capdo_tests::Agent::new(&stage, "agent");
    assert!(!agent.enrol(&token, &"00".repeat(32)).status.success());
    // The token was not spent on a stranger.
    let (_, pin) = stage.token();
    assert!(agent.enrol(&token, &pin).status.success());
}
