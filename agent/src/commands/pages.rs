//! `completions` and `man`: what packages install beside the program.

use std::path::Path;

use capdo_checks::{Value, lang::Lang};
use capdo_cli::pages::{self, Shell};

use crate::{cli, exit::Exit, out, say};

/// Carries out `completions SHELL`.
pub(super) fn completions(shell: Shell, lang: Lang) -> Exit {
    out::print(&pages::completions(cli::command(lang), shell));
    Exit::Fine
}

/// Carries out `man DIR`: one page per command.
pub(super) fn man(dir: &Path, lang: Lang) -> Exit {
    match pages::man(cli::command(lang), dir) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            let args = [
                ("dir", Value::from(dir.display().to_string())),
                ("detail", Value::from(error.to_string())),
            ];
            out::error(&say::with(lang, "man-failed", &args));
            Exit::Internal
        }
    }
}
