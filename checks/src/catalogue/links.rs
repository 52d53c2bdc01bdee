//! Which check serves which control, in every standard.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::read::CheckMap;
use super::{CatalogueError, Control, ControlId, Source, Standard};

/// The links of one standard.
#[derive(Debug, Default)]
pub(super) struct Links {
    checks: BTreeMap<ControlId, Vec<String>>,
    controls: BTreeMap<String, Vec<ControlId>>,
    counterparts: HashMap<ControlId, Vec<ControlId>>,
}

impl Links {
    pub(super) fn checks_for(&self, control: &str) -> &[String] {
        self.checks.get(control).map_or(&[], Vec::as_slice)
    }

    pub(super) fn controls_for(&self, check: &str) -> &[ControlId] {
        self.controls.get(check).map_or(&[], Vec::as_slice)
    }

    pub(super) fn counterparts(&self, control: &str) -> &[ControlId] {
        self.counterparts.get(control).map_or(&[], Vec::as_slice)
    }

    /// Follows each check through the current standard's controls to this standard's.
    fn new(checks: &CheckMap, counterparts: HashMap<ControlId, Vec<ControlId>>) -> Self {
        let mut links = Self {
            counterparts,
            ..Self::default()
        };
        for (check, current) in checks {
            let served: BTreeSet<_> = current
                .iter()
                .flat_map(|id| links.counterparts(id))
                .cloned()
                .collect();
            for control in &served {
                links
                    .checks
                    .entry(control.clone())
                    .or_default()
                    .push(check.clone());
            }
            links
                .controls
                .insert(check.clone(), served.into_iter().collect());
        }
        links
    }
}

/// Resolves the maps of every standard, and links the checks to all of them.
pub(super) fn resolve(
    standards: &[Standard],
    current: usize,
    checks: &CheckMap,
    files: &[Source<'_>],
) -> Result<Vec<Links>, CatalogueError> {
    let mut all = Vec::with_capacity(standards.len());
    for (at, target) in standards.iter().enumerate() {
        let clauses = Clauses::of(target);
        let mut counterparts = HashMap::new();
        for (from, (standard, file)) in standards.iter().zip(files).enumerate() {
            for control in &standard.controls {
                let found = clauses.counterparts(file.name, control, target)?;
                if from == current {
                    counterparts.insert(control.id.clone(), found);
                }
            }
        }
        if at == current {
            for control in &target.controls {
                counterparts.insert(control.id.clone(), vec![control.id.clone()]);
            }
        }
        all.push(Links::new(checks, counterparts));
    }
    Ok(all)
}

/// The clauses of a standard, to look controls up by.
struct Clauses<'a> {
    exact: HashMap<&'a str, Vec<&'a ControlId>>,
    /// By what follows the first number: `2.2.1` for `7.2.2.1`.
    tails: HashMap<&'a str, Vec<&'a ControlId>>,
}

impl<'a> Clauses<'a> {
    fn of(standard: &'a Standard) -> Self {
        let mut clauses = Self {
            exact: HashMap::new(),
            tails: HashMap::new(),
        };
        for control in &standard.controls {
            for (_, clause) in control.clauses.iter() {
                clauses.exact.entry(clause).or_default().push(&control.id);
                if let Some((_, tail)) = clause.split_once('.') {
                    clauses.tails.entry(tail).or_default().push(&control.id);
                }
            }
        }
        clauses
    }

    /// The controls of `target`, whose clauses these are, that `control` maps to.
    fn counterparts(
        &self,
        file: &str,
        control: &Control,
        target: &Standard,
    ) -> Result<Vec<ControlId>, CatalogueError> {
        let mut found = BTreeSet::new();
        for pattern in control.maps.get(&target.id).into_iter().flatten() {
            let ids = self
                .find(pattern)
                .ok_or_else(|| CatalogueError::UnknownClause {
                    file: file.to_owned(),
                    item: format!("control {}", control.id),
                    standard: target.id.to_string(),
                    clause: pattern.clone(),
                })?;
            found.extend(ids.iter().copied().cloned());
        }
        Ok(found.into_iter().collect())
    }

    /// An exact clause, or `X.` and a tail for that clause at every level.
    fn find(&self, pattern: &str) -> Option<&[&'a ControlId]> {
        let ids = match pattern.strip_prefix("X.") {
            Some(tail) => self.tails.get(tail),
            None => self.exact.get(pattern),
        };
        ids.map(Vec::as_slice)
    }
}
