//! Tables and reports that are written to a file.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use super::{CliError, Context, Output, args::TableArgs};
use crate::{
    export::{self, Format, Report, sheets::Asked},
    say::text,
    store::Scope,
    web::pages::text::Text,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The form and the file, where a table is asked for.
pub(super) fn asked(args: &TableArgs) -> Option<(Format, &Path)> {
    Some((args.format?, args.out.as_deref()?))
}

/// Whoever types may see everything.
pub(super) fn reader<'a>(cx: &Context, output: &Output) -> Asked<'a> {
    let age = DAY_MS * i64::from(cx.config.assess.max_age_days);
    Asked {
        scope: &Scope::All,
        text: Text::new(output.lang()),
        now: cx.now(),
        fresh_from: cx.now() - age,
    }
}

/// Writes the file, which must be new and which only its owner may read: it names every weakness.
pub(super) fn save(
    output: &Output,
    report: &Report,
    format: Format,
    file: &Path,
) -> Result<(), CliError> {
    let bytes = export::write(report, format)?;
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut to| to.write_all(&bytes));
    written.map_err(|source| CliError::Table {
        file: file.to_owned(),
        source,
    })?;
    let args = [("file", text(file.display()))];
    output.raw(&output.say("done-table", &args));
    Ok(())
}
