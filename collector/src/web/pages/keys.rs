//! `/keys`: keys that several hosts hold. Who belongs to no agency sees all of them; an agency sees its own
//! hosts only, and of others nothing.

use askama::Template;
use axum::{extract::State, response::Html};

use super::{
    failure::Failure,
    shell::{Link, Shell, Visit, page},
    text::{Text, foreign},
};
use crate::{
    store::{
        agency,
        key::{self, Holder},
    },
    web::Shared,
};

/// So many hosts are shown.
const MOST_ROWS: u32 = 500;

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    s: Shell,
    agencies: Vec<Link>,
    rows: Vec<Row>,
    more: bool,
}

/// A host with a key that others hold as well.
struct Row {
    /// Of the first host of a key; else empty.
    key: String,
    kind: String,
    host: Link,
    system: Link,
    agency: String,
    how: String,
}

/// Shows the page.
pub async fn show(State(web): State<Shared>, visit: Visit) -> Result<Html<String>, Failure> {
    visit.reads_all(&web).await?;
    let mut db = web.store.snapshot().await?;
    let agencies = agency::list(&mut db, &visit.scope).await?;
    let all = key::shared(&mut db, &visit.scope, MOST_ROWS).await?;
    drop(db);
    page(&KeysPage {
        s: visit.shell(&visit.text.t("keys"), Vec::new()),
        agencies: agencies
            .iter()
            .map(|a| Link::agency(&a.id, &a.name))
            .collect(),
        more: u32::try_from(all.len()).is_ok_and(|n| n == MOST_ROWS),
        rows: rows(visit.text, &all),
    })
}

fn rows(text: Text, all: &[Holder]) -> Vec<Row> {
    let mut before = None;
    all.iter()
        .map(|one| {
            let first = before != Some((&one.kind, &one.key));
            before = Some((&one.kind, &one.key));
            Row {
                key: if first {
                    foreign(&one.key)
                } else {
                    String::new()
                },
                kind: text.named("key-kind", &one.kind),
                host: Link::host(&one.host_id, &one.hostname),
                system: Link::system(&one.system_id, &one.system),
                agency: foreign(&one.agency),
                how: text.t(if one.held { "key-held" } else { "key-served" }),
            }
        })
        .collect()
}
