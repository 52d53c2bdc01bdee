//! The scorecard: the four numbers, and everything that shows how they came about.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Contested, FULL_BP, Fix, RulingKind, SystemInput,
    contest::weigh,
    fixes::open_fixes,
    sheet::{Cell, Row, Ruled, Sheet, Worth},
};
use crate::{
    catalogue::{Control, ControlId, GroupId, Level, StandardId},
    registry,
    verdict::Verdict,
};

/// A System's result. Never show one of the four numbers without the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorecard {
    /// The standard.
    pub standard: StandardId,
    /// The System's level.
    pub level: Level,
    /// Number 1: what is met, in basis points.
    pub score_bp: u32,
    /// Number 2: the share for which there is evidence, in basis points.
    pub coverage_bp: u32,
    /// Number 3: the share that is not applicable or waived, in basis points.
    pub exempt_bp: u32,
    /// Number 4: the highest level whose gate is open.
    pub attained: Option<Level>,
    /// The score if waived controls counted.
    pub before_waivers_bp: u32,
    /// Hosts with an agent.
    pub enrolled_hosts: u32,
    /// Hosts that the owner declared.
    pub declared_hosts: u32,
    /// The gate of each level, lowest first.
    pub gates: Vec<GateAt>,
    /// Groups in the order of the standard.
    pub groups: Vec<GroupScore>,
    /// Controls of the level in the order of the standard.
    pub controls: Vec<ControlScore>,
    /// Every open fix, most gain first. All of them together open the gate of the level.
    pub fixes: Vec<Fix>,
    /// What does not count because a look from outside shows otherwise; none in a card of before.
    #[serde(default)]
    pub contested: Vec<Contested>,
}

/// Whether a level's requirements are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Chưa đạt: less than half.
    NotMet,
    /// Một phần: at least half of the score, and something is open.
    Partly,
    /// Đạt: every applicable control is met, or its equivalent or waiver is accepted.
    Met,
}

/// The gate of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAt {
    /// The level.
    pub level: Level,
    /// Its gate.
    pub gate: Gate,
    /// The score against this level's controls and figures, in basis points.
    pub score_bp: u32,
    /// Controls that are not met.
    pub open_controls: u32,
}

/// One group of controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupScore {
    /// The group.
    pub group: GroupId,
    /// Its weighted mean in basis points; `None` when nothing in it applies.
    pub value_bp: Option<u32>,
}

/// State of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlState {
    /// Met in full.
    Met,
    /// Met in part.
    PartlyMet,
    /// Not met, and there is evidence.
    NotMet,
    /// No usable evidence. Counts 0.
    NotAssessed,
    /// Proved, or ruled, to have no object here.
    NotApplicable,
    /// An equivalent measure is accepted.
    EquivalentMeasure,
    /// Accepted for a time.
    Waived,
}

/// One control of the level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlScore {
    /// The control.
    pub control: ControlId,
    /// Its group.
    pub group: GroupId,
    /// Its state.
    pub state: ControlState,
    /// What it counts, in basis points.
    pub value_bp: u32,
    /// The share with evidence, in basis points.
    pub evidenced_bp: u32,
    /// The checks that serve it.
    pub checks: Vec<String>,
}

/// Derives a System's scorecard. Pure: the same input gives the same bits.
pub fn assess(input: &SystemInput<'_>) -> Scorecard {
    let levels: Vec<(Level, Table<'_>)> = input
        .standard
        .levels
        .iter()
        .map(|&level| (level, Table::new(input, level)))
        .collect();
    let gates: Vec<GateAt> = levels
        .iter()
        .map(|(level, table)| table.gate(*level))
        .collect();
    let attained = gates
        .iter()
        .filter(|g| g.gate == Gate::Met)
        .map(|g| g.level)
        .max();
    let own = levels
        .into_iter()
        .find(|(level, _)| *level == input.level)
        .map(|(_, table)| table);
    let table = own.unwrap_or_else(|| Table::new(input, input.level));
    let totals = table.sheet.totals();
    let enrolled_hosts = u32::try_from(input.hosts.len()).unwrap_or(u32::MAX);
    Scorecard {
        standard: input.standard.id.clone(),
        level: input.level,
        score_bp: totals.score,
        coverage_bp: totals.coverage,
        exempt_bp: totals.exempt,
        attained,
        before_waivers_bp: totals.before_waivers,
        enrolled_hosts,
        declared_hosts: input.declared_hosts,
        gates,
        groups: table.groups(input),
        controls: table.control_scores(),
        fixes: table.fixes(),
        contested: table.contested,
    }
}

/// A level's sheet with the names of its rows and columns.
struct Table<'a> {
    sheet: Sheet,
    controls: Vec<&'a Control>,
    checks: Vec<String>,
    contested: Vec<Contested>,
}

impl<'a> Table<'a> {
    fn new(input: &SystemInput<'a>, level: Level) -> Self {
        let standard = input.standard;
        let controls: Vec<&Control> = standard.controls_at(level).collect();
        let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
        let serving = |c: &Control| {
            input
                .catalogue
                .checks_for(standard.id.as_str(), c.id.as_str())
        };
        for check in controls.iter().flat_map(|c| serving(c)) {
            let next = columns.len();
            columns.entry(check).or_insert(next);
        }
        let rows = controls
            .iter()
            .map(|control| Row {
                group: standard
                    .groups
                    .iter()
                    .position(|g| g.id == control.group)
                    .unwrap_or(0),
                weight: control.weight,
                share: u32::from(control.machine_share()).min(FULL_BP),
                checks: serving(control)
                    .iter()
                    .map(|c| columns[c.as_str()])
                    .collect(),
                ruled: ruled(input, control, level),
            })
            .collect();
        let mut checks = vec![String::new(); columns.len()];
        for (name, at) in &columns {
            (*name).clone_into(&mut checks[*at]);
        }
        let (cells, contested) = cells(input, level, &columns);
        Self {
            sheet: Sheet {
                groups: standard.groups.len(),
                rows,
                cells,
            },
            controls,
            checks,
            contested,
        }
    }

    fn gate(&self, level: Level) -> GateAt {
        let open = self.sheet.rows.iter().map(|row| self.sheet.worth(row));
        let open = open.filter(|w| !w.exempt && w.value < FULL_BP).count();
        let score_bp = self.sheet.totals().score;
        let gate = match open {
            0 => Gate::Met,
            _ if score_bp >= FULL_BP / 2 => Gate::Partly,
            _ => Gate::NotMet,
        };
        GateAt {
            level,
            gate,
            score_bp,
            open_controls: u32::try_from(open).unwrap_or(u32::MAX),
        }
    }

    fn groups(&self, input: &SystemInput<'_>) -> Vec<GroupScore> {
        let groups = input.standard.groups.iter().enumerate();
        groups
            .map(|(at, group)| GroupScore {
                group: group.id.clone(),
                value_bp: self.sheet.group_value(at),
            })
            .collect()
    }

    fn control_scores(&self) -> Vec<ControlScore> {
        let rows = self.controls.iter().zip(&self.sheet.rows);
        rows.map(|(control, row)| {
            let worth = self.sheet.worth(row);
            ControlScore {
                control: control.id.clone(),
                group: control.group.clone(),
                state: state(row, worth),
                value_bp: worth.value,
                evidenced_bp: worth.evidenced,
                checks: row.checks.iter().map(|&c| self.checks[c].clone()).collect(),
            }
        })
        .collect()
    }

    fn fixes(&self) -> Vec<Fix> {
        let ids: Vec<ControlId> = self.controls.iter().map(|c| c.id.clone()).collect();
        open_fixes(&self.sheet, &self.checks, &ids)
    }
}

fn state(row: &Row, worth: Worth) -> ControlState {
    match (row.ruled, worth.value) {
        (Ruled::Waived, _) => ControlState::Waived,
        (Ruled::Equivalent, _) => ControlState::EquivalentMeasure,
        _ if worth.exempt => ControlState::NotApplicable,
        (_, FULL_BP) => ControlState::Met,
        (_, 1..) => ControlState::PartlyMet,
        _ if worth.evidenced == 0 => ControlState::NotAssessed,
        _ => ControlState::NotMet,
    }
}

/// The ruling on a control that is in force: accepted, not ended, and for a periodic control not
/// older than its period.
fn ruled(input: &SystemInput<'_>, control: &Control, level: Level) -> Ruled {
    let Some(ruling) = input.rulings.get(&control.id) else {
        return Ruled::No;
    };
    let ended = ruling.until.is_some_and(|until| until < input.at);
    let months = control.period_months.get(level).copied();
    let old = months.is_some_and(|m| older_than_months(ruling.from, input.at, m));
    match ruling.kind {
        _ if ended || ruling.from > input.at => Ruled::No,
        RulingKind::Waived if ruling.until.is_none() => Ruled::No,
        RulingKind::Attested if old => Ruled::No,
        RulingKind::Attested => Ruled::Attested,
        RulingKind::EquivalentMeasure => Ruled::Equivalent,
        RulingKind::Waived => Ruled::Waived,
        RulingKind::NotApplicable => Ruled::NotApplicable,
    }
}

/// Months count as 31 days, so that a monthly duty done on the same day of each month never lapses.
fn older_than_months(from: Timestamp, at: Timestamp, months: u16) -> bool {
    at.as_second() - from.as_second() > i64::from(months) * 31 * 86_400
}

/// `cells[check][host]`, one column more for each declared host without an agent; and what looks from
/// outside took away.
fn cells(
    input: &SystemInput<'_>,
    level: Level,
    columns: &BTreeMap<&str, usize>,
) -> (Vec<Vec<Cell>>, Vec<Contested>) {
    let declared = usize::try_from(input.declared_hosts).unwrap_or(usize::MAX);
    let hosts = input.hosts.len().max(declared).max(1);
    let mut cells = vec![vec![Cell::Blind; hosts]; columns.len()];
    let mut contested = Vec::new();
    for (at, host) in unmeasured(input, columns, hosts) {
        cells[at][host] = Cell::NotApplicable;
    }
    for (n, host) in input.hosts.iter().enumerate() {
        let mut seen: BTreeMap<&str, (Cell, Timestamp)> = BTreeMap::new();
        for evidence in &host.findings {
            let check = evidence.check();
            if !columns.contains_key(check) {
                continue;
            }
            let cell = cell(input, level, evidence);
            let (worst, latest) = seen.entry(check).or_insert((cell, evidence.confirmed_at()));
            *worst = worst.worse(cell);
            *latest = evidence.confirmed_at().max(*latest);
        }
        for (check, (cell, confirmed_at)) in seen {
            let (cell, against) = weigh(cell, check, confirmed_at, &host.contests, input.at);
            cells[columns[check]][n] = cell;
            contested.extend(against.map(|c| Contested {
                host_id: host.host_id.clone(),
                check: c.check.clone(),
                endpoint: c.endpoint.clone(),
                claimed: c.claimed.clone(),
                seen: c.seen.clone(),
                at: c.seen_at,
            }));
        }
    }
    (cells, contested)
}

/// Cells that leave the sheet: checks that the collector makes where it was given what it needs, on hosts
/// where it makes none. It states
/// `unknown` where it should know, so what is not there it does not measure; a host cannot bring that
/// about by silence. A host without an agent is measured where any other of the system is.
fn unmeasured(
    input: &SystemInput<'_>,
    columns: &BTreeMap<&str, usize>,
    hosts: usize,
) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let given = registry::collected().map(|c| c.meta().id);
    for check in given.filter(|id| registry::may_be_unmeasured(id)) {
        let Some(&at) = columns.get(check) else {
            continue;
        };
        let made = |n: usize| {
            let host = input.hosts.get(n);
            host.map(|h| h.findings.iter().any(|f| f.check() == check))
        };
        let any = (0..hosts).any(|n| made(n) == Some(true));
        all.extend(
            (0..hosts)
                .filter(|n| !made(*n).unwrap_or(any))
                .map(|n| (at, n)),
        );
    }
    all
}

fn cell(input: &SystemInput<'_>, level: Level, evidence: &super::Evidence) -> Cell {
    let age = input.at.duration_since(evidence.confirmed_at());
    let ahead = age < jiff::SignedDuration::from_mins(-5); // evidence from the future proves nothing
    if age > input.max_age || ahead {
        return Cell::Blind;
    }
    match evidence.verdict(level) {
        None | Some(Verdict::Unknown) => Cell::Blind,
        Some(verdict) => verdict.value_bp().map_or(Cell::NotApplicable, Cell::Known),
    }
}
