//! The four numbers, which always stand together.

use capdo_checks::{observation::Value, score::Gate};

use super::{
    marks::{Bar, Mark},
    text::Text,
};
use crate::store::overview::SystemLine;

/// Half of the score: from here on a gate is Một phần.
const HALF_BP: u32 = 5_000;

/// What the four numbers are made of, for a system or an agency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// How many systems went in.
    pub systems: u32,
    /// How many of them have a score yet.
    pub scored: u32,
    /// Systems whose attained level reaches their own.
    pub reached: u32,
    /// What is met.
    pub score_bp: u32,
    /// The share with evidence.
    pub coverage_bp: u32,
    /// The share that is not applicable or waived.
    pub exempt_bp: u32,
    /// The score if waived controls counted.
    pub before_waivers_bp: u32,
    /// Hosts with an agent.
    pub enrolled: u32,
    /// Hosts that were declared.
    pub declared: u32,
}

impl Raw {
    /// The plain mean over systems, rounded down; one without a score counts 0, so that leaving a
    /// system unmeasured never helps.
    pub fn of(systems: &[&SystemLine]) -> Self {
        let count = u64::try_from(systems.len()).unwrap_or(u64::MAX).max(1);
        let mean = |pick: fn(&SystemLine) -> Option<u32>| {
            let sum: u64 = systems
                .iter()
                .map(|s| u64::from(pick(s).unwrap_or(0)))
                .sum();
            u32::try_from(sum / count).unwrap_or(u32::MAX)
        };
        let how_many = |test: fn(&SystemLine) -> bool| {
            u32::try_from(systems.iter().filter(|s| test(s)).count()).unwrap_or(u32::MAX)
        };
        let sum = |pick: fn(&SystemLine) -> u32| {
            systems
                .iter()
                .fold(0_u32, |sum, s| sum.saturating_add(pick(s)))
        };
        Self {
            systems: how_many(|_| true),
            scored: how_many(|s| s.score_bp.is_some()),
            reached: how_many(|s| s.attained.is_some_and(|level| level >= s.level())),
            score_bp: mean(|s| s.score_bp),
            coverage_bp: mean(|s| s.coverage_bp),
            exempt_bp: mean(|s| s.exempt_bp),
            before_waivers_bp: mean(|s| s.before_waivers_bp),
            enrolled: sum(|s| s.enrolled_hosts),
            declared: sum(|s| s.declared_hosts),
        }
    }

    fn gate(&self) -> Gate {
        match self.reached == self.systems {
            true => Gate::Met,
            false if self.score_bp >= HALF_BP => Gate::Partly,
            false => Gate::NotMet,
        }
    }
}

/// The four numbers as a reader sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Points of a hundred.
    pub score: String,
    /// The same as a bar.
    pub score_bar: Bar,
    /// A share.
    pub coverage: String,
    /// The same as a bar.
    pub coverage_bar: Bar,
    /// A share.
    pub exempt: String,
    /// The score before waivers.
    pub before_waivers: String,
    /// Whether waivers change the score.
    pub waivers_matter: bool,
    /// The gate of the own level.
    pub gate: Mark,
    /// The attained level beside the own one, or how many systems reach theirs.
    pub level: String,
    /// Hosts with an agent and declared: `4/6`.
    pub hosts: String,
    /// Declared hosts are without an agent.
    pub hosts_missing: bool,
}

impl Numbers {
    /// Of an agency, or of all.
    pub fn of_many(text: Text, raw: &Raw) -> Self {
        let counts = [
            ("reached", Value::from(raw.reached)),
            ("systems", Value::from(raw.systems)),
        ];
        let gate = match raw.scored {
            0 => Mark::not_scored(text),
            _ => Mark::gate(text, raw.gate()),
        };
        Self::new(text, raw, gate, text.fill("systems-reached", &counts))
    }

    /// Of one system. `gate` is that of the card where there is one.
    pub fn of_one(text: Text, line: &SystemLine, gate: Option<Gate>) -> Self {
        let raw = Raw::of(&[line]);
        let gate = match line.score_bp {
            None => Mark::not_scored(text),
            Some(_) => Mark::gate(text, gate.unwrap_or_else(|| raw.gate())),
        };
        let attained = match line.attained {
            Some(level) => text.level(level),
            None => text.t("no-level"),
        };
        let args = [
            ("attained", Value::Text(attained)),
            ("own", Value::from(text.level(line.level()))),
        ];
        Self::new(text, &raw, gate, text.fill("attained-of", &args))
    }

    fn new(text: Text, raw: &Raw, gate: Mark, level: String) -> Self {
        Self {
            score: text.points(raw.score_bp),
            score_bar: Bar::of(raw.score_bp),
            coverage: text.percent(raw.coverage_bp),
            coverage_bar: Bar::of(raw.coverage_bp),
            exempt: text.percent(raw.exempt_bp),
            before_waivers: text.points(raw.before_waivers_bp),
            waivers_matter: raw.before_waivers_bp != raw.score_bp,
            gate,
            level,
            hosts: format!("{}/{}", raw.enrolled, raw.declared),
            hosts_missing: raw.enrolled < raw.declared,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::system::Dossier;
    use capdo_checks::lang::Lang;

    pub(in super::super) fn line(id: &str, score: Option<u32>, attained: Option<u8>) -> SystemLine {
        SystemLine {
            id: id.to_owned(),
            agency_id: "a".to_owned(),
            name: format!("System {id}"),
            proposed_level: 3,
            approved_level: Some(2),
            dossier: Dossier::Approved,
            declared_hosts: 4,
            scored_at: score.map(|_| 0),
            score_bp: score,
            coverage_bp: score,
            exempt_bp: score.map(|_| 100),
            before_waivers_bp: score,
            attained,
            enrolled_hosts: 1,
            integrity_events: 0,
            last_change_at: None,
        }
    }

    #[test]
    fn a_system_without_a_score_counts_nothing() {
        let (one, other) = (line("1", Some(7_001), Some(2)), line("2", None, None));
        let raw = Raw::of(&[&one, &other]);
        assert_eq!((raw.systems, raw.scored, raw.reached), (2, 1, 1));
        assert_eq!((raw.score_bp, raw.exempt_bp), (3_500, 50));
        assert_eq!((raw.enrolled, raw.declared), (2, 8));
    }

    #[test]
    fn no_systems_are_no_division_by_zero() {
        let raw = Raw::of(&[]);
        assert_eq!(raw.score_bp, 0);
        let shown = Numbers::of_many(Text::new(Lang::Vi), &raw);
        assert_eq!(shown.gate, Mark::not_scored(Text::new(Lang::Vi)));
    }

    #[test]
    fn the_attained_level_stands_beside_the_own_one() {
        let shown = Numbers::of_one(Text::new(Lang::Vi), &line("1", Some(9_999), Some(1)), None);
        assert_eq!(shown.level, "Cấp 1 / cần Cấp 2");
        assert_eq!(shown.score, "99,99");
        assert_eq!(shown.score_bar, Bar::of(9_999));
        assert!(shown.hosts_missing);
    }
}
