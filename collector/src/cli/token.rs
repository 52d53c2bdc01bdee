//! `token`: one-time enrolment tokens.

use serde_json::json;

use super::{CliError, Context, Output, args::TokenCommand};
use crate::{
    clock::show,
    identity::{self, rotation, secret},
    say::{named, text},
    store::{
        Scope, Store, host, system,
        token::{self, NewToken, Token},
    },
};

const HOUR_MS: i64 = 60 * 60 * 1000;

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: TokenCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        TokenCommand::Add {
            system,
            host,
            hours,
        } => {
            let whom = match &host {
                Some(host) => Whom::Host(host),
                None => Whom::New(system.as_deref().unwrap_or_default()),
            };
            add(cx, output, &store, whom, hours).await
        }
        TokenCommand::List { system } => {
            let mut db = store.read().await?;
            let system = match system {
                Some(key) => Some(system::find(&mut db, &Scope::All, &key).await?),
                None => None,
            };
            let id = system.as_ref().map(|s| s.id.as_str());
            let list = token::list(&mut db, &Scope::All, id).await?;
            drop(db);
            let agency = system.as_ref().map(|s| s.agency_id.as_str());
            cx.reads(&store, agency, "token.list").await?;
            let heads = ["head-id", "head-system", "head-expires", "head-state"];
            output.table(&list, heads, |t| {
                let state = named(output.lang(), "token-state", state(t, cx.now()));
                [t.id.clone(), t.system_id.clone(), show(t.expires_at), state]
            });
            Ok(())
        }
        TokenCommand::Revoke { token } => {
            let mut tx = store.write().await?;
            token::revoke(&mut tx, &Scope::All, &token, cx.now()).await?;
            let agency = token::agency(&mut tx, &token).await?;
            cx.audit(
                &mut tx,
                "token.revoke",
                agency.as_deref(),
                &token,
                json!({}),
            )
            .await?;
            tx.commit().await?;
            output.show(&json!({ "id": token }), |_| {
                output.say("done-revoked", &[("id", text(&token))])
            });
            Ok(())
        }
    }
}

/// Whom a token lets in.
#[derive(Clone, Copy)]
enum Whom<'a> {
    /// A new host of the system with this id or name.
    New(&'a str),
    /// The host with this id, which lost its key.
    Host(&'a str),
}

async fn add(
    cx: &Context,
    output: &Output,
    store: &Store,
    whom: Whom<'_>,
    hours: u32,
) -> Result<(), CliError> {
    let now = cx.now();
    let fingerprint = rotation::shown(&identity::current(store, &cx.data, now).await?);
    let secret = secret::text()?;
    let expires_at = now + i64::from(hours) * HOUR_MS;
    let mut tx = store.write().await?;
    let (key, host) = match whom {
        Whom::New(system) => (system.to_owned(), None),
        Whom::Host(id) => {
            let host = host::find(&mut tx, &Scope::All, id).await?;
            (host.system_id.clone(), Some(host))
        }
    };
    let system = system::find(&mut tx, &Scope::All, &key).await?;
    let host_id = host.as_ref().map(|h| h.id.as_str());
    let new = NewToken {
        sha256: &secret::sha256(&secret),
        system_id: &system.id,
        host_id,
        created_by: cx.actor(),
        created_at: now,
        expires_at,
    };
    let id = token::add(&mut tx, &new).await?;
    let detail = json!({ "system": system.id, "host": host_id, "expires_at": expires_at });
    cx.audit(&mut tx, "token.add", Some(&system.agency_id), &id, detail)
        .await?;
    tx.commit().await?;
    let shown = json!({ "id": id, "token": secret.as_str(), "expires_at": expires_at,
        "host": host_id, "ca_sha256": fingerprint });
    output.show(&shown, |_| {
        let name = host
            .as_ref()
            .map_or_else(String::new, |h| h.hostname.clone());
        let args = [
            ("host", text(name)),
            ("system", text(&system.name)),
            ("until", text(show(expires_at))),
            ("token", text(secret.as_str())),
            ("fingerprint", text(&fingerprint)),
        ];
        let made = if host.is_some() {
            "token-made-for-host"
        } else {
            "token-made"
        };
        output.say(made, &args)
    });
    Ok(())
}

fn state(token: &Token, now: i64) -> &'static str {
    if token.used_at.is_some() {
        "used"
    } else if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at <= now {
        "expired"
    } else {
        "open"
    }
}
