//! What a report becomes, read by programs that are not ours.

#![expect(
    clippy::disallowed_methods,
    reason = "asks programs that are not ours what they read"
)]

use std::{fs, process::Command, time::Instant};

use capdo_checks::lang::Lang;

use super::super::{Column, Number, Report, Sheet};
use crate::web::pages::text::Text;

const PRINT: [Column; 3] = [
    Column {
        share: 1,
        parts: &[0],
        strong: true,
    },
    Column {
        share: 2,
        parts: &[1, 2],
        strong: false,
    },
    Column {
        share: 2,
        parts: &[3],
        strong: false,
    },
];

fn report(lang: Lang, rows: Vec<Vec<String>>) -> Report {
    let text = Text::new(lang);
    let number = |id: &str| Number {
        label: text.t(id),
        value: text.points(6_325),
        below: String::new(),
    };
    Report {
        text,
        at: 1_795_334_040_000,
        title: text.t("report-host"),
        agency: "Ủy ban nhân dân phường Nguyễn Trãi".to_owned(),
        agency_id: String::new(),
        name: "may-chu-01".to_owned(),
        about: vec![("Hệ thống".to_owned(), "Cổng thông tin điện tử".to_owned())],
        numbers: [
            "number-score",
            "number-coverage",
            "number-exempt",
            "number-level",
        ]
        .map(number)
        .to_vec(),
        sheets: vec![Sheet {
            name: text.t("sheet-findings"),
            heads: ["A", "B", "C", "D"].map(str::to_owned).to_vec(),
            rows,
            print: &PRINT,
        }],
        remarks: vec![text.t("report-no-document")],
    }
}

fn row(n: usize) -> Vec<String> {
    vec![
        "CHƯA ĐẠT".to_owned(),
        format!("Chỉ tài khoản root có mã người dùng bằng 0 ({n})"),
        "account.uid-zero".to_owned(),
        "Các tài khoản khác cũng có mã người dùng bằng 0: toor, quản trị. Điều này cho phép đăng nhập với quyền cao nhất mà không để lại dấu vết.".to_owned(),
    ]
}

/// What a program of poppler or qpdf says about a document.
fn told(program: &str, args: &[&str], pdf: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    fs::write(&file, pdf).unwrap();
    let mut command = Command::new(program);
    command.args(args).arg(&file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let said = command.output().unwrap();
    let wrong = String::from_utf8_lossy(&said.stderr);
    assert!(
        said.status.success() && wrong.is_empty(),
        "{program}: {wrong}"
    );
    String::from_utf8(said.stdout).unwrap()
}

fn pages(pdf: &[u8]) -> usize {
    let said = told("pdfinfo", &[], pdf);
    let line = said.lines().find_map(|l| l.strip_prefix("Pages:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn a_report_is_read_as_it_was_written_in_both_languages() {
    for lang in Lang::ALL {
        let made = report(lang, (0..60).map(row).collect());
        let pdf = super::write(&made).unwrap();
        assert_eq!(pdf, super::write(&made).unwrap(), "not the same bytes");
        told("qpdf", &["--check"], &pdf);
        let about = told("pdfinfo", &[], &pdf);
        for line in ["JavaScript:      no", "Form:            none", "(A4)"] {
            assert!(about.contains(line), "{line}: {about}");
        }
        let subtype = about.lines().find(|l| l.contains("PDF subtype"));
        assert!(subtype.is_none_or(|l| l.contains("PDF/A-2u")), "{about}");
        let text = told("pdftotext", &["-layout"], &pdf);
        let count = pages(&pdf);
        assert!(count > 2);
        let (n, all) = (1_usize, count);
        let number = made
            .text
            .fill("report-page", &[("page", n.into()), ("pages", all.into())]);
        for said in [
            &made.agency,
            &made.title,
            &made.about[0].1,
            &number,
            &made.numbers[3].label,
        ] {
            assert!(text.contains(said.as_str()), "{said}: {text}");
        }
        assert_eq!(text.matches("account.uid-zero").count(), 60);
        assert!(
            text.contains("mã người dùng bằng 0 (59)") || text.contains("(59)"),
            "{text}"
        );
        assert_eq!(text.matches('\u{c}').count(), count);
        let fonts = told("pdffonts", &[], &pdf);
        let lines: Vec<_> = fonts.lines().skip(2).collect();
        assert_eq!(lines.len(), 2, "{fonts}");
        for line in lines {
            let words: Vec<_> = line.split_whitespace().collect();
            assert_eq!(words[words.len() - 5..][..3], ["yes"; 3], "{fonts}");
        }
    }
}

#[test]
fn what_is_cut_and_what_is_escaped_is_said() {
    let hostile = [
        "\u{202e}cod.exe\u{1b}[31m\u{9b}",
        &"W".repeat(1 << 20),
        "中文",
        "</td><script>",
    ];
    let rows = vec![hostile.map(str::to_owned).to_vec()];
    let pdf = super::write(&report(Lang::En, rows)).unwrap();
    let text = told("pdftotext", &["-layout"], &pdf);
    for said in [
        "\\u{202e}",
        "cod.exe",
        "\\u{1b}",
        "\\u{9b}",
        "\\u{4e2d}",
        "<script>",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("1 texts were too long"), "{text}");
    assert!(text.contains("are written as codes"), "{text}");
    let plain = super::write(&report(Lang::En, vec![row(1)])).unwrap();
    let text = told("pdftotext", &["-layout"], &plain);
    assert!(
        !text.contains("too long") && !text.contains("as codes"),
        "{text}"
    );
}

#[test]
fn many_findings_fit_and_very_many_are_cut_with_a_sentence() {
    for (rows, most, whole) in [(10_000, super::MOST_PAGES, true), (1_000, 5, false)] {
        let made = report(Lang::Vi, (0..rows).map(row).collect());
        let began = Instant::now();
        let pdf = super::write_within(&made, most).unwrap();
        let took = began.elapsed();
        let count = pages(&pdf);
        println!(
            "{rows} rows: {count} pages, {} KiB, {:.1} s in this build",
            pdf.len() >> 10,
            took.as_secs_f64()
        );
        assert!(count <= most + 2, "{count}");
        let from = count.saturating_sub(1).to_string();
        let end = told("pdftotext", &["-f", &from], &pdf);
        assert_eq!(end.contains("chỉ in"), !whole, "{end}");
        assert!(end.contains("Ghi chú"), "{end}");
    }
}
