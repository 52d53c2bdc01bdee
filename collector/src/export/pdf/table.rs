//! A table over pages: its heads stand again on each, and no row is torn.

use super::{
    lines::{Done, tame, wrap},
    paper::{LEFT, Paper, RIGHT, Style, Tone},
};
use crate::export::{Column, Sheet};

/// Between columns, in points.
const GUTTER: f32 = 7.0;
/// Above and below the words of a row.
const AIR: f32 = 3.0;
/// A part of a cell has at most so many lines, and a cell at most four parts: a row fits on a page.
const MOST_LINES: usize = 16;

const HEAD: Style = style(7.6, true, Tone::Black);
const MAIN: Style = style(8.4, false, Tone::Black);
const STRONG: Style = style(8.4, true, Tone::Black);
const SMALL: Style = style(7.2, false, Tone::Grey);

const fn style(size: f32, bold: bool, tone: Tone) -> Style {
    Style { size, bold, tone }
}

/// Lines of one style.
type Part = (Style, Vec<String>);

/// Where columns begin, and how wide they are.
fn columns(print: &[Column]) -> Vec<(f32, f32)> {
    let all: u16 = print.iter().map(|c| c.share).sum();
    let unit = (RIGHT - LEFT) / f32::from(all.max(1));
    let mut x = LEFT;
    let place = |c: &Column| {
        let wide = f32::from(c.share) * unit;
        x += wide;
        (x - wide + GUTTER / 2.0, wide - GUTTER)
    };
    print.iter().map(place).collect()
}

/// Puts the table below what is there; how many rows found no room.
pub(super) fn put(paper: &mut Paper, sheet: &Sheet, done: &mut Done) -> usize {
    let places = columns(sheet.print);
    let heads = heads(paper, sheet, &places, done);
    paper.make_room(height(&heads) + 40.0);
    draw_heads(paper, &places, &heads);
    for (n, row) in sheet.rows.iter().enumerate() {
        let cells = cells(paper, sheet, row, &places, done);
        let high = height(&cells);
        if !paper.has_room(high) {
            if paper.is_full() {
                return sheet.rows.len() - n;
            }
            paper.turn();
            draw_heads(paper, &places, &heads);
        }
        draw(paper, &places, &cells);
        paper.skip(high);
        paper.rule(paper.y(), Tone::Pale);
    }
    0
}

fn heads(paper: &Paper, sheet: &Sheet, places: &[(f32, f32)], done: &mut Done) -> Vec<Vec<Part>> {
    let mut all = Vec::new();
    for (column, (_, wide)) in sheet.print.iter().zip(places) {
        let words: Vec<&str> = column
            .parts
            .iter()
            .filter_map(|n| get(&sheet.heads, *n))
            .collect();
        let text = tame(&words.join(" · "), &paper.faces, done);
        let (lines, _) = wrap(&text, paper.face(HEAD), wide / HEAD.size, MOST_LINES);
        all.push(vec![(HEAD, lines)]);
    }
    all
}

fn cells(
    paper: &Paper,
    sheet: &Sheet,
    row: &[String],
    places: &[(f32, f32)],
    done: &mut Done,
) -> Vec<Vec<Part>> {
    let mut all = Vec::new();
    for (column, (_, wide)) in sheet.print.iter().zip(places) {
        let mut parts = Vec::new();
        for (nth, n) in column.parts.iter().enumerate() {
            let text = get(row, *n).unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            let style = match nth {
                0 if column.strong => STRONG,
                0 => MAIN,
                _ => SMALL,
            };
            let before = done.cut;
            let text = tame(text, &paper.faces, done);
            let (lines, over) = wrap(&text, paper.face(style), wide / style.size, MOST_LINES);
            done.cut = before + usize::from(over || done.cut > before);
            parts.push((style, lines));
        }
        all.push(parts);
    }
    all
}

fn get(cells: &[String], n: usize) -> Option<&str> {
    cells.get(n).map(String::as_str)
}

fn height(cells: &[Vec<Part>]) -> f32 {
    let lines = |n: usize| u16::try_from(n).map_or(0.0, f32::from);
    let part = |(style, all): &Part| style.line() * lines(all.len());
    let cell = |parts: &Vec<Part>| parts.iter().map(part).sum::<f32>();
    cells.iter().map(cell).fold(0.0, f32::max) + 2.0 * AIR
}

fn draw_heads(paper: &mut Paper, places: &[(f32, f32)], heads: &[Vec<Part>]) {
    let high = height(heads);
    paper.area(LEFT, paper.y(), RIGHT - LEFT, high, Tone::Faint);
    draw(paper, places, heads);
    paper.skip(high);
}

fn draw(paper: &mut Paper, places: &[(f32, f32)], cells: &[Vec<Part>]) {
    for ((x, _), parts) in places.iter().zip(cells) {
        let mut y = paper.y() + AIR;
        for (style, lines) in parts {
            for line in lines {
                paper.words(*x, y, *style, line);
                y += style.line();
            }
        }
    }
}
