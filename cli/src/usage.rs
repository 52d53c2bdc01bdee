//! Reads a command line, and says in the reader's language what is wrong with it.

use std::ffi::OsString;

use capdo_checks::{Value, lang::Lang};
use clap::{
    Command, Error, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::COMMON;

/// What is said in place of carrying out a command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Instead {
    /// Help or the version, which was asked for.
    Told(String),
    /// What is wrong with the command line, with where to read more.
    Wrong(String),
}

/// Reads the arguments of a program; the first is its own name.
///
/// # Errors
/// What to say where there is nothing to carry out.
pub fn parse<C: FromArgMatches>(
    command: Command,
    args: &[OsString],
    lang: Lang,
) -> Result<C, Instead> {
    let program = called(&command, args);
    let parsed = command
        .try_get_matches_from(args)
        .and_then(|matches| C::from_arg_matches(&matches));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Instead::Told(error.render().to_string())
        }
        _ => Instead::Wrong(explain(&error, &program, lang)),
    })
}

/// The program with the command that was called, as far as its name goes.
fn called(command: &Command, args: &[OsString]) -> String {
    let mut name = command.get_name().to_owned();
    let mut at = command;
    for arg in args.iter().skip(1) {
        if let Some(below) = at.find_subcommand(arg) {
            name = format!("{name} {}", below.get_name());
            at = below;
        }
    }
    name
}

fn explain(error: &Error, program: &str, lang: Lang) -> String {
    let (key, args) = sentence(error);
    let what = COMMON.with(lang, key, &args);
    let program = [("program", Value::from(program))];
    format!("{what}\n{}", COMMON.with(lang, "usage-more", &program))
}

fn sentence(error: &Error) -> (&'static str, Vec<(&'static str, Value)>) {
    let arg = ("arg", context(error, ContextKind::InvalidArg));
    let value = ("value", context(error, ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = ("name", context(error, ContextKind::InvalidSubcommand));
            ("usage-unknown-command", vec![name, valid(error)])
        }
        ErrorKind::UnknownArgument => ("usage-unknown-argument", vec![arg]),
        ErrorKind::InvalidValue if is_empty(error) => ("usage-no-value", vec![arg]),
        ErrorKind::InvalidValue => ("usage-invalid-value", vec![arg, value, valid(error)]),
        ErrorKind::ValueValidation => ("usage-invalid-value", vec![arg, value, range(error)]),
        ErrorKind::MissingRequiredArgument => ("usage-missing", vec![arg]),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("usage-no-command", vec![])
        }
        ErrorKind::ArgumentConflict => {
            let other = ("other", context(error, ContextKind::PriorArg));
            ("usage-conflict", vec![arg, other])
        }
        kind => (
            "usage-other",
            vec![("detail", Value::from(format!("{kind:?}")))],
        ),
    }
}

/// What may stand there. The argument's placeholder says it where it spells values, such as `<1-5>`
/// and `<vi|en>`: what clap says of a value that does not parse is English. Else a parser of ours
/// lists the values.
fn range(error: &Error) -> (&'static str, Value) {
    let arg = context(error, ContextKind::InvalidArg).to_line();
    let inside = arg
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(name, _)| name);
    let spelt =
        inside.filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) || name.contains('|'));
    let listed = || std::error::Error::source(error).map(ToString::to_string);
    let valid = spelt.map(str::to_owned).or_else(listed);
    (
        "valid",
        Value::from(valid.unwrap_or_else(|| "--help".to_owned())),
    )
}

fn is_empty(error: &Error) -> bool {
    context(error, ContextKind::InvalidValue) == Value::from("")
}

fn valid(error: &Error) -> (&'static str, Value) {
    let kinds = [
        ContextKind::ValidValue,
        ContextKind::ValidSubcommand,
        ContextKind::SuggestedSubcommand,
    ];
    let found = kinds
        .into_iter()
        .map(|kind| context(error, kind))
        .find(|value| *value != Value::from(""));
    ("valid", found.unwrap_or_else(|| Value::from("--help")))
}

fn context(error: &Error, kind: ContextKind) -> Value {
    Value::from(match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgMatches, value_parser};

    use super::*;

    #[derive(Debug)]
    struct Read;

    impl FromArgMatches for Read {
        fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
            Ok(Self)
        }
        fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
            Ok(())
        }
    }

    fn command() -> Command {
        let level = Arg::new("level").long("level").value_name("1-5");
        let mail = Arg::new("mail").long("mail").value_name("PROTO");
        let proto = |text: &str| match text {
            "smtp" => Ok(()),
            _ => Err("smtp, imap".to_owned()),
        };
        let below = Command::new("attest").arg(Arg::new("by").long("by").num_args(1));
        Command::new("capdo-x")
            .subcommand(Command::new("backup").subcommand(below))
            .arg(level.value_parser(value_parser!(u8).range(1..=5)))
            .arg(mail.value_parser(proto))
            .arg(Arg::new("kind").long("kind").value_parser(["a", "b"]))
            .subcommand(Command::new("scan"))
    }

    fn wrong(args: &[&str], lang: Lang) -> String {
        let args: Vec<OsString> = [&["capdo-x"], args]
            .concat()
            .iter()
            .map(Into::into)
            .collect();
        match parse::<Read>(command(), &args, lang) {
            Err(Instead::Wrong(said)) => said,
            other => panic!("{args:?}: {other:?}"),
        }
    }

    #[test]
    fn a_wrong_command_line_is_explained_with_the_way_out() {
        let cases: [(&[&str], &str); 7] = [
            (
                &["--level", "6"],
                "“6” is no value for --level <1-5>. Possible: 1-5.",
            ),
            (
                &["--level", "x"],
                "“x” is no value for --level <1-5>. Possible: 1-5.",
            ),
            (&["--level"], "“--level <1-5>” needs a value."),
            (
                &["--mail", "x"],
                "“x” is no value for --mail <PROTO>. Possible: smtp, imap.",
            ),
            (
                &["--kind", "c"],
                "“c” is no value for --kind <kind>. Possible: a, b.",
            ),
            (&["scna"], "There is no command “scna”. Nearest: scan."),
            (&["--odd"], "There is no option “--odd” here."),
        ];
        for (args, expected) in cases {
            let more = "Run “capdo-x --help” for all commands and options.";
            assert_eq!(wrong(args, Lang::En), format!("{expected}\n{more}"));
        }
        assert!(wrong(&["--odd"], Lang::Vi).starts_with("Ở đây không có"));
    }

    #[test]
    fn the_help_that_is_named_is_that_of_the_command() {
        for (args, name) in [
            (&["backup", "attest", "--x"][..], "capdo-x backup attest"),
            (&["--level", "2", "backup", "--x"], "capdo-x backup"),
            (&["--x"], "capdo-x"),
        ] {
            let said = wrong(args, Lang::En);
            assert!(said.contains(&format!("“{name} --help”")), "{said}");
        }
    }

    #[test]
    fn help_that_was_asked_for_is_no_error() {
        let args = ["capdo-x", "--help"].map(OsString::from);
        let told = parse::<Read>(command(), &args, Lang::En);
        assert!(matches!(told, Err(Instead::Told(text)) if text.contains("--level")));
    }

    #[test]
    fn what_was_typed_steers_no_terminal() {
        assert!(!wrong(&["--kind", "\u{1b}[2J"], Lang::Vi).contains('\u{1b}'));
    }
}
