//! The dispatcher against what libpam 1.5 answered: 200 of 8,000 random stacks of `pam_debug.so`,
//! all of which agreed. Each case names its stack and whether `pam_authenticate` succeeded, then
//! the files.

use std::fmt::Write as _;

use capdo_checks::{
    facts::pam::{Code, Facility, parse::parse, stack, walk::succeeds},
    host::Fixture,
};
use proptest::prelude::*;

#[test]
fn libpam_answers_the_same() {
    let text = include_str!("../fixtures/facts/pam-stacks.txt");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("host.toml");
    let mut seen = [0, 0];
    for case in text.split("CASE ").skip(1) {
        let (head, files) = case.split_once('\n').unwrap();
        let (id, answer) = head.split_once(' ').unwrap();
        let mut spec = String::new();
        for file in files.split("FILE ").skip(1) {
            let (name, text) = file.split_once('\n').unwrap();
            writeln!(spec, "[files.\"/etc/pam.d/{name}\"]\ntext = {text:?}").unwrap();
        }
        std::fs::write(&path, spec).unwrap();
        let host = Fixture::load(&path).unwrap();
        let stack = stack(&host, &format!("s{id}"), Facility::Auth).unwrap();
        let got = succeeds(&stack, |rule| {
            let name = rule.value("auth").unwrap();
            *Code::ALL.iter().find(|c| c.name() == name).unwrap()
        });
        assert_eq!(got, answer == "1", "case {case}");
        seen[usize::from(got)] += 1;
    }
    assert_eq!(seen, [100, 100]);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", lines in "((auth|-account|@include|#|\\\\|\\[|\\]|=|required|x|\n| ){0,40})") {
        parse(&text);
        parse(&lines);
    }
}
