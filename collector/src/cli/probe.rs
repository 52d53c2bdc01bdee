//! `probe`: looks at endpoints from outside, and their log.

use std::sync::Arc;

use capdo_checks::Value;
use jiff::SignedDuration;
use serde_json::json;

use super::{CliError, Context, Output, args::ProbeCommand};
use crate::{
    assess::compute::compute,
    clock::{SystemClock, show},
    outside::{Outside, resolve::OwnResolver},
    say::text,
    store::{Scope, Store, endpoint, probe, system},
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: ProbeCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        ProbeCommand::Now { endpoint } => now(cx, output, store, &endpoint).await,
        ProbeCommand::Log { endpoint, rows } => {
            let mut db = store.read().await?;
            let agency = match &endpoint {
                Some(id) => {
                    let it = endpoint::find(&mut db, &Scope::All, id).await?;
                    let system = system::find(&mut db, &Scope::All, &it.system_id).await?;
                    Some(system.agency_id)
                }
                None => None,
            };
            let lines = probe::list(&mut db, &Scope::All, endpoint.as_deref(), rows).await?;
            drop(db);
            cx.reads(&store, agency.as_deref(), "probe.log").await?;
            let heads = [
                "head-time",
                "head-step",
                "head-target",
                "head-address",
                "head-what",
                "head-connections",
                "head-outcome",
            ];
            output.table(&lines, heads, |line| {
                [
                    show(line.at),
                    output.word("probe-step", &line.step),
                    line.target.clone(),
                    line.address.clone(),
                    line.what.clone(),
                    line.connections.map_or_else(String::new, |n| n.to_string()),
                    line.outcome.clone(),
                ]
            });
            Ok(())
        }
        ProbeCommand::Verify => {
            let broken = probe::verify(&mut *store.snapshot().await?).await?;
            if let Some(seq) = broken {
                let args = vec![("seq", Value::from(seq))];
                return Err(CliError::Input("probe-log-broken", args));
            }
            output.show(&json!({ "holds": true }), |_| {
                output.say("probe-log-holds", &[])
            });
            Ok(())
        }
    }
}

async fn now(cx: &Context, output: &Output, store: Store, id: &str) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let it = endpoint::find(&mut tx, &Scope::All, id).await?;
    let system = system::find(&mut tx, &Scope::All, &it.system_id).await?;
    let agency = Some(system.agency_id.as_str());
    let detail = json!({ "endpoint": it.label() });
    cx.audit(&mut tx, "probe.now", agency, id, detail).await?;
    tx.commit().await?;
    let outside = Outside::new(store.clone(), Arc::new(SystemClock), Arc::new(OwnResolver))
        .every(cx.config.outside.interval_h);
    let state = outside.look(id).await?;
    let max_age = SignedDuration::from_hours(24 * i64::from(cx.config.assess.max_age_days));
    compute(&store, &it.system_id, max_age, cx.now()).await?;
    output.show(&json!({ "id": id, "state": state }), |_| {
        let word = output.word("endpoint-state", &state);
        output.say(
            "probe-done",
            &[("name", text(it.label())), ("state", text(word))],
        )
    });
    Ok(())
}
