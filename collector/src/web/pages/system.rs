//! `/systems/{id}`: one system, from the four numbers down to the checks behind each control.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::{
    catalogue::{Catalogue, Standard},
    observation::Value,
    score::{Contested, GateAt, Scorecard},
};

use super::{
    agency::{card, dossier},
    endpoints::{self, EndpointRow},
    failure::Failure,
    fixes::{self, FixRow},
    marks::{Bar, Mark},
    numbers::Numbers,
    shell::{Link, Shell, Visit, page},
    system_controls::{self, Cells, GroupView},
    system_hosts::{self, HostsView},
    text::{Text, foreign},
};
use crate::{
    store::{
        Store, agency,
        authorisation::{self, Authorisation},
        endpoint::{self, Endpoint},
        outside_finding::{self, OutsideFinding},
        overview::{self, HostLine, OpenCell, SystemLine, Tally},
        score, system,
    },
    web::Shared,
};

/// How many fixes are shown.
const MOST_FIXES: usize = 10;
/// For each check so many hosts are named on which it does not pass.
const MOST_HOSTS: u32 = 5;

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage {
    s: Shell,
    id: String,
    dossier: String,
    standard: String,
    numbers: Numbers,
    measured: String,
    /// What stands on the stored card; nothing where there is none yet.
    card: Option<CardView>,
    hosts: HostsView,
    endpoints: Vec<EndpointRow>,
    enrol: String,
}

/// What a scorecard says.
struct CardView {
    gates: Vec<GateRow>,
    contested: Vec<ContestedRow>,
    groups: Vec<GroupView>,
    fixes: Vec<FixRow>,
    fixes_left: String,
}

/// A check on a host that does not count, and why.
struct ContestedRow {
    host: Link,
    check: Link,
    seen: String,
}

/// One level's gate.
struct GateRow {
    level: String,
    own: bool,
    gate: Mark,
    score: String,
    bar: Bar,
    open: u32,
}

/// Everything that the page is made from.
struct Rows {
    line: SystemLine,
    agency: Link,
    standard_id: String,
    card: Option<Scorecard>,
    hosts: Vec<HostLine>,
    tallies: Vec<Tally>,
    open: Vec<OpenCell>,
    endpoints: Vec<Endpoint>,
    outside: Vec<OutsideFinding>,
    held: Vec<Authorisation>,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Failure> {
    let fresh_from = visit.now.saturating_sub(web.max_age_ms);
    let rows = read(&web.store, &visit, &id, fresh_from).await?;
    visit.reads(&web, &rows.line.agency_id).await?;
    let known = Catalogue::embedded().standard(&rows.standard_id);
    let standard = known.ok_or(Failure::DEFECT)?;
    page(&view(&visit, standard, &rows, fresh_from))
}

async fn read(store: &Store, visit: &Visit, id: &str, fresh_from: i64) -> Result<Rows, Failure> {
    let (mut db, scope) = (store.snapshot().await?, &visit.scope);
    let system = system::find(&mut db, scope, id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let lines = overview::systems(&mut db, scope, Some(&agency.id)).await?;
    let line = lines
        .into_iter()
        .find(|line| line.id == system.id)
        .ok_or(Failure::NOT_FOUND)?;
    let scores = score::latest(&mut db, scope, Some(&system.id)).await?;
    let card = scores.first().and_then(card);
    Ok(Rows {
        line,
        agency: Link::agency(&agency.id, &agency.name),
        standard_id: card
            .as_ref()
            .map_or(system.standard_id, |c| c.standard.to_string()),
        card,
        hosts: overview::hosts(&mut db, scope, &system.id).await?,
        tallies: overview::tallies(&mut db, scope, &system.id, fresh_from).await?,
        endpoints: endpoint::list(&mut db, scope, Some(&system.id)).await?,
        outside: outside_finding::of_system(&mut db, scope, &system.id).await?,
        held: authorisation::holding(&mut db, scope, &system.id, visit.now).await?,
        open: overview::open_cells(&mut db, scope, &system.id, fresh_from, MOST_HOSTS).await?,
    })
}

fn view(visit: &Visit, standard: &Standard, rows: &Rows, fresh_from: i64) -> SystemPage {
    let (text, line) = (visit.text, &rows.line);
    let card = rows.card.as_ref();
    let own = card.and_then(|c| c.gates.iter().find(|gate| gate.level == c.level));
    let measured = match line.scored_at {
        None => text.t("not-scored-yet"),
        Some(at) => text.fill("measured-at", &[("time", text.time(at).into())]),
    };
    SystemPage {
        s: visit.shell(&line.name, vec![rows.agency.clone()]),
        id: line.id.clone(),
        dossier: dossier(text, line.dossier, line.approved_level, line.proposed_level),
        standard: standard.title.get(text.lang()).to_owned(),
        numbers: Numbers::of_one(text, line, own.map(|gate| gate.gate)),
        measured,
        card: card.map(|card| card_view(text, standard, card, rows)),
        hosts: system_hosts::view(text, &rows.hosts, line.declared_hosts, fresh_from),
        endpoints: endpoints::rows(text, &rows.endpoints, &rows.outside, &rows.held, visit.now),
        enrol: format!("capdo-collector token add --system {}", line.id),
    }
}

fn card_view(text: Text, standard: &Standard, card: &Scorecard, rows: &Rows) -> CardView {
    let hosts = card.enrolled_hosts.max(card.declared_hosts);
    let cells = Cells::new(hosts, &rows.tallies, &rows.open);
    let open = [("count", Value::from(card.fixes.len()))];
    CardView {
        gates: card
            .gates
            .iter()
            .map(|gate| gate_row(text, gate, card))
            .collect(),
        contested: card
            .contested
            .iter()
            .map(|one| contested_row(text, one, rows))
            .collect(),
        groups: system_controls::groups(text, standard, card, &cells),
        fixes: fixes::rows(text, standard, &card.fixes, MOST_FIXES),
        fixes_left: text.fill("fixes-left", &open),
    }
}

fn contested_row(text: Text, one: &Contested, rows: &Rows) -> ContestedRow {
    let host = rows.hosts.iter().find(|h| h.id == one.host_id);
    let name = host.map_or(one.host_id.as_str(), |h| h.hostname.as_str());
    let args = [
        ("endpoint", Value::from(foreign(&one.endpoint))),
        ("time", Value::from(text.time(one.at.as_millisecond()))),
        ("seen", Value::from(foreign(&one.seen))),
        ("claimed", Value::from(foreign(&one.claimed))),
    ];
    ContestedRow {
        host: Link::host(&one.host_id, name),
        check: Link::check(&one.check, &fixes::check_title(text, &one.check)),
        seen: foreign(&text.fill("contested-seen", &args)),
    }
}

fn gate_row(text: Text, gate: &GateAt, card: &Scorecard) -> GateRow {
    GateRow {
        level: text.level(gate.level.number()),
        own: gate.level == card.level,
        gate: Mark::gate(text, gate.gate),
        score: text.points(gate.score_bp),
        bar: Bar::of(gate.score_bp),
        open: gate.open_controls,
    }
}
