//! `host integrity`: what speaks against a host, and that somebody has looked at it.

use capdo_checks::Value;
use serde_json::json;

use super::{CliError, Context, Output, args::IntegrityCommand};
use crate::{
    clock::show,
    say::text,
    store::{
        Scope, Store, host,
        integrity::{self, IntegrityEvent},
        system,
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    store: &Store,
    command: IntegrityCommand,
) -> Result<(), CliError> {
    match command {
        IntegrityCommand::List { host } => {
            let mut db = store.read().await?;
            let host = host::find(&mut db, &Scope::All, &host).await?;
            let events = integrity::list(&mut db, &Scope::All, Some(&host.id)).await?;
            drop(db);
            cx.reads_host(store, &host, "host.integrity").await?;
            output.show(&events, |events| {
                let lines: Vec<String> = events.iter().map(|e| describe(output, e)).collect();
                if lines.is_empty() {
                    output.say("host-integrity-none", &[])
                } else {
                    lines.join("\n")
                }
            });
            Ok(())
        }
        IntegrityCommand::Ack {
            host,
            kind,
            subject,
            why,
        } => {
            let mut tx = store.write().await?;
            let host = host::find(&mut tx, &Scope::All, &host).await?;
            let system = system::find(&mut tx, &Scope::All, &host.system_id).await?;
            let what = (host.id.as_str(), kind, subject.as_str());
            if !integrity::acknowledge(&mut tx, what, (cx.actor(), &why), cx.now()).await? {
                let word = output.word("integrity", &kind);
                let args = vec![("kind", text(word)), ("subject", text(&subject))];
                return Err(CliError::Input("host-no-event", args));
            }
            let detail = json!({ "kind": kind, "subject": subject, "why": why });
            let agency = Some(system.agency_id.as_str());
            cx.audit(&mut tx, "integrity.ack", agency, &host.id, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": host.id, "kind": kind }), |_| {
                output.say("host-acknowledged", &[("name", text(&host.hostname))])
            });
            Ok(())
        }
    }
}

/// What was noticed, and who has looked at it.
pub(super) fn describe(output: &Output, e: &IntegrityEvent) -> String {
    let args = [
        ("kind", text(output.word("integrity", &e.kind))),
        ("subject", text(&e.subject)),
        ("count", Value::from(e.count)),
        ("at", text(show(e.last_at))),
        ("detail", text(&e.detail)),
    ];
    let line = output.say("host-integrity", &args);
    let Some(at) = e.acknowledged_at.filter(|_| !e.is_open()) else {
        return line;
    };
    let of = |t: &Option<String>| text(t.as_deref().unwrap_or_default());
    let args = [
        ("at", text(show(at))),
        ("who", of(&e.acknowledged_by)),
        ("why", of(&e.acknowledged_why)),
    ];
    format!("{line}\n    {}", output.say("host-acknowledged-by", &args))
}
