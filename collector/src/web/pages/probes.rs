//! `/probes`: the log of what was sent where, and under whose permission.

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
        probe::{self, Line},
    },
    web::Shared,
};

/// So many rows are shown.
const MOST_ROWS: u32 = 500;

#[derive(Template)]
#[template(path = "probes.html")]
struct ProbesPage {
    s: Shell,
    agencies: Vec<Link>,
    log: Vec<LogRow>,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// When.
    pub at: String,
    /// What it says.
    pub step: String,
    /// The endpoint.
    pub endpoint: Link,
    /// The address that was contacted.
    pub address: String,
    /// What was asked.
    pub what: String,
    /// How many connections were opened.
    pub connections: String,
    /// What came of it.
    pub outcome: String,
    /// Under which authorisation.
    pub authorisation: String,
}

/// Shows the page.
pub async fn show(State(web): State<Shared>, visit: Visit) -> Result<Html<String>, Failure> {
    let mut db = web.store.snapshot().await?;
    let agencies = agency::list(&mut db, &visit.scope).await?;
    let log = probe::list(&mut db, &visit.scope, None, MOST_ROWS).await?;
    drop(db);
    visit.reads_all(&web).await?;
    let text = visit.text;
    page(&ProbesPage {
        s: visit.shell(&text.t("probes"), Vec::new()),
        agencies: agencies
            .iter()
            .map(|a| Link::agency(&a.id, &a.name))
            .collect(),
        log: log.iter().map(|line| row(text, line)).collect(),
    })
}

/// A row in words.
pub fn row(text: Text, line: &Line) -> LogRow {
    LogRow {
        at: text.time(line.at),
        step: text.named("probe-step", line.step.code()),
        endpoint: Link::new(format!("/endpoints/{}", line.endpoint_id), &line.target),
        address: foreign(&line.address),
        what: foreign(&line.what),
        connections: line.connections.map_or_else(String::new, |n| n.to_string()),
        outcome: foreign(&line.outcome),
        authorisation: foreign(line.authorisation_id.as_deref().unwrap_or_default()),
    }
}
