//! The one place that prints: results on stdout, errors on stderr.

use std::io::{self, Write};

use capdo_checks::{Value, lang::Lang};
pub(crate) use capdo_cli::table::{columns, tame};
use capdo_cli::table::{tame_json, tame_lines};
use serde::Serialize;

use crate::say::{self, Explain};

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    lang: Lang,
}

impl Output {
    /// As JSON, or as text in `lang`.
    pub(crate) fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang }
    }

    /// The language of texts.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// The sentence `key`.
    pub(crate) fn say(&self, key: &str, args: &[(&str, Value)]) -> String {
        say::with(self.lang, key, args)
    }

    /// The word for a value of a fixed list.
    pub(crate) fn word<T: Serialize>(&self, stem: &str, value: &T) -> String {
        let code = serde_json::to_value(value).unwrap_or_default();
        say::named(self.lang, stem, code.as_str().unwrap_or_default())
    }

    /// Prints a value as JSON, or what `text` says of it.
    pub(crate) fn show<T: Serialize + ?Sized>(&self, value: &T, text: impl FnOnce(&T) -> String) {
        let text = if self.json {
            let json = serde_json::to_string_pretty(value);
            tame_json(&json.unwrap_or_else(|e| format!("{{\"error\":{e:?}}}")))
        } else {
            text(value)
        };
        self.raw(&text);
    }

    /// Prints rows as JSON, or as a table of the columns with these heads.
    pub(crate) fn table<T: Serialize, const N: usize>(
        &self,
        rows: &[T],
        heads: [&str; N],
        cells: impl Fn(&T) -> [String; N],
    ) {
        self.show(rows, |rows| {
            let cells: Vec<_> = rows.iter().map(cells).collect();
            columns(self.heads(heads), &cells).join("\n")
        });
    }

    /// The heads of columns.
    pub(crate) fn heads<const N: usize>(&self, ids: [&str; N]) -> [String; N] {
        ids.map(|id| say::plain(self.lang, id))
    }

    /// Prints text as it is.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn raw(&self, text: &str) {
        put(&mut io::stdout().lock(), text);
    }

    /// Prints a remark below a result; none beside JSON, which holds all.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            self.raw(text);
        }
    }

    /// Prints an error.
    pub(crate) fn error(&self, error: &dyn Explain) {
        let sentence = error.say(self.lang);
        if self.json {
            let shown = serde_json::json!({ "code": error.sentence().0, "error": sentence });
            put(&mut io::stderr().lock(), &tame_json(&shown.to_string()));
        } else {
            self.complain(&sentence);
        }
    }

    /// Shows how far something has come, over what was shown before; only to a person.
    pub(crate) fn progress(&self, said: &str) {
        let mut to = io::stderr().lock();
        if !self.json && io::IsTerminal::is_terminal(&to) {
            write!(to, "\r{}\u{1b}[K", tame(said)).unwrap_or_default();
        }
    }

    /// Ends what `progress` showed.
    pub(crate) fn progress_ends(&self) {
        self.progress("");
    }

    /// Prints what is wrong.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn complain(&self, text: &str) {
        put(
            &mut io::stderr().lock(),
            &format!("capdo-collector: {}", tame_lines(text)),
        );
    }
}

/// A closed pipe (`… | head`) is no reason to fail.
fn put(to: &mut dyn Write, text: &str) {
    writeln!(to, "{}", text.trim_end()).unwrap_or_default();
}
