//! `/agencies/{id}`: one agency, its systems, and what gains most.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::{
    catalogue::{Catalogue, Level},
    score::Scorecard,
};

use super::{
    failure::Failure,
    fixes::{self, FixRow},
    home,
    marks::Mark,
    numbers::{Numbers, Raw},
    shell::{Link, Shell, Visit, page},
    text::Text,
};
use crate::{
    store::{
        agency::{self, Agency},
        overview::{self, SystemLine},
        score::{self, Score},
        system::Dossier,
    },
    web::Shared,
};

/// How many fixes of one system, and of all together, are shown.
const MOST_FIXES: usize = 10;

#[derive(Template)]
#[template(path = "agency.html")]
struct AgencyPage {
    s: Shell,
    kind: String,
    numbers: Numbers,
    levels: Vec<String>,
    rows: Vec<Row>,
    fixes: Vec<SystemFix>,
}

/// A system in the table.
struct Row {
    system: Link,
    dossier: String,
    numbers: Numbers,
    /// One per level; nothing where there is no score yet.
    gates: Vec<Option<Mark>>,
    events: u32,
    last_change: String,
}

/// A fix and the system that it is for.
struct SystemFix {
    system: Link,
    fix: FixRow,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Failure> {
    let mut db = web.store.snapshot().await?;
    let agency = agency::find(&mut db, &visit.scope, &id).await?;
    let systems = overview::systems(&mut db, &visit.scope, Some(&agency.id)).await?;
    let mut cards = BTreeMap::new();
    for system in &systems {
        let scores = score::latest(&mut db, &visit.scope, Some(&system.id)).await?;
        cards.extend(
            scores
                .into_iter()
                .filter_map(|s| Some((s.system_id.clone(), card(&s)?))),
        );
    }
    drop(db);
    visit.reads(&web, &agency.id).await?;
    page(&view(&visit, &agency, &systems, &cards))
}

/// The stored card; `None`, and a line in the log, when it cannot be read.
pub fn card(score: &Score) -> Option<Scorecard> {
    serde_json::from_str(&score.card)
        .inspect_err(|error| {
            tracing::error!(system = %score.system_id, %error, "a scorecard cannot be read");
        })
        .ok()
}

fn view(
    visit: &Visit,
    agency: &Agency,
    systems: &[SystemLine],
    cards: &BTreeMap<String, Scorecard>,
) -> AgencyPage {
    let text = visit.text;
    let mut order: Vec<&SystemLine> = systems.iter().collect();
    order.sort_by_key(|s| (s.score_bp, s.coverage_bp));
    AgencyPage {
        s: visit.shell(&agency.name, Vec::new()),
        kind: home::kind(text, agency.kind),
        numbers: Numbers::of_many(text, &Raw::of(&order)),
        levels: Level::ALL
            .iter()
            .map(|level| text.level(level.number()))
            .collect(),
        rows: order
            .iter()
            .map(|s| row(text, s, cards.get(&s.id)))
            .collect(),
        fixes: best_fixes(text, &order, cards),
    }
}

fn row(text: Text, system: &SystemLine, card: Option<&Scorecard>) -> Row {
    let at = |level: Level| card?.gates.iter().find(|gate| gate.level == level);
    let own = Level::ALL
        .into_iter()
        .find(|level| level.number() == system.level());
    Row {
        system: Link::system(&system.id, &system.name),
        dossier: dossier(
            text,
            system.dossier,
            system.approved_level,
            system.proposed_level,
        ),
        numbers: Numbers::of_one(text, system, own.and_then(at).map(|gate| gate.gate)),
        gates: Level::ALL
            .into_iter()
            .map(|level| at(level).map(|gate| Mark::gate(text, gate.gate)))
            .collect(),
        events: system.integrity_events,
        last_change: text.time_or_never(system.last_change_at),
    }
}

/// The level and how far the dossier that proposes it has come.
pub fn dossier(text: Text, dossier: Dossier, approved: Option<u8>, proposed: u8) -> String {
    let state = text.t(match dossier {
        Dossier::None => "dossier-none",
        Dossier::Draft => "dossier-draft",
        Dossier::Submitted => "dossier-submitted",
        Dossier::Approved => "dossier-approved",
    });
    let (id, level) = match approved {
        Some(level) => ("level-approved", level),
        None => ("level-proposed", proposed),
    };
    text.fill(
        id,
        &[
            ("level", u32::from(level).into()),
            ("dossier", state.into()),
        ],
    )
}

fn best_fixes(
    text: Text,
    systems: &[&SystemLine],
    cards: &BTreeMap<String, Scorecard>,
) -> Vec<SystemFix> {
    let catalogue = Catalogue::embedded();
    let mut all: Vec<SystemFix> = Vec::new();
    for system in systems {
        let Some(card) = cards.get(&system.id) else {
            continue;
        };
        let Some(standard) = catalogue.standard(&card.standard) else {
            continue;
        };
        let rows = fixes::rows(text, standard, &card.fixes, MOST_FIXES);
        let link = Link::system(&system.id, &system.name);
        all.extend(rows.into_iter().map(|fix| SystemFix {
            system: link.clone(),
            fix,
        }));
    }
    all.sort_by_key(|f| std::cmp::Reverse(f.fix.gain_bp));
    all.truncate(MOST_FIXES);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    #[test]
    fn a_proposed_level_is_not_taken_for_an_approved_one() {
        let text = Text::new(Lang::Vi);
        assert_eq!(
            dossier(text, Dossier::Draft, None, 3),
            "Cấp 3 (đề xuất, hồ sơ đang lập)"
        );
        assert_eq!(
            dossier(text, Dossier::Approved, Some(2), 3),
            "Cấp 2 (đã phê duyệt, hồ sơ đã duyệt)"
        );
    }
}
