//! `system`: information systems.

use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{SystemCommand, SystemFields},
};
use crate::{
    say::text,
    store::{
        Scope, Store, agency,
        system::{self, Details, Dossier, System},
    },
};

/// The standard that holds today.
pub(crate) const DEFAULT_STANDARD: &str = "tcvn-14423-2026";

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: SystemCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        SystemCommand::Add {
            name,
            agency,
            fields,
        } => add(cx, output, &store, &name, &agency, &fields).await,
        SystemCommand::List { agency } => list(cx, output, &store, agency.as_deref()).await,
        SystemCommand::Show { system } => {
            let found = system::find(&mut *store.read().await?, &Scope::All, &system).await?;
            let what = format!("system.show {}", found.id);
            cx.reads(&store, Some(&found.agency_id), &what).await?;
            output.show(&found, |system| describe(output, system));
            Ok(())
        }
        SystemCommand::Set {
            system,
            name,
            fields,
        } => set(cx, output, &store, &system, name, &fields).await,
        SystemCommand::Archive { system } => {
            let mut tx = store.write().await?;
            let old = system::find(&mut tx, &Scope::All, &system).await?;
            system::archive(&mut tx, &old.id, cx.now()).await?;
            let agency = Some(old.agency_id.as_str());
            cx.audit(&mut tx, "system.archive", agency, &old.id, json!({}))
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": old.id }), |_| {
                output.say("done-archived", &[("name", text(&old.name))])
            });
            Ok(())
        }
    }
}

async fn add(
    cx: &Context,
    output: &Output,
    store: &Store,
    name: &str,
    agency: &str,
    fields: &SystemFields,
) -> Result<(), CliError> {
    let Some(proposed_level) = fields.level.or(fields.approved_level) else {
        return Err(CliError::Input("system-no-level", vec![]));
    };
    let mut tx = store.write().await?;
    let agency = agency::find(&mut tx, &Scope::All, agency).await?;
    let details = Details {
        name,
        standard_id: fields.standard.as_deref().unwrap_or(DEFAULT_STANDARD),
        proposed_level,
        approved_level: fields.approved_level,
        dossier: fields.dossier.unwrap_or(Dossier::None),
        declared_hosts: fields.hosts.unwrap_or(1),
    };
    known_standard(details.standard_id)?;
    let id = system::add(&mut tx, &agency.id, &details, cx.now()).await?;
    let detail = json!({ "name": name, "level": proposed_level });
    cx.audit(&mut tx, "system.add", Some(&agency.id), &id, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "id": id }), |_| {
        output.say("done-entered", &[("name", text(name)), ("id", text(&id))])
    });
    Ok(())
}

async fn set(
    cx: &Context,
    output: &Output,
    store: &Store,
    system: &str,
    name: Option<String>,
    fields: &SystemFields,
) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let old = system::find(&mut tx, &Scope::All, system).await?;
    let name = name.unwrap_or_else(|| old.name.clone());
    let details = Details {
        name: &name,
        standard_id: fields.standard.as_deref().unwrap_or(&old.standard_id),
        proposed_level: fields.level.unwrap_or(old.proposed_level),
        approved_level: fields.approved_level.or(old.approved_level),
        dossier: fields.dossier.unwrap_or(old.dossier),
        declared_hosts: fields.hosts.unwrap_or(old.declared_hosts),
    };
    known_standard(details.standard_id)?;
    system::update(&mut tx, &Scope::All, &old.id, &details).await?;
    let detail = json!({ "name": name, "set": fields.given() });
    cx.audit(&mut tx, "system.set", Some(&old.agency_id), &old.id, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "id": old.id }), |_| {
        output.say("done-changed", &[("name", text(&name))])
    });
    Ok(())
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
    let list = system::list(&mut db, &Scope::All, agency.as_deref()).await?;
    drop(db);
    cx.reads(store, agency.as_deref(), "system.list").await?;
    let heads = [
        "head-id",
        "head-level",
        "head-hosts",
        "head-standard",
        "head-name",
    ];
    output.table(&list, heads, |s| {
        [
            s.id.clone(),
            s.level().to_string(),
            s.declared_hosts.to_string(),
            s.standard_id.clone(),
            s.name.clone(),
        ]
    });
    Ok(())
}

fn describe(output: &Output, system: &System) -> String {
    let none = || output.say("system-not-approved", &[]);
    let approved = system.approved_level.map_or_else(none, |l| l.to_string());
    let args = [
        ("name", text(&system.name)),
        ("id", text(&system.id)),
        ("agency", text(&system.agency_id)),
        ("proposed", text(system.proposed_level)),
        ("approved", text(approved)),
        ("dossier", text(output.word("dossier", &system.dossier))),
        ("standard", text(&system.standard_id)),
        ("hosts", text(system.declared_hosts)),
    ];
    output.say("system-page", &args)
}

fn known_standard(id: &str) -> Result<(), CliError> {
    const KNOWN: [&str; 3] = [DEFAULT_STANDARD, "tcvn-14423-2025", "tcvn-11930-2017"];
    if KNOWN.contains(&id) {
        return Ok(());
    }
    let known = KNOWN.join(", ");
    let args = vec![("id", text(id)), ("known", text(known))];
    Err(CliError::Input("system-unknown-standard", args))
}
