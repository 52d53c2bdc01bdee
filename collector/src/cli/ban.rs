//! `ban`: who is turned away for breaking the protocol, and an officer's word against it.

use std::net::IpAddr;

use serde_json::json;

use super::{CliError, Context, Output, args::BanCommand};
use crate::{
    clock::show,
    ingest::strikes::Offender,
    say::text,
    store::{Scope, Store, ban, host, system},
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: BanCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        BanCommand::List => list(cx, output, &store).await,
        BanCommand::Lift { offender } => lift(cx, output, &store, &offender).await,
    }
}

async fn list(cx: &Context, output: &Output, store: &Store) -> Result<(), CliError> {
    let bans = ban::list(&mut *store.read().await?, cx.now()).await?;
    cx.reads(store, None, "ban.list").await?;
    let heads = ["head-offender", "head-until", "head-since", "head-offence"];
    output.table(&bans, heads, |b| {
        [
            b.offender.clone(),
            show(b.until),
            show(b.since),
            output.word("offence", &b.offence),
        ]
    });
    Ok(())
}

async fn lift(
    cx: &Context,
    output: &Output,
    store: &Store,
    offender: &str,
) -> Result<(), CliError> {
    // As the list shows it, or as people write it.
    let typed = offender
        .strip_prefix("host:")
        .or_else(|| offender.strip_prefix("address:"))
        .unwrap_or(offender);
    let mut tx = store.write().await?;
    let (name, agency, lifted) = if let Ok(address) = typed.parse::<IpAddr>() {
        let name = Offender::at(address).to_string();
        let lifted = ban::lift(&mut tx, &name, cx.now()).await?;
        (name, None, lifted)
    } else if typed.starts_with("serial:") {
        let lifted = ban::lift(&mut tx, typed, cx.now()).await?;
        (typed.to_owned(), None, lifted)
    } else {
        let host = host::find(&mut tx, &Scope::All, typed).await?;
        let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
        let lifted = ban::lift_host(&mut tx, &host.id, cx.now()).await?;
        (format!("host:{}", host.id), Some(system.agency_id), lifted)
    };
    let detail = json!({ "was_listed": lifted });
    cx.audit(&mut tx, "ban.lift", agency.as_deref(), &name, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "offender": name, "was_listed": lifted }), |_| {
        let key = if lifted { "ban-lifted" } else { "ban-none" };
        output.say(key, &[("name", text(&name))])
    });
    Ok(())
}
