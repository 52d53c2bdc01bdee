//! Conditions within `authenticate`, and what is known past them.

use super::{authenticate::State, unlang::Node};

/// `update request { TOTP-Password := … }`: from here on the request holds a code.
pub(super) fn sets(node: &Node, mut states: Vec<State>) -> Vec<State> {
    for (key, ..) in node.inside().iter().filter_map(Node::assignment) {
        for state in &mut states {
            state.secret |= key.ends_with("TOTP-Secret");
            state.code |= key.ends_with("TOTP-Password");
        }
    }
    states
}

/// Which way a condition sends a state; both, where that cannot be known.
pub(super) fn split(
    condition: &str,
    state: &State,
    inside: &mut Vec<State>,
    outside: &mut Vec<State>,
) {
    let tight: String = condition.chars().filter(|c| *c != ' ').collect();
    if tight.contains("&&") || tight.contains("!(") {
        inside.push(state.clone());
        outside.push(state.clone());
        return;
    }
    let bare: String = condition
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | ' ' | '&'))
        .collect();
    let result = state.result.map_or("", |(code, _)| code.word());
    if matches!(
        bare.as_str(),
        "ok" | "noop" | "reject" | "fail" | "invalid" | "notfound" | "updated" | "handled"
    ) {
        if bare == result { inside } else { outside }.push(state.clone());
        return;
    }
    if let Some(word) = bare.strip_prefix('!')
        && matches!(word, "ok" | "noop" | "reject" | "fail")
    {
        if word == result { outside } else { inside }.push(state.clone());
        return;
    }
    let parts: Vec<&str> = bare.split("||").collect();
    let missing = |part: &str, what: &str| part.starts_with('!') && part.ends_with(what);
    let about = |part: &&str| missing(part, "TOTP-Secret") || missing(part, "TOTP-Password");
    let mut there = state.clone();
    if parts.iter().all(about) {
        // Past this condition everything that it names is there.
        there.secret |= parts.iter().any(|p| missing(p, "TOTP-Secret"));
        there.code |= parts.iter().any(|p| missing(p, "TOTP-Password"));
        inside.push(state.clone());
        outside.push(there);
        return;
    }
    there.secret |= matches!(bare.as_str(), "control:TOTP-Secret" | "control.TOTP-Secret");
    there.code |= matches!(bare.as_str(), "request:TOTP-Password" | "TOTP-Password");
    inside.push(there);
    outside.push(state.clone());
}
