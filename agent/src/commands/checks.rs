//! `checks list` and `checks show`: what each check looks at, why, and how to fix what it finds.

use std::fmt::Write as _;

use capdo_checks::{
    Check, Meta, Value,
    check::{Confidence, Need, Severity},
    lang::Lang,
    registry,
    text::Messages,
};
use capdo_cli::wrap::{pad, wrap};
use serde::Serialize;

use super::failed;
use crate::{
    cli::Format,
    exit::Exit,
    levels::{self, ControlRef, LEVELS},
    observing,
    out::{self, Screen},
    report::json,
    say,
};

/// The page of a check, in the shape that `--json` prints.
#[derive(Debug, Serialize)]
struct Page {
    id: &'static str,
    family: &'static str,
    version: u32,
    /// Who makes it: `agent` or `collector`.
    made_by: &'static str,
    title: String,
    severity: Severity,
    confidence: Confidence,
    needs: &'static [Need],
    always_applies: bool,
    why: Option<String>,
    confirm: Option<String>,
    fix: Vec<Fix>,
    levels: Vec<AtLevel>,
}

/// What to do, and on which systems; `any` where it is the same on all.
#[derive(Debug, Serialize)]
struct Fix {
    platform: &'static str,
    text: String,
}

/// What a level asks for.
#[derive(Debug, Serialize)]
struct AtLevel {
    level: u8,
    thresholds: Vec<Figure>,
    controls: Vec<ControlRef>,
}

#[derive(Debug, Serialize)]
struct Figure {
    id: &'static str,
    value: i64,
}

/// Carries out `checks list`.
pub(super) fn list(format: Format, lang: Lang) -> Exit {
    let checks: Vec<_> = registry::all()
        .into_iter()
        .chain(registry::collected())
        .collect();
    if format.json {
        let pages: Vec<Page> = checks.iter().map(|c| page(*c, lang)).collect();
        out::line(&json::render(&pages));
        return Exit::Fine;
    }
    let messages = Messages::of(lang);
    let column = checks.iter().map(|c| c.meta().id.len()).max().unwrap_or(0);
    for check in checks {
        let meta = check.meta();
        let (id, severity) = (pad(meta.id, column), pad(&severity(meta, lang), 10));
        let title = messages.title(meta);
        let title = if registry::is_collected(meta.id) {
            say::with(lang, "checks-by-collector", &[("title", title.into())])
        } else {
            title
        };
        out::line(&format!("{id}  {severity}  {title}"));
    }
    Exit::Fine
}

/// Carries out `checks show ID`.
pub(super) fn show(id: &str, format: Format, lang: Lang) -> Exit {
    let check = match observing::find(id) {
        Ok(check) => check,
        Err(error) => return failed(&error, Exit::Usage, lang),
    };
    let page = page(check, lang);
    if format.json {
        out::line(&json::render(&page));
    } else {
        out::print(&text(&page, check.meta(), Screen::of_stdout(), lang));
    }
    Exit::Fine
}

fn page(check: &dyn Check, lang: Lang) -> Page {
    let meta = check.meta();
    let messages = Messages::of(lang);
    let fixes = [
        ("any", "fix"),
        ("debian", "fix-debian"),
        ("rhel", "fix-rhel"),
        ("alpine", "fix-alpine"),
    ];
    Page {
        id: meta.id,
        family: meta.family(),
        version: meta.version,
        made_by: if registry::is_collected(meta.id) {
            "collector"
        } else {
            "agent"
        },
        title: messages.title(meta),
        severity: meta.severity,
        confidence: meta.confidence,
        needs: meta.needs,
        always_applies: meta.always_applies,
        why: messages.part(meta, "why"),
        confirm: messages.part(meta, "confirm"),
        fix: fixes
            .into_iter()
            .filter_map(|(platform, part)| {
                let text = messages.part(meta, part)?;
                Some(Fix { platform, text })
            })
            .collect(),
        levels: LEVELS.map(|level| at_level(meta, level, lang)).collect(),
    }
}

fn at_level(meta: &Meta, level: u8, lang: Lang) -> AtLevel {
    let figures = levels::thresholds(level);
    let figure = |id: &&'static str| Figure {
        id,
        value: figures.int(id),
    };
    AtLevel {
        level,
        thresholds: meta.thresholds.iter().map(figure).collect(),
        controls: levels::controls(meta.id, level, lang),
    }
}

fn severity(meta: &Meta, lang: Lang) -> String {
    say::plain(
        lang,
        match meta.severity {
            Severity::Low => "severity-low",
            Severity::Medium => "severity-medium",
            Severity::High => "severity-high",
            Severity::Critical => "severity-critical",
        },
    )
}

fn confidence(meta: &Meta, lang: Lang) -> String {
    say::plain(
        lang,
        match meta.confidence {
            Confidence::Low => "confidence-low",
            Confidence::Medium => "confidence-medium",
            Confidence::High => "confidence-high",
        },
    )
}

fn needs(meta: &Meta, lang: Lang) -> String {
    let one = |need: &Need| match need {
        Need::Root => say::plain(lang, "need-root"),
        Need::Live => say::plain(lang, "need-live"),
        Need::Loopback => say::plain(lang, "need-loopback"),
    };
    match meta.needs {
        [] => say::plain(lang, "need-nothing"),
        needs => needs.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

fn text(page: &Page, meta: &Meta, screen: Screen, lang: Lang) -> String {
    let mut sheet = Sheet {
        out: String::new(),
        screen,
        lang,
    };
    sheet.line(&format!("{}: {}", page.id, page.title));
    sheet.part("page-family", &Messages::of(lang).family(page.family));
    sheet.part("page-severity", &severity(meta, lang));
    sheet.part("page-confidence", &confidence(meta, lang));
    sheet.part("page-needs", &needs(meta, lang));
    if let Some(why) = &page.why {
        sheet.part("page-why", why);
    }
    if let Some(confirm) = &page.confirm {
        sheet.part("page-confirm", confirm);
    }
    for fix in &page.fix {
        let key = match fix.platform {
            "debian" => "page-fix-debian",
            "rhel" => "page-fix-rhel",
            "alpine" => "page-fix-alpine",
            _ => "page-fix",
        };
        sheet.part(key, &fix.text);
    }
    sheet.levels(page);
    sheet.out
}

struct Sheet {
    out: String,
    screen: Screen,
    lang: Lang,
}

impl Sheet {
    fn line(&mut self, line: &str) {
        writeln!(self.out, "{}", line.trim_end()).expect("writing to a String cannot fail");
    }

    fn part(&mut self, heading: &str, text: &str) {
        let heading = say::plain(self.lang, heading);
        self.line(&format!("\n{heading}"));
        for line in wrap(text, self.screen.width.map(|w| w - 4)) {
            self.line(&format!("    {line}"));
        }
    }

    fn levels(&mut self, page: &Page) {
        let heading = say::plain(self.lang, "page-levels");
        self.line(&format!("\n{heading}"));
        for at in &page.levels {
            let figures = at
                .thresholds
                .iter()
                .map(|f| format!("{} = {}", f.id, f.value));
            let controls = at.controls.iter().map(|c| {
                let ControlRef { id, clause, title } = c;
                format!("{clause} {title} [{id}]")
            });
            let all: Vec<String> = figures.chain(controls).collect();
            let level = [("level", Value::Int(at.level.into()))];
            let level = say::with(self.lang, "page-level", &level);
            if all.is_empty() {
                let none = say::plain(self.lang, "page-level-none");
                self.line(&format!("    {level}: {none}"));
                continue;
            }
            self.line(&format!("    {level}:"));
            for one in all {
                self.line(&format!("        {one}"));
            }
        }
    }
}
