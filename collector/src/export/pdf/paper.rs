//! Pages on which ink is put, A4, and how they become a document. Pages are drawn once their number is known.

use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Archival, ConfigurationBuilder},
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
};

use super::face::Faces;

/// Width and height of A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// Where what is printed begins and ends on a line.
pub(super) const LEFT: f32 = 45.0;
pub(super) const RIGHT: f32 = PAGE.0 - 45.0;
const TOP: f32 = 48.0;
const BOTTOM: f32 = PAGE.1 - 58.0;
/// The height of a line, in parts of the font's size.
const LINE: f32 = 1.28;
/// Tables end on this page: what a report is made with is held in memory.
pub(super) const MOST_PAGES: usize = 1_500;

/// How dark something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Words.
    Black,
    /// Words that stand back.
    Grey,
    /// Lines between rows.
    Pale,
    /// Behind heads.
    Faint,
}

impl Tone {
    fn fill(self) -> Fill {
        let lightness = match self {
            Self::Black => 0,
            Self::Grey => 85,
            Self::Pale => 185,
            Self::Faint => 236,
        };
        Fill {
            paint: rgb::Color::new(lightness, lightness, lightness).into(),
            ..Fill::default()
        }
    }
}

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    /// The size of the font, in points.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) tone: Tone,
}

impl Style {
    /// How far apart its lines are.
    pub(super) fn line(self) -> f32 {
        self.size * LINE
    }
}

enum Ink {
    Words {
        x: f32,
        /// Of the base line.
        y: f32,
        style: Style,
        text: String,
    },
    Area {
        rect: Rect,
        tone: Tone,
    },
}

/// Pages under way.
pub(super) struct Paper {
    pub(super) faces: Faces,
    pages: Vec<Vec<Ink>>,
    /// Where the next thing goes on the last page.
    y: f32,
    /// Tables end on this page.
    most: usize,
}

impl Paper {
    /// Nothing yet; tables are to end on page `most`.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            faces: Faces::new(),
            pages: vec![Vec::new()],
            y: TOP,
        }
    }

    /// Where the next thing goes.
    pub(super) fn y(&self) -> f32 {
        self.y
    }

    /// Whether `height` is left on the page.
    pub(super) fn has_room(&self, height: f32) -> bool {
        self.y + height <= BOTTOM
    }

    /// Whether no page may be added for a table.
    pub(super) fn is_full(&self) -> bool {
        self.pages.len() >= self.most
    }

    /// Begins a page.
    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Goes down.
    pub(super) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins a page where less than `height` is left.
    pub(super) fn make_room(&mut self, height: f32) {
        if !self.has_room(height) {
            self.turn();
        }
    }

    /// Puts a line of words; `y` is its upper edge.
    pub(super) fn words(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let y = style.size.mul_add(1.02, y);
        let text = text.to_owned();
        self.put(Ink::Words { x, y, style, text });
    }

    /// Fills an area.
    pub(super) fn area(&mut self, x: f32, y: f32, width: f32, height: f32, tone: Tone) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.put(Ink::Area { rect, tone });
        }
    }

    /// A line from side to side.
    pub(super) fn rule(&mut self, y: f32, tone: Tone) {
        self.area(LEFT, y - 0.3, RIGHT - LEFT, 0.6, tone);
    }

    /// How wide words are.
    pub(super) fn width(&self, style: Style, text: &str) -> f32 {
        self.face(style).width(text) * style.size
    }

    /// The face of a style.
    pub(super) fn face(&self, style: Style) -> &super::face::Face {
        if style.bold {
            &self.faces.bold
        } else {
            &self.faces.regular
        }
    }

    fn put(&mut self, ink: Ink) {
        if let Some(page) = self.pages.last_mut() {
            page.push(ink);
        }
    }

    /// The document. `foot` says what stands at the left below each page, `number` which page of how many.
    ///
    /// # Errors
    /// When the document would break the rules of PDF/A.
    pub(super) fn print(
        mut self,
        about: Metadata,
        foot: &str,
        number: impl Fn(usize, usize) -> String,
    ) -> Result<Vec<u8>, String> {
        let settings = SerializeSettings {
            configuration: ConfigurationBuilder::new()
                .with_archival_validator(Archival::A2_U)
                .finish()
                .map_err(|e| format!("{e:?}"))?,
            ..SerializeSettings::default()
        };
        let mut document = Document::new_with(settings);
        document.set_metadata(about);
        let pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        for (n, page) in pages.into_iter().enumerate() {
            let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("a page has no size")?;
            let mut to = document.start_page_with(size);
            let mut surface = to.surface();
            for ink in page {
                self.draw(&mut surface, &ink);
            }
            for ink in self.foot(foot, &number(n + 1, count)) {
                self.draw(&mut surface, &ink);
            }
            surface.finish();
            to.finish();
        }
        document.finish().map_err(|e| format!("{e:?}"))
    }

    fn foot(&self, foot: &str, number: &str) -> [Ink; 2] {
        let style = Style {
            size: 8.0,
            bold: false,
            tone: Tone::Grey,
        };
        let y = PAGE.1 - 34.0;
        let words = |x, text: &str| Ink::Words {
            x,
            y,
            style,
            text: text.to_owned(),
        };
        let at = RIGHT - self.width(style, number);
        [words(LEFT, foot), words(at, number)]
    }

    fn draw(&self, surface: &mut Surface<'_>, ink: &Ink) {
        surface.set_stroke(None::<Stroke>);
        match ink {
            Ink::Words { x, y, style, text } => {
                let face = self.face(*style);
                let glyphs = face.glyphs(text);
                surface.set_fill(Some(style.tone.fill()));
                let start = Point::from_xy(*x, *y);
                surface.draw_glyphs(start, &glyphs, face.font(), text, style.size, false);
            }
            Ink::Area { rect, tone } => {
                surface.set_fill(Some(tone.fill()));
                let mut path = PathBuilder::new();
                path.push_rect(*rect);
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
        }
    }
}
