//! The report as JSON.

use serde::Serialize;

/// The value as indented JSON.
pub fn render<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("reports have only text keys, so they serialise")
}
