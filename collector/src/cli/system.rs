//! `system`: information systems.

use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{SystemCommand, SystemFields},
};
use crate::store::{
    Scope, Store, agency,
    system::{self, Details, Dossier, System},
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
        SystemCommand::List { agency } => list(output, &store, agency.as_deref()).await,
        SystemCommand::Show { system } => {
            let found = system::find(&mut *store.read().await?, &Scope::All, &system).await?;
            output.show(&found, describe);
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
                format!("Archived {}.", old.name)
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
        return Err(CliError::Input(
            "a system needs a level: add --level 1 to 5".to_owned(),
        ));
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
    output.show(&json!({ "id": id }), |_| format!("Entered {name}: {id}"));
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
    let detail = json!({ "name": name, "level": details.proposed_level,
        "approved_level": details.approved_level, "standard": details.standard_id,
        "hosts": details.declared_hosts });
    cx.audit(&mut tx, "system.set", Some(&old.agency_id), &old.id, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "id": old.id }), |_| format!("Changed {name}."));
    Ok(())
}

async fn list(output: &Output, store: &Store, agency: Option<&str>) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let agency = match agency {
        Some(key) => Some(agency::find(&mut db, &Scope::All, key).await?.id),
        None => None,
    };
    let list = system::list(&mut db, &Scope::All, agency.as_deref()).await?;
    output.table(&list, ["ID", "LEVEL", "HOSTS", "STANDARD", "NAME"], |s| {
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

fn describe(system: &System) -> String {
    let approved = system
        .approved_level
        .map_or("none".to_owned(), |l| l.to_string());
    format!(
        "{}\nid: {}\nagency: {}\nlevel: proposed {}, approved {approved}\nstandard: {}\n\
         declared hosts: {}",
        system.name,
        system.id,
        system.agency_id,
        system.proposed_level,
        system.standard_id,
        system.declared_hosts
    )
}

fn known_standard(id: &str) -> Result<(), CliError> {
    const KNOWN: [&str; 3] = [DEFAULT_STANDARD, "tcvn-14423-2025", "tcvn-11930-2017"];
    if KNOWN.contains(&id) {
        return Ok(());
    }
    let known = KNOWN.join(", ");
    Err(CliError::Input(format!(
        "unknown standard {id:?}: use one of {known}"
    )))
}
