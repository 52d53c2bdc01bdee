//! `config check`: whether a configuration file is right, with every problem at once.

use std::path::Path;

use capdo_checks::{Value, lang::Lang};

use super::failed;
use crate::{
    config::{Config, ConfigError, DEFAULT_PATH},
    exit::Exit,
    out, say,
};

/// Carries out `config check [FILE]`.
pub(super) fn run(file: Option<&Path>, lang: Lang) -> Exit {
    let file = file.unwrap_or(Path::new(DEFAULT_PATH));
    match Config::load(file) {
        Ok(config) => {
            for warning in &config.warnings {
                out::error(&warning.say(file, lang));
            }
            let name = [("file", Value::from(file.display().to_string()))];
            out::line(&say::with(lang, "config-fine", &name));
            Exit::Fine
        }
        Err(ConfigError::Check { file, problems }) => {
            for problem in problems {
                out::error(&problem.say(&file, lang));
            }
            Exit::Usage
        }
        Err(error) => failed(&error, Exit::Usage, lang),
    }
}
