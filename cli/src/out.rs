//! What writes to the terminal.

use std::io::{self, IsTerminal as _, Write as _};

use crate::table::tame_lines;

/// What the standard output is, and how to write for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Whether to colour.
    pub colour: bool,
    /// Columns to wrap at; `None` where lines go to a file or a pipe and stay whole.
    pub width: Option<usize>,
}

impl Screen {
    /// The standard output as it is. Colour only on a terminal, and not where `NO_COLOR` is set.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Self {
                colour: false,
                width: None,
            };
        }
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|v| v == "dumb");
        let columns = rustix::termios::tcgetwinsize(&stdout).map_or(0, |size| size.ws_col);
        let columns = if columns == 0 { 80 } else { columns };
        Self {
            colour: !no_colour && !dumb,
            width: Some(usize::from(columns.clamp(40, 160))),
        }
    }
}

/// Writes `text` to standard output. A reader that went away (`| head`) is no error.
pub fn print(text: &str) {
    ignore(io::stdout().lock().write_all(text.as_bytes()));
}

/// Writes `text` and a line end to standard output.
pub fn line(text: &str) {
    let mut stdout = io::stdout().lock();
    ignore(writeln!(stdout, "{text}"));
}

/// Writes `text` and a line end to standard error. Names in it may be anybody's: it steers no terminal.
pub fn error(text: &str) {
    ignore(writeln!(io::stderr().lock(), "{}", tame_lines(text)));
}

/// A failed write to a terminal has nobody left to be told.
fn ignore(result: io::Result<()>) {
    drop(result);
}

/// A bar on standard error that shows how far a scan is; silent unless that is a terminal.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    shown: bool,
}

impl Progress {
    const CELLS: usize = 24;

    /// A bar for `total` checks.
    pub fn new(total: usize) -> Self {
        Self {
            total,
            shown: io::stderr().is_terminal(),
        }
    }

    /// Shows that the check `id` starts, after `done` others.
    pub fn step(&self, done: usize, id: &str) {
        self.step_of(self.total, done, id);
    }

    /// As [`Self::step`], where the number of steps becomes known on the way.
    pub fn step_of(&self, total: usize, done: usize, id: &str) {
        if !self.shown {
            return;
        }
        let filled = Self::CELLS * done.min(total) / total.max(1);
        let bar: String = (0..Self::CELLS)
            .map(|cell| if cell < filled { '█' } else { '░' })
            .collect();
        let n = (done + 1).min(total);
        let mut stderr = io::stderr().lock();
        ignore(write!(stderr, "\r\x1b[K{bar} {n}/{total} {id}"));
        ignore(stderr.flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            ignore(write!(io::stderr().lock(), "\r\x1b[K"));
        }
    }
}
