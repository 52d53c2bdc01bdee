//! What the tables say: a host's findings, and a system's scorecard.

use capdo_checks::score::{GateAt, Scorecard};

use super::Sheet;
use crate::{
    assess::measure,
    outside::overlay,
    store::{
        Result, Scope, Store, agency, contradiction, finding, host,
        overview::{self, SystemLine},
        score, system,
    },
    web::pages::{
        agency::card,
        fixes,
        host_findings::{self, FindingView, Measure},
        marks::Mark,
        system_controls::{self, Cells, ControlView},
        system_hosts,
        text::Text,
    },
};

/// For whom a table is made.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What the reader may see.
    pub scope: &'a Scope,
    /// The reader's language.
    pub text: Text,
    /// Now, in stored time.
    pub now: i64,
    /// Evidence confirmed before this counts as stale.
    pub fresh_from: i64,
}

/// A host: its findings, then what it is.
///
/// # Errors
/// When the store fails, or the reader may see no such host.
pub async fn host(store: &Store, asked: &Asked<'_>, id: &str) -> Result<Vec<Sheet>> {
    let (mut db, scope, text) = (store.snapshot().await?, asked.scope, asked.text);
    let host = host::find(&mut db, scope, id).await?;
    let system = system::find(&mut db, scope, &host.system_id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let mut held = finding::of_host(&mut db, scope, &host.id).await?;
    let against = contradiction::against(&mut db, scope, &host.id).await?;
    drop(db);
    overlay(&mut held, &against, asked.now);
    let measure = Measure {
        text,
        standard: measure::standard(&system.standard_id),
        level: measure::level(system.level()),
        fresh_from: asked.fresh_from,
    };
    let families = host_findings::families(&measure, &held);
    let os = format!("{} {}", host.os_id, host.os_version);
    let about = [
        ("agency", agency.name),
        ("system", system.name.clone()),
        ("host", host.hostname),
        ("host-os", os),
        ("host-last-run", text.time_or_never(host.last_run_at)),
        ("host-level", text.level(system.level())),
        (
            "measured-against",
            measure.standard.title.get(text.lang()).to_owned(),
        ),
        ("footer-made-at", text.time(asked.now)),
    ];
    let heads = [
        "verdict",
        "check",
        "sheet-title",
        "subject",
        "severity",
        "reason",
        "confirmed",
        "since",
        "controls",
    ];
    let rows = families.iter().flat_map(|f| &f.findings).map(finding_row);
    Ok(vec![
        sheet(text, "sheet-findings", &heads, rows.collect()),
        about_sheet(text, about),
    ])
}

fn finding_row(f: &FindingView) -> Vec<String> {
    let stale = f.stale.as_ref().map(|mark| mark.label.as_str());
    let verdict = [Some(f.mark.label.as_str()), stale];
    let controls: Vec<&str> = f.controls.iter().map(|c| c.0.label.as_str()).collect();
    vec![
        verdict.into_iter().flatten().collect::<Vec<_>>().join("; "),
        f.check_id.clone(),
        f.check.label.clone(),
        f.subject.clone(),
        f.severity.clone(),
        f.reason.clone(),
        f.confirmed.clone(),
        f.since.clone(),
        controls.join(", "),
    ]
}

/// A system: its controls, the gates, what to do, its hosts, and the four numbers.
///
/// # Errors
/// When the store fails, or the reader may see no such system.
pub async fn system(store: &Store, asked: &Asked<'_>, id: &str) -> Result<Vec<Sheet>> {
    let (mut db, scope, text) = (store.snapshot().await?, asked.scope, asked.text);
    let system = system::find(&mut db, scope, id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let lines = overview::systems(&mut db, scope, Some(&agency.id)).await?;
    let line = lines.into_iter().find(|line| line.id == system.id);
    let scores = score::latest(&mut db, scope, Some(&system.id)).await?;
    let hosts = overview::hosts(&mut db, scope, &system.id).await?;
    drop(db);
    let card = scores.first().and_then(card);
    let standard = measure::standard(
        card.as_ref()
            .map_or(&system.standard_id, |c| c.standard.as_str()),
    );
    let heads = ["hosts", "host-os", "state", "host-last-run"];
    let rows = hosts.iter().map(|h| {
        vec![
            h.hostname.clone(),
            format!("{} {}", h.os_id, h.os_version),
            system_hosts::mark(text, h.state, h.last_run_at, asked.fresh_from).label,
            text.time_or_never(h.last_run_at),
        ]
    });
    let hosts = sheet(text, "hosts", &heads, rows.collect());
    let mut about = vec![
        ("agency", agency.name),
        ("system", system.name.clone()),
        ("host-level", text.level(system.level())),
        (
            "measured-against",
            standard.title.get(text.lang()).to_owned(),
        ),
        ("footer-made-at", text.time(asked.now)),
    ];
    about.extend(line.iter().flat_map(|line| numbers(text, line)));
    let Some(card) = card else {
        about.push(("state", text.t("not-scored-yet")));
        return Ok(vec![about_sheet(text, about), hosts]);
    };
    let groups = system_controls::groups(text, standard, &card, &Cells::new(0, &[], &[]));
    let controls = groups
        .iter()
        .flat_map(|g| g.controls.iter().map(|c| control_row(&g.title, c)));
    let heads = [
        "state",
        "control",
        "sheet-title",
        "clause",
        "value",
        "evidenced",
        "sheet-group",
    ];
    Ok(vec![
        sheet(text, "controls", &heads, controls.collect()),
        gates(text, &card),
        todo(text, standard, &card),
        hosts,
        about_sheet(text, about),
    ])
}

fn numbers(text: Text, line: &SystemLine) -> Vec<(&'static str, String)> {
    let none = || text.t("not-scored");
    let percent = |bp: Option<u32>| bp.map_or_else(none, |bp| text.percent(bp));
    let points = |bp: Option<u32>| bp.map_or_else(none, |bp| text.points(bp));
    vec![
        ("number-score", points(line.score_bp)),
        ("number-coverage", percent(line.coverage_bp)),
        ("number-exempt", percent(line.exempt_bp)),
        ("before-waivers", points(line.before_waivers_bp)),
        (
            "number-level",
            line.attained
                .map_or_else(|| text.t("no-level"), |l| text.level(l)),
        ),
        (
            "hosts-enrolled-declared",
            format!("{} / {}", line.enrolled_hosts, line.declared_hosts),
        ),
    ]
}

fn control_row(group: &str, c: &ControlView) -> Vec<String> {
    vec![
        c.mark.label.clone(),
        c.id.clone(),
        c.link.label.clone(),
        c.clause.clone(),
        c.value.clone(),
        c.evidenced.clone(),
        group.to_owned(),
    ]
}

fn gates(text: Text, card: &Scorecard) -> Sheet {
    let row = |gate: &GateAt| {
        vec![
            text.level(gate.level.number()),
            Mark::gate(text, gate.gate).label,
            text.points(gate.score_bp),
            gate.open_controls.to_string(),
        ]
    };
    let heads = ["level", "gate", "gate-score", "gate-open"];
    sheet(text, "gates", &heads, card.gates.iter().map(row).collect())
}

fn todo(text: Text, standard: &capdo_checks::catalogue::Standard, card: &Scorecard) -> Sheet {
    let rows = fixes::rows(text, standard, &card.fixes, usize::MAX);
    let row = |f: &fixes::FixRow| {
        let controls: Vec<&str> = f.controls.iter().map(|c| c.label.as_str()).collect();
        vec![
            f.gain.clone(),
            f.what.label.clone(),
            f.kind.clone(),
            f.hosts.clone(),
            f.severity.clone(),
            controls.join(", "),
        ]
    };
    let heads = [
        "fix-gain",
        "fix-what",
        "kind",
        "fix-where",
        "severity",
        "fix-controls",
    ];
    sheet(text, "fixes", &heads, rows.iter().map(row).collect())
}

fn about_sheet(text: Text, facts: impl IntoIterator<Item = (&'static str, String)>) -> Sheet {
    let rows = facts.into_iter().map(|(id, value)| vec![text.t(id), value]);
    sheet(text, "sheet-about", &["fact", "fact-value"], rows.collect())
}

fn sheet(text: Text, name: &str, heads: &[&str], rows: Vec<Vec<String>>) -> Sheet {
    Sheet {
        name: text.t(name),
        heads: heads.iter().map(|id| text.t(id)).collect(),
        rows,
    }
}
