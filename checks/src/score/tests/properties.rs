//! What holds of every score, whatever the findings.

use proptest::prelude::*;

use jiff::Timestamp;

use crate::score::{
    Contest, FULL_BP,
    contest::weigh,
    sheet::{Cell, Row, Ruled, Sheet},
};

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Known(0)),
        Just(Cell::Known(5_000)),
        Just(Cell::Known(FULL_BP)),
        Just(Cell::Blind),
        Just(Cell::NotApplicable),
    ]
}

fn ruled() -> impl Strategy<Value = Ruled> {
    prop_oneof![
        6 => Just(Ruled::No),
        1 => Just(Ruled::Attested),
        1 => Just(Ruled::Equivalent),
        1 => Just(Ruled::Waived),
        1 => Just(Ruled::NotApplicable),
    ]
}

fn sheet() -> impl Strategy<Value = Sheet> {
    (1_usize..5, 1_usize..5, 1_usize..6).prop_flat_map(|(groups, hosts, checks)| {
        let row = (
            0..groups,
            1_u32..4,
            prop_oneof![Just(0_u32), Just(5_000), Just(FULL_BP)],
            proptest::collection::btree_set(0..checks, 0..=checks),
            ruled(),
        );
        let rows = row.prop_map(|(group, weight, share, checks, ruled)| Row {
            group,
            weight,
            share,
            checks: checks.into_iter().collect(),
            ruled,
        });
        let cells = proptest::collection::vec(proptest::collection::vec(cell(), hosts), checks);
        (proptest::collection::vec(rows, 1..12), cells).prop_map(move |(rows, cells)| Sheet {
            groups,
            rows,
            cells,
        })
    })
}

/// A sheet and one of its cells.
fn sheet_and_cell() -> impl Strategy<Value = (Sheet, usize, usize)> {
    sheet().prop_flat_map(|sheet| {
        let (checks, hosts) = (sheet.cells.len(), sheet.cells[0].len());
        (Just(sheet), 0..checks, 0..hosts)
    })
}

fn with(sheet: &Sheet, check: usize, host: usize, cell: Cell) -> Sheet {
    let mut changed = sheet.clone();
    changed.cells[check][host] = cell;
    changed
}

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

/// A look at any time, for any time, at one of two checks.
fn contest() -> impl Strategy<Value = Contest> {
    (0_usize..2, 0..100_i64, any::<bool>(), 0..100_i64).prop_map(|(check, seen, proved, until)| {
        Contest {
            check: ["a.b", "c.d"][check].to_owned(),
            endpoint: "a.vn:443".to_owned(),
            claimed: "refused".to_owned(),
            seen: "offered".to_owned(),
            seen_at: second(seen),
            proved,
            until: second(until),
        }
    })
}

proptest! {
    #[test]
    fn a_look_from_outside_never_raises(
        (sheet, check, host) in sheet_and_cell(),
        contests in proptest::collection::vec(contest(), 0..4),
        (confirmed, now) in (0..100_i64, 0..100_i64),
    ) {
        let before = sheet.totals();
        let old = sheet.cells[check][host];
        let (cell, against) = weigh(old, "a.b", second(confirmed), &contests, second(now));
        let after = with(&sheet, check, host, cell).totals();
        prop_assert!(after.score <= before.score && after.coverage <= before.coverage);
        prop_assert_eq!(against.is_some(), cell != old);
        if contests.iter().all(|c| c.check != "a.b" || c.until < second(now)) {
            prop_assert_eq!(cell, old, "a look that is over changes nothing");
        }
        // More looks never give back what one took.
        let (first, _) = weigh(old, "a.b", second(confirmed), &contests[..contests.len() / 2], second(now));
        prop_assert!(first == old || cell == first);
    }

    #[test]
    fn numbers_stay_within_bounds(sheet in sheet()) {
        let t = sheet.totals();
        for bp in [t.score, t.coverage, t.exempt, t.before_waivers] {
            prop_assert!(bp <= FULL_BP);
        }
        prop_assert!(t.score <= t.coverage, "nothing is met without evidence");
    }

    #[test]
    fn fixing_never_lowers((sheet, check, host) in sheet_and_cell()) {
        let before = sheet.totals().score;
        let better: &[Cell] = match sheet.cells[check][host] {
            Cell::Blind => &[Cell::Known(0), Cell::Known(5_000), Cell::Known(FULL_BP), Cell::NotApplicable],
            Cell::Known(0) => &[Cell::Known(5_000), Cell::Known(FULL_BP), Cell::NotApplicable],
            Cell::Known(_) => &[Cell::Known(FULL_BP)],
            Cell::NotApplicable => &[],
        };
        for &cell in better {
            prop_assert!(with(&sheet, check, host, cell).totals().score >= before, "{cell:?}");
        }
    }

    #[test]
    fn breaking_a_probe_never_raises((sheet, check, host) in sheet_and_cell()) {
        let before = sheet.totals();
        let after = with(&sheet, check, host, Cell::Blind).totals();
        prop_assert!(after.score <= before.score);
        prop_assert!(after.coverage <= before.coverage);
    }

    #[test]
    fn removing_an_agent_never_raises((sheet, _, host) in sheet_and_cell()) {
        let mut without = sheet.clone();
        for row in &mut without.cells {
            row[host] = Cell::Blind;
        }
        prop_assert!(without.totals().score <= sheet.totals().score);
    }

    #[test]
    fn a_declared_host_more_never_raises(sheet in sheet()) {
        let mut more = sheet.clone();
        for row in &mut more.cells {
            row.push(Cell::Blind);
        }
        prop_assert!(more.totals().score <= sheet.totals().score);
    }

    #[test]
    fn all_fixes_together_open_the_gate(sheet in sheet()) {
        let mut done = sheet;
        for cell in done.cells.iter_mut().flatten().filter(|c| **c != Cell::NotApplicable) {
            *cell = Cell::Known(FULL_BP);
        }
        for row in done.rows.iter_mut().filter(|r| r.ruled == Ruled::No) {
            row.ruled = Ruled::Attested;
        }
        for row in &done.rows {
            let worth = done.worth(row);
            prop_assert!(worth.exempt || worth.value == FULL_BP, "{row:?} {worth:?}");
        }
    }

    #[test]
    fn order_never_matters(sheet in sheet()) {
        let mut turned = sheet.clone();
        turned.rows.reverse();
        for row in &mut turned.cells {
            row.reverse();
        }
        prop_assert_eq!(turned.totals(), sheet.totals());
    }

    #[test]
    fn the_worst_subject_counts(a in cell(), b in cell(), c in cell()) {
        prop_assert_eq!(a.worse(b), b.worse(a));
        prop_assert_eq!(a.worse(b).worse(c), a.worse(b.worse(c)));
        let value = |cell: Cell| match cell {
            Cell::Known(bp) => Some(bp),
            Cell::Blind => Some(0),
            Cell::NotApplicable => None,
        };
        if let (Some(x), Some(y)) = (value(a), value(b)) {
            prop_assert!(value(a.worse(b)) <= Some(x.min(y)));
        }
    }
}

#[test]
fn groups_weigh_equally() {
    let row = |group, check| Row {
        group,
        weight: 1,
        share: FULL_BP,
        checks: vec![check],
        ruled: Ruled::No,
    };
    let mut rows = vec![row(0, 0)];
    rows.extend((0..20).map(|_| row(1, 1)));
    let cells = vec![vec![Cell::Known(FULL_BP)], vec![Cell::Known(0)]];
    assert_eq!(
        Sheet {
            groups: 2,
            rows,
            cells
        }
        .totals()
        .score,
        5_000
    );
}

#[test]
fn a_third_is_rounded_down() {
    let rows = vec![Row {
        group: 0,
        weight: 1,
        share: FULL_BP,
        checks: vec![0],
        ruled: Ruled::No,
    }];
    let cells = vec![vec![Cell::Known(FULL_BP), Cell::Known(0), Cell::Known(0)]];
    assert_eq!(
        Sheet {
            groups: 1,
            rows,
            cells
        }
        .totals()
        .score,
        3_333
    );
}
