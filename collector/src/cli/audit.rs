//! `audit`: the log of who did what, as a file, and such a file verified.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use capdo_checks::Value;
use jiff::civil::Date;
use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{AuditCommand, AuditExport},
};
use crate::{
    say::{named, text},
    store::{
        Scope, agency,
        audit::{self, Asked},
    },
    verify::exported,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The hours by which all of Viet Nam is ahead of UTC.
const VIETNAM_H: i8 = 7;

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: AuditCommand,
) -> Result<(), CliError> {
    match command {
        AuditCommand::Export(args) => export(cx, output, &args).await,
        AuditCommand::Verify { file } => verify(output, &file),
    }
}

async fn export(cx: &Context, output: &Output, args: &AuditExport) -> Result<(), CliError> {
    let store = cx.store().await?;
    let scope = match &args.agency {
        None => Scope::All,
        Some(key) => Scope::Agency(
            agency::find(&mut *store.read().await?, &Scope::All, key)
                .await?
                .id,
        ),
    };
    let from = args.from.as_deref().map_or(Ok(i64::MIN), day)?;
    let until = match args.to.as_deref() {
        Some(last) => day(last)? + DAY_MS,
        None => i64::MAX,
    };
    if from >= until {
        return Err(CliError::Input("audit-bad-range", vec![]));
    }
    let mut tx = store.write().await?;
    let detail = json!({ "from": args.from, "to": args.to });
    cx.audit(&mut tx, "audit.export", scope.agency(), "audit", detail)
        .await?;
    tx.commit().await?;
    let asked = Asked {
        scope: &scope,
        from,
        until,
    };
    let mut db = store.snapshot().await?;
    let (mut after, mut heads) = (0, true);
    loop {
        let page = audit::page(&mut db, &asked, after).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        output.raw(&exported::write(&page, args.format, heads));
        heads = false;
    }
}

fn verify(output: &Output, file: &Path) -> Result<(), CliError> {
    let unread = |source: io::Error| {
        let args = vec![("file", text(file.display())), ("detail", text(source))];
        CliError::Unverified(Box::new(CliError::Input("audit-unread", args)))
    };
    let report =
        exported::verify(BufReader::new(File::open(file).map_err(unread)?)).map_err(unread)?;
    if (report.entries, report.broken) == (0, Some((1, exported::UNREADABLE))) {
        let args = vec![("file", text(file.display()))];
        let none = CliError::Input("audit-no-log", args);
        return Err(CliError::Unverified(Box::new(none)));
    }
    output.show(&report, |r| {
        let args = [
            ("file", text(file.display())),
            (
                "entries",
                Value::from(i64::try_from(r.entries).unwrap_or(i64::MAX)),
            ),
            ("first", Value::from(r.first)),
            ("last", Value::from(r.last)),
            ("out", Value::from(r.left_out)),
            ("sha", text(&r.sha256)),
        ];
        let mut lines = vec![output.say("audit-file", &args)];
        match r.broken {
            Some((line, why)) => {
                let why = named(output.lang(), "verify-what", why);
                let line = i64::try_from(line).unwrap_or(i64::MAX);
                let args = [("line", Value::from(line)), ("what", text(why))];
                lines.push(output.say("audit-broken", &args));
            }
            None => lines.push(output.say("audit-holds", &[])),
        }
        lines.join("\n")
    });
    match report.broken {
        None => Ok(()),
        Some(_) => Err(CliError::NotHeld),
    }
}

/// The first moment of a day in Viet Nam.
fn day(typed: &str) -> Result<i64, CliError> {
    let bad = || CliError::Input("audit-bad-date", vec![("date", text(typed))]);
    let date: Date = typed.parse().map_err(|_| bad())?;
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let at = jiff::tz::Offset::constant(VIETNAM_H).to_timestamp(midnight);
    Ok(at.map_err(|_| bad())?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_viet_nam() {
        assert_eq!(day("2026-11-22").unwrap(), 1_795_280_400_000);
        assert!(day("22/11/2026").is_err());
    }
}
