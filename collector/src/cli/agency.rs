//! `agency`: departments, communes and the like.

use serde_json::json;

use super::{CliError, Context, Output, args::AgencyCommand};
use crate::{
    clock::show,
    say::text,
    store::{
        Scope,
        agency::{self, Agency},
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: AgencyCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        AgencyCommand::Add { name, kind } => {
            let mut tx = store.write().await?;
            let id = agency::add(&mut tx, name.trim(), kind, cx.now()).await?;
            let detail = json!({ "name": name });
            cx.audit(&mut tx, "agency.add", Some(&id), &id, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": id }), |_| {
                output.say("done-entered", &[("name", text(&name)), ("id", text(&id))])
            });
        }
        AgencyCommand::List => {
            let list = agency::list(&mut *store.read().await?, &Scope::All).await?;
            cx.reads(&store, None, "agency.list").await?;
            output.table(&list, ["head-id", "head-kind", "head-name"], |a| {
                [
                    a.id.clone(),
                    output.word("agency-kind", &a.kind),
                    a.name.clone(),
                ]
            });
        }
        AgencyCommand::Show { agency } => {
            let found = agency::find(&mut *store.read().await?, &Scope::All, &agency).await?;
            cx.reads(&store, Some(&found.id), "agency.show").await?;
            output.show(&found, |agency| describe(output, agency));
        }
        AgencyCommand::Set { agency, name, kind } => {
            let mut tx = store.write().await?;
            let old = agency::find(&mut tx, &Scope::All, &agency).await?;
            let (name, kind) = (name.unwrap_or(old.name), kind.unwrap_or(old.kind));
            agency::update(&mut tx, &old.id, &name, kind).await?;
            let detail = json!({ "name": name, "kind": kind });
            cx.audit(&mut tx, "agency.set", Some(&old.id), &old.id, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": old.id }), |_| {
                output.say("done-changed", &[("name", text(&name))])
            });
        }
        AgencyCommand::Archive { agency } => {
            let mut tx = store.write().await?;
            let old = agency::find(&mut tx, &Scope::All, &agency).await?;
            agency::archive(&mut tx, &old.id, cx.now()).await?;
            cx.audit(&mut tx, "agency.archive", Some(&old.id), &old.id, json!({}))
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": old.id }), |_| {
                output.say("done-archived", &[("name", text(&old.name))])
            });
        }
    }
    Ok(())
}

fn describe(output: &Output, agency: &Agency) -> String {
    let args = [
        ("name", text(&agency.name)),
        ("id", text(&agency.id)),
        ("kind", text(output.word("agency-kind", &agency.kind))),
        ("entered", text(show(agency.created_at))),
    ];
    output.say("agency-page", &args)
}
