//! `feed`: advisories, known attacks and probabilities, from files.

use std::path::{Path, PathBuf};

use super::{
    CliError, Context, Output,
    args::{FeedCommand, FeedImport},
};
use crate::{
    clock::show,
    feeds::{FeedError, Import, Outcome, Request},
    say::{named, text},
    store::{
        Store,
        feed::{self, Feed},
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: FeedCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    let done = match command {
        FeedCommand::Import(args) => import(cx, output, &store, &args).await,
        FeedCommand::List => list(output, &store).await,
        FeedCommand::Show { feed } => show_one(output, &store, feed).await,
    };
    store.close().await;
    done
}

async fn import(
    cx: &Context,
    output: &Output,
    store: &Store,
    args: &FeedImport,
) -> Result<(), CliError> {
    let sha256 = args.sha256.as_deref().map(checksum).transpose()?;
    if sha256.is_some() && args.files.len() > 1 {
        return Err(CliError::Input("feed-one-checksum", vec![]));
    }
    let dated_at = args.date.as_deref().map(date).transpose()?;
    let mut all: Vec<Done> = Vec::new();
    for path in &args.files {
        let request = Request {
            kind: args.kind,
            path,
            sha256,
            dated_at,
            may_shrink: args.smaller,
            actor: cx.actor(),
        };
        let import = Import::new(store.clone(), cx.now());
        let outcome = import.run(&request, |n| told(output, path, n)).await;
        output.progress_ends();
        let outcome = outcome?;
        let (Outcome::Already(feed) | Outcome::Imported(feed)) = &outcome;
        let without_stream = feed::without_stream(&mut *store.read().await?, feed.id).await?;
        all.push(Done {
            path: path.clone(),
            outcome,
            without_stream,
        });
    }
    let outcomes: Vec<&Outcome> = all.iter().map(|done| &done.outcome).collect();
    output.show(&outcomes, |_| {
        let lines: Vec<String> = all.iter().map(|one| sentence(output, one)).collect();
        lines.join("\n")
    });
    Ok(())
}

fn told(output: &Output, path: &Path, n: i64) {
    let args = [("file", text(path.display())), ("count", n.into())];
    output.progress(&output.say("feed-progress", &args));
}

/// What came of one file.
struct Done {
    path: PathBuf,
    outcome: Outcome,
    /// Its fixes of modules that name no stream.
    without_stream: i64,
}

fn sentence(output: &Output, done: &Done) -> String {
    let (key, feed) = match &done.outcome {
        Outcome::Already(feed) => ("feed-already", feed),
        Outcome::Imported(feed) => ("feed-imported", feed),
    };
    let args = [
        ("file", text(done.path.display())),
        ("id", text(feed.id)),
        ("records", feed.records.into()),
        ("skipped", feed.skipped.into()),
        ("date", text(feed.dated_at.map_or_else(String::new, show))),
        ("sha", text(hex::encode(&feed.sha256))),
    ];
    let mut lines = vec![output.say(key, &args)];
    lines.extend(streamless(output, done.without_stream));
    lines.join("\n")
}

fn streamless(output: &Output, count: i64) -> Option<String> {
    (count > 0).then(|| output.say("feed-without-stream", &[("count", count.into())]))
}

fn checksum(typed: &str) -> Result<[u8; 32], CliError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(typed.trim(), &mut bytes)
        .map_err(|_| CliError::Input("feed-bad-checksum", vec![("sha", text(typed))]))?;
    Ok(bytes)
}

fn date(typed: &str) -> Result<i64, CliError> {
    let bad = || CliError::Input("feed-bad-date", vec![("date", text(typed))]);
    let day: jiff::civil::Date = typed.parse().map_err(|_| bad())?;
    let at = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| bad())?;
    Ok(at.timestamp().as_millisecond())
}

fn state(output: &Output, feed: &Feed) -> String {
    let code = serde_json::to_value(feed.state).unwrap_or_default();
    named(
        output.lang(),
        "feed-state",
        code.as_str().unwrap_or_default(),
    )
}

async fn list(output: &Output, store: &Store) -> Result<(), CliError> {
    let all = feed::list(&mut *store.read().await?).await?;
    let heads = [
        "head-id",
        "head-kind",
        "head-name",
        "head-state",
        "head-date",
        "head-imported",
        "head-records",
    ];
    output.table(&all, heads, |f| {
        [
            f.id.to_string(),
            f.kind.clone(),
            f.name.clone(),
            state(output, f),
            f.dated_at.map_or_else(String::new, show),
            f.imported_at.map_or_else(String::new, show),
            f.records.to_string(),
        ]
    });
    Ok(())
}

async fn show_one(output: &Output, store: &Store, id: i64) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let found = feed::find(&mut db, id)
        .await?
        .ok_or(FeedError::NoSuch(id))?;
    let scope = feed::scope(&mut db, id).await?;
    let without_stream = feed::without_stream(&mut db, id).await?;
    let shown = serde_json::json!({
        "feed": found, "releases": scope, "without_stream": without_stream,
    });
    output.show(&shown, |_| {
        let args = [
            ("id", text(found.id)),
            ("kind", text(&found.kind)),
            ("name", text(super::output::tame(&found.name))),
            ("state", text(state(output, &found))),
            ("date", text(found.dated_at.map_or_else(String::new, show))),
            (
                "imported",
                text(found.imported_at.map_or_else(String::new, show)),
            ),
            ("records", found.records.into()),
            ("skipped", found.skipped.into()),
            ("sha", text(hex::encode(&found.sha256))),
        ];
        let mut lines = vec![output.say("feed-shown", &args)];
        lines.extend(streamless(output, without_stream));
        lines.extend(scope.iter().map(|s| {
            let release = format!("{} {}", s.distro, s.release);
            output.say(
                "feed-release",
                &[("release", text(release)), ("fixes", s.fixes.into())],
            )
        }));
        lines.join("\n")
    });
    Ok(())
}
