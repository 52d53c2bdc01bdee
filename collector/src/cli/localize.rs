//! Help texts in the reader's language.

use capdo_checks::lang::Lang;
use clap::{Arg, ArgAction, Command};

use crate::say;

/// The commands that a sysadmin has no daily use for.
const HIDDEN: [&str; 2] = ["completions", "man"];

/// Fills in every help text. Subcommand `a b` has the message `cli-a-b`; its argument `x` has the
/// attribute `.x`.
pub(super) fn localize(command: Command, lang: Lang) -> Command {
    let version = flag("version", 'V', ArgAction::Version, lang);
    walk(command, "cli", lang).arg(version)
}

fn walk(command: Command, key: &str, lang: Lang) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let messages = say::messages(lang);
    let mut command = command
        .disable_help_flag(true)
        .help_template(template(lang))
        .subcommand_help_heading(heading(lang, "cli-commands"))
        .subcommand_value_name(heading(lang, "cli-command"))
        .about(messages.get(key, None, &[]))
        .mut_args(|arg| help(arg, key, lang))
        .arg(flag("help", 'h', ArgAction::Help, lang));
    if messages.has(key, Some("after")) {
        command = command.after_help(messages.get(key, Some("after"), &[]));
    }
    for name in names {
        let inner = format!("{key}-{name}");
        command = command.mut_subcommand(&name, |sub| {
            walk(sub, &inner, lang).hide(HIDDEN.contains(&name.as_str()))
        });
    }
    command
}

fn help(arg: Arg, key: &str, lang: Lang) -> Arg {
    let text = say::messages(lang).get(key, Some(arg.get_id().as_str()), &[]);
    let arg = arg.help(text).help_heading(heading(lang, "cli-options"));
    if !arg.get_action().takes_values() {
        return arg;
    }
    // What clap would add about values and defaults is English; the help text says it.
    arg.hide_possible_values(true).hide_default_value(true)
}

fn flag(name: &'static str, short: char, action: ArgAction, lang: Lang) -> Arg {
    let text = say::messages(lang).get("cli", Some(name), &[]);
    Arg::new(name)
        .short(short)
        .long(name)
        .action(action)
        .help(text)
        .help_heading(heading(lang, "cli-options"))
}

/// Clap wants headings that live as long as the program: a few bytes, given up once.
fn heading(lang: Lang, key: &str) -> &'static str {
    say::plain(lang, key).leak()
}

/// Clap's layout with the one heading that it does not let be set otherwise.
fn template(lang: Lang) -> String {
    let usage = say::plain(lang, "cli-usage");
    format!("{{about}}\n\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untold(command: &Command, key: &str, lang: Lang, missing: &mut Vec<String>) {
        let messages = say::messages(lang);
        if !messages.has(key, None) {
            missing.push(key.to_owned());
        }
        let inherited = |id: &str| ["help", "version"].contains(&id);
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            if !inherited(id) && !messages.has(key, Some(id)) {
                missing.push(format!("{key}.{id}"));
            }
        }
        for sub in command.get_subcommands() {
            untold(sub, &format!("{key}-{}", sub.get_name()), lang, missing);
        }
    }

    #[test]
    fn every_argument_has_its_help_in_both_languages() {
        for lang in Lang::ALL {
            let mut missing = Vec::new();
            untold(&super::super::command(lang), "cli", lang, &mut missing);
            assert!(missing.is_empty(), "{lang}: {missing:?}");
            super::super::command(lang).debug_assert();
        }
    }
}
