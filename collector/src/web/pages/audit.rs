//! `/audit`: who did what, and who read whose data. An agency sees what concerns itself.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Query as Params, State},
    response::Html,
};
use serde::Deserialize;

use super::{
    failure::Failure,
    shell::{Shell, Visit, page},
    text::{Text, foreign},
};
use crate::{
    store::{
        Scope, agency,
        audit::{self, Entry},
        user::Role,
    },
    web::{Authenticated, Shared},
};

/// So many entries are shown at a time.
const MOST: u32 = 100;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Only entries before this place.
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    s: Shell,
    about: String,
    rows: Vec<Row>,
    older: Option<String>,
}

/// An entry.
struct Row {
    when: String,
    who: String,
    what: String,
    agency: String,
    target: String,
    detail: String,
}

/// Shows the page. The whole log is for administrators and officers.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    who: Authenticated,
    Params(asked): Params<Asked>,
) -> Result<Html<String>, Failure> {
    if visit.scope == Scope::All && !who.is(&[Role::Admin, Role::Officer]) {
        return Err(Failure::NOT_FOUND);
    }
    visit.reads_all(&web).await?;
    let mut db = web.store.snapshot().await?;
    let entries = audit::list(&mut db, &visit.scope, asked.before, MOST).await?;
    let agencies = agency::list(&mut db, &visit.scope).await?;
    drop(db);
    let names: BTreeMap<&str, &str> = agencies
        .iter()
        .map(|a| (a.id.as_str(), a.name.as_str()))
        .collect();
    let text = visit.text;
    let own = visit.scope.agency().and_then(|id| names.get(id));
    let about = match own {
        Some(name) => text.fill("audit-of", &[("agency", foreign(name).into())]),
        None => text.t("audit-all"),
    };
    let full = u32::try_from(entries.len()).is_ok_and(|n| n == MOST);
    let last = entries.last().filter(|_| full);
    page(&AuditPage {
        s: visit.shell(&text.t("audit-title"), Vec::new()),
        about,
        older: last.map(|e| format!("/audit?before={}", e.seq)),
        rows: entries.iter().map(|e| row(text, e, &names)).collect(),
    })
}

fn row(text: Text, entry: &Entry, names: &BTreeMap<&str, &str>) -> Row {
    let agency = entry.agency_id.as_deref();
    let name = agency.map_or("", |id| names.get(id).copied().unwrap_or(id));
    Row {
        when: text.time(entry.at),
        who: foreign(&entry.actor),
        what: text.named("audit-action", &entry.action.replace('.', "-")),
        agency: foreign(name),
        target: foreign(&entry.target),
        detail: match entry.detail.as_str() {
            "{}" => String::new(),
            detail => foreign(detail),
        },
    }
}
