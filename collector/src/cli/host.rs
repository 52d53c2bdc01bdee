//! `host`: servers and their identities.

use serde_json::json;

use super::{CliError, Context, Output, args::HostCommand};
use crate::{
    clock::show,
    store::{
        Scope, Store, certificate, finding,
        host::{self, HostState},
        integrity, system,
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: HostCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        HostCommand::List { system } => list(output, &store, system.as_deref()).await,
        HostCommand::Show { host } => show_one(output, &store, &host).await,
        HostCommand::Findings { host } => findings(output, &store, &host).await,
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
    let detail = json!({ "revoked_certificates": revoked, "why": revoke });
    cx.audit(&mut tx, action, Some(&system.agency_id), id, detail)
        .await?;
    tx.commit().await?;
    let shown = json!({ "id": id, "revoked_certificates": revoked });
    output.show(&shown, |_| {
        format!("Done: {action} {} ({id}).", host.hostname)
    });
    Ok(())
}

async fn list(output: &Output, store: &Store, system: Option<&str>) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let system = match system {
        Some(key) => Some(system::find(&mut db, &Scope::All, key).await?.id),
        None => None,
    };
    let hosts = host::list(&mut db, &Scope::All, system.as_deref()).await?;
    output.table(
        &hosts,
        ["ID", "STATE", "LAST SEEN", "OS", "AGENT", "NAME"],
        |h| {
            [
                h.id.clone(),
                h.state.code().to_owned(),
                h.last_seen_at.map_or_else(|| "never".to_owned(), show),
                format!("{} {}", h.os_id, h.os_version),
                h.agent_version.clone(),
                h.hostname.clone(),
            ]
        },
    );
    Ok(())
}

async fn findings(output: &Output, store: &Store, id: &str) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let host = host::find(&mut db, &Scope::All, id).await?;
    let held = finding::of_host(&mut db, &Scope::All, &host.id).await?;
    let list: Vec<finding::Finding> = held.into_iter().map(|h| h.finding).collect();
    output.table(
        &list,
        ["VERDICT", "CHECK", "SUBJECT", "SINCE", "CLAIM"],
        |f| {
            let claim = if f.claim_mismatch {
                f.claimed_verdict.clone()
            } else {
                String::new()
            };
            [
                f.verdict.clone(),
                f.check_id.clone(),
                f.subject_name.clone(),
                show(f.since),
                claim,
            ]
        },
    );
    Ok(())
}

async fn show_one(output: &Output, store: &Store, id: &str) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let host = host::find(&mut db, &Scope::All, id).await?;
    let certificates = certificate::list(&mut db, &Scope::All, id).await?;
    let events = integrity::list(&mut db, &Scope::All, Some(id)).await?;
    let shown = json!({ "host": host, "certificates": certificates, "integrity": events });
    output.show(&shown, |_| {
        let mut lines = vec![
            host.hostname.clone(),
            format!("id: {}\nsystem: {}", host.id, host.system_id),
            format!(
                "state: {}, enrolled {}",
                host.state.code(),
                show(host.enrolled_at)
            ),
            format!("runs: {} accepted so far by counter", host.last_counter),
        ];
        for c in &certificates {
            let end = c.revoked_at.map_or_else(
                || format!("until {}", show(c.not_after)),
                |at| format!("revoked {}", show(at)),
            );
            lines.push(format!("certificate {}: {end}", c.serial));
        }
        for e in &events {
            lines.push(format!(
                "integrity: {:?} {} ({}x, last {}): {}",
                e.kind,
                e.subject,
                e.count,
                show(e.last_at),
                e.detail
            ));
        }
        lines.join("\n")
    });
    Ok(())
}
