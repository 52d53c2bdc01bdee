//! `authorisation`: who permitted in writing to look at endpoints from outside.

use std::{fs::File, io::Read as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use jiff::{civil::Date, tz::Offset};
use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{AuthorisationAdd, AuthorisationCommand},
};
use crate::{
    clock::show,
    outside::Cover,
    say::text,
    store::{
        Scope, Store, agency,
        authorisation::{self, Authorisation, NewAuthorisation},
        system,
    },
};

/// Largest document.
const MAX_DOCUMENT: u64 = 32 << 20;
/// Most targets of one authorisation.
const MAX_COVERS: usize = 256;
/// Longest text about a document, in characters.
const MAX_WORDS: usize = 200;
/// The longest that one may hold, in days: who permitted it is to look at it again.
const MAX_DAYS: i32 = 366;
/// The hours by which all of Viet Nam is ahead of UTC.
const VIETNAM: Offset = Offset::constant(7);

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: AuthorisationCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        AuthorisationCommand::Add(args) => add(cx, output, &store, &args).await,
        AuthorisationCommand::List { agency } => list(cx, output, &store, agency.as_deref()).await,
        AuthorisationCommand::Show {
            authorisation,
            document,
        } => show_one(cx, output, &store, &authorisation, document.as_deref()).await,
        AuthorisationCommand::Revoke {
            authorisation: id,
            why,
        } => {
            let mut tx = store.write().await?;
            let old = authorisation::find(&mut tx, &Scope::All, &id).await?;
            authorisation::revoke(&mut tx, &Scope::All, &id, &words(&why)?, cx.now()).await?;
            let agency = Some(old.agency_id.as_str());
            let detail = json!({ "why": why });
            cx.audit(&mut tx, "authorisation.revoke", agency, &id, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": id }), |_| {
                output.say("authorisation-revoked", &[("number", text(&old.number))])
            });
            Ok(())
        }
    }
}

async fn add(
    cx: &Context,
    output: &Output,
    store: &Store,
    args: &AuthorisationAdd,
) -> Result<(), CliError> {
    let dated = date(&args.dated)?;
    let (from, until) = (date(&args.from)?, date(&args.until)?);
    let days = (until - from).get_days();
    let month_first = until.duration_since(from).as_hours() / 24;
    if until < from || month_first > i64::from(MAX_DAYS) || days > MAX_DAYS {
        let args = vec![("days", text(MAX_DAYS))];
        return Err(CliError::Input("authorisation-period", args));
    }
    let covers = covers(&args.covers)?;
    let document = read(&args.document)?;
    let (number, signed_by) = (words(&args.number)?, words(&args.signed_by)?);
    let next = until.tomorrow().map_err(|_| bad_date(&args.until))?;
    let mut tx = store.write().await?;
    let agency = agency::find(&mut tx, &Scope::All, &args.agency).await?;
    let own = Scope::Agency(agency.id.clone());
    let system = match &args.system {
        Some(key) => Some(system::find(&mut tx, &own, key).await?.id),
        None => None,
    };
    let new = NewAuthorisation {
        agency_id: &agency.id,
        system_id: system.as_deref(),
        number: &number,
        dated: &dated.to_string(),
        signed_by: &signed_by,
        targets: &covers.join("\n"),
        valid_from: midnight(from, &args.from)?,
        valid_until: midnight(next, &args.until)?,
        document: &document,
        recorded_by: cx.actor(),
    };
    let id = authorisation::add(&mut tx, &new, cx.now()).await?;
    let kept = authorisation::find(&mut tx, &Scope::All, &id).await?;
    let sha256 = hex::encode(&kept.document_sha256);
    let detail = json!({ "number": number, "covers": covers, "system": system,
        "valid_from": new.valid_from, "valid_until": new.valid_until, "document": sha256 });
    cx.audit(&mut tx, "authorisation.add", Some(&agency.id), &id, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "id": id, "document_sha256": sha256 }), |_| {
        let args = [
            ("number", text(&number)),
            ("id", text(&id)),
            ("sha", text(&sha256)),
        ];
        output.say("authorisation-added", &args)
    });
    Ok(())
}

fn covers(typed: &[String]) -> Result<Vec<String>, CliError> {
    if typed.len() > MAX_COVERS {
        let args = vec![("most", text(MAX_COVERS))];
        return Err(CliError::Input("authorisation-many", args));
    }
    let read = typed.iter().map(|one| {
        let bad = || CliError::Input("authorisation-bad-cover", vec![("cover", text(one))]);
        Cover::parse(one).map(|c| c.to_string()).ok_or_else(bad)
    });
    read.collect()
}

fn words(typed: &str) -> Result<String, CliError> {
    let kept = typed.trim();
    let fine = !kept.is_empty()
        && kept.chars().count() <= MAX_WORDS
        && !kept.chars().any(char::is_control);
    if fine {
        Ok(kept.to_owned())
    } else {
        let args = vec![("most", text(MAX_WORDS))];
        Err(CliError::Input("authorisation-words", args))
    }
}

fn bad_date(typed: &str) -> CliError {
    CliError::Input("authorisation-bad-date", vec![("date", text(typed))])
}

fn date(typed: &str) -> Result<Date, CliError> {
    typed.parse().map_err(|_| bad_date(typed))
}

/// The first moment of a day in Viet Nam.
fn midnight(day: Date, typed: &str) -> Result<i64, CliError> {
    let at = VIETNAM.to_timestamp(day.at(0, 0, 0, 0));
    at.map(|at| at.as_millisecond())
        .map_err(|_| bad_date(typed))
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let fail = |why: String| {
        let args = vec![("file", text(path.display())), ("detail", text(why))];
        CliError::Input("authorisation-file", args)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| fail(e.to_string()))?;
    let read = file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes);
    let size = read.map_err(|e| fail(e.to_string()))?;
    if size == 0 || size as u64 > MAX_DOCUMENT {
        return Err(fail(format!("1 – {MAX_DOCUMENT} B")));
    }
    Ok(bytes)
}

async fn list(
    cx: &Context,
    output: &Output,
    store: &Store,
    agency: Option<&str>,
) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let agency = match agency {
        Some(key) => Some(agency::find(&mut db, &Scope::All, key).await?.id),
        None => None,
    };
    let all = authorisation::list(&mut db, &Scope::All, agency.as_deref()).await?;
    drop(db);
    cx.reads(store, agency.as_deref(), "authorisation.list")
        .await?;
    let heads = [
        "head-id",
        "head-state",
        "head-until",
        "head-number",
        "head-covers",
    ];
    output.table(&all, heads, |one| {
        [
            one.id.clone(),
            state(cx, output, one),
            show(one.valid_until),
            one.number.clone(),
            one.targets.replace('\n', " "),
        ]
    });
    Ok(())
}

fn state(cx: &Context, output: &Output, one: &Authorisation) -> String {
    let now = cx.now();
    let code = match one.revoked_at {
        Some(_) => "revoked",
        None if now < one.valid_from => "future",
        None if now >= one.valid_until => "expired",
        None => "holds",
    };
    output.word("authorisation-state", &code)
}

async fn show_one(
    cx: &Context,
    output: &Output,
    store: &Store,
    id: &str,
    document: Option<&Path>,
) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let one = authorisation::find(&mut db, &Scope::All, id).await?;
    let what = format!("authorisation.show {id}");
    cx.reads(store, Some(&one.agency_id), &what).await?;
    if let Some(path) = document {
        let bytes = authorisation::document(&mut db, &Scope::All, id).await?;
        write(path, &bytes).map_err(|source| CliError::Folder {
            path: path.to_owned(),
            source,
        })?;
    }
    output.show(&one, |one| {
        let args = [
            ("number", text(&one.number)),
            ("id", text(&one.id)),
            ("dated", text(&one.dated)),
            ("signed", text(&one.signed_by)),
            ("agency", text(&one.agency_id)),
            ("system", text(one.system_id.as_deref().unwrap_or("-"))),
            ("covers", text(one.targets.replace('\n', " "))),
            ("from", text(show(one.valid_from))),
            ("until", text(show(one.valid_until))),
            ("state", text(state(cx, output, one))),
            ("why", text(one.revoked_why.as_deref().unwrap_or("-"))),
            ("recorded", text(&one.recorded_by)),
            ("at", text(show(one.recorded_at))),
            ("sha", text(hex::encode(&one.document_sha256))),
        ];
        output.say("authorisation-page", &args)
    });
    Ok(())
}

/// Writes a new file that nobody else may read.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)
}
