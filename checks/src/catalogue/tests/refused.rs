//! One test per kind of mistake in the files.

use super::*;

/// The error when `from` in the small standard reads `to` instead.
#[track_caller]
fn broken(from: &str, to: &str) -> CatalogueError {
    let good = small("a", 3);
    assert!(good.contains(from), "the small standard has no {from:?}");
    load(&[&good.replacen(from, to, 1)], "").expect_err("the mistake was not noticed")
}

/// The error has this shape, and its message names the file and these words.
macro_rules! assert_error {
    ($error:expr, $shape:pat, $($word:literal),+) => {{
        let error = $error;
        assert!(matches!(error, $shape), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(".toml"), "{message}");
        $(assert!(message.contains($word), "{message} lacks {}", $word);)+
    }};
}

use CatalogueError as E;

#[test]
fn the_small_standard_itself_is_good() {
    load(&[&small("a", 3)], r#""ssh.x" = ["TK-01"]"#).unwrap();
}

#[test]
fn unknown_keys_words_and_levels() {
    assert_error!(
        broken("confidence =", "confidenze = 1\nconfidence ="),
        E::Syntax { .. },
        "confidenze"
    );
    assert_error!(
        broken("id = \"TK\"", "id = \"TK\"\nx = 1"),
        E::Syntax { .. },
        "`x`"
    );
    assert_error!(
        broken("kind = ", "weigth = 1\nkind = "),
        E::Syntax { .. },
        "weigth"
    );
    assert_error!(
        broken("unit = ", "uint = 1\nunit = "),
        E::Syntax { .. },
        "uint"
    );
    assert_error!(
        broken("en = \"Rule\"", "fr = \"Règle\""),
        E::Syntax { .. },
        "fr"
    );
    assert_error!(
        broken("\"automatic\"", "\"magic\""),
        E::Syntax { .. },
        "magic"
    );
    assert_error!(broken("[1, 2]", "[1, 6]"), E::Syntax { .. }, "level");
    assert_error!(
        broken("{ 1 = 12 }", "{ 7 = 12 }"),
        E::Syntax { .. },
        "level"
    );
    assert_error!(
        broken("\"2026-01-01\"", "\"2026-02-30\""),
        E::Syntax { .. },
        "effective_from"
    );
    assert_error!(
        load(&[&small("a", 3)], "a.b = [1]").unwrap_err(),
        E::Syntax { .. },
        "map.toml"
    );
}

#[test]
fn no_standard() {
    assert!(matches!(load(&[], ""), Err(E::Empty)));
}

#[test]
fn duplicate_ids() {
    let twice = "id = \"TK-01\"";
    assert_error!(
        broken("id = \"TK-02\"", twice),
        E::DuplicateId { .. },
        "control TK-01"
    );
    let group = "[[group]]\nid = \"TK\"\ntitle = { vi = \"Nhóm\", en = \"G\" }\n\n[[group]]";
    assert_error!(
        broken("[[group]]", group),
        E::DuplicateId { .. },
        "group TK"
    );
    let (from, to) = ("\"backup.max-age-days\"", "\"account.idle-days\"");
    assert_error!(
        broken(from, to),
        E::DuplicateId { .. },
        "threshold account.idle-days"
    );
    let one = small("a", 3);
    assert_error!(
        load(&[&one, &one], "").unwrap_err(),
        E::DuplicateId { .. },
        "standard a"
    );
}

#[test]
fn a_check_in_two_map_files() {
    let text = r#""ssh.x" = ["TK-01"]"#;
    let maps = [
        Source {
            name: "one.toml",
            text,
        },
        Source {
            name: "two.toml",
            text,
        },
    ];
    let small = small("a", 3);
    let standards = [Source {
        name: "a.toml",
        text: &small,
    }];
    let error = Catalogue::from_sources(&Sources {
        standards: &standards,
        maps: &maps,
    });
    assert_error!(
        error.unwrap_err(),
        E::DuplicateId { .. },
        "two.toml",
        "ssh.x"
    );
}

#[test]
fn unknown_group() {
    assert_error!(
        broken("group = \"TK\"", "group = \"ZZ\""),
        E::UnknownGroup { .. },
        "TK-01",
        "ZZ"
    );
}

#[test]
fn no_clause() {
    let error = broken("clauses = { 1 = \"3.1 b\" }", "");
    assert_error!(error, E::NoClause { .. }, "TK-02");
    assert_error!(
        broken("{ 1 = \"3.1 b\" }", "{}"),
        E::NoClause { .. },
        "TK-02"
    );
}

#[test]
fn level_outside_the_standard() {
    let error = broken("2 = \"4.1 a\"", "2 = \"4.1 a\", 3 = \"5.1\"");
    assert_error!(error, E::LevelOutside { .. }, "TK-01", "level 3");
    assert_error!(
        broken("{ 1 = \"3.1\" }", "{ 5 = \"7.1\" }"),
        E::LevelOutside { .. },
        "group TK"
    );
    assert_error!(
        broken("2 = 20", "2 = 20, 4 = 1"),
        E::LevelOutside { .. },
        "threshold"
    );
}

#[test]
fn value_without_clause() {
    let error = broken("machine_share = 2500", "period_months = { 2 = 6 }");
    assert_error!(error, E::ValueWithoutClause { .. }, "TK-02", "level 2");
    let error = broken("control = \"TK-01\"", "control = \"TK-02\"");
    assert_error!(
        error,
        E::ValueWithoutClause { .. },
        "threshold account.idle-days",
        "level 2"
    );
}

#[test]
fn no_figure() {
    assert_error!(
        broken(", 2 = 20", ""),
        E::NoFigure { .. },
        "account.idle-days",
        "level 2"
    );
}

#[test]
fn blank_text() {
    assert_error!(
        broken("\"Set strong passwords.\"", "\" \""),
        E::BlankText { .. },
        "summary.en"
    );
    assert_error!(
        broken("vi = \"Quy định\", ", ""),
        E::BlankText { .. },
        "TK-02",
        "title.vi"
    );
    assert_error!(
        broken("\"14 characters\"", "\"\""),
        E::BlankText { .. },
        "figures.en"
    );
    assert_error!(
        broken("\"Ghi chú\"", "\"\""),
        E::BlankText { .. },
        "[standard]",
        "notes.vi"
    );
    assert_error!(
        broken("\"3.1 b\"", "\"\""),
        E::BlankText { .. },
        "TK-02",
        "clauses"
    );
}

#[test]
fn untranslated() {
    let error = broken("\"Đặt mật khẩu mạnh.\"", "\"Set strong passwords.\"");
    assert_error!(error, E::Untranslated { .. }, "TK-01", "summary.vi");
    assert_error!(
        broken("\"Ngưỡng\"", "\"Threshold\""),
        E::Untranslated { .. },
        "title.vi"
    );
}

#[test]
fn out_of_range() {
    assert_error!(
        broken("2500", "10001"),
        E::OutOfRange { .. },
        "TK-02",
        "machine_share"
    );
    assert_error!(
        broken("{ 1 = 12 }", "{ 1 = 0 }"),
        E::OutOfRange { .. },
        "period_months"
    );
    assert_error!(
        broken("kind = ", "weight = 0\nkind = "),
        E::OutOfRange { .. },
        "weight"
    );
    assert_error!(broken("[1, 2]", "[]"), E::OutOfRange { .. }, "levels");
}

#[test]
fn unknown_control() {
    let error = load(&[&small("a", 3)], r#""ssh.x" = ["TK-01", "TK-99"]"#).unwrap_err();
    assert_error!(
        error,
        E::UnknownControl { .. },
        "map.toml",
        "ssh.x",
        "TK-99"
    );
    let error = broken("control = \"TK-01\"", "control = [\"TK-01\", \"TK-99\"]");
    assert_error!(
        error,
        E::UnknownControl { .. },
        "threshold account.idle-days",
        "TK-99"
    );
}

#[test]
fn unknown_and_missing_thresholds() {
    let id = "account.idle-days";
    assert_error!(
        broken(id, "account.idle-weeks"),
        E::UnknownThreshold { .. },
        "idle-weeks"
    );
    let cut = small("a", 3);
    let cut = &cut[..cut.rfind("[[threshold]]").unwrap()];
    let error = load(&[cut], "").unwrap_err();
    assert_error!(error, E::MissingThreshold { .. }, "web.hsts-min-days");
}

#[test]
fn unknown_standard_and_clause() {
    let error = broken(
        "confidence = \"low\"",
        "confidence = \"low\"\nmaps = { b = [\"4.1\"] }",
    );
    assert_error!(error, E::UnknownStandard { .. }, "TK-02", "\"b\"");
    let error = broken("levels =", "replaces = [\"b\"]\nlevels =");
    assert_error!(error, E::UnknownStandard { .. }, "replaces", "\"b\"");
    for clause in ["9.1", "X.9", "X.1", "3.1", ""] {
        let maps = format!("confidence = \"low\"\nmaps = {{ b = [\"{clause}\"] }}");
        let a = small("a", 3).replacen("confidence = \"low\"", &maps, 1);
        let error = load(&[&a, &small("b", 5)], "").unwrap_err();
        assert_error!(error, E::UnknownClause { .. }, "TK-02", "to \"", "which b");
    }
}

#[test]
fn dates_reversed() {
    let error = broken("\"2026-12-31\"", "\"2025-12-31\"");
    assert_error!(error, E::DatesReversed { .. }, "2025-12-31", "2026-01-01");
}
