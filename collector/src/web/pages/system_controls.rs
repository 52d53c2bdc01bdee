//! A system's controls by group, each with the checks behind it and the hosts behind those.

use std::collections::{BTreeMap, HashMap};

use capdo_checks::{
    catalogue::Standard,
    observation::Value,
    score::{ControlScore, ControlState, GroupScore, Scorecard},
    verdict::Verdict,
};

use super::{
    fixes::check_title,
    marks::{Bar, Mark},
    shell::Link,
    text::Text,
};
use crate::store::overview::{OpenCell, Tally};

/// What stands for stale evidence in a [`Tally`].
const STALE: u8 = 5;

/// A group as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its section at the level.
    pub section: String,
    /// What it counts; the sign for not applicable where nothing in it applies.
    pub value: String,
    /// The same as a bar.
    pub bar: Bar,
    /// How many controls have which state, worst first.
    pub states: Vec<(Mark, usize)>,
    /// Its controls.
    pub controls: Vec<ControlView>,
}

/// A control as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlView {
    /// Its state.
    pub mark: Mark,
    /// Its page.
    pub link: Link,
    /// Its id.
    pub id: String,
    /// Its clause at the level.
    pub clause: String,
    /// What it counts.
    pub value: String,
    /// The share with evidence.
    pub evidenced: String,
    /// Why it stands so, where checks cannot say.
    pub note: String,
    /// The checks that serve it.
    pub checks: Vec<CheckView>,
}

/// A check behind a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// Its page.
    pub link: Link,
    /// On how many hosts it is how.
    pub tallies: Vec<(Mark, u32)>,
    /// Hosts on which it does not pass, worst first; the link leads to the finding.
    pub hosts: Vec<(Mark, Link)>,
    /// There are more of them.
    pub more: bool,
}

/// How each check stands on the system's hosts.
pub struct Cells<'a> {
    hosts: u32,
    tallies: HashMap<&'a str, Vec<&'a Tally>>,
    open: HashMap<&'a str, Vec<&'a OpenCell>>,
}

impl<'a> Cells<'a> {
    /// Sorts the rows by check. `hosts` is how many a check should be seen on.
    pub fn new(hosts: u32, tallies: &'a [Tally], open: &'a [OpenCell]) -> Self {
        let mut cells = Self {
            hosts,
            tallies: HashMap::new(),
            open: HashMap::new(),
        };
        for tally in tallies {
            cells
                .tallies
                .entry(&tally.check_id)
                .or_default()
                .push(tally);
        }
        for cell in open {
            cells.open.entry(&cell.check_id).or_default().push(cell);
        }
        cells
    }

    fn check(&self, text: Text, id: &str) -> CheckView {
        let mut tallies = self.tallies.get(id).cloned().unwrap_or_default();
        tallies.sort_by_key(|t| std::cmp::Reverse(t.worst));
        let seen: u32 = tallies.iter().map(|t| t.hosts).sum();
        let open: u32 = tallies
            .iter()
            .filter(|t| t.worst >= 2)
            .map(|t| t.hosts)
            .sum();
        let mut counts: Vec<(Mark, u32)> = tallies
            .iter()
            .map(|t| (mark(text, t.worst), t.hosts))
            .collect();
        if seen < self.hosts {
            counts.insert(0, (missing(text), self.hosts - seen));
        }
        let anchor = format!("#f-{}", id.replace('.', "-"));
        let hosts: Vec<(Mark, Link)> = self
            .open
            .get(id)
            .into_iter()
            .flatten()
            .map(|cell| {
                let mut link = Link::host(&cell.host_id, &cell.hostname);
                link.href.push_str(&anchor);
                (mark(text, cell.worst), link)
            })
            .collect();
        CheckView {
            link: Link::check(id, &check_title(text, id)),
            more: open as usize > hosts.len(),
            tallies: counts,
            hosts,
        }
    }
}

fn missing(text: Text) -> Mark {
    Mark {
        class: "doubt",
        symbol: "?",
        label: text.t("no-result"),
    }
}

fn mark(text: Text, worst: u8) -> Mark {
    match worst {
        STALE => Mark::stale(text),
        4 => Mark::verdict(text, Verdict::Unknown),
        3 => Mark::verdict(text, Verdict::Fail),
        2 => Mark::verdict(text, Verdict::Partial),
        1 => Mark::verdict(text, Verdict::Pass),
        _ => Mark::verdict(text, Verdict::NotApplicable),
    }
}

/// The groups of a card that have a control at its level, in the order of the standard.
pub fn groups(
    text: Text,
    standard: &Standard,
    card: &Scorecard,
    cells: &Cells<'_>,
) -> Vec<GroupView> {
    let groups = card
        .groups
        .iter()
        .map(|group| group_view(text, standard, card, group, cells));
    groups.filter(|group| !group.controls.is_empty()).collect()
}

fn group_view(
    text: Text,
    standard: &Standard,
    card: &Scorecard,
    group: &GroupScore,
    cells: &Cells<'_>,
) -> GroupView {
    let known = standard.group(&group.group);
    let controls: Vec<&ControlScore> = card
        .controls
        .iter()
        .filter(|c| c.group == group.group)
        .collect();
    let section = known.and_then(|g| g.sections.get(card.level));
    GroupView {
        id: group.group.to_string(),
        title: known
            .map_or(group.group.as_str(), |g| g.title.get(text.lang()))
            .to_owned(),
        section: section.cloned().unwrap_or_default(),
        value: group
            .value_bp
            .map_or_else(|| text.t("state-not-applicable"), |bp| text.points(bp)),
        bar: Bar::of(group.value_bp.unwrap_or(0)),
        states: states(text, &controls),
        controls: controls
            .iter()
            .map(|c| control_view(text, standard, card, c, cells))
            .collect(),
    }
}

/// How bad a state is; worst first.
const ORDER: [ControlState; 7] = [
    ControlState::NotMet,
    ControlState::NotAssessed,
    ControlState::PartlyMet,
    ControlState::Waived,
    ControlState::EquivalentMeasure,
    ControlState::Met,
    ControlState::NotApplicable,
];

fn states(text: Text, controls: &[&ControlScore]) -> Vec<(Mark, usize)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for control in controls {
        let at = ORDER
            .iter()
            .position(|state| *state == control.state)
            .unwrap_or(ORDER.len());
        *counts.entry(at).or_default() += 1;
    }
    let named = |(at, count)| Some((Mark::control(text, *ORDER.get(at)?), count));
    counts.into_iter().filter_map(named).collect()
}

fn control_view(
    text: Text,
    standard: &Standard,
    card: &Scorecard,
    control: &ControlScore,
    cells: &Cells<'_>,
) -> ControlView {
    let known = standard.control(&control.control);
    let title = known.map_or(control.control.as_str(), |c| c.title.get(text.lang()));
    let by_machine = known.map_or(0, |c| u32::from(c.machine_share()));
    let note = if control.checks.is_empty() {
        text.t("note-statement-only")
    } else if by_machine < capdo_checks::score::FULL_BP {
        text.fill(
            "note-machine-share",
            &[("share", Value::Text(text.percent(by_machine)))],
        )
    } else {
        String::new()
    };
    ControlView {
        mark: Mark::control(text, control.state),
        link: Link::control(&standard.id, &control.control, title),
        id: control.control.to_string(),
        clause: known
            .and_then(|c| c.clauses.get(card.level))
            .cloned()
            .unwrap_or_default(),
        value: text.points(control.value_bp),
        evidenced: text.percent(control.evidenced_bp),
        note,
        checks: control
            .checks
            .iter()
            .map(|id| cells.check(text, id))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capdo_checks::{
        catalogue::{Catalogue, Level},
        lang::Lang,
        score::{DEFAULT_MAX_AGE, SystemInput, assess},
    };

    fn empty_card() -> Scorecard {
        let catalogue = Catalogue::embedded();
        assess(&SystemInput {
            catalogue,
            standard: catalogue.current(),
            level: Level::ALL[2],
            declared_hosts: 3,
            hosts: &[],
            rulings: &BTreeMap::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            max_age: DEFAULT_MAX_AGE,
        })
    }

    #[test]
    fn a_stored_card_comes_back_as_it_went() {
        let card = empty_card();
        let text = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Scorecard>(&text).unwrap(), card);
    }

    #[test]
    fn every_control_of_the_level_is_shown_once() {
        let card = empty_card();
        let standard = Catalogue::embedded().current();
        let cells = Cells::new(3, &[], &[]);
        let groups = groups(Text::new(Lang::Vi), standard, &card, &cells);
        let shown: usize = groups.iter().map(|g| g.controls.len()).sum();
        assert_eq!(shown, standard.controls_at(Level::ALL[2]).count());
        let counted: usize = groups.iter().flat_map(|g| &g.states).map(|(_, n)| n).sum();
        assert_eq!(counted, shown);
        assert!(
            groups
                .iter()
                .flat_map(|g| &g.controls)
                .all(|c| !c.clause.is_empty())
        );
    }

    #[test]
    fn hosts_without_a_result_are_counted_and_findings_are_linked() {
        let id = "account.uid-zero";
        let tally = |worst, hosts| Tally {
            check_id: id.to_owned(),
            worst,
            hosts,
        };
        let tallies = [tally(1, 1), tally(3, 7)];
        let open = [OpenCell {
            check_id: id.to_owned(),
            host_id: "h".to_owned(),
            hostname: "<b>".to_owned(),
            worst: 3,
        }];
        let text = Text::new(Lang::Vi);
        let check = Cells::new(10, &tallies, &open).check(text, id);
        let counts: Vec<(&str, u32)> = check
            .tallies
            .iter()
            .map(|(m, n)| (m.label.as_str(), *n))
            .collect();
        assert_eq!(
            counts,
            [("Không có kết quả", 2), ("Không đạt", 7), ("Đạt", 1)]
        );
        assert_eq!(check.hosts[0].1.href, "/hosts/h#f-account-uid-zero");
        assert!(check.more);
    }
}
