//! What packages install beside a program: completions for shells, and man pages.

use std::{fs, io, path::Path};

use clap::{Command, ValueEnum};
use clap_complete::{aot, generate};

/// A shell with completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Fish.
    Fish,
    /// Z shell.
    Zsh,
}

/// The completions of a program for a shell.
pub fn completions(mut command: Command, shell: Shell) -> String {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match shell {
        Shell::Bash => generate(aot::Bash, &mut command, name, &mut text),
        Shell::Fish => generate(aot::Fish, &mut command, name, &mut text),
        Shell::Zsh => generate(aot::Zsh, &mut command, name, &mut text),
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Writes the man pages of a program into a folder, which is made where it is missing: one page per
/// command.
///
/// # Errors
/// When the folder cannot be made or written to.
pub fn man(command: Command, dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command, dir)
}
