//! `host`: servers and their identities.

use capdo_checks::Value;
use serde_json::json;

use super::{CliError, Context, Output, args::HostCommand, findings, host_offline, integrity};
use crate::{
    clock::show,
    say::text,
    store::{
        Scope, Store, ban, certificate, gap,
        host::{self, HostState},
        integrity::list as events_of,
        system,
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: HostCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        HostCommand::List { system } => list(cx, output, &store, system.as_deref()).await,
        HostCommand::Show { host } => show_one(cx, output, &store, &host).await,
        HostCommand::Findings { host, table } => {
            findings::run(cx, output, &store, &host, &table).await
        }
        HostCommand::Integrity(command) => integrity::run(cx, output, &store, command).await,
        HostCommand::EnrollOffline(args) => host_offline::run(cx, output, &store, &args).await,
        HostCommand::Set { host, carried } => set(cx, output, &store, &host, carried).await,
        HostCommand::Disable { host } => {
            change(
                cx,
                output,
                &store,
                &host,
                "host.disable",
                Some(HostState::Disabled),
                None,
            )
            .await
        }
        HostCommand::Enable { host } => {
            change(
                cx,
                output,
                &store,
                &host,
                "host.enable",
                Some(HostState::Active),
                None,
            )
            .await
        }
        HostCommand::Revoke { host, why } => {
            change(cx, output, &store, &host, "host.revoke", None, Some(&why)).await
        }
        HostCommand::Retire { host } => {
            let state = Some(HostState::Retired);
            change(
                cx,
                output,
                &store,
                &host,
                "host.retire",
                state,
                Some("retired"),
            )
            .await
        }
    }
}

async fn set(
    cx: &Context,
    output: &Output,
    store: &Store,
    id: &str,
    carried: bool,
) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let host = host::find(&mut tx, &Scope::All, id).await?;
    let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
    host::set_carried(&mut tx, id, carried).await?;
    let detail = json!({ "set": ["carried"] });
    cx.audit(&mut tx, "host.set", Some(&system.agency_id), id, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "id": id, "carried": carried }), |_| {
        let key = if carried {
            "host-carried"
        } else {
            "host-connects"
        };
        output.say(key, &[("name", text(&host.hostname)), ("id", text(id))])
    });
    Ok(())
}

async fn change(
    cx: &Context,
    output: &Output,
    store: &Store,
    id: &str,
    action: &'static str,
    state: Option<HostState>,
    revoke: Option<&str>,
) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let host = host::find(&mut tx, &Scope::All, id).await?;
    let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
    if let Some(state) = state {
        host::set_state(&mut tx, &Scope::All, id, state).await?;
    }
    let revoked = match revoke {
        Some(why) => certificate::revoke_all(&mut tx, id, why, cx.now()).await?,
        None => 0,
    };
    let lifted = state == Some(HostState::Active) && ban::lift_host(&mut tx, id, cx.now()).await?;
    let detail = json!({ "revoked_certificates": revoked, "why": revoke, "ban_lifted": lifted });
    cx.audit(&mut tx, action, Some(&system.agency_id), id, detail)
        .await?;
    tx.commit().await?;
    let shown = json!({ "id": id, "revoked_certificates": revoked, "ban_lifted": lifted });
    output.show(&shown, |_| {
        let key = match action {
            "host.disable" => "host-disabled",
            "host.enable" if lifted => "host-enabled-again",
            "host.enable" => "host-enabled",
            "host.revoke" => "host-revoked",
            _ => "host-retired",
        };
        let args = [
            ("name", text(&host.hostname)),
            ("id", text(id)),
            ("revoked", Value::from(revoked)),
        ];
        output.say(key, &args)
    });
    Ok(())
}

async fn list(
    cx: &Context,
    output: &Output,
    store: &Store,
    system: Option<&str>,
) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let system = match system {
        Some(key) => Some(system::find(&mut db, &Scope::All, key).await?),
        None => None,
    };
    let id = system.as_ref().map(|s| s.id.as_str());
    let hosts = host::list(&mut db, &Scope::All, id).await?;
    drop(db);
    let agency = system.as_ref().map(|s| s.agency_id.as_str());
    cx.reads(store, agency, "host.list").await?;
    output.table(
        &hosts,
        [
            "head-id",
            "head-state",
            "head-last-seen",
            "head-os",
            "head-agent",
            "head-name",
        ],
        |h| {
            [
                h.id.clone(),
                output.word("host-state", &h.state),
                h.last_seen_at
                    .map_or_else(|| output.say("host-never-seen", &[]), show),
                format!("{} {}", h.os_id, h.os_version),
                h.agent_version.clone(),
                h.hostname.clone(),
            ]
        },
    );
    Ok(())
}

async fn show_one(cx: &Context, output: &Output, store: &Store, id: &str) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let host = host::find(&mut db, &Scope::All, id).await?;
    let certificates = certificate::list(&mut db, &Scope::All, id).await?;
    let events = events_of(&mut db, &Scope::All, Some(id)).await?;
    let gaps = gap::of_host(&mut db, &Scope::All, id).await?;
    drop(db);
    cx.reads_host(store, &host, "host.show").await?;
    let shown = json!({
        "host": host,
        "certificates": certificates,
        "integrity": events,
        "gaps": gaps,
    });
    let key = match host.key_place {
        Some(host::KeyPlace::Tpm) => "host-key-tpm",
        Some(host::KeyPlace::File) => "host-key-file",
        None => "host-key-unknown",
    };
    output.show(&shown, |_| {
        let page = [
            ("name", text(&host.hostname)),
            ("id", text(&host.id)),
            ("system", text(&host.system_id)),
            ("state", text(output.word("host-state", &host.state))),
            ("enrolled", text(show(host.enrolled_at))),
            ("counter", Value::from(host.last_counter)),
            ("key", text(output.say(key, &[]))),
        ];
        let mut lines = vec![output.say("host-page", &page)];
        for c in &certificates {
            let (key, at) = match c.revoked_at {
                None => ("host-certificate", c.not_after),
                Some(at) => ("host-certificate-revoked", at),
            };
            let args = [("serial", text(&c.serial)), ("at", text(show(at)))];
            lines.push(output.say(key, &args));
        }
        for gap in &gaps {
            let args = [
                ("runs", Value::Int(gap.runs)),
                ("first", text(show(gap.first_at))),
                ("last", text(show(gap.last_at))),
            ];
            lines.push(output.say("host-gap", &args));
        }
        for e in &events {
            lines.push(integrity::describe(output, e));
        }
        lines.join("\n")
    });
    Ok(())
}
