//! The report as JSON.

use capdo_cli::table::tame_json;
use serde::Serialize;

/// The value as indented JSON that steers no terminal.
pub fn render<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string_pretty(value);
    tame_json(&json.expect("reports have only text keys, so they serialise"))
}
