//! Words and figures of the pages, in the reader's language.

use capdo_checks::{
    lang::Lang,
    observation::{Value, clean},
    text::{Bilingual, decimal},
};

use crate::clock::timestamp;

/// The pages' sentences, Vietnamese.
pub const VI: &str = include_str!("../../../messages/vi.ftl");
/// The pages' sentences, English.
pub const EN: &str = include_str!("../../../messages/en.ftl");
static SENTENCES: Bilingual = Bilingual::new(VI, EN);

/// The hours by which all of Viet Nam is ahead of UTC.
pub const VIETNAM_H: i8 = 7;

/// Says things in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    lang: Lang,
}

impl Text {
    /// Says things in `lang`.
    pub const fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The language.
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// The sentence `id`.
    pub fn t(&self, id: &str) -> String {
        SENTENCES.plain(self.lang, id)
    }

    /// The sentence `id` with its placeholders filled.
    pub fn fill(&self, id: &str, args: &[(&str, Value)]) -> String {
        SENTENCES.with(self.lang, id, args)
    }

    /// The sentence `stem-code`, where `code` is one of a fixed list; the code itself otherwise.
    pub fn named(&self, stem: &str, code: &str) -> String {
        SENTENCES.named(self.lang, stem, code)
    }

    /// Basis points as points of a hundred: `63,25`.
    pub fn points(&self, bp: u32) -> String {
        decimal(self.lang, bp, 2)
    }

    /// Basis points as a share: `63,25%`.
    pub fn percent(&self, bp: u32) -> String {
        format!("{}%", self.points(bp))
    }

    /// Milliseconds as seconds: `1,4`.
    pub fn seconds(&self, ms: i64) -> String {
        decimal(
            self.lang,
            u32::try_from(ms.max(0) / 100).unwrap_or(u32::MAX),
            1,
        )
    }

    /// A stored time in Viet Nam: `22/11/2026 14:54`.
    pub fn time(&self, ms: i64) -> String {
        let at = jiff::tz::Offset::constant(VIETNAM_H).to_datetime(timestamp(ms));
        let format = match self.lang {
            Lang::Vi => "%d/%m/%Y %H:%M",
            Lang::En => "%d %b %Y %H:%M",
        };
        at.strftime(format).to_string()
    }

    /// A stored time, or the word for never.
    pub fn time_or_never(&self, ms: Option<i64>) -> String {
        ms.map_or_else(|| self.t("never"), |ms| self.time(ms))
    }

    /// A level: `Cấp 3`.
    pub fn level(&self, level: u8) -> String {
        self.fill("level-n", &[("level", Value::Int(i64::from(level)))])
    }
}

/// Text that somebody else wrote, made harmless and bounded.
pub fn foreign(text: &str) -> String {
    clean(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_times_follow_the_language() {
        let (vi, en) = (Text::new(Lang::Vi), Text::new(Lang::En));
        assert_eq!(vi.points(6325), "63,25");
        assert_eq!(en.points(5), "0.05");
        assert_eq!(vi.percent(10_000), "100,00%");
        let ms = 1_795_334_040_000; // 2026-11-22 07:54 UTC
        assert_eq!(vi.time(ms), "22/11/2026 14:54");
        assert_eq!(en.time(ms), "22 Nov 2026 14:54");
        assert_eq!(vi.time_or_never(None), "chưa có");
    }

    #[test]
    fn foreign_text_loses_what_could_mislead() {
        assert_eq!(foreign("a\u{202e}b\u{1b}[0m"), "a\\u{202e}b\\u{1b}[0m");
    }
}
