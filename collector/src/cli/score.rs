//! `score`: a system's four numbers, the gate of each level, and what to fix first.

use capdo_checks::{
    Value,
    catalogue::Standard,
    lang::Lang,
    score::{Contested, Fix, FixKind, Scorecard},
    text::decimal,
};
use jiff::SignedDuration;

use super::{
    CliError, Context, Output,
    args::ScoreArgs,
    findings::title,
    output::{columns, tame},
    table,
};
use crate::{
    assess::{compute::compute, measure},
    clock::show,
    export::sheets,
    say::text,
    store::{Scope, system},
};

/// How many fixes are shown.
const FIXES: usize = 10;

pub(super) async fn run(cx: &Context, output: &Output, args: &ScoreArgs) -> Result<(), CliError> {
    let store = cx.store().await?;
    let system = system::find(&mut *store.read().await?, &Scope::All, &args.system).await?;
    let max_age = SignedDuration::from_hours(24 * i64::from(cx.config.assess.max_age_days));
    cx.reads(
        &store,
        Some(&system.agency_id),
        &format!("score {}", system.id),
    )
    .await?;
    if let Some((format, file)) = table::asked(&args.table) {
        let made = sheets::system(&store, &table::reader(cx, output), &system.id).await?;
        return table::save(output, &made, format, file);
    }
    let card = compute(&store, &system.id, max_age, cx.now()).await?;
    output.show(&card, |card| describe(output, &system.name, card));
    Ok(())
}

fn describe(output: &Output, name: &str, card: &Scorecard) -> String {
    let standard = measure::standard(card.standard.as_str());
    let lang = output.lang();
    let level = ("level", text(card.level));
    let title = ("standard", text(standard.title.get(lang)));
    let mut lines = vec![
        tame(name),
        output.say("score-title", &[title, level]),
        String::new(),
    ];
    lines.extend(numbers(output, card));
    lines.push(String::new());
    lines.extend(gates(output, card));
    lines.extend(card.contested.iter().map(|c| contested(output, c)));
    if card.fixes.is_empty() {
        return lines.join("\n");
    }
    lines.push(String::new());
    lines.extend(fixes(output, standard, card));
    lines.join("\n")
}

fn numbers(output: &Output, card: &Scorecard) -> [String; 2] {
    let bp = |bp| text(figure(output.lang(), bp));
    let none = || output.say("score-no-level", &[]);
    let attained = card.attained.map_or_else(none, |l| l.to_string());
    let four = [
        ("score", bp(card.score_bp)),
        ("coverage", bp(card.coverage_bp)),
        ("exempt", bp(card.exempt_bp)),
        ("attained", text(attained)),
    ];
    let more = [
        ("before", bp(card.before_waivers_bp)),
        ("enrolled", Value::from(card.enrolled_hosts)),
        ("declared", Value::from(card.declared_hosts)),
    ];
    [
        output.say("score-numbers", &four),
        output.say("score-more", &more),
    ]
}

fn gates(output: &Output, card: &Scorecard) -> Vec<String> {
    let rows: Vec<[String; 4]> = card
        .gates
        .iter()
        .map(|at| {
            [
                at.level.to_string(),
                output.word("gate", &at.gate),
                format!("{:>6}", figure(output.lang(), at.score_bp)),
                at.open_controls.to_string(),
            ]
        })
        .collect();
    let heads = [
        "head-level",
        "head-gate",
        "head-score",
        "head-open-controls",
    ];
    columns(output.heads(heads), &rows)
}

/// What a look from outside took away.
fn contested(output: &Output, one: &Contested) -> String {
    let args = [
        ("host", text(&one.host_id)),
        ("check", text(&one.check)),
        ("endpoint", text(&one.endpoint)),
        ("time", text(show(one.at.as_millisecond()))),
        ("seen", text(&one.seen)),
        ("claimed", text(&one.claimed)),
    ];
    tame(&output.say("score-contested", &args))
}

fn fixes(output: &Output, standard: &Standard, card: &Scorecard) -> Vec<String> {
    let shown = &card.fixes[..card.fixes.len().min(FIXES)];
    let rows: Vec<[String; 4]> = shown.iter().map(|f| fix(output, standard, f)).collect();
    let heads = output.heads(["head-gain", "head-fix", "head-where", "head-title"]);
    let mut lines = vec![output.say("score-fixes", &[("count", Value::from(rows.len()))])];
    lines.extend(columns(heads, &rows));
    let first = shown.iter().find_map(|f| match &f.kind {
        FixKind::Check { check, .. } => Some(check.as_str()),
        FixKind::Attest { .. } => None,
    });
    if let Some(check) = first {
        lines.push(String::new());
        lines.push(output.say("score-see-more", &[("check", text(check))]));
    }
    lines
}

fn fix(output: &Output, standard: &Standard, fix: &Fix) -> [String; 4] {
    let gain = format!("{:>6}", format!("+{}", figure(output.lang(), fix.gain_bp)));
    match &fix.kind {
        FixKind::Check { check, hosts } => {
            let hosts = output.say("score-on-hosts", &[("hosts", Value::from(*hosts))]);
            [gain, check.clone(), hosts, title(output, check)]
        }
        FixKind::Attest { control } => {
            let found = standard.control(control.as_str());
            let title = found.map_or("", |c| c.title.get(output.lang()));
            let statement = output.say("score-statement", &[]);
            [gain, control.to_string(), statement, title.to_owned()]
        }
    }
}

/// Basis points as points of a hundred, in the writing of the language.
fn figure(lang: Lang, bp: u32) -> String {
    decimal(lang, bp, 2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use capdo_checks::{
        catalogue::{Catalogue, Level},
        score::{SystemInput, assess},
    };

    use super::*;

    fn card() -> Scorecard {
        let catalogue = Catalogue::embedded();
        let mut card = assess(&SystemInput {
            catalogue,
            standard: catalogue.current(),
            level: Level::try_from(2).unwrap(),
            declared_hosts: 1,
            hosts: &[],
            rulings: &BTreeMap::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            max_age: SignedDuration::from_hours(72),
        });
        let control = catalogue.current().controls[0].id.clone();
        let fixes = [
            FixKind::Check {
                check: "account.uid-zero".to_owned(),
                hosts: 1,
            },
            FixKind::Check {
                check: "ssh.root-login".to_owned(),
                hosts: 3,
            },
            FixKind::Attest { control },
        ];
        card.fixes = fixes
            .into_iter()
            .map(|kind| Fix {
                kind,
                gain_bp: 1205,
                controls: Vec::new(),
            })
            .collect();
        card
    }

    #[test]
    fn a_card_reads_well_in_both_languages() {
        let card = card();
        let first = &Catalogue::embedded().current().controls[0];
        for (lang, words) in [
            (
                Lang::Vi,
                ["+12,05", "trên 1 máy chủ", "trên 3 máy chủ", "Chưa đạt"],
            ),
            (Lang::En, ["+12.05", "on 1 host ", "on 3 hosts", "Not met"]),
        ] {
            let output = Output::new(false, lang);
            let said = describe(&output, "Cổng", &card);
            for word in words {
                assert!(said.contains(word), "{word}: {said}");
            }
            assert!(said.contains(&title(&output, "ssh.root-login")), "{said}");
            assert!(said.contains(first.title.get(lang)), "{said}");
            assert!(
                said.contains("capdo-agent checks show account.uid-zero"),
                "{said}"
            );
            let columns: Vec<usize> = said
                .lines()
                .filter_map(|line| {
                    let at = line.find(&title(&output, "ssh.root-login"))?;
                    Some(line[..at].chars().count())
                })
                .collect();
            let head = say_head(&output, &said);
            assert_eq!(columns, [head], "{said}");
        }
    }

    /// Where the column of titles begins.
    fn say_head(output: &Output, said: &str) -> usize {
        let [gain, title] = output.heads(["head-gain", "head-title"]);
        let line = said.lines().find(|l| l.starts_with(&gain)).unwrap();
        line[..line.find(&title).unwrap()].chars().count()
    }
}
