//! What each fix would gain.

use serde::{Deserialize, Serialize};

use super::{
    FULL_BP,
    sheet::{Cell, Ruled, Sheet},
};
use crate::catalogue::ControlId;

/// One thing to do, and what it gains if nothing else changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What to do.
    #[serde(flatten)]
    pub kind: FixKind,
    /// Basis points by which the score rises.
    pub gain_bp: u32,
    /// Controls that it moves.
    pub controls: Vec<ControlId>,
}

/// What a fix consists of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FixKind {
    /// Make the check pass on these many hosts (declared hosts without an agent included).
    Check {
        /// The check's id.
        check: String,
        /// Hosts on which it does not fully pass.
        hosts: u32,
    },
    /// Have the agency's statement for a control accepted.
    Attest {
        /// The control.
        control: ControlId,
    },
}

/// Every fix that is open, most gain first; equal gains in the order of their names.
pub(super) fn open_fixes(sheet: &Sheet, checks: &[String], controls: &[ControlId]) -> Vec<Fix> {
    let now = sheet.totals().score;
    let mut fixes = check_fixes(sheet, checks, controls, now);
    fixes.extend(attest_fixes(sheet, controls, now));
    fixes.sort_by(|a, b| b.gain_bp.cmp(&a.gain_bp).then_with(|| a.kind.cmp(&b.kind)));
    fixes
}

fn check_fixes(sheet: &Sheet, checks: &[String], controls: &[ControlId], now: u32) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let mut tried = sheet.clone();
    for (at, check) in checks.iter().enumerate() {
        let open = |c: &Cell| !matches!(c, Cell::NotApplicable | Cell::Known(FULL_BP));
        let hosts = sheet.cells[at].iter().filter(|c| open(c)).count();
        if hosts == 0 {
            continue;
        }
        for cell in tried.cells[at]
            .iter_mut()
            .filter(|c| **c != Cell::NotApplicable)
        {
            *cell = Cell::Known(FULL_BP);
        }
        let gain_bp = tried.totals().score.saturating_sub(now);
        tried.cells[at].clone_from(&sheet.cells[at]);
        let served = sheet
            .rows
            .iter()
            .zip(controls)
            .filter(|(row, _)| row.checks.contains(&at));
        fixes.push(Fix {
            kind: FixKind::Check {
                check: check.clone(),
                hosts: u32::try_from(hosts).unwrap_or(u32::MAX),
            },
            gain_bp,
            controls: served.map(|(_, id)| id.clone()).collect(),
        });
    }
    fixes
}

fn attest_fixes(sheet: &Sheet, controls: &[ControlId], now: u32) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let mut tried = sheet.clone();
    for (at, row) in sheet.rows.iter().enumerate() {
        let machine_decides = !row.checks.is_empty() && row.share == FULL_BP;
        if row.ruled != Ruled::No || machine_decides || sheet.worth(row).exempt {
            continue;
        }
        tried.rows[at].ruled = Ruled::Attested;
        let gain_bp = tried.totals().score.saturating_sub(now);
        tried.rows[at].ruled = Ruled::No;
        let control = controls[at].clone();
        fixes.push(Fix {
            kind: FixKind::Attest {
                control: control.clone(),
            },
            gain_bp,
            controls: vec![control],
        });
    }
    fixes
}
