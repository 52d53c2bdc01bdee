//! `score`: a system's four numbers, the gate of each level, and what to fix first.

use capdo_checks::score::{Fix, FixKind, Scorecard};
use jiff::SignedDuration;

use super::{CliError, Context, Output, args::ScoreArgs};
use crate::{
    assess::compute::compute,
    store::{Scope, system},
};

/// How many fixes are shown.
const FIXES: usize = 10;

pub(super) async fn run(cx: &Context, output: &Output, args: &ScoreArgs) -> Result<(), CliError> {
    let store = cx.store().await?;
    let system = system::find(&mut *store.read().await?, &Scope::All, &args.system).await?;
    let max_age = SignedDuration::from_hours(24 * i64::from(cx.config.assess.max_age_days));
    let card = compute(&store, &system.id, max_age, cx.now()).await?;
    output.show(&card, |card| describe(&system.name, card));
    Ok(())
}

fn describe(name: &str, card: &Scorecard) -> String {
    let attained = card.attained.map_or("none".to_owned(), |l| l.to_string());
    let mut lines = vec![
        format!("{name}: {} at level {}", card.standard, card.level),
        format!(
            "score {}   coverage {}   exempt {}   attained level {attained}",
            percent(card.score_bp),
            percent(card.coverage_bp),
            percent(card.exempt_bp),
        ),
        format!(
            "before waivers {}   hosts with an agent {} of {} declared",
            percent(card.before_waivers_bp),
            card.enrolled_hosts,
            card.declared_hosts
        ),
    ];
    for gate in &card.gates {
        lines.push(format!(
            "level {}: {:?}, {} ({} controls open)",
            gate.level,
            gate.gate,
            percent(gate.score_bp),
            gate.open_controls
        ));
    }
    lines.extend(card.fixes.iter().take(FIXES).map(fix));
    lines.join("\n")
}

fn fix(fix: &Fix) -> String {
    let what = match &fix.kind {
        FixKind::Check { check, hosts } => format!("{check} on {hosts} hosts"),
        FixKind::Attest { control } => format!("have the statement for {control} accepted"),
    };
    format!("+{}  {what}", percent(fix.gain_bp))
}

/// Basis points for people.
fn percent(bp: u32) -> String {
    format!("{}.{:02} %", bp / 100, bp % 100)
}
