//! A page of sections and rows. Everything that a peer wrote is made harmless here, in one place.

use capdo_checks::{Value, lang::Lang, value::clean};
use capdo_cli::wrap::{pad, width, wrap};

use crate::{out::Screen, say};

/// Columns of labels.
const LABEL: usize = 34;

/// How a row is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
}

#[derive(Debug)]
pub(super) struct Page {
    lang: Lang,
    screen: Screen,
    text: String,
}

impl Page {
    pub(super) const fn new(lang: Lang, screen: Screen) -> Self {
        Self {
            lang,
            screen,
            text: String::new(),
        }
    }

    /// A sentence without placeholders.
    pub(super) fn plain(&self, key: &str) -> String {
        say::plain(self.lang, key)
    }

    /// A sentence with values.
    pub(super) fn with(&self, key: &str, args: &[(&str, Value)]) -> String {
        say::with(self.lang, key, args)
    }

    /// The words of the catalogue for a word of the engine; the word itself where it has none.
    pub(super) fn word(&self, prefix: &str, word: &str) -> String {
        let key = format!("{prefix}-{}", word.replace(' ', "-"));
        let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
        if plain && say::messages(self.lang).has(&key, None) {
            self.plain(&key)
        } else {
            word.to_owned()
        }
    }

    pub(super) fn section(&mut self, key: &str) {
        self.section_with(key, &[]);
    }

    pub(super) fn section_with(&mut self, key: &str, args: &[(&str, Value)]) {
        let title = harmless(&self.with(key, args));
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for line in wrap(&title, self.screen.width) {
            let line = self.paint(&line, "1");
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// A whole sentence as a row.
    pub(super) fn say(&mut self, key: &str) {
        let text = self.plain(key);
        self.block(&text, Tone::Plain, 2);
    }

    /// A label and what was found.
    pub(super) fn row(&mut self, label: &str, value: &str, tone: Tone) {
        let label = pad(&harmless(label), LABEL.min(label_room(self.screen)));
        let indent = 3 + width(&label);
        let value = harmless(value);
        let lines = wrap(&value, self.screen.width.map(|w| w.saturating_sub(indent)));
        for (n, line) in lines.iter().enumerate() {
            let painted = self.tone(line, tone);
            let head = if n == 0 {
                format!("  {label} ")
            } else {
                " ".repeat(indent)
            };
            self.text.push_str(format!("{head}{painted}").trim_end());
            self.text.push('\n');
        }
    }

    /// A label with a list, or the word for none.
    pub(super) fn list(&mut self, key: &str, items: &[String]) {
        let label = self.plain(key);
        let value = if items.is_empty() {
            self.plain("probe-none")
        } else {
            items.join(", ")
        };
        self.row(&label, &value, Tone::Plain);
    }

    /// A sentence that may take several lines.
    pub(super) fn block(&mut self, text: &str, tone: Tone, indent: usize) {
        let text = harmless(text);
        for line in wrap(&text, self.screen.width.map(|w| w.saturating_sub(indent))) {
            let line = self.tone(&line, tone);
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    pub(super) fn done(self) -> String {
        self.text
    }

    fn tone(&self, text: &str, tone: Tone) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Good => self.paint(text, "32"),
            Tone::Warn => self.paint(text, "33"),
            Tone::Bad => self.paint(text, "1;31"),
        }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.screen.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

const fn label_room(screen: Screen) -> usize {
    match screen.width {
        Some(width) if width < 80 => 24,
        _ => LABEL,
    }
}

/// One line without control characters and without marks that turn the direction of writing.
fn harmless(text: &str) -> String {
    clean(&text.replace(['\n', '\t', '\r'], " "))
}
