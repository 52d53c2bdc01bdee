//! Help texts in the reader's language.

use capdo_checks::{
    lang::Lang,
    text::{Bilingual, Messages},
};
use clap::{Arg, ArgAction, Command};

use crate::COMMON;

/// The commands that a sysadmin has no daily use for.
const HIDDEN: [&str; 2] = ["completions", "man"];

/// Fills in every help text from `own`, the program's sentences. Subcommand `a b` has the message
/// `cli-a-b`; its argument `x` has the attribute `.x`; `.after` stands below the arguments.
pub fn localize(command: Command, own: &Bilingual, lang: Lang) -> Command {
    let version = flag("version", 'V', ArgAction::Version, "help-version", lang);
    walk(command, "cli", own.of(lang), lang).arg(version)
}

fn walk(command: Command, key: &str, own: &Messages, lang: Lang) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let mut command = command
        .disable_help_flag(true)
        .help_template(template(lang))
        .subcommand_help_heading(heading(lang, "help-commands"))
        .subcommand_value_name(heading(lang, "help-command"))
        .about(own.get(key, None, &[]))
        .mut_args(|arg| {
            let text = own.get(key, Some(arg.get_id().as_str()), &[]);
            help(arg, text, lang)
        })
        .arg(flag("help", 'h', ArgAction::Help, "help-help", lang));
    if own.has(key, Some("after")) {
        command = command.after_help(own.get(key, Some("after"), &[]));
    }
    for name in names {
        let inner = format!("{key}-{name}");
        command = command.mut_subcommand(&name, |sub| {
            walk(sub, &inner, own, lang).hide(HIDDEN.contains(&name.as_str()))
        });
    }
    command
}

fn help(arg: Arg, text: String, lang: Lang) -> Arg {
    let arg = arg.help(text).help_heading(heading(lang, "help-options"));
    if !arg.get_action().takes_values() {
        return arg;
    }
    // What clap would add about values and defaults is English; the help text says it.
    arg.hide_possible_values(true).hide_default_value(true)
}

fn flag(name: &'static str, short: char, action: ArgAction, key: &str, lang: Lang) -> Arg {
    let arg = Arg::new(name).short(short).long(name).action(action);
    help(arg, COMMON.plain(lang, key), lang)
}

/// Clap wants headings that live as long as the program: a few bytes, given up once.
fn heading(lang: Lang, key: &str) -> &'static str {
    COMMON.plain(lang, key).leak()
}

/// Clap's layout with the one heading that it does not let be set otherwise.
fn template(lang: Lang) -> String {
    let usage = COMMON.plain(lang, "help-usage");
    format!("{{about}}\n\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}\n")
}

/// The ids of help texts that `own` lacks for a command as the program defines it, for a test.
pub fn untold(command: &Command, own: &Bilingual, lang: Lang) -> Vec<String> {
    let mut missing = Vec::new();
    look(command, "cli", own.of(lang), &mut missing);
    missing
}

fn look(command: &Command, key: &str, own: &Messages, missing: &mut Vec<String>) {
    if !own.has(key, None) {
        missing.push(key.to_owned());
    }
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        if !["help", "version"].contains(&id) && !own.has(key, Some(id)) {
            missing.push(format!("{key}.{id}"));
        }
    }
    for sub in command.get_subcommands() {
        look(sub, &format!("{key}-{}", sub.get_name()), own, missing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VI: &str = "cli = Thử\n    .level = Cấp độ.\ncli-man = Trang\n";
    const EN: &str = "cli = Try\n    .level = The level.\ncli-man = Page\n";

    fn command() -> Command {
        let level = Arg::new("level").long("level").default_value("2");
        Command::new("x")
            .version("1")
            .disable_version_flag(true)
            .disable_help_subcommand(true)
            .arg(level)
            .subcommand(Command::new("man"))
    }

    #[test]
    fn help_is_in_one_language() {
        let own = Bilingual::new(VI, EN);
        let shown = |lang| localize(command(), &own, lang).render_help().to_string();
        let vi = shown(Lang::Vi);
        for part in ["Thử", "Cách dùng: x", "Cấp độ.", "Hiện phiên bản."] {
            assert!(vi.contains(part), "{part}: {vi}");
        }
        for english in ["Usage", "default", "man", "Print"] {
            assert!(!vi.contains(english), "{english}: {vi}");
        }
        assert!(shown(Lang::En).contains("Usage: x"));
    }

    #[test]
    fn a_missing_text_is_named() {
        let own = Bilingual::new(VI, "cli = Try\n");
        assert_eq!(untold(&command(), &own, Lang::Vi), Vec::<String>::new());
        assert_eq!(untold(&command(), &own, Lang::En), ["cli.level", "cli-man"]);
    }
}
