//! `/software`: what is installed where, and `/software.csv`, the same as a table.

use askama::Template;
use axum::{
    extract::{Query as Params, State},
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    failure::Failure,
    shell::{Link, Shell, Visit, page},
    text::{Text, foreign},
};
use crate::{
    export::csv as table,
    search::{self, Query},
    store::inventory::{self, Found, Listing},
    web::Shared,
};

/// So many rows are shown; the table has all.
const MOST: usize = 500;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A package, maybe with a bound on its version.
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "software.html")]
struct SoftwarePage {
    s: Shell,
    q: String,
    csv: String,
    bad: bool,
    asked: bool,
    count: String,
    more: bool,
    cut: Option<String>,
    found: Vec<FoundRow>,
    listings: Vec<ListingRow>,
}

/// A package on a host.
struct FoundRow {
    host: Link,
    system: Link,
    agency: String,
    package: String,
    source: String,
    version: String,
    release: String,
    seen: String,
}

/// A host's list.
struct ListingRow {
    host: Link,
    system: Link,
    agency: String,
    release: String,
    packages: String,
    seen: String,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Params(asked): Params<Asked>,
) -> Result<Html<String>, Failure> {
    let query = Query::parse(&asked.q);
    let mut db = web.store.read().await?;
    let (mut found, mut cut) = (Vec::new(), false);
    let mut listings = Vec::new();
    if let Some(query) = &query {
        (found, cut) = search::run(&mut db, &visit.scope, query).await?;
    } else {
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        listings = inventory::listings(&mut db, &visit.scope, most).await?;
    }
    drop(db);
    let text = visit.text;
    let count = text.fill("software-count", &[("count", found.len().into())]);
    let q = foreign(&asked.q).chars().take(200).collect::<String>();
    page(&SoftwarePage {
        s: visit.shell(&text.t("software"), Vec::new()),
        csv: format!("/software.csv?q={}", escaped(&q)),
        bad: query.is_none() && !asked.q.trim().is_empty(),
        asked: query.is_some(),
        more: found.len() > MOST,
        cut: cut.then(|| text.fill("software-cut", &[("count", search::MOST.into())])),
        found: found
            .iter()
            .take(MOST)
            .map(|f| found_row(text, f))
            .collect(),
        listings: listings.iter().map(|l| listing_row(text, l)).collect(),
        count,
        q,
    })
}

/// Gives the table.
pub async fn csv(
    State(web): State<Shared>,
    visit: Visit,
    Params(asked): Params<Asked>,
) -> Result<Response, Failure> {
    let query = Query::parse(&asked.q).ok_or(Failure::NOT_FOUND)?;
    let mut db = web.store.read().await?;
    let (found, cut) = search::run(&mut db, &visit.scope, &query).await?;
    drop(db);
    let t = |id: &str| visit.text.t(id);
    let heads = [
        t("agency"),
        t("system"),
        t("host"),
        t("software-package"),
        t("software-source"),
        t("software-version"),
        t("host-os"),
        t("software-seen"),
    ];
    let mut rows: Vec<Vec<String>> = found.iter().map(|f| cells(visit.text, f)).collect();
    if cut {
        // Whoever counts the rows of the table must learn that it is not all.
        let said = visit
            .text
            .fill("software-cut", &[("count", search::MOST.into())]);
        let mut last = vec![String::new(); heads.len()];
        if let Some(first) = last.first_mut() {
            *first = said;
        }
        rows.push(last);
    }
    let table = table::write(&heads, &rows).map_err(|_| Failure::DEFECT)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"software.csv\"",
        ),
    ];
    Ok((headers, table).into_response())
}

fn cells(text: Text, f: &Found) -> Vec<String> {
    vec![
        f.agency_name.clone(),
        f.system_name.clone(),
        f.hostname.clone(),
        format!("{}:{}", f.name, f.arch),
        f.source.clone(),
        f.version.clone(),
        f.release.clone(),
        text.time(f.received_at),
    ]
}

fn found_row(text: Text, f: &Found) -> FoundRow {
    FoundRow {
        host: Link::host(&f.host_id, &f.hostname),
        system: Link::system(&f.system_id, &f.system_name),
        agency: foreign(&f.agency_name),
        package: foreign(&format!("{}:{}", f.name, f.arch)),
        source: foreign(&f.source),
        version: foreign(&f.version),
        release: foreign(&f.release),
        seen: text.time(f.received_at),
    }
}

fn listing_row(text: Text, l: &Listing) -> ListingRow {
    ListingRow {
        host: Link::host(&l.host_id, &l.hostname),
        system: Link::system(&l.system_id, &l.system_name),
        agency: foreign(&l.agency_name),
        release: foreign(l.release.as_deref().unwrap_or_default()),
        packages: l.packages.map_or_else(String::new, |n| n.to_string()),
        seen: text.time_or_never(l.received_at),
    }
}

/// A value in an address.
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let one = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(one).collect()
}
