//! `/checks/{id}`: what a check looks at, why, and where it does not pass.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::{
    catalogue::{Catalogue, Standard},
    check::{Confidence, Meta, Need},
    registry,
    text::Messages,
};

use super::{
    control::{self, ThresholdRow},
    failure::Failure,
    fixes,
    host_findings::fix_texts,
    marks::{Mark, verdict_of},
    shell::{Link, Shell, Visit, page},
    text::{Text, foreign},
};
use crate::{
    store::overview::{self, Open},
    web::Shared,
};

/// So many findings are listed.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    s: Shell,
    id: String,
    family: String,
    why: String,
    confirm: String,
    fixes: Vec<(String, String)>,
    severity: String,
    confidence: String,
    needs: Vec<String>,
    thresholds: Vec<ThresholdRow>,
    standards: Vec<(String, Vec<Link>)>,
    open: Vec<OpenRow>,
    more: bool,
}

/// A finding that is open.
struct OpenRow {
    mark: Mark,
    host: Link,
    subject: String,
    system: Link,
    agency: String,
    since: String,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Failure> {
    let check = registry::find(&id).ok_or(Failure::NOT_FOUND)?;
    let mut db = web.store.read().await?;
    let open = overview::open_findings(&mut db, &visit.scope, check.meta().id, MOST).await?;
    drop(db);
    visit.reads_all(&web).await?;
    page(&view(&visit, check.meta(), &open))
}

fn view(visit: &Visit, meta: &Meta, open: &[Open]) -> CheckPage {
    let text = visit.text;
    let catalogue = Catalogue::embedded();
    let messages = Messages::of(text.lang());
    let thresholds = meta
        .thresholds
        .iter()
        .filter_map(|id| catalogue.current().threshold(id));
    CheckPage {
        s: visit.shell(&messages.title(meta), Vec::new()),
        id: meta.id.to_owned(),
        family: messages.family(meta.family()),
        why: messages.part(meta, "why").unwrap_or_default(),
        confirm: messages.part(meta, "confirm").unwrap_or_default(),
        fixes: fix_texts(text, meta),
        severity: fixes::severity(text, meta.severity),
        confidence: text.t(match meta.confidence {
            Confidence::Low => "confidence-low",
            Confidence::Medium => "confidence-medium",
            Confidence::High => "confidence-high",
        }),
        needs: meta
            .needs
            .iter()
            .map(|need| need_name(text, *need))
            .collect(),
        thresholds: thresholds.map(|t| control::threshold(text, t)).collect(),
        standards: catalogue
            .standards()
            .iter()
            .map(|standard| served(text, standard, meta.id))
            .filter(|(_, controls)| !controls.is_empty())
            .collect(),
        open: open.iter().map(|row| open_row(text, meta, row)).collect(),
        more: open.len() >= MOST as usize,
    }
}

fn need_name(text: Text, need: Need) -> String {
    text.t(match need {
        Need::Root => "need-root",
        Need::Live => "need-live",
        Need::Loopback => "need-loopback",
    })
}

fn served(text: Text, standard: &Standard, check: &str) -> (String, Vec<Link>) {
    let ids = Catalogue::embedded().controls_for(&standard.id, check);
    let controls = ids.iter().filter_map(|id| standard.control(id));
    let links = controls
        .map(|control| control::link(text, standard, control))
        .collect();
    (standard.title.get(text.lang()).to_owned(), links)
}

fn open_row(text: Text, meta: &Meta, row: &Open) -> OpenRow {
    let mut host = Link::host(&row.host_id, &row.hostname);
    host.href.push_str(&format!("#f-{}", meta.message_id()));
    OpenRow {
        mark: Mark::verdict(text, verdict_of(&row.verdict)),
        host,
        subject: foreign(&row.subject_name),
        system: Link::system(&row.system_id, &row.system_name),
        agency: foreign(&row.agency_name),
        since: text.time(row.since),
    }
}
