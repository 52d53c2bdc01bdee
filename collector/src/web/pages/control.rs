//! `/controls/{standard}/{id}`: one requirement, and where it is not met.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::{
    catalogue::{Catalogue, Confidence, Control, ControlKind, Level, Standard, Threshold},
    observation::Value,
    registry,
    score::{ControlScore, ControlState},
};
use serde::Deserialize;

use super::{
    failure::Failure,
    fixes,
    marks::Mark,
    shell::{Link, Shell, Visit, page},
    text::Text,
};
use crate::{
    store::overview::{self, CardLine},
    web::Shared,
};

#[derive(Template)]
#[template(path = "control.html")]
struct ControlPage {
    s: Shell,
    id: String,
    standard: String,
    group: String,
    summary: String,
    kind: String,
    share: String,
    figures: String,
    confidence: String,
    weight: u32,
    levels: Vec<LevelRow>,
    thresholds: Vec<ThresholdRow>,
    maps: Vec<MapRow>,
    cis: String,
    checks: Vec<(Link, String)>,
    systems: Vec<SystemRow>,
}

/// What a level asks for.
struct LevelRow {
    level: String,
    clause: Option<String>,
    period: String,
}

/// A figure per level.
pub struct ThresholdRow {
    /// What it limits.
    pub title: String,
    /// What is counted.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// The figure at each level.
    pub values: Vec<String>,
    /// What a reader should know.
    pub note: String,
}

/// What another standard says to the same end.
struct MapRow {
    standard: String,
    clauses: String,
    controls: Vec<Link>,
}

/// A system where the control is not met.
struct SystemRow {
    agency: String,
    system: Link,
    level: String,
    mark: Mark,
    value: String,
}

/// The part of a stored scorecard that this page needs.
#[derive(Deserialize)]
struct Excerpt {
    level: Level,
    controls: Vec<ControlScore>,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path((standard, id)): Path<(String, String)>,
) -> Result<Html<String>, Failure> {
    let standard = Catalogue::embedded()
        .standard(&standard)
        .ok_or(Failure::NOT_FOUND)?;
    let control = standard.control(&id).ok_or(Failure::NOT_FOUND)?;
    let mut db = web.store.read().await?;
    let pick = |line: CardLine| open_system(visit.text, control, &line);
    let systems = overview::from_cards(&mut db, &visit.scope, &standard.id, pick).await?;
    drop(db);
    visit.reads_all(&web).await?;
    page(&view(&visit, standard, control, systems))
}

fn open_system(text: Text, control: &Control, line: &CardLine) -> Option<SystemRow> {
    let card: Excerpt = serde_json::from_str(&line.card).ok()?;
    let score = card.controls.iter().find(|c| c.control == control.id)?;
    let open = matches!(
        score.state,
        ControlState::NotMet | ControlState::PartlyMet | ControlState::NotAssessed
    );
    open.then(|| SystemRow {
        agency: super::text::foreign(&line.agency_name),
        system: Link::system(&line.system_id, &line.system_name),
        level: text.level(card.level.number()),
        mark: Mark::control(text, score.state),
        value: text.points(score.value_bp),
    })
}

fn view(
    visit: &Visit,
    standard: &Standard,
    control: &Control,
    systems: Vec<SystemRow>,
) -> ControlPage {
    let text = visit.text;
    let lang = text.lang();
    let group = standard.group(&control.group);
    let figures = control.figures.as_ref().map(|f| f.get(lang).to_owned());
    let share = text.percent(u32::from(control.machine_share()));
    let checks = Catalogue::embedded().checks_for(&standard.id, &control.id);
    ControlPage {
        s: visit.shell(control.title.get(lang), Vec::new()),
        id: control.id.to_string(),
        standard: standard.title.get(lang).to_owned(),
        group: group.map_or("", |g| g.title.get(lang)).to_owned(),
        summary: control.summary.get(lang).to_owned(),
        kind: kind(text, control.kind),
        share: text.fill("control-share", &[("share", Value::Text(share))]),
        figures: figures.unwrap_or_default(),
        confidence: confidence(text, control.confidence),
        weight: control.weight,
        levels: levels(text, standard, control),
        thresholds: standard
            .thresholds
            .iter()
            .filter(|t| t.controls.contains(&control.id))
            .map(|t| threshold(text, t))
            .collect(),
        maps: maps(text, standard, control),
        cis: control.cis_v8.join(", "),
        checks: checks.iter().map(|id| check(text, id)).collect(),
        systems,
    }
}

fn kind(text: Text, kind: ControlKind) -> String {
    text.t(match kind {
        ControlKind::Automatic => "kind-automatic",
        ControlKind::Partial => "kind-partial",
        ControlKind::Document => "kind-document",
    })
}

fn confidence(text: Text, confidence: Confidence) -> String {
    text.t(match confidence {
        Confidence::High => "source-high",
        Confidence::Medium => "source-medium",
        Confidence::Low => "source-low",
        Confidence::Unknown => "source-unknown",
    })
}

fn levels(text: Text, standard: &Standard, control: &Control) -> Vec<LevelRow> {
    let row = |level: &Level| LevelRow {
        level: text.level(level.number()),
        clause: control.clauses.get(*level).cloned(),
        period: control
            .period_months
            .get(*level)
            .map_or_else(String::new, |months| {
                text.fill("months", &[("months", Value::Int(i64::from(*months)))])
            }),
    };
    standard.levels.iter().map(row).collect()
}

/// A figure with its value at each of the five levels.
pub fn threshold(text: Text, threshold: &Threshold) -> ThresholdRow {
    use capdo_checks::catalogue::ThresholdSource as Source;
    let value = |level: Level| {
        threshold
            .levels
            .get(level)
            .map_or("–".to_owned(), i64::to_string)
    };
    let note = threshold
        .note
        .as_ref()
        .map(|note| note.get(text.lang()).to_owned());
    ThresholdRow {
        title: threshold.title.get(text.lang()).to_owned(),
        unit: text.named("unit", &threshold.unit),
        source: text.t(match threshold.source {
            Source::Standard => "figure-standard",
            Source::Suggested => "figure-suggested",
            Source::Own => "figure-own",
        }),
        values: Level::ALL.into_iter().map(value).collect(),
        note: note.unwrap_or_default(),
    }
}

fn maps(text: Text, standard: &Standard, control: &Control) -> Vec<MapRow> {
    let catalogue = Catalogue::embedded();
    let current = catalogue.current();
    let others = catalogue
        .standards()
        .iter()
        .filter(|other| other.id != standard.id);
    others
        .filter_map(|other| {
            let controls: Vec<&Control> = if standard.id == current.id {
                let ids = catalogue.counterparts(&other.id, &control.id);
                ids.iter().filter_map(|id| other.control(id)).collect()
            } else if other.id == current.id {
                let leads = |c: &&Control| {
                    catalogue
                        .counterparts(&standard.id, &c.id)
                        .contains(&control.id)
                };
                current.controls.iter().filter(leads).collect()
            } else {
                Vec::new()
            };
            let clauses = control
                .maps
                .get(&other.id)
                .map(|c| c.join("; "))
                .unwrap_or_default();
            (!clauses.is_empty() || !controls.is_empty()).then(|| MapRow {
                standard: other.title.get(text.lang()).to_owned(),
                clauses,
                controls: controls.iter().map(|c| link(text, other, c)).collect(),
            })
        })
        .collect()
}

/// A link to a control with its id and title.
pub fn link(text: Text, standard: &Standard, control: &Control) -> Link {
    let label = format!("{} {}", control.id, control.title.get(text.lang()));
    Link::control(&standard.id, &control.id, &label)
}

fn check(text: Text, id: &str) -> (Link, String) {
    let severity = registry::find(id).map_or_else(String::new, |check| {
        fixes::severity(text, check.meta().severity)
    });
    (Link::check(id, &fixes::check_title(text, id)), severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::lang::Lang;

    #[test]
    fn standards_lead_to_each_other_both_ways() {
        let catalogue = Catalogue::embedded();
        let text = Text::new(Lang::Vi);
        let mut pairs = 0;
        for control in &catalogue.current().controls {
            for map in maps(text, catalogue.current(), control) {
                for link in &map.controls {
                    let (standard, id) = link.href["/controls/".len()..]
                        .split_once('/')
                        .expect("two parts");
                    let standard = catalogue.standard(standard).unwrap();
                    let back = maps(text, standard, standard.control(id).unwrap());
                    let back: Vec<&Link> = back.iter().flat_map(|m| &m.controls).collect();
                    assert!(
                        back.iter().any(|l| l.href.ends_with(control.id.as_str())),
                        "{id}"
                    );
                    pairs += 1;
                }
            }
        }
        assert!(pairs > 0);
    }

    #[test]
    fn every_unit_has_a_name() {
        for standard in Catalogue::embedded().standards() {
            for one in &standard.thresholds {
                for lang in Lang::ALL {
                    let shown = threshold(Text::new(lang), one);
                    assert!(lang == Lang::En || shown.unit != one.unit, "{}", one.unit);
                    assert_eq!(shown.values.len(), 5);
                }
            }
        }
    }
}
