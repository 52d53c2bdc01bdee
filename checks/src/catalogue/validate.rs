//! The rules that catalogue files must keep.

use std::collections::HashSet;

use super::thresholds::position;
use super::{
    Bilingual, CatalogueError, Control, ControlId, Group, Level, PerLevel, Source, Standard,
    THRESHOLD_IDS, Threshold,
};

type Checked = Result<(), CatalogueError>;

/// Checks one standard by itself.
pub(super) fn standard(file: &str, standard: &Standard) -> Checked {
    header(file, standard)?;
    let mut groups = HashSet::new();
    for group in &standard.groups {
        let at = Place {
            file,
            item: &format!("group {}", group.id),
            standard,
        };
        at.unique(groups.insert(group.id.as_str()))?;
        at.group(group)?;
    }
    let mut controls = HashSet::new();
    for control in &standard.controls {
        let at = Place {
            file,
            item: &format!("control {}", control.id),
            standard,
        };
        at.unique(controls.insert(control.id.as_str()))?;
        at.control(control, groups.contains(control.group.as_str()))?;
    }
    let mut thresholds = HashSet::new();
    for threshold in &standard.thresholds {
        let at = Place {
            file,
            item: &format!("threshold {}", threshold.id),
            standard,
        };
        at.unique(thresholds.insert(threshold.id.as_str()))?;
        at.threshold(threshold)?;
    }
    match THRESHOLD_IDS
        .into_iter()
        .find(|id| !thresholds.contains(id))
    {
        Some(id) => Err(CatalogueError::MissingThreshold {
            file: file.to_owned(),
            id,
        }),
        None => Ok(()),
    }
}

/// Checks what the standards say about each other, apart from clauses.
pub(super) fn across(standards: &[Standard], files: &[Source<'_>]) -> Checked {
    let mut ids = HashSet::new();
    for (standard, file) in standards.iter().zip(files) {
        let at = Place {
            file: file.name,
            item: &format!("standard {}", standard.id),
            standard,
        };
        at.unique(ids.insert(standard.id.as_str()))?;
    }
    for (standard, file) in standards.iter().zip(files) {
        let at = Place {
            file: file.name,
            item: "replaces",
            standard,
        };
        for id in &standard.replaces {
            at.known_standard(id, ids.contains(id.as_str()))?;
        }
        for control in &standard.controls {
            let at = Place {
                item: &format!("control {}", control.id),
                ..at
            };
            for id in control.maps.keys() {
                at.known_standard(id, ids.contains(id.as_str()))?;
            }
        }
    }
    Ok(())
}

/// Checks one line of a map file.
pub(super) fn mapped_check(
    file: &str,
    check: &str,
    controls: &[ControlId],
    current: &Standard,
) -> Checked {
    Place {
        file,
        item: &format!("check {check}"),
        standard: current,
    }
    .known_controls(controls)
}

fn header(file: &str, standard: &Standard) -> Checked {
    let at = Place {
        file,
        item: "[standard]",
        standard,
    };
    at.filled("id", "text", &standard.id)?;
    at.vietnamese("title", &standard.title)?;
    for note in &standard.notes {
        at.vietnamese("notes", note)?;
    }
    if standard.levels.is_empty() {
        return Err(at.out_of_range("levels", 0, "at least one level"));
    }
    match (standard.effective_from, standard.effective_to) {
        (Some(from), Some(to)) if to < from => Err(CatalogueError::DatesReversed {
            file: file.to_owned(),
            from,
            to,
        }),
        _ => Ok(()),
    }
}

/// Where the reader stands, for the error message.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    item: &'a str,
    standard: &'a Standard,
}

impl Place<'_> {
    fn group(self, group: &Group) -> Checked {
        self.vietnamese("title", &group.title)?;
        self.inside(&group.sections)
    }

    fn control(self, control: &Control, group_known: bool) -> Checked {
        let (file, item) = self.names();
        if !group_known {
            let group = control.group.to_string();
            return Err(CatalogueError::UnknownGroup { file, item, group });
        }
        if control.clauses.is_empty() {
            return Err(CatalogueError::NoClause { file, item });
        }
        self.both("title", &control.title)?;
        self.vietnamese("summary", &control.summary)?;
        if let Some(figures) = &control.figures {
            self.both("figures", figures)?;
        }
        self.inside(&control.clauses)?;
        for (_, clause) in control.clauses.iter() {
            self.filled("clauses", "clause", clause)?;
        }
        self.numbers(control)
    }

    fn numbers(self, control: &Control) -> Checked {
        for (level, &months) in control.period_months.iter() {
            self.clause_at(level, control.applies_at(level))?;
            if months == 0 {
                return Err(self.out_of_range("period_months", 0, "1 or more"));
            }
        }
        if control.weight == 0 {
            return Err(self.out_of_range("weight", 0, "1 or more"));
        }
        let share = control.machine_share();
        if share > 10_000 {
            return Err(self.out_of_range("machine_share", share.into(), "0 to 10000"));
        }
        Ok(())
    }

    fn threshold(self, threshold: &Threshold) -> Checked {
        if position(&threshold.id).is_none() {
            let (file, item) = self.names();
            return Err(CatalogueError::UnknownThreshold { file, item });
        }
        self.filled("unit", "text", &threshold.unit)?;
        self.vietnamese("title", &threshold.title)?;
        if let Some(note) = &threshold.note {
            self.vietnamese("note", note)?;
        }
        self.known_controls(&threshold.controls)?;
        self.inside(&threshold.levels)?;
        for &level in &self.standard.levels {
            if !threshold.levels.has(level) {
                let (file, item) = self.names();
                return Err(CatalogueError::NoFigure { file, item, level });
            }
            let mut controls = threshold.controls.iter();
            let applies = |id: &ControlId| self.standard.control(id).map(|c| c.applies_at(level));
            self.clause_at(level, controls.any(|id| applies(id) == Some(true)))?;
        }
        Ok(())
    }

    fn unique(self, is_new: bool) -> Checked {
        let (file, item) = self.names();
        if is_new {
            Ok(())
        } else {
            Err(CatalogueError::DuplicateId { file, item })
        }
    }

    fn inside<T>(self, values: &PerLevel<T>) -> Checked {
        match values
            .levels()
            .find(|level| !self.standard.levels.contains(level))
        {
            Some(level) => {
                let (file, item) = self.names();
                Err(CatalogueError::LevelOutside { file, item, level })
            }
            None => Ok(()),
        }
    }

    fn clause_at(self, level: Level, has_clause: bool) -> Checked {
        if has_clause {
            return Ok(());
        }
        let (file, item) = self.names();
        Err(CatalogueError::ValueWithoutClause { file, item, level })
    }

    fn known_controls(self, controls: &[ControlId]) -> Checked {
        match controls
            .iter()
            .find(|id| self.standard.control(id).is_none())
        {
            Some(control) => {
                let (file, item) = self.names();
                let control = control.to_string();
                Err(CatalogueError::UnknownControl {
                    file,
                    item,
                    control,
                })
            }
            None => Ok(()),
        }
    }

    fn known_standard(self, id: &str, known: bool) -> Checked {
        if known {
            return Ok(());
        }
        let (file, item) = self.names();
        Err(CatalogueError::UnknownStandard {
            file,
            item,
            standard: id.to_owned(),
        })
    }

    /// Both texts are there.
    fn both(self, field: &'static str, text: &Bilingual) -> Checked {
        self.filled(field, "vi", &text.vi)?;
        self.filled(field, "en", &text.en)
    }

    /// Both texts are there, and the Vietnamese one is long enough to hold a diacritic and does.
    fn vietnamese(self, field: &'static str, text: &Bilingual) -> Checked {
        self.both(field, text)?;
        if text.vi.chars().any(|c| !c.is_ascii() && c.is_alphabetic()) {
            return Ok(());
        }
        let (file, item) = self.names();
        Err(CatalogueError::Untranslated { file, item, field })
    }

    fn filled(self, field: &'static str, lang: &'static str, text: &str) -> Checked {
        if !text.trim().is_empty() {
            return Ok(());
        }
        let (file, item) = self.names();
        Err(CatalogueError::BlankText {
            file,
            item,
            field,
            lang,
        })
    }

    fn out_of_range(
        self,
        field: &'static str,
        value: i64,
        allowed: &'static str,
    ) -> CatalogueError {
        let (file, item) = self.names();
        CatalogueError::OutOfRange {
            file,
            item,
            field,
            value,
            allowed,
        }
    }

    fn names(self) -> (String, String) {
        (self.file.to_owned(), self.item.to_owned())
    }
}
