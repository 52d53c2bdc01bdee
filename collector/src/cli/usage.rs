//! What is wrong with a command line, in the reader's language.

use capdo_checks::{Value, lang::Lang};
use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::say;

/// The sentence for a usage error, with where to read more.
pub(super) fn explain(error: &Error, lang: Lang) -> String {
    let (key, args) = sentence(error);
    let what = say::with(lang, key, &args);
    format!("{what}\n{}", say::plain(lang, "usage-more"))
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
        ErrorKind::ValueValidation => ("usage-invalid-value", vec![range(error), arg, value]),
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

/// What clap says of a value that does not parse is English; the argument's placeholder, such as
/// `<1-5>`, says the same.
fn range(error: &Error) -> (&'static str, Value) {
    let arg = context(error, ContextKind::InvalidArg).to_line();
    let inside = arg
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    (
        "valid",
        Value::from(inside.map_or("--help", |(name, _)| name)),
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
