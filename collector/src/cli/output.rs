//! The one place that prints: results on stdout, errors on stderr.

use std::io::{self, Write};

use serde::Serialize;

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// As JSON, or as text.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a value as JSON, or what `text` says of it.
    pub(crate) fn show<T: Serialize + ?Sized>(&self, value: &T, text: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_else(|e| format!("{{\"error\":{e:?}}}"))
        } else {
            text(value)
        };
        put(&mut io::stdout().lock(), &text);
    }

    /// Prints rows as JSON, or as a table of the given columns.
    pub(crate) fn table<T: Serialize, const N: usize>(
        &self,
        rows: &[T],
        heads: [&str; N],
        cells: impl Fn(&T) -> [String; N],
    ) {
        self.show(rows, |rows| {
            let cells: Vec<_> = rows.iter().map(cells).collect();
            columns(heads, &cells)
        });
    }

    /// Prints an error.
    pub(crate) fn error(&self, error: &dyn std::error::Error) {
        let text = if self.json {
            serde_json::json!({ "error": error.to_string() }).to_string()
        } else {
            format!("capdo-collector: {error}")
        };
        put(&mut io::stderr().lock(), &text);
    }
}

/// A closed pipe (`… | head`) is no reason to fail.
fn put(to: &mut dyn Write, text: &str) {
    writeln!(to, "{}", text.trim_end()).unwrap_or_default();
}

fn columns<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let width = |n: usize| {
        let cells = rows.iter().map(|r| r[n].chars().count());
        cells.chain([heads[n].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded = cells
            .iter()
            .zip(widths)
            .map(|(cell, w)| format!("{cell:<w$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let body = rows
        .iter()
        .map(|row| line(row.each_ref().map(String::as_str)));
    [line(heads)]
        .into_iter()
        .chain(body)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [
            ["Sở Y tế".to_owned(), "1".to_owned()],
            ["B".to_owned(), "22".to_owned()],
        ];
        assert_eq!(
            columns(["NAME", "N"], &rows),
            "NAME     N\nSở Y tế  1\nB        22"
        );
    }
}
