//! `completions` and `man`: what packages install beside the program.

use std::path::Path;

use capdo_checks::lang::Lang;
use clap_complete::{aot, generate};

use super::{CliError, Output, args::Shell, command};

const NAME: &str = "capdo-collector";

pub(super) fn completions(output: &Output, shell: Shell, lang: Lang) {
    let mut command = command(lang);
    let mut text = Vec::new();
    match shell {
        Shell::Bash => generate(aot::Bash, &mut command, NAME, &mut text),
        Shell::Fish => generate(aot::Fish, &mut command, NAME, &mut text),
        Shell::Zsh => generate(aot::Zsh, &mut command, NAME, &mut text),
    }
    output.raw(&String::from_utf8_lossy(&text));
}

/// One page per command.
pub(super) fn man(dir: &Path, lang: Lang) -> Result<(), CliError> {
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(command(lang), dir))
        .map_err(|source| CliError::Man {
            dir: dir.to_owned(),
            source,
        })
}
