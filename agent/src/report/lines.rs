//! Lines of a probe's report: a label from the catalogue, and what was seen. Every value is made
//! harmless on its way into a [`Value`].

use capdo_checks::{Value, lang::Lang};
use capdo_cli::wrap::wrap;

use crate::{out::Screen, say};

/// The lines so far.
#[derive(Debug)]
pub struct Lines {
    lang: Lang,
    width: Option<usize>,
    text: String,
}

impl Lines {
    /// None yet.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            width: Screen::of_stdout().width,
            text: String::new(),
        }
    }

    /// Adds a sentence with values.
    pub fn with(&mut self, key: &str, args: &[(&str, Value)]) {
        self.raw(&say::with(self.lang, key, args));
    }

    /// Adds a sentence without values.
    pub fn say(&mut self, key: &str) {
        self.with(key, &[]);
    }

    /// Adds a label with a value.
    pub fn put(&mut self, key: &str, value: impl Into<Value>) {
        let label = say::plain(self.lang, key);
        self.raw(&format!("{label}: {}", value.into().to_line()));
    }

    /// Adds a label that is no word of a language, with a value.
    pub fn labelled(&mut self, label: &str, value: &str) {
        let line = Value::from(format!("{label}: {value}"));
        self.raw(&line.to_line());
    }

    /// Adds a label with a list, or the word for none.
    pub fn list(&mut self, key: &str, list: &[String]) {
        if list.is_empty() {
            let none = say::plain(self.lang, "probe-none");
            self.put(key, none);
        } else {
            let label = say::plain(self.lang, key);
            let items = Value::from(list.to_vec()).to_line();
            self.raw(&format!("{label}: {items}"));
        }
    }

    /// Adds a label with yes or no.
    pub fn yes_no(&mut self, key: &str, yes: bool) {
        let word = if yes { "probe-yes" } else { "probe-no" };
        let word = say::plain(self.lang, word);
        self.put(key, word);
    }

    /// Adds an empty line between two parts.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// All of it.
    pub fn done(self) -> String {
        self.text
    }

    fn raw(&mut self, line: &str) {
        let room = self.width.map(|w| w.saturating_sub(4));
        for (n, line) in wrap(line, room).iter().enumerate() {
            self.text.push_str(if n == 0 { "  " } else { "    " });
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}
