//! `/`: every agency that the reader may see, worst first.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Html};
use capdo_checks::observation::Value;

use super::{
    failure::Failure,
    numbers::{Numbers, Raw},
    shell::{Link, Shell, Visit, page},
    text::Text,
};
use crate::{
    store::{
        agency::{self, Agency, AgencyKind},
        overview::{self, SystemLine},
    },
    web::Shared,
};

/// The whole page.
#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    s: Shell,
    sees_all: bool,
    total: Numbers,
    counts: String,
    rows: Vec<Row>,
}

/// An agency in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    agency: Link,
    kind: String,
    numbers: Numbers,
    events: u32,
    last_change: String,
}

/// Shows the page.
pub async fn show(State(web): State<Shared>, visit: Visit) -> Result<Html<String>, Failure> {
    let mut db = web.store.snapshot().await?;
    let agencies = agency::list(&mut db, &visit.scope).await?;
    let systems = overview::systems(&mut db, &visit.scope, None).await?;
    drop(db);
    visit.reads_all(&web).await?;
    page(&view(&visit, &agencies, &systems))
}

fn view(visit: &Visit, agencies: &[Agency], systems: &[SystemLine]) -> HomePage {
    let text = visit.text;
    let all: Vec<&SystemLine> = systems
        .iter()
        .filter(|s| agencies.iter().any(|a| a.id == s.agency_id))
        .collect();
    let counts = [
        ("agencies", Value::from(agencies.len())),
        ("systems", Value::from(all.len())),
    ];
    HomePage {
        s: visit.shell(&text.t("home-title"), Vec::new()),
        sees_all: visit.scope.agency().is_none(),
        total: Numbers::of_many(text, &Raw::of(&all)),
        counts: text.fill("home-counts", &counts),
        rows: rows(text, agencies, &all),
    }
}

/// Worst first: lowest score, then lowest coverage, then by name.
fn rows(text: Text, agencies: &[Agency], systems: &[&SystemLine]) -> Vec<Row> {
    let mut of: BTreeMap<&str, Vec<&SystemLine>> = BTreeMap::new();
    for system in systems {
        of.entry(&system.agency_id).or_default().push(system);
    }
    let mut rows: Vec<((u32, u32, &str), Row)> = agencies
        .iter()
        .map(|agency| {
            let systems = of.get(agency.id.as_str()).map_or(&[][..], Vec::as_slice);
            let raw = Raw::of(systems);
            (
                (raw.score_bp, raw.coverage_bp, agency.name.as_str()),
                row(text, agency, systems, &raw),
            )
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(text: Text, agency: &Agency, systems: &[&SystemLine], raw: &Raw) -> Row {
    Row {
        agency: Link::agency(&agency.id, &agency.name),
        kind: kind(text, agency.kind),
        numbers: Numbers::of_many(text, raw),
        events: systems.iter().map(|s| s.integrity_events).sum(),
        last_change: text.time_or_never(systems.iter().filter_map(|s| s.last_change_at).max()),
    }
}

/// What kind of agency it is.
pub fn kind(text: Text, kind: AgencyKind) -> String {
    text.t(match kind {
        AgencyKind::Department => "agency-department",
        AgencyKind::Commune => "agency-commune",
        AgencyKind::Party => "agency-party",
        AgencyKind::Mass => "agency-mass",
        AgencyKind::Other => "agency-other",
    })
}

#[cfg(test)]
mod tests {
    use super::{super::numbers::tests::line, *};
    use capdo_checks::lang::Lang;

    fn agency(id: &str, name: &str) -> Agency {
        Agency {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: AgencyKind::Commune,
            created_at: 0,
            archived_at: None,
        }
    }

    #[test]
    fn the_worst_stands_first_and_nothing_is_worse_than_no_score() {
        let agencies = [agency("a", "A"), agency("b", "B"), agency("c", "C")];
        let mut good = line("1", Some(9_000), Some(2));
        good.last_change_at = Some(0);
        let mut bad = line("2", Some(1_000), None);
        bad.agency_id = "b".to_owned();
        let rows = rows(Text::new(Lang::Vi), &agencies, &[&good, &bad]);
        let order: Vec<&str> = rows.iter().map(|r| r.agency.label.as_str()).collect();
        assert_eq!(order, ["C", "B", "A"]);
        assert_eq!(rows[2].last_change, "01/01/1970 07:00");
        assert_eq!(rows[1].last_change, "chưa có");
        assert_eq!(rows[2].numbers.level, "1/1 hệ thống đạt cấp");
    }
}
