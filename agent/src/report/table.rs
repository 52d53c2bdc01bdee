//! The report as a table for people: families by their worst finding, worst findings first.

use std::{cmp::Reverse, fmt::Write as _};

use capdo_checks::{Value, Verdict, lang::Lang, text::Messages};
use capdo_cli::wrap::{pad, width, wrap};

use super::{Finding, Report, rank};
use crate::{out::Screen, say};

/// Draws the table.
pub fn render(report: &Report, screen: Screen, lang: Lang) -> String {
    let mut out = String::new();
    head(&mut out, report, lang);
    let columns = Columns::fit(&report.findings, lang);
    for (family, findings) in families(&report.findings) {
        put(&mut out, "");
        put(&mut out, &bold(&Messages::of(lang).family(family), screen));
        for finding in findings {
            row(&mut out, finding, &columns, screen, lang);
        }
    }
    put(&mut out, "");
    foot(&mut out, report, lang);
    out
}

fn head(out: &mut String, report: &Report, lang: Lang) {
    let host = &report.host;
    let system = format!("{} {}", host.os_id, host.os_version);
    let args = [
        ("host", Value::from(host.hostname.as_str())),
        ("system", Value::from(system.trim())),
        ("level", Value::Int(report.level.into())),
        ("standard", Value::from(report.standard)),
    ];
    put(out, &say::with(lang, "report-head", &args));
}

fn foot(out: &mut String, report: &Report, lang: Lang) {
    let count = |v: Verdict| Value::from(report.totals.get(v.code()).copied().unwrap_or(0));
    let args = Verdict::ALL.map(|v| (v.code(), count(v)));
    put(out, &say::with(lang, "report-totals", &args));
    let failing = report
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::Fail);
    if let Some(worst) = failing.max_by_key(|f| f.severity) {
        let check = [("check", Value::from(worst.check))];
        put(out, &say::with(lang, "report-hint", &check));
    }
    let cost = [
        ("cpu", Value::from(report.cost.cpu_ms)),
        ("rss", Value::from(report.cost.peak_rss_kib.div_ceil(1024))),
    ];
    put(out, &say::with(lang, "report-cost", &cost));
}

/// The families, worst first, each with its findings, worst first.
fn families(findings: &[Finding]) -> Vec<(&'static str, Vec<&Finding>)> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|f| {
        (
            rank(f.verdict),
            Reverse(f.severity),
            f.check,
            f.subject.clone(),
        )
    });
    let mut families: Vec<(&'static str, Vec<&Finding>)> = Vec::new();
    for finding in sorted {
        match families
            .iter_mut()
            .find(|(name, _)| *name == finding.family)
        {
            Some((_, list)) => list.push(finding),
            None => families.push((finding.family, vec![finding])),
        }
    }
    families
}

struct Columns {
    verdict: usize,
    check: usize,
}

impl Columns {
    fn fit(findings: &[Finding], lang: Lang) -> Self {
        let verdicts = Verdict::ALL.iter().map(|v| width(&label(*v, lang)));
        let checks = findings.iter().map(|f| width(f.check));
        Self {
            verdict: verdicts.max().unwrap_or(0),
            check: checks.max().unwrap_or(0),
        }
    }
}

fn row(out: &mut String, finding: &Finding, columns: &Columns, screen: Screen, lang: Lang) {
    let verdict = pad(&label(finding.verdict, lang), columns.verdict);
    let verdict = paint(&verdict, colour(finding.verdict), screen);
    let check = pad(finding.check, columns.check);
    let indent = columns.verdict + 4;
    let beside = indent + columns.check + 2;
    let title = match finding.subject.name.as_str() {
        "" => finding.title.clone(),
        name => format!("{} [{}]", finding.title, name.escape_debug()),
    };
    // On a narrow screen the title goes below, where it has room.
    let narrow = screen.width.is_some_and(|w| w < beside + 30);
    if narrow {
        put(out, &format!("  {verdict}  {check}"));
        block(out, &title, indent, screen);
    } else {
        let lines = wrap(&title, screen.width.map(|w| w - beside));
        let mut lines = lines.iter();
        let first = lines.next().map_or("", String::as_str);
        put(out, &format!("  {verdict}  {check}  {first}"));
        lines.for_each(|l| put(out, &format!("{}{l}", " ".repeat(beside))));
    }
    if finding.reason != finding.title {
        block(
            out,
            &finding.reason,
            if narrow { indent } else { beside },
            screen,
        );
    }
}

fn block(out: &mut String, text: &str, indent: usize, screen: Screen) {
    for line in wrap(text, screen.width.map(|w| w.saturating_sub(indent))) {
        put(out, &format!("{}{line}", " ".repeat(indent)));
    }
}

fn put(out: &mut String, line: &str) {
    writeln!(out, "{}", line.trim_end()).expect("writing to a String cannot fail");
}

/// The name of a verdict as people read it.
pub fn label(verdict: Verdict, lang: Lang) -> String {
    let key = format!("verdict-{}", verdict.code().replace('_', "-"));
    say::plain(lang, &key)
}

const fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "1;31",
        Verdict::Unknown => "35",
        Verdict::Partial => "33",
        Verdict::Pass => "32",
        Verdict::NotApplicable => "2",
    }
}

fn paint(text: &str, code: &str, screen: Screen) -> String {
    if screen.colour {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

fn bold(text: &str, screen: Screen) -> String {
    paint(text, "1", screen)
}
