//! `endpoint`: access points of systems.

use std::net::IpAddr;

use capdo_checks::Value;
use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{EndpointAdd, EndpointCommand},
};
use crate::{
    clock::show,
    outside::permit,
    say::text,
    store::{
        Scope, Store, authorisation, contradiction,
        endpoint::{self, Endpoint, NewEndpoint},
        host, outside_finding, system,
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: EndpointCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        EndpointCommand::Add(args) => add(cx, output, &store, &args).await,
        EndpointCommand::List { system } => list(cx, output, &store, system.as_deref()).await,
        EndpointCommand::Show { endpoint } => show_one(cx, output, &store, &endpoint).await,
        EndpointCommand::Archive { endpoint: id } => {
            let mut tx = store.write().await?;
            let old = endpoint::find(&mut tx, &Scope::All, &id).await?;
            let system = system::find(&mut tx, &Scope::All, &old.system_id).await?;
            endpoint::archive(&mut tx, &Scope::All, &id, cx.now()).await?;
            let agency = Some(system.agency_id.as_str());
            let detail = json!({ "endpoint": old.label() });
            cx.audit(&mut tx, "endpoint.archive", agency, &id, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "id": id }), |_| {
                output.say("done-archived", &[("name", text(old.label()))])
            });
            Ok(())
        }
    }
}

async fn add(
    cx: &Context,
    output: &Output,
    store: &Store,
    args: &EndpointAdd,
) -> Result<(), CliError> {
    let name = name_of(&args.address)?;
    let sni = if args.sni.is_empty() {
        String::new()
    } else {
        name_of(&args.sni)?
    };
    let is_address = |name: &str| name.parse::<IpAddr>().is_ok();
    if is_address(&sni) || (args.kind.is_zone() && (is_address(&name) || args.port.is_some())) {
        let shown = if sni.is_empty() { &args.address } else { &sni };
        return Err(CliError::Input(
            "endpoint-bad-host",
            vec![("host", text(shown))],
        ));
    }
    let Some(port) = args.port.or(args.kind.usual_port()) else {
        return Err(CliError::Input("endpoint-no-port", vec![]));
    };
    let mut tx = store.write().await?;
    let system = system::find(&mut tx, &Scope::All, &args.system).await?;
    if let Some(id) = &args.on {
        let host = host::find(&mut tx, &Scope::All, id).await?;
        if host.system_id != system.id {
            let args = vec![
                ("host", text(&host.hostname)),
                ("system", text(&system.name)),
            ];
            return Err(CliError::Input("endpoint-other-system", args));
        }
    }
    let new = NewEndpoint {
        system_id: &system.id,
        host_id: args.on.as_deref(),
        kind: args.kind,
        host: &name,
        port,
        sni: &sni,
    };
    let id = endpoint::add(&mut tx, &new, cx.now()).await?;
    let detail = json!({ "system": system.id, "kind": args.kind, "host": name, "port": port,
        "sni": sni, "on": args.on });
    cx.audit(
        &mut tx,
        "endpoint.add",
        Some(&system.agency_id),
        &id,
        detail,
    )
    .await?;
    tx.commit().await?;
    output.show(&json!({ "id": id }), |_| {
        output.say("done-entered", &[("name", text(&name)), ("id", text(&id))])
    });
    Ok(())
}

/// A DNS name in lower case without its last dot, or an address in its usual form.
fn name_of(typed: &str) -> Result<String, CliError> {
    let bad = || CliError::Input("endpoint-bad-host", vec![("host", text(typed))]);
    let bare = typed.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(ip.to_canonical().to_string());
    }
    let name = typed.trim_end_matches('.').to_ascii_lowercase();
    let label = |l: &str| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&l.len()) && l.bytes().all(fine) && !l.starts_with('-')
    };
    // A last label of digits would be read as an address by some resolvers.
    let last = name.rsplit('.').next().unwrap_or_default();
    let fine = name.len() <= 253
        && name.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
        && !last.starts_with("0x");
    if fine { Ok(name) } else { Err(bad()) }
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
    let all = endpoint::list(&mut db, &Scope::All, id).await?;
    drop(db);
    let agency = system.as_ref().map(|s| s.agency_id.as_str());
    cx.reads(store, agency, "endpoint.list").await?;
    let heads = [
        "head-id",
        "head-kind",
        "head-state",
        "head-last-look",
        "head-name",
    ];
    output.table(&all, heads, |e| {
        [
            e.id.clone(),
            output.word("endpoint-kind", &e.kind),
            output.word("endpoint-state", &e.state),
            e.state_at.map_or_else(String::new, show),
            e.label(),
        ]
    });
    Ok(())
}

async fn show_one(cx: &Context, output: &Output, store: &Store, id: &str) -> Result<(), CliError> {
    let mut db = store.read().await?;
    let it = endpoint::find(&mut db, &Scope::All, id).await?;
    let held = authorisation::holding(&mut db, &Scope::All, &it.system_id, cx.now()).await?;
    let under = permit::at_all(&held, &it, cx.now());
    let mut found = outside_finding::of_system(&mut db, &Scope::All, &it.system_id).await?;
    found.retain(|f| f.endpoint_id == it.id);
    let against = contradiction::of_endpoint(&mut db, &Scope::All, id).await?;
    let agency = system::find(&mut db, &Scope::All, &it.system_id)
        .await?
        .agency_id;
    drop(db);
    let what = format!("endpoint.show {id}");
    cx.reads(store, Some(&agency), &what).await?;
    let shown = json!({ "endpoint": it, "authorisation": under, "findings": found,
        "contradictions": against });
    output.show(&shown, |_| {
        let mut lines = vec![head(output, &it)];
        lines.push(match under {
            Some(one) => output.say(
                "endpoint-permitted",
                &[
                    ("number", text(&one.number)),
                    ("id", text(&one.id)),
                    ("until", text(show(one.valid_until))),
                ],
            ),
            None => output.say("endpoint-not-permitted", &[]),
        });
        lines.extend(found.iter().map(|f| {
            let args = [
                ("part", text(&f.part)),
                ("address", text(&f.address)),
                (
                    "verdict",
                    text(output.word("verdict", &f.verdict.replace('_', "-"))),
                ),
                ("at", text(show(f.at))),
            ];
            output.say("endpoint-finding", &args)
        }));
        lines.extend(against.iter().map(|c| {
            let how = match c.proved_at {
                _ if c.has_lapsed(cx.now()) => "lapsed",
                Some(_) => "proved",
                None => "noted",
            };
            let args = [
                ("check", text(&c.check_id)),
                ("host", text(&c.host_id)),
                ("claimed", text(&c.claimed)),
                ("seen", text(c.seen_where())),
                ("how", Value::from(how)),
            ];
            output.say("endpoint-contradiction", &args)
        }));
        lines.join("\n")
    });
    Ok(())
}

fn head(output: &Output, it: &Endpoint) -> String {
    let args = [
        ("name", text(it.label())),
        ("id", text(&it.id)),
        ("system", text(&it.system_id)),
        ("kind", text(output.word("endpoint-kind", &it.kind))),
        ("state", text(output.word("endpoint-state", &it.state))),
        ("at", text(it.state_at.map_or_else(|| "-".to_owned(), show))),
    ];
    output.say("endpoint-page", &args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_brought_to_one_form() {
        for (typed, kept) in [
            ("Cong.Tinh.gov.vn.", "cong.tinh.gov.vn"),
            ("::FFFF:203.0.113.7", "203.0.113.7"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(name_of(typed).ok().as_deref(), Some(kept));
        }
        for typed in [
            "",
            "a b",
            "-a.vn",
            "https://a.vn",
            "a.vn:443",
            "a..vn",
            "1.2.3",
            "a.0x7f",
        ] {
            assert!(name_of(typed).is_err(), "{typed}");
        }
    }
}
