//! Whole systems against the shipped catalogue, with one check that is always there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    catalogue::{Catalogue, ControlId, Level},
    observation::{Facts, Gap, GapReason, Observation, Subject},
    score::{
        Contest, ControlScore, ControlState, DEFAULT_MAX_AGE, Evidence, FULL_BP, FixKind, Gate,
        HostEvidence, Ruling, RulingKind, Scorecard, SystemInput, assess,
    },
};

const NOW: i64 = 1_790_000_000;
const CHECK: &str = "account.uid-zero";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn evidence(facts: Facts, confirmed: i64) -> Evidence {
    let Facts { facts, gap } = facts;
    let observation = Observation {
        check: CHECK.into(),
        version: 1,
        subject: Subject::host(),
        facts,
        gap,
    };
    Evidence::of(&observation, at(confirmed), Catalogue::embedded().current())
}

fn passing() -> Evidence {
    passing_at(NOW - 60)
}

fn passing_at(confirmed: i64) -> Evidence {
    evidence(
        Facts::new().configured("uid_zero", vec!["root"], "/etc/passwd"),
        confirmed,
    )
}

fn failing() -> Evidence {
    evidence(
        Facts::new().configured("uid_zero", vec!["root", "toor"], "/etc/passwd"),
        NOW - 60,
    )
}

fn host(findings: Vec<Evidence>) -> HostEvidence {
    HostEvidence {
        host_id: "h".into(),
        findings,
        contests: Vec::new(),
    }
}

fn card(declared: u32, hosts: &[HostEvidence], rulings: &BTreeMap<ControlId, Ruling>) -> Scorecard {
    let catalogue = Catalogue::embedded();
    assess(&SystemInput {
        catalogue,
        standard: catalogue.current(),
        level: Level::try_from(2).unwrap(),
        declared_hosts: declared,
        hosts,
        rulings,
        at: at(NOW),
        max_age: DEFAULT_MAX_AGE,
    })
}

/// The control that the check serves.
fn served(card: &Scorecard) -> &ControlScore {
    card.controls
        .iter()
        .find(|c| c.checks.iter().any(|k| k == CHECK))
        .unwrap()
}

fn alone(card: &Scorecard) -> u32 {
    let served = served(card);
    served.value_bp * u32::try_from(served.checks.len()).unwrap()
}

#[test]
fn evidence_that_passes_counts() {
    let card = card(1, &[host(vec![passing()])], &BTreeMap::new());
    assert!(alone(&card) >= FULL_BP - 10);
    assert!(card.score_bp > 0 && card.coverage_bp >= card.score_bp);
    assert_eq!((card.enrolled_hosts, card.declared_hosts), (1, 1));
}

#[test]
fn a_declared_host_without_an_agent_counts_nothing() {
    let none = BTreeMap::new();
    let whole = card(1, &[host(vec![passing()])], &none);
    let half = card(2, &[host(vec![passing()])], &none);
    assert_eq!(served(&half).value_bp, served(&whole).value_bp / 2);
    assert!(half.coverage_bp < whole.coverage_bp);
}

#[test]
fn an_unknown_counts_nothing_and_shows_as_not_assessed() {
    let blind = evidence(
        Facts::unseen(Gap::new(GapReason::NoPermission, "/etc/passwd")),
        NOW - 60,
    );
    let card = card(1, &[host(vec![blind])], &BTreeMap::new());
    assert_eq!(
        (served(&card).value_bp, served(&card).state),
        (0, ControlState::NotAssessed)
    );
}

/// What a look showed at `seen`, until `until`, both in seconds before now.
fn contest(seen: i64, until: i64, proved: bool) -> Contest {
    Contest {
        check: CHECK.into(),
        endpoint: "a.vn:443".into(),
        claimed: "TLS 1.0: refused".into(),
        seen: "TLS 1.0: offered".into(),
        seen_at: at(NOW - seen),
        proved,
        until: at(NOW - until),
    }
}

/// The evidence was confirmed a minute ago.
#[test]
fn what_a_look_from_outside_denies_does_not_count() {
    let none = BTreeMap::new();
    let with = |findings, contest| {
        let mut host = host(findings);
        host.contests.push(contest);
        card(1, &[host], &none)
    };
    for (name, contest, counts) in [
        ("seen since", contest(30, -60, false), false),
        ("said again since, seen once", contest(90, -60, false), true),
        (
            "said again since, and proved",
            contest(90, -60, true),
            false,
        ),
        ("the next look is overdue", contest(30, 1, true), true),
    ] {
        let card = with(vec![passing()], contest);
        assert_eq!(alone(&card) > 0, counts, "{name}");
        assert_eq!(card.contested.len(), usize::from(!counts), "{name}");
        if !counts {
            assert_eq!(served(&card).state, ControlState::NotAssessed, "{name}");
            assert_eq!(card.contested[0].endpoint, "a.vn:443");
        }
    }
    // A failure needs no witness, and stays one.
    let failed = with(vec![failing()], contest(30, -60, true));
    assert_eq!(served(&failed).state, ControlState::NotMet);
    assert_eq!(failed.contested, vec![]);
    let other = Contest {
        check: "ssh.root-login".into(),
        ..contest(30, -60, true)
    };
    assert!(alone(&with(vec![passing()], other)) > 0);
}

#[test]
fn stale_evidence_counts_nothing_and_shows_as_not_assessed() {
    let old = passing_at(NOW - DEFAULT_MAX_AGE.as_secs() - 1);
    let card = card(1, &[host(vec![old])], &BTreeMap::new());
    assert_eq!(
        (served(&card).value_bp, served(&card).state),
        (0, ControlState::NotAssessed)
    );
}

#[test]
fn evidence_from_the_future_counts_nothing() {
    let early = passing_at(NOW + 3600);
    assert_eq!(
        served(&card(1, &[host(vec![early])], &BTreeMap::new())).value_bp,
        0
    );
}

#[test]
fn the_gain_of_a_fix_is_what_fixing_gains() {
    let none = BTreeMap::new();
    let before = card(1, &[host(vec![failing()])], &none);
    let is_ours = |k: &FixKind| matches!(k, FixKind::Check { check, .. } if check == CHECK);
    let fix = before.fixes.iter().find(|f| is_ours(&f.kind)).unwrap();
    let after = card(1, &[host(vec![passing()])], &none);
    assert_eq!(before.score_bp + fix.gain_bp, after.score_bp);
    assert!(fix.gain_bp > 0);
    assert!(!after.fixes.iter().any(|f| is_ours(&f.kind)));
}

#[test]
fn an_empty_system_attains_nothing() {
    let card = card(3, &[], &BTreeMap::new());
    assert_eq!(
        (card.score_bp, card.coverage_bp, card.attained),
        (0, 0, None)
    );
    assert!(card.gates.iter().all(|g| g.gate == Gate::NotMet));
}

fn rule_all(kind: RulingKind, until: Option<Timestamp>) -> BTreeMap<ControlId, Ruling> {
    let controls = &Catalogue::embedded().current().controls;
    let ruling = Ruling {
        kind,
        from: at(NOW - 60),
        until,
    };
    controls.iter().map(|c| (c.id.clone(), ruling)).collect()
}

#[test]
fn equivalents_everywhere_open_every_gate() {
    let card = card(
        1,
        &[host(vec![])],
        &rule_all(RulingKind::EquivalentMeasure, None),
    );
    assert_eq!(card.score_bp, FULL_BP);
    assert_eq!(card.attained.map(Level::number), Some(5));
    assert!(
        card.gates
            .iter()
            .all(|g| g.gate == Gate::Met && g.open_controls == 0)
    );
}

#[test]
fn a_waiver_without_an_end_is_none() {
    let endless = card(1, &[], &rule_all(RulingKind::Waived, None));
    assert_eq!((endless.exempt_bp, endless.attained), (0, None));
    let ended = card(1, &[], &rule_all(RulingKind::Waived, Some(at(NOW - 1))));
    assert_eq!(ended.exempt_bp, 0);
    let open = card(
        1,
        &[],
        &rule_all(RulingKind::Waived, Some(at(NOW + 86_400))),
    );
    assert_eq!((open.exempt_bp, open.before_waivers_bp), (FULL_BP, 0));
}

#[test]
fn an_attestation_proves_only_what_machines_cannot() {
    let card = card(
        1,
        &[host(vec![failing()])],
        &rule_all(RulingKind::Attested, None),
    );
    assert!(alone(&card) < FULL_BP, "a failing check is not talked away");
    let documents = card.controls.iter().filter(|c| c.checks.is_empty());
    assert!(documents.into_iter().all(|c| c.state == ControlState::Met));
}

#[test]
fn a_periodic_attestation_lapses() {
    let mut rulings = rule_all(RulingKind::Attested, None);
    for ruling in rulings.values_mut() {
        ruling.from = at(NOW - 40 * 365 * 86_400);
    }
    let card = card(1, &[], &rulings);
    let periodic = |c: &&ControlScore| {
        let control = Catalogue::embedded().current().control(&c.control).unwrap();
        control.period_months.has(Level::try_from(2).unwrap())
    };
    assert!(
        card.controls
            .iter()
            .filter(periodic)
            .all(|c| c.value_bp == 0)
    );
    assert!(card.score_bp > 0, "attestations without a period stand");
}

#[test]
fn deriving_twice_gives_the_same_and_order_never_matters() {
    let none = BTreeMap::new();
    let (a, b) = (host(vec![passing()]), host(vec![failing()]));
    let one = card(3, &[a.clone(), b.clone()], &none);
    let other = card(3, &[b, a], &none);
    assert_eq!(one, other);
    assert_eq!(
        one,
        card(3, &[host(vec![passing()]), host(vec![failing()])], &none)
    );
}

#[test]
fn every_standard_scores_the_same_evidence() {
    let catalogue = Catalogue::embedded();
    for standard in catalogue.standards() {
        let none = BTreeMap::new();
        let hosts = [host(vec![passing()])];
        let card = assess(&SystemInput {
            catalogue,
            standard,
            level: Level::try_from(2).unwrap(),
            declared_hosts: 1,
            hosts: &hosts,
            rulings: &none,
            at: at(NOW),
            max_age: DEFAULT_MAX_AGE,
        });
        assert!(
            card.score_bp <= FULL_BP && !card.controls.is_empty(),
            "{}",
            standard.id.as_str()
        );
    }
}
