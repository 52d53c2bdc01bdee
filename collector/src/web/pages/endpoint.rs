//! `/endpoints/{id}`: one endpoint, what was seen there from outside, and what contradicts it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::observation::Observation;

use super::{
    endpoints,
    failure::Failure,
    host_findings::{FactRow, fact},
    marks::{Mark, verdict_of},
    probes::{self, LogRow},
    shell::{Link, Shell, Visit, page},
    text::{Text, foreign},
};
use crate::{
    store::{
        Db, Scope, StoreError, agency, authorisation,
        contradiction::{self, Contradiction},
        endpoint, host,
        outside_finding::{self, OutsideFinding},
        probe, system,
    },
    web::Shared,
};

/// So many rows of the log are shown here.
const MOST_ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "endpoint.html")]
struct EndpointPage {
    s: Shell,
    facts: Vec<(String, String)>,
    found: Vec<FoundRow>,
    against: Vec<AgainstRow>,
    log: Vec<LogRow>,
}

/// What a part showed.
struct FoundRow {
    mark: Mark,
    part: String,
    address: String,
    reason: String,
    at: String,
    facts: Vec<FactRow>,
}

/// A contradiction.
struct AgainstRow {
    host: Link,
    check: Link,
    claimed: String,
    seen: String,
    state: String,
    first: String,
    last: String,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Failure> {
    let (mut db, scope, text) = (web.store.snapshot().await?, &visit.scope, visit.text);
    let it = endpoint::find(&mut db, scope, &id).await?;
    let system = system::find(&mut db, scope, &it.system_id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let held = authorisation::holding(&mut db, scope, &system.id, visit.now).await?;
    let mut found = outside_finding::of_system(&mut db, scope, &system.id).await?;
    found.retain(|f| f.endpoint_id == it.id);
    let mut against = Vec::new();
    for one in contradiction::of_endpoint(&mut db, scope, &it.id).await? {
        against.push(against_row(&mut db, scope, (text, visit.now), &one).await?);
    }
    let log = probe::list(&mut db, scope, Some(&it.id), MOST_ROWS).await?;
    drop(db);
    visit.reads(&web, &agency.id).await?;
    let crumbs = vec![
        Link::agency(&agency.id, &agency.name),
        Link::system(&system.id, &system.name),
    ];
    let facts = vec![
        (text.t("endpoint-kind"), endpoints::kind(text, &it)),
        (text.t("endpoint-state"), endpoints::state(text, it.state)),
        (text.t("endpoint-looked"), text.time_or_never(it.state_at)),
        (
            text.t("endpoint-authorisation"),
            endpoints::permitted(text, &it, &held, visit.now),
        ),
    ];
    page(&EndpointPage {
        s: visit.shell(&it.label(), crumbs),
        facts,
        found: found.iter().map(|f| found_row(text, f)).collect(),
        against,
        log: log.iter().map(|line| probes::row(text, line)).collect(),
    })
}

fn found_row(text: Text, one: &OutsideFinding) -> FoundRow {
    let observation = Observation::from_bytes(&one.observation).ok();
    FoundRow {
        mark: Mark::verdict(text, verdict_of(&one.verdict)),
        part: endpoints::part(text, &one.part),
        address: foreign(&one.address),
        reason: endpoints::reason(text, &one.reason),
        at: text.time(one.at),
        facts: observation
            .iter()
            .flat_map(|o| &o.facts)
            .map(|f| fact(text, f))
            .collect(),
    }
}

async fn against_row(
    db: &mut Db,
    scope: &Scope,
    (text, now): (Text, i64),
    one: &Contradiction,
) -> Result<AgainstRow, StoreError> {
    let host = host::find(db, scope, &one.host_id).await?;
    let state = match one.proved_at {
        _ if one.has_lapsed(now) => "contradiction-lapsed",
        Some(_) => "contradiction-proved",
        None => "contradiction-noted",
    };
    Ok(AgainstRow {
        host: Link::host(&host.id, &host.hostname),
        check: Link::check(
            &one.check_id,
            &super::fixes::check_title(text, &one.check_id),
        ),
        claimed: foreign(&one.claimed),
        seen: foreign(&one.seen_where()),
        state: text.t(state),
        first: text.time(one.first_at),
        last: text.time(one.last_at),
    })
}
