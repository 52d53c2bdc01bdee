//! What scripted agents see: made up, and the same whenever it is asked for.

use std::{fs, path::Path};

use capdo_checks::{Gap, GapReason, Observation, Subject, registry};

/// How many checks the script makes.
const CHECKS: usize = 12;

/// The checks of the script with their versions.
pub fn checks() -> impl Iterator<Item = (&'static str, u32)> {
    registry::all()
        .into_iter()
        .map(|c| (c.meta().id, c.meta().version))
        .filter(|(id, _)| !registry::is_collected(id))
        .take(CHECKS)
}

/// The version of a check.
pub fn version(check: &str) -> u32 {
    registry::find(check).unwrap().meta().version
}

/// What is seen in a pass: observations by check. The first tells the pass, so that no two passes see the
/// same; of the others each changes now and then, and is gone now and then.
pub fn seen(seed: u64, pass: u64) -> Vec<(&'static str, Vec<u8>)> {
    let mut seen = Vec::new();
    for (n, (id, version)) in (0_u64..).zip(checks()) {
        let changed = |at: &u64| n == 0 || *at == 1 || scramble(seed, n, *at).is_multiple_of(3);
        let at = (1..=pass).rev().find(changed).unwrap_or(1);
        if n > 0 && scramble(seed, n, at).is_multiple_of(5) {
            continue;
        }
        let observation = Observation {
            check: id.to_owned(),
            version,
            subject: Subject::host(),
            facts: Vec::new(),
            gap: Some(Gap::new(
                GapReason::NoPermission,
                format!("{seed}: seen in pass {at}"),
            )),
        };
        seen.push((id, observation.to_bytes()));
    }
    seen
}

/// A line of the journal: the pass, and the SHA-256 of each observation by its check.
pub fn line(pass: u64, seen: &[(&str, Vec<u8>)]) -> String {
    let state: serde_json::Map<String, serde_json::Value> = seen
        .iter()
        .map(|(check, bytes)| {
            let sha = capdo_proto::digest::observation_sha256(bytes);
            ((*check).to_owned(), hex::encode(sha).into())
        })
        .collect();
    serde_json::json!({"pass": pass, "state": state}).to_string()
}

/// How many passes the journal holds; a line without an end was never observed.
pub fn passes(journal: &Path) -> u64 {
    let text = fs::read_to_string(journal).unwrap_or_default();
    text.bytes().filter(|b| *b == b'\n').count() as u64
}

/// A number that looks random, the same for the same input (SplitMix64).
pub fn scramble(seed: u64, a: u64, b: u64) -> u64 {
    let mut x = seed ^ a.rotate_left(20) ^ b.rotate_left(40);
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
