//! `completions` and `man`: what packages install beside the program.

use std::{io, path::Path};

use capdo_checks::{Value, lang::Lang};
use clap_complete::{aot, generate};

use crate::{
    cli::{self, Shell},
    exit::Exit,
    out, say,
};

/// Carries out `completions SHELL`.
pub(super) fn completions(shell: Shell, lang: Lang) -> Exit {
    let mut command = cli::command(lang);
    let mut text = Vec::new();
    let name = "capdo-agent";
    match shell {
        Shell::Bash => generate(aot::Bash, &mut command, name, &mut text),
        Shell::Fish => generate(aot::Fish, &mut command, name, &mut text),
        Shell::Zsh => generate(aot::Zsh, &mut command, name, &mut text),
    }
    out::print(&String::from_utf8_lossy(&text));
    Exit::Fine
}

/// Carries out `man DIR`: one page per command.
pub(super) fn man(dir: &Path, lang: Lang) -> Exit {
    match write_pages(dir, lang) {
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

fn write_pages(dir: &Path, lang: Lang) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(cli::command(lang), dir)
}
