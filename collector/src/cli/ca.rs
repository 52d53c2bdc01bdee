//! `ca`: the certificate authority and its replacement.

use capdo_checks::Value;
use serde_json::json;

use super::{CliError, Context, Output, args::CaCommand};
use crate::{
    clock::show,
    identity::{
        self,
        authority::pem,
        rotation::{self, forget_key},
    },
    say::text,
    store::{
        Db, Store,
        authority::{self, AuthorityRow, AuthorityState},
        host::Host,
    },
};

pub(super) async fn run(cx: &Context, output: &Output, command: CaCommand) -> Result<(), CliError> {
    let store = cx.store().await?;
    let current = identity::current(&store, &cx.data, cx.now()).await?;
    match command {
        CaCommand::List => list(cx, output, &store).await,
        CaCommand::Show { number } => {
            show_one(cx, output, &store, number.unwrap_or(current.number)).await
        }
        CaCommand::Rotate { days } => rotate(cx, output, &store, days).await,
        CaCommand::Promote => promote(cx, output, &store).await,
        CaCommand::Retire { number, force } => retire(cx, output, &store, number, force).await,
    }
}

async fn rotate(cx: &Context, output: &Output, store: &Store, days: u32) -> Result<(), CliError> {
    let keys = cx.keys();
    let mut tx = store.write().await?;
    let row = rotation::rotate(&mut tx, &keys, keys.token.is_some(), days, cx.now()).await?;
    let detail = json!({ "ca_sha256": rotation::shown(&row), "promote_after": row.promote_after });
    done(cx, &mut tx, "ca.rotate", &row, detail).await?;
    tx.commit().await?;
    tell(output, "authority-made", &row, &[]);
    Ok(())
}

async fn promote(cx: &Context, output: &Output, store: &Store) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let row = rotation::promote(&mut tx, &cx.keys(), cx.now()).await?;
    let left = authority::not_ready(&mut tx, row.number).await?;
    let detail = json!({ "ca_sha256": rotation::shown(&row), "not_ready": ids(&left) });
    done(cx, &mut tx, "ca.promote", &row, detail).await?;
    tx.commit().await?;
    tell(output, "authority-promoted", &row, &left);
    Ok(())
}

async fn retire(
    cx: &Context,
    output: &Output,
    store: &Store,
    number: i64,
    force: bool,
) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let (row, left) = rotation::retire(&mut tx, number, force, cx.now()).await?;
    let detail = json!({ "ca_sha256": rotation::shown(&row), "left_behind": ids(&left) });
    done(cx, &mut tx, "ca.retire", &row, detail).await?;
    tx.commit().await?;
    forget_key(&cx.keys(), &row)?;
    tell(output, "authority-retired", &row, &left);
    Ok(())
}

async fn done(
    cx: &Context,
    db: &mut Db,
    action: &'static str,
    row: &AuthorityRow,
    detail: serde_json::Value,
) -> Result<(), CliError> {
    let target = row.number.to_string();
    cx.audit(db, action, None, &target, detail).await
}

/// Says what was done, and names the hosts that are not ready for it.
fn tell(output: &Output, key: &str, row: &AuthorityRow, left: &[Host]) {
    let fingerprint = rotation::shown(row);
    let shown = json!({ "ca": row, "fingerprint": fingerprint, "hosts": left });
    output.show(&shown, |_| {
        let until = row.promote_after.map_or_else(String::new, show);
        let args = [
            ("number", Value::from(row.number)),
            ("fingerprint", text(&fingerprint)),
            ("until", text(until)),
        ];
        let mut lines = vec![output.say(key, &args)];
        if !left.is_empty() {
            lines.push(names(output, "authority-not-ready", left));
        }
        lines.join("\n")
    });
}

async fn list(cx: &Context, output: &Output, store: &Store) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let rows = authority::list(&mut db).await?;
    let mut waiting = Vec::new();
    for row in &rows {
        if row.state == AuthorityState::Next {
            waiting = authority::not_ready(&mut db, row.number).await?;
        }
    }
    drop(db);
    cx.reads(store, None, "ca.list").await?; // it names hosts
    let heads = ["head-id", "head-state", "head-since", "head-fingerprint"];
    output.table(&rows, heads, |row| {
        let since = row.retired_at.or(row.promoted_at).unwrap_or(row.made_at);
        [
            row.number.to_string(),
            output.word("authority-state", &row.state),
            show(since),
            rotation::shown(row),
        ]
    });
    if !waiting.is_empty() {
        output.note(&names(output, "authority-not-ready", &waiting));
    }
    Ok(())
}

async fn show_one(
    cx: &Context,
    output: &Output,
    store: &Store,
    number: i64,
) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let row = authority::find(&mut db, number).await?;
    let (not_ready, left) = match row.state {
        AuthorityState::Next | AuthorityState::Current => {
            (authority::not_ready(&mut db, number).await?, Vec::new())
        }
        AuthorityState::Previous => (Vec::new(), authority::left_behind(&mut db, number).await?),
        AuthorityState::Retired => (Vec::new(), Vec::new()),
    };
    drop(db);
    cx.reads(store, None, "ca.show").await?;
    let pem = pem(&row.certificate);
    let fingerprint = rotation::shown(&row);
    let shown = json!({ "ca": row, "fingerprint": fingerprint, "pem": pem,
        "not_ready": not_ready, "left_behind": left });
    output.show(&shown, |_| {
        let page = [
            ("number", Value::from(number)),
            ("state", text(output.word("authority-state", &row.state))),
            ("fingerprint", text(&fingerprint)),
            ("made", text(show(row.made_at))),
        ];
        let mut lines = vec![output.say("authority-page", &page)];
        let key = match &row.key_file {
            Some(file) => output.say("authority-key-file", &[("file", text(file))]),
            None => output.say("authority-key-token", &[]),
        };
        lines.push(key);
        if !not_ready.is_empty() {
            lines.push(names(output, "authority-not-ready", &not_ready));
        }
        if !left.is_empty() {
            lines.push(names(output, "authority-needed-by", &left));
        }
        lines.push(pem.clone());
        lines.join("\n")
    });
    Ok(())
}

fn names(output: &Output, key: &str, hosts: &[Host]) -> String {
    let named: Vec<_> = hosts
        .iter()
        .map(|h| format!("{} ({})", h.hostname, h.id))
        .collect();
    let args = [
        ("count", Value::from(named.len().to_string())),
        ("names", text(named.join(", "))),
    ];
    output.say(key, &args)
}

fn ids(hosts: &[Host]) -> Vec<&str> {
    hosts.iter().map(|h| h.id.as_str()).collect()
}
