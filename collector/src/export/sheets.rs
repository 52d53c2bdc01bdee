//! What the tables say: a host's findings, and a system's scorecard.

use capdo_checks::{
    catalogue::Standard,
    score::{GateAt, Scorecard},
};

use super::{Column, Number, Report, Sheet};
use crate::{
    assess::measure,
    outside::overlay,
    store::{
        Result, Scope, Store, agency, contradiction, finding, host,
        overview::{self, SystemLine},
        record, score, system,
    },
    web::pages::{
        agency::card,
        fixes,
        host_findings::{self, FamilyView, FindingView, Measure},
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

const fn column(share: u16, parts: &'static [usize], strong: bool) -> Column {
    Column {
        share,
        parts,
        strong,
    }
}

/// How findings are printed: verdict and severity, what was looked at, why, when, and for what.
const FINDINGS: [Column; 5] = [
    column(15, &[0, 4], true),
    column(30, &[2, 1, 3], false),
    column(33, &[5], false),
    column(15, &[6, 7], false),
    column(13, &[8], false),
];
const CONTROLS: [Column; 5] = [
    column(14, &[0], true),
    column(46, &[2, 1, 6], false),
    column(16, &[3], false),
    column(12, &[4], false),
    column(13, &[5], false),
];
const GATES: [Column; 4] = [
    column(1, &[0], true),
    column(1, &[1], false),
    column(1, &[2], false),
    column(1, &[3], false),
];
const TODO: [Column; 4] = [
    column(10, &[0], true),
    column(42, &[1, 2], false),
    column(26, &[3, 4], false),
    column(22, &[5], false),
];
const HOSTS: [Column; 4] = [
    column(40, &[0], true),
    column(20, &[1], false),
    column(22, &[2], false),
    column(18, &[3], false),
];

/// A host: its findings, then what it is.
///
/// # Errors
/// When the store fails, or the reader may see no such host.
pub async fn host(store: &Store, asked: &Asked<'_>, id: &str) -> Result<Report> {
    let (mut db, scope, text) = (store.snapshot().await?, asked.scope, asked.text);
    let host = host::find(&mut db, scope, id).await?;
    let system = system::find(&mut db, scope, &host.system_id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let mut held = finding::of_host(&mut db, scope, &host.id).await?;
    let against = contradiction::against(&mut db, scope, &host.id).await?;
    let lines = overview::systems(&mut db, scope, Some(&agency.id)).await?;
    let head = record::last(&mut db).await?;
    drop(db);
    overlay(&mut held, &against, asked.now);
    let line = lines.into_iter().find(|line| line.id == system.id);
    let measure = Measure {
        text,
        standard: measure::standard(&system.standard_id),
        level: measure::level(system.level()),
        fresh_from: asked.fresh_from,
    };
    let families = host_findings::families(&measure, &held);
    let os = format!("{} {}", host.os_id, host.os_version);
    let about = [
        ("agency", agency.name.clone()),
        ("system", system.name.clone()),
        ("host", host.hostname.clone()),
        ("host-os", os),
        ("host-last-run", text.time_or_never(host.last_run_at)),
        ("host-level", text.level(system.level())),
        (
            "measured-against",
            measure.standard.title.get(text.lang()).to_owned(),
        ),
        ("report-made-at", text.time(asked.now)),
    ];
    let about = labelled(text, about);
    let findings = findings_sheet(text, &families);
    let state = host.state_sha256.map(|sha256| {
        let args = [
            ("counter", host.last_counter.into()),
            ("sha256", hex::encode(sha256).into()),
        ];
        text.fill("report-state", &args)
    });
    let mut remarks = remarks(text, head);
    remarks.extend(state);
    Ok(Report {
        text,
        at: asked.now,
        title: text.t("report-host"),
        agency: agency.name,
        agency_id: agency.id,
        name: host.hostname,
        sheets: vec![findings, about_sheet(text, &about)],
        about,
        numbers: four(text, line.as_ref()),
        remarks,
    })
}

fn findings_sheet(text: Text, families: &[FamilyView]) -> Sheet {
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
    sheet(text, "sheet-findings", &heads, rows.collect(), &FINDINGS)
}

/// What every report says at its end.
fn remarks(text: Text, head: Option<record::Head>) -> Vec<String> {
    let head = head.map(|head| text.fill("report-record", &[("head", head.to_string().into())]));
    let ours = [text.t("report-no-document"), text.t("footer-own-words")];
    ours.into_iter().chain(head).collect()
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
pub async fn system(store: &Store, asked: &Asked<'_>, id: &str) -> Result<Report> {
    let (mut db, scope, text) = (store.snapshot().await?, asked.scope, asked.text);
    let system = system::find(&mut db, scope, id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let lines = overview::systems(&mut db, scope, Some(&agency.id)).await?;
    let line = lines.into_iter().find(|line| line.id == system.id);
    let scores = score::latest(&mut db, scope, Some(&system.id)).await?;
    let hosts = overview::hosts(&mut db, scope, &system.id).await?;
    let head = record::last(&mut db).await?;
    drop(db);
    let card = scores.first().and_then(card);
    let standard = measure::standard(
        card.as_ref()
            .map_or(&system.standard_id, |c| c.standard.as_str()),
    );
    let mut about = vec![
        ("agency", agency.name.clone()),
        ("system", system.name.clone()),
        ("host-level", text.level(system.level())),
        (
            "measured-against",
            standard.title.get(text.lang()).to_owned(),
        ),
        ("report-made-at", text.time(asked.now)),
    ];
    let mut sheets = match &card {
        Some(card) => vec![
            controls(text, standard, card),
            gates(text, card),
            todo(text, standard, card),
        ],
        None => Vec::new(),
    };
    sheets.push(hosts_sheet(asked, &hosts));
    let mut all = about.clone();
    all.extend(line.iter().flat_map(|line| numbers(text, line)));
    if card.is_none() {
        let none = ("state", text.t("not-scored-yet"));
        about.push(none.clone());
        all.push(none);
        sheets.insert(0, about_sheet(text, &labelled(text, all)));
    } else {
        sheets.push(about_sheet(text, &labelled(text, all)));
    }
    Ok(Report {
        text,
        at: asked.now,
        title: text.t("report-system"),
        agency: agency.name,
        agency_id: agency.id,
        name: system.name,
        about: labelled(text, about),
        numbers: four(text, line.as_ref()),
        sheets,
        remarks: remarks(text, head),
    })
}

fn hosts_sheet(asked: &Asked<'_>, hosts: &[overview::HostLine]) -> Sheet {
    let text = asked.text;
    let heads = ["hosts", "host-os", "state", "host-last-run"];
    let rows = hosts.iter().map(|h| {
        vec![
            h.hostname.clone(),
            format!("{} {}", h.os_id, h.os_version),
            system_hosts::mark(text, h.state, h.last_run_at, asked.fresh_from).label,
            text.time_or_never(h.last_run_at),
        ]
    });
    sheet(text, "hosts", &heads, rows.collect(), &HOSTS)
}

fn controls(text: Text, standard: &Standard, card: &Scorecard) -> Sheet {
    let groups = system_controls::groups(text, standard, card, &Cells::new(0, &[], &[]));
    let rows = groups
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
    sheet(text, "controls", &heads, rows.collect(), &CONTROLS)
}

/// The four numbers of a system, which always stand together.
fn four(text: Text, line: Option<&SystemLine>) -> Vec<Number> {
    let said = line.map_or_else(Vec::new, |line| numbers(text, line));
    let value = |id: &str| {
        let found = said.iter().find(|(label, _)| *label == id);
        found.map_or_else(|| text.t("not-scored"), |(_, value)| value.clone())
    };
    let number = |id: &str, below: Option<&str>| Number {
        label: text.t(id),
        value: value(id),
        below: below.map_or_else(String::new, |id| format!("{}: {}", text.t(id), value(id))),
    };
    vec![
        number("number-score", Some("before-waivers")),
        number("number-coverage", Some("hosts-enrolled-declared")),
        number("number-exempt", None),
        number("number-level", None),
    ]
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
    let rows = card.gates.iter().map(row).collect();
    sheet(text, "gates", &heads, rows, &GATES)
}

fn todo(text: Text, standard: &Standard, card: &Scorecard) -> Sheet {
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
    sheet(text, "fixes", &heads, rows.iter().map(row).collect(), &TODO)
}

fn labelled(
    text: Text,
    facts: impl IntoIterator<Item = (&'static str, String)>,
) -> Vec<(String, String)> {
    let said = |(id, value): (&str, String)| (text.t(id), value);
    facts.into_iter().map(said).collect()
}

fn about_sheet(text: Text, facts: &[(String, String)]) -> Sheet {
    let row = |(label, value): &(String, String)| vec![label.clone(), value.clone()];
    let rows = facts.iter().map(row).collect();
    sheet(text, "sheet-about", &["fact", "fact-value"], rows, &[])
}

fn sheet(
    text: Text,
    name: &str,
    heads: &[&str],
    rows: Vec<Vec<String>>,
    print: &'static [Column],
) -> Sheet {
    Sheet {
        name: text.t(name),
        heads: heads.iter().map(|id| text.t(id)).collect(),
        rows,
        print,
    }
}
