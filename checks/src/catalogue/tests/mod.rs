//! Tests of the catalogue: what the files hold, what the loader refuses, how links resolve.

mod data;
mod refused;
mod resolved;

use super::{Catalogue, CatalogueError, Source, Sources, THRESHOLD_IDS};

/// A small valid standard, for tests to break.
fn small(id: &str, first_section: u8) -> String {
    let mut text = format!(
        r#"
[standard]
id = "{id}"
title = {{ vi = "Tiêu chuẩn thử", en = "Test standard" }}
levels = [1, 2]
effective_from = "2026-01-01"
effective_to = "2026-12-31"
confidence = "high"
notes = [{{ vi = "Ghi chú", en = "Note" }}]

[[group]]
id = "TK"
title = {{ vi = "Tài khoản", en = "Accounts" }}
sections = {{ 1 = "{one}.1" }}

[[control]]
id = "TK-01"
group = "TK"
kind = "automatic"
title = {{ vi = "Mật khẩu", en = "Passwords" }}
summary = {{ vi = "Đặt mật khẩu mạnh.", en = "Set strong passwords." }}
figures = {{ vi = "14 ký tự", en = "14 characters" }}
clauses = {{ 1 = "{one}.1 a", 2 = "{two}.1 a" }}
period_months = {{ 1 = 12 }}
confidence = "high"

[[control]]
id = "TK-02"
group = "TK"
kind = "document"
title = {{ vi = "Quy định", en = "Rule" }}
summary = {{ vi = "Ban hành quy định.", en = "Issue a rule." }}
clauses = {{ 1 = "{one}.1 b" }}
confidence = "low"
machine_share = 2500
"#,
        one = first_section,
        two = first_section + 1,
    );
    for id in THRESHOLD_IDS {
        text += &format!(
            r#"
[[threshold]]
id = "{id}"
control = "TK-01"
unit = "days"
source = "own"
title = {{ vi = "Ngưỡng", en = "Threshold" }}
levels = {{ 1 = 10, 2 = 20 }}
"#
        );
    }
    text
}

/// Loads the standards, and one map file.
fn load(standards: &[&str], map: &str) -> Result<Catalogue, CatalogueError> {
    let standards: Vec<_> = standards
        .iter()
        .map(|text| Source {
            name: "standard.toml",
            text,
        })
        .collect();
    let maps = [Source {
        name: "map.toml",
        text: map,
    }];
    Catalogue::from_sources(&Sources {
        standards: &standards,
        maps: &maps,
    })
}
