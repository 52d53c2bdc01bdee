//! `/hosts/{id}`: one host and everything that was found on it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use capdo_checks::{
    Value,
    catalogue::{Catalogue, Level, Standard},
    registry,
};

use super::{
    failure::Failure,
    host_findings::{self, FamilyView, Measure},
    marks::Mark,
    shell::{Link, Shell, Visit, page},
    system_hosts,
    text::{Text, foreign},
};
use crate::{
    outside::overlay,
    store::{
        agency, contradiction,
        finding::{self, Held},
        gap::{self, Gap},
        host::{self, Host, KeyPlace},
        integrity::{self, IntegrityEvent, IntegrityKind},
        release::{self, Known},
        run::{self, Run},
        system,
    },
    web::Shared,
};

#[derive(Template)]
#[template(path = "host.html")]
struct HostPage {
    s: Shell,
    id: String,
    mark: Mark,
    facts: Vec<(String, String)>,
    summary: Vec<(Mark, usize)>,
    events: Vec<EventRow>,
    /// Where the history is missing.
    gaps: Vec<String>,
    families: Vec<FamilyView>,
    missing: Vec<Link>,
    unmeasured: bool,
    /// The last run left checks out, for it had nothing more to spend.
    over_budget: Option<String>,
    level: String,
}

/// An integrity event.
struct EventRow {
    what: String,
    subject: String,
    detail: String,
    count: i64,
    first: String,
    last: String,
    todo: String,
    acknowledged: Option<String>,
}

/// Shows the page.
pub async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Failure> {
    let fresh_from = visit.now.saturating_sub(web.max_age_ms);
    let (mut db, scope) = (web.store.snapshot().await?, &visit.scope);
    let host = host::find(&mut db, scope, &id).await?;
    let system = system::find(&mut db, scope, &host.system_id).await?;
    let agency = agency::find(&mut db, scope, &system.agency_id).await?;
    let mut held = finding::of_host(&mut db, scope, &host.id).await?;
    let against = contradiction::against(&mut db, scope, &host.id).await?;
    overlay(&mut held, &against, visit.now);
    let events = integrity::list(&mut db, scope, Some(&host.id)).await?;
    let gaps = gap::of_host(&mut db, scope, &host.id).await?;
    let last = run::last_finished(&mut db, &host.id).await?; // of a host that the scope has shown
    let program = match &host.agent_binary_sha256 {
        Some(sha256) => Some(release::known(&mut db, sha256).await?),
        None => None,
    };
    drop(db);
    visit.reads(&web, &agency.id).await?;
    let crumbs = vec![
        Link::agency(&agency.id, &agency.name),
        Link::system(&system.id, &system.name),
    ];
    let standard = Catalogue::embedded()
        .standard(&system.standard_id)
        .ok_or(Failure::DEFECT)?;
    let level = Level::try_from(system.level()).map_err(|_| Failure::DEFECT)?;
    let measure = Measure {
        text: visit.text,
        standard,
        level,
        fresh_from,
    };
    page(&view(
        visit.shell(&host.hostname, crumbs),
        &measure,
        &host,
        (&held, last.as_ref()),
        (&events, &gaps, program.as_ref()),
    ))
}

fn view(
    s: Shell,
    measure: &Measure<'_>,
    host: &Host,
    (held, last): (&[Held], Option<&Run>),
    (events, gaps, program): (&[IntegrityEvent], &[Gap], Option<&Known>),
) -> HostPage {
    let text = measure.text;
    let families = host_findings::families(measure, held);
    HostPage {
        s,
        id: host.id.clone(),
        mark: system_hosts::mark(text, host.state, host.last_run_at, measure.fresh_from),
        facts: facts(text, host, last, program),
        over_budget: last.and_then(|run| over_budget(text, run)),
        summary: host_findings::summary(text, held),
        events: events.iter().map(|event| event_row(text, event)).collect(),
        gaps: gaps.iter().map(|gap| gap_row(text, gap)).collect(),
        families,
        missing: missing(measure, held),
        unmeasured: !held
            .iter()
            .any(|h| registry::may_be_unmeasured(&h.finding.check_id)),
        level: text.level(measure.level.number()),
    }
}

fn facts(
    text: Text,
    host: &Host,
    last: Option<&Run>,
    program: Option<&Known>,
) -> Vec<(String, String)> {
    let mut facts = vec![
        (
            text.t("host-os"),
            foreign(&format!("{} {}", host.os_id, host.os_version)),
        ),
        (text.t("host-agent-version"), foreign(&host.agent_version)),
        (text.t("host-enrolled-at"), text.time(host.enrolled_at)),
        (text.t("host-key"), text.t(key_words(host.key_place))),
        (
            text.t("host-last-seen"),
            text.time_or_never(host.last_seen_at),
        ),
        (
            text.t("host-last-run"),
            text.time_or_never(host.last_run_at),
        ),
        (text.t("host-runs"), host.last_counter.to_string()),
    ];
    if let Some(known) = program {
        facts.push((text.t("host-program"), release_of(text, known)));
    }
    if let Some(ms) = host.clock_drift_ms {
        let seconds = text.fill("seconds", &[("seconds", (ms / 1000).into())]);
        facts.push((text.t("host-clock"), seconds));
    }
    if let Some(cost) = last.and_then(|run| cost(text, run)) {
        facts.push((text.t("host-cost"), cost));
    }
    facts
}

/// Where the host says that its key is.
const fn key_words(place: Option<KeyPlace>) -> &'static str {
    match place {
        Some(KeyPlace::Tpm) => "host-key-tpm",
        Some(KeyPlace::File) => "host-key-file",
        None => "host-key-unknown",
    }
}

/// What a run cost the host, beside what it might have cost.
fn cost(text: Text, run: &Run) -> Option<String> {
    let mib = |kib: i64| Value::Int((kib + 1_023) / 1_024);
    let mut args = vec![
        ("cpu", text.seconds(run.cpu_ms?).into()),
        ("rss", mib(run.peak_rss_kib?)),
    ];
    let mut key = "host-cost-value";
    if let (Some(cpu), Some(rss)) = (run.cpu_limit_ms, run.rss_limit_kib) {
        key = "host-cost-limited";
        args.extend([
            ("cpu_limit", Value::Int(cpu / 1_000)),
            ("rss_limit", mib(rss)),
        ]);
    }
    Some(text.fill(key, &args))
}

fn over_budget(text: Text, run: &Run) -> Option<String> {
    let checks = run.over_budget.filter(|checks| *checks > 0)?;
    Some(text.fill("host-over-budget", &[("checks", Value::Int(checks))]))
}

fn gap_row(text: Text, gap: &Gap) -> String {
    let args = [
        ("runs", Value::Int(gap.runs)),
        ("first", Value::from(text.time(gap.first_at))),
        ("last", Value::from(text.time(gap.last_at))),
    ];
    text.fill("host-gap", &args)
}

/// Of which release the agent's program is, as far as that was compared.
fn release_of(text: Text, known: &Known) -> String {
    match known {
        Known::NotCompared => text.t("program-not-compared"),
        Known::Of(release) => text.fill("program-of", &[("release", foreign(release).into())]),
        Known::Unknown => text.t("program-unknown"),
    }
}

fn event_row(text: Text, event: &IntegrityEvent) -> EventRow {
    EventRow {
        what: event_kind(text, event.kind),
        subject: foreign(&event.subject),
        detail: foreign(&event.detail),
        count: event.count,
        first: text.time(event.first_at),
        last: text.time(event.last_at),
        todo: text.named("event-do", event.kind.code()),
        acknowledged: acknowledged(text, event),
    }
}

/// Who acknowledged an event, and what was said; nothing while it is open.
fn acknowledged(text: Text, event: &IntegrityEvent) -> Option<String> {
    let at = event.acknowledged_at.filter(|_| !event.is_open())?;
    let of = |t: &Option<String>| foreign(t.as_deref().unwrap_or_default());
    let args = [
        ("time", text.time(at).into()),
        ("who", of(&event.acknowledged_by).into()),
        ("why", of(&event.acknowledged_why).into()),
    ];
    Some(text.fill("event-acknowledged", &args))
}

fn event_kind(text: Text, kind: IntegrityKind) -> String {
    text.t(match kind {
        IntegrityKind::CheckVanished => "event-check-vanished",
        IntegrityKind::ClaimMismatch => "event-claim-mismatch",
        IntegrityKind::CounterJumped => "event-counter-jumped",
        IntegrityKind::CounterReplayed => "event-counter-replayed",
        IntegrityKind::CounterSkipped => "event-counter-skipped",
        IntegrityKind::CounterWentBack => "event-counter-went-back",
        IntegrityKind::DigestMismatch => "event-digest-mismatch",
        IntegrityKind::EventsNotKept => "event-events-not-kept",
        IntegrityKind::MachineChanged => "event-machine-changed",
        IntegrityKind::Misbehaved => "event-misbehaved",
        IntegrityKind::NonceMismatch => "event-nonce-mismatch",
        IntegrityKind::ObservationRefused => "event-observation-refused",
        IntegrityKind::OutsideContradiction => "event-outside-contradiction",
        IntegrityKind::RunsMissing => "event-runs-missing",
        IntegrityKind::SelfContradiction => "event-self-contradiction",
        IntegrityKind::SentTooMuch => "event-sent-too-much",
        IntegrityKind::SignatureInvalid => "event-signature-invalid",
        IntegrityKind::TwoStreams => "event-two-streams",
        IntegrityKind::UnknownBinary => "event-unknown-binary",
        IntegrityKind::WasJudgedNowNotApplicable => "event-was-judged-now-not-applicable",
    })
}

/// Checks that the level asks for and that have no finding on this host: they count 0.
fn missing(measure: &Measure<'_>, held: &[Held]) -> Vec<Link> {
    let asked = checks_at(measure.standard, measure.level);
    asked
        .into_iter()
        .filter(|id| !registry::may_be_unmeasured(id)) // what the collector does not make, it does not miss
        .filter(|id| !held.iter().any(|h| h.finding.check_id == *id))
        .map(|id| Link::check(id, &super::fixes::check_title(measure.text, id)))
        .collect()
}

fn checks_at(standard: &Standard, level: Level) -> std::collections::BTreeSet<&'static str> {
    let catalogue = Catalogue::embedded();
    standard
        .controls_at(level)
        .flat_map(|control| catalogue.checks_for(&standard.id, &control.id))
        .map(String::as_str)
        .collect()
}
