//! Usage errors and help, in both languages.

use crate::program::agent;

#[test]
fn help_documents_the_exit_statuses() {
    for (lang, words) in [("en", "Exit status"), ("vi", "Mã thoát")] {
        let ran = agent(&["scan", "--help", "--lang", lang]);
        assert_eq!(ran.code, 0);
        for part in [words, "64", "70", "capdo-scan/1", "--only"] {
            assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
        }
    }
}

#[test]
fn help_speaks_one_language() {
    let ran = agent(&["--help"]);
    for english in ["Usage:", "Options:", "Commands:", "Print help"] {
        assert!(!ran.stdout.contains(english), "{english}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("Cách dùng:"), "{}", ran.stdout);
}

#[test]
fn usage_errors_exit_with_64_and_say_the_way_out() {
    let cases: [(&[&str], &str); 7] = [
        (&[], "Còn thiếu lệnh"),
        (&["scna"], "scan"),
        (&["scan", "--levle", "2"], "--levle"),
        (&["scan", "--level", "6"], "1-5"),
        (&["scan", "--level"], "cần có giá trị"),
        (&["checks"], "Còn thiếu lệnh"),
        (&["enroll"], "--collector"),
    ];
    for (args, expected) in cases {
        let ran = agent(args);
        assert_eq!(ran.code, 64, "{args:?}");
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--help"), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}
