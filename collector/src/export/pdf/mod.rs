//! A report on paper, as PDF/A-2u: no links, no scripts, no attachments, its fonts embedded, and the same
//! bytes for the same report.

mod face;
mod lines;
mod paper;
mod table;
#[cfg(test)]
mod tests;

use jiff::tz::Offset;
use krilla::metadata::{DateTime, Metadata};

use self::{
    lines::{Done, tame, wrap},
    paper::{LEFT, MOST_PAGES, Paper, RIGHT, Style, Tone},
};
use super::{Number, Report};
use crate::{clock::timestamp, web::pages::text::VIETNAM_H};

const TITLE: Style = style(15.0, true, Tone::Black);
const SECTION: Style = style(11.0, true, Tone::Black);
const BODY: Style = style(9.6, false, Tone::Black);
const STRONG: Style = style(9.6, true, Tone::Black);
const LABEL: Style = style(8.2, false, Tone::Grey);
const FIGURE: Style = style(15.0, true, Tone::Black);
/// How wide the labels of facts are, in points.
const LABELS: f32 = 150.0;
/// A fact or a remark has at most so many lines.
const MOST_LINES: usize = 6;

const fn style(size: f32, bold: bool, tone: Tone) -> Style {
    Style { size, bold, tone }
}

/// The report as a document.
///
/// # Errors
/// When the document would break the rules of PDF/A; says which.
pub fn write(report: &Report) -> Result<Vec<u8>, String> {
    write_within(report, MOST_PAGES)
}

fn write_within(report: &Report, most_pages: usize) -> Result<Vec<u8>, String> {
    let mut to = Writer {
        paper: Paper::new(most_pages),
        done: Done::default(),
    };
    to.head(report);
    to.numbers(report);
    for sheet in report.sheets.iter().filter(|s| !s.print.is_empty()) {
        to.table(report, sheet);
    }
    to.remarks(report);
    let Writer { paper, mut done } = to;
    let title = format!("{} – {}", report.title, report.name);
    let title = tame(&title, &paper.faces, &mut done);
    let about = Metadata::new()
        .title(title.clone())
        .creator("capdo".to_owned())
        .language(report.text.lang().to_string())
        .creation_date(date(report.at));
    let (short, _) = wrap(&title, &paper.faces.regular, 46.0, 1);
    let foot = short.into_iter().next().unwrap_or_default();
    paper.print(about, &foot, |page, pages| {
        let args = [("page", page.into()), ("pages", pages.into())];
        report.text.fill("report-page", &args)
    })
}

/// When the report was made, as PDF writes it.
fn date(at: i64) -> DateTime {
    let at = Offset::constant(VIETNAM_H).to_datetime(timestamp(at));
    let small = |n: i8| u8::try_from(n).unwrap_or_default();
    DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(VIETNAM_H)
        .utc_offset_minute(0)
}

struct Writer {
    paper: Paper,
    done: Done,
}

impl Writer {
    /// Words in lines from `x` on; where they end.
    fn lines(&mut self, x: f32, y: f32, wide: f32, style: Style, text: &str) -> f32 {
        let before = self.done.cut;
        let text = tame(text, &self.paper.faces, &mut self.done);
        let (lines, over) = wrap(&text, self.paper.face(style), wide / style.size, MOST_LINES);
        self.done.cut = before + usize::from(over || self.done.cut > before);
        let mut y = y;
        for line in &lines {
            self.paper.words(x, y, style, line);
            y += style.line();
        }
        y
    }

    /// Words in lines over the whole width, below what is there.
    fn paragraph(&mut self, style: Style, text: &str) {
        self.paper.make_room(style.line() * 3.0);
        let y = self.lines(LEFT, self.paper.y(), RIGHT - LEFT, style, text);
        self.paper.skip(y - self.paper.y());
    }

    fn head(&mut self, report: &Report) {
        self.paragraph(STRONG, &report.agency);
        self.paper.skip(4.0);
        self.paper.rule(self.paper.y(), Tone::Black);
        self.paper.skip(16.0);
        self.paragraph(TITLE, &report.title);
        self.paragraph(SECTION, &report.name);
        self.paper.skip(10.0);
        for (label, value) in &report.about {
            let y = self.paper.y();
            let left = self.lines(LEFT, y, LABELS - 8.0, BODY, label);
            let wide = RIGHT - LEFT - LABELS;
            let right = self.lines(LEFT + LABELS, y, wide, BODY, value);
            self.paper.skip(left.max(right) - y + 1.0);
        }
        self.paper.skip(8.0);
    }

    fn numbers(&mut self, report: &Report) {
        let count = u16::try_from(report.numbers.len()).unwrap_or(1).max(1);
        let wide = (RIGHT - LEFT) / f32::from(count);
        let high = 52.0;
        self.paper.make_room(high + 30.0);
        self.paragraph(SECTION, &report.text.t("report-numbers"));
        self.paper.skip(3.0);
        let y = self.paper.y();
        self.paper.area(LEFT, y, RIGHT - LEFT, high, Tone::Faint);
        let mut x = LEFT + 8.0;
        for Number {
            label,
            value,
            below,
        } in &report.numbers
        {
            let room = wide - 12.0;
            self.lines(x, y + 4.0, room, LABEL, label);
            let fits = room / self.paper.width(FIGURE, value).max(room) * FIGURE.size;
            let figure = Style {
                size: fits.max(BODY.size),
                ..FIGURE
            };
            self.lines(x, y + 15.0, room, figure, value);
            self.lines(x, y + 37.0, room, LABEL, below);
            x += wide;
        }
        self.paper.skip(high + 14.0);
    }

    fn table(&mut self, report: &Report, sheet: &super::Sheet) {
        self.paper.make_room(90.0);
        self.paragraph(SECTION, &sheet.name);
        self.paper.skip(3.0);
        if sheet.rows.is_empty() {
            self.paragraph(BODY, &report.text.t("report-empty"));
        } else {
            let left = table::put(&mut self.paper, sheet, &mut self.done);
            if left > 0 {
                let shown = sheet.rows.len() - left;
                let args = [("shown", shown.into()), ("left", left.into())];
                self.paper.skip(4.0);
                self.paragraph(STRONG, &report.text.fill("report-rows-left", &args));
            }
        }
        self.paper.skip(14.0);
    }

    fn remarks(&mut self, report: &Report) {
        self.paper.make_room(90.0);
        self.paragraph(SECTION, &report.text.t("report-remarks"));
        self.paper.skip(3.0);
        let mut all = report.remarks.clone();
        if self.done.cut > 0 {
            let args = [("count", self.done.cut.into())];
            all.push(report.text.fill("report-cut", &args));
        }
        if self.done.escaped {
            all.push(report.text.t("report-escaped"));
        }
        for remark in all {
            self.paragraph(BODY, &remark);
            self.paper.skip(4.0);
        }
    }
}
