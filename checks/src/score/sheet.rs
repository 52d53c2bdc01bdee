//! The arithmetic: cells, controls, groups, score. Knows no check and no text.

use super::FULL_BP;

/// Finer unit that group means are kept in, so that rounding each of them down costs less than a
/// basis point of the score: 1 basis point is this many.
const FINE: u64 = 100_000;

/// One check on one (declared) host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Evidence shows that it counts this many basis points.
    Known(u32),
    /// No usable evidence: counts 0 and is not covered.
    Blind,
    /// Evidence shows that the check has no object here.
    NotApplicable,
}

impl Cell {
    /// Joins the cells of two subjects of one check: the worst counts.
    pub(super) fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Blind, _) | (_, Self::Blind) => Self::Blind,
            (Self::NotApplicable, cell) | (cell, Self::NotApplicable) => cell,
            (Self::Known(a), Self::Known(b)) => Self::Known(a.min(b)),
        }
    }
}

/// What an officer's ruling does to a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruled {
    /// No ruling in force.
    No,
    /// What machines cannot prove is proved.
    Attested,
    /// All of it is proved.
    Equivalent,
    /// Out of the score; counted in the score before waivers.
    Waived,
    /// Out of the score.
    NotApplicable,
}

/// One applicable control of the level.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Index of its group.
    pub(super) group: usize,
    /// Weight within the group.
    pub(super) weight: u32,
    /// Basis points that machines can prove.
    pub(super) share: u32,
    /// Indices of the checks that serve it.
    pub(super) checks: Vec<usize>,
    /// The ruling in force.
    pub(super) ruled: Ruled,
}

/// What a row comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    /// Basis points met.
    pub(super) value: u32,
    /// Basis points for which there is evidence, good or bad.
    pub(super) evidenced: u32,
    /// Out of the score, by proof or by ruling.
    pub(super) exempt: bool,
    /// The machine part alone, in basis points of its own, where any cell counts.
    pub(super) machine: Option<u32>,
}

/// All rows of a System, and the cells they draw on.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Number of groups.
    pub(super) groups: usize,
    /// The applicable controls.
    pub(super) rows: Vec<Row>,
    /// `cells[check][host]`.
    pub(super) cells: Vec<Vec<Cell>>,
}

/// Sums over the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) score: u32,
    pub(super) coverage: u32,
    pub(super) exempt: u32,
    pub(super) before_waivers: u32,
}

impl Sheet {
    /// What one control comes to.
    pub(super) fn worth(&self, row: &Row) -> Worth {
        let (mut sum, mut known, mut count) = (0_u64, 0_u64, 0_u64);
        for cell in row.checks.iter().flat_map(|&check| &self.cells[check]) {
            match cell {
                Cell::Known(value) => {
                    sum += u64::from(*value);
                    known += 1;
                    count += 1;
                }
                Cell::Blind => count += 1,
                Cell::NotApplicable => {}
            }
        }
        let mean = |total: u64| narrow(total.checked_div(count).unwrap_or(0));
        let machine = (count > 0).then(|| mean(sum));
        let served = !row.checks.is_empty();
        let share = if served { row.share } else { 0 };
        let part = |bp: u32| bp * share / FULL_BP;
        let (value, evidenced) = (part(mean(sum)), part(mean(known * u64::from(FULL_BP))));
        let proved_absent = served && count == 0 && row.share == FULL_BP;
        let plain = Worth {
            value,
            evidenced,
            exempt: proved_absent,
            machine,
        };
        match row.ruled {
            Ruled::No => plain,
            // Where no cell counts, there is nothing that a machine could add or deny.
            Ruled::Attested if count == 0 => Worth {
                value: FULL_BP,
                evidenced: FULL_BP,
                ..plain
            },
            Ruled::Attested => {
                let rest = FULL_BP - share;
                Worth {
                    value: value + rest,
                    evidenced: evidenced + rest,
                    ..plain
                }
            }
            Ruled::Equivalent => Worth {
                value: FULL_BP,
                evidenced: FULL_BP,
                exempt: false,
                machine,
            },
            Ruled::Waived | Ruled::NotApplicable => Worth {
                exempt: true,
                ..plain
            },
        }
    }

    /// The four numbers.
    pub(super) fn totals(&self) -> Totals {
        let worths: Vec<Worth> = self.rows.iter().map(|row| self.worth(row)).collect();
        let waived = |n: usize| self.rows[n].ruled == Ruled::Waived;
        let in_score = |n: usize| !worths[n].exempt;
        let in_full = |n: usize| !worths[n].exempt || waived(n);
        Totals {
            score: self.mean(in_score, |n| worths[n].value),
            coverage: self.mean(in_score, |n| worths[n].evidenced),
            exempt: self.mean(|_| true, |n| if worths[n].exempt { FULL_BP } else { 0 }),
            before_waivers: self.mean(in_full, |n| worths[n].value),
        }
    }

    /// The mean of `value` over the rows that `counts` lets in, groups weighing equally.
    fn mean(&self, counts: impl Fn(usize) -> bool, value: impl Fn(usize) -> u32) -> u32 {
        let mut sums = vec![(0_u64, 0_u64); self.groups];
        for (n, row) in self.rows.iter().enumerate().filter(|(n, _)| counts(*n)) {
            let (total, weight) = &mut sums[row.group];
            *total += u64::from(row.weight) * u64::from(value(n)) * FINE;
            *weight += u64::from(row.weight);
        }
        let means: Vec<u64> = sums.iter().filter_map(|(t, w)| t.checked_div(*w)).collect();
        let groups = u64::try_from(means.len()).unwrap_or(u64::MAX);
        narrow(means.iter().sum::<u64>().checked_div(groups).unwrap_or(0) / FINE)
    }

    /// The weighted mean of one group, `None` when nothing in it counts.
    pub(super) fn group_value(&self, group: usize) -> Option<u32> {
        let (mut total, mut weight) = (0_u64, 0_u64);
        for row in self.rows.iter().filter(|r| r.group == group) {
            let worth = self.worth(row);
            if !worth.exempt {
                total += u64::from(row.weight) * u64::from(worth.value);
                weight += u64::from(row.weight);
            }
        }
        total.checked_div(weight).map(narrow)
    }
}

/// A mean of basis points is at most 10 000.
fn narrow(bp: u64) -> u32 {
    u32::try_from(bp).unwrap_or(FULL_BP).min(FULL_BP)
}
