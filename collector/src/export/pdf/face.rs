//! The two faces of a report and what they hold. One character is one glyph: what Vietnamese needs is in
//! the font as whole letters, so nothing has to be shaped.

use std::collections::HashMap;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider as _, instance::LocationRef, instance::Size};

const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// A face: the font as it is embedded, and its glyphs.
pub(super) struct Face {
    font: Font,
    /// The glyph of each character, and how far it advances, in parts of the font's size.
    glyphs: HashMap<char, (u32, f32)>,
}

/// The faces of a report.
pub(super) struct Faces {
    pub(super) regular: Face,
    pub(super) bold: Face,
}

impl Faces {
    /// The embedded faces.
    pub(super) fn new() -> Self {
        let embedded = "the embedded font is a font";
        Self {
            regular: Face::read(REGULAR).expect(embedded),
            bold: Face::read(BOLD).expect(embedded),
        }
    }

    /// Whether both faces show a character.
    pub(super) fn show(&self, c: char) -> bool {
        self.regular.glyphs.contains_key(&c) && self.bold.glyphs.contains_key(&c)
    }
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let inside = FontRef::new(bytes).ok()?;
        let metrics = inside.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = font.units_per_em();
        let glyph = |(code, id): (u32, skrifa::GlyphId)| {
            let advance = metrics.advance_width(id)? / em;
            Some((char::from_u32(code)?, (id.to_u32(), advance)))
        };
        let glyphs = inside.charmap().mappings().filter_map(glyph).collect();
        Some(Self { font, glyphs })
    }

    /// How wide a character is at size 1; nothing where it is not in the font.
    pub(super) fn advance(&self, c: char) -> f32 {
        self.glyphs.get(&c).map_or(0.0, |(_, advance)| *advance)
    }

    /// How wide a text is at size 1.
    pub(super) fn width(&self, text: &str) -> f32 {
        text.chars().map(|c| self.advance(c)).sum()
    }

    /// The font as it is embedded.
    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The glyphs of a text, without the characters that the font lacks.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, c): (usize, char)| {
            let (id, advance) = self.glyphs.get(&c)?;
            let range = at..at + c.len_utf8();
            let id = GlyphId::new(*id);
            Some(KrillaGlyph::new(id, *advance, 0.0, 0.0, 0.0, range, None))
        };
        text.char_indices().filter_map(glyph).collect()
    }
}

#[cfg(test)]
mod tests {
    use capdo_checks::{lang::Lang, observation::is_hostile};

    use super::*;
    use crate::web::pages::text::{EN, VI};

    #[test]
    fn the_faces_hold_every_letter_of_vietnamese_and_nothing_that_cannot_be_seen() {
        let faces = Faces::new();
        let letters = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ";
        for c in letters.chars() {
            for c in c.to_uppercase().chain([c]) {
                assert!(faces.show(c), "{c}");
            }
        }
        for c in faces.regular.glyphs.keys() {
            assert!(faces.show(*c) && !is_hostile(*c), "{c:?}");
        }
    }

    #[test]
    fn the_faces_hold_what_the_pages_say() {
        let faces = Faces::new();
        for (source, lang) in [(VI, Lang::Vi), (EN, Lang::En)] {
            for c in source.chars().filter(|c| !c.is_control()) {
                assert!(faces.show(c), "{lang:?}: {c:?}");
            }
        }
    }
}
