//! How the programs of capdo speak to a person at a terminal.
//!
//! * [`lang`] chooses the language; [`help`] fills it into every help text;
//! * [`usage`] reads a command line and words what is wrong with it; [`exit`] holds the statuses;
//! * [`out`] writes to the terminal; [`wrap`] and [`table`] lay text out;
//! * [`disk`] looks whether something can be kept, [`replace`] whether a file may take the place of another;
//! * [`person`] tells who that is;
//! * [`pages`] makes what packages install beside a program: completions and man pages.
//!
//! What a program itself has to say stays with it, in a [`Bilingual`] of its own.
//!
//! [`Bilingual`]: capdo_checks::text::Bilingual

#![forbid(unsafe_code)]

pub mod disk;
pub mod exit;
pub mod help;
pub mod lang;
pub mod out;
pub mod pages;
pub mod person;
pub mod replace;
pub mod table;
pub mod usage;
pub mod wrap;

use capdo_checks::text::Bilingual;

/// What every program says alike.
static COMMON: Bilingual = Bilingual::new(
    include_str!("../messages/vi.ftl"),
    include_str!("../messages/en.ftl"),
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::COMMON;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(COMMON.faults(), Vec::<String>::new());
    }

    #[test]
    fn what_is_said_exists_and_what_exists_is_said() {
        let sources = [include_str!("help.rs"), include_str!("usage.rs")];
        let quoted = sources.iter().flat_map(|s| s.split('"').skip(1).step_by(2));
        let said: BTreeSet<String> = quoted
            .filter(|q| q.starts_with("help-") || q.starts_with("usage-"))
            .map(str::to_owned)
            .collect();
        assert_eq!(said, COMMON.ids());
    }
}
