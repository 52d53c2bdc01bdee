//! From TOML text to standards and to the map from checks to controls.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    Bilingual, CatalogueError, Confidence, Control, ControlId, Group, Level, Standard, StandardId,
    Threshold, validate,
};

/// A file: its name, for error messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Shown in errors.
    pub name: &'a str,
    /// TOML.
    pub text: &'a str,
}

/// The files that make a catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// One standard each.
    pub standards: &'a [Source<'a>],
    /// From check ids to controls of the current standard.
    pub maps: &'a [Source<'a>],
}

/// From a check's id to the controls of the current standard that it serves.
pub(super) type CheckMap = BTreeMap<String, Vec<ControlId>>;

/// Reads the standards and checks each by itself.
pub(super) fn standards(sources: &[Source<'_>]) -> Result<Vec<Standard>, CatalogueError> {
    sources
        .iter()
        .map(|source| {
            let standard = parse::<StandardFile>(source)?.into_standard();
            validate::standard(source.name, &standard)?;
            Ok(standard)
        })
        .collect()
}

/// Reads the map files and checks that every control in them exists in `current`.
pub(super) fn check_map(
    sources: &[Source<'_>],
    current: &Standard,
) -> Result<CheckMap, CatalogueError> {
    let mut all = CheckMap::new();
    for source in sources {
        for (check, controls) in parse::<CheckMap>(source)? {
            validate::mapped_check(source.name, &check, &controls, current)?;
            if all.contains_key(&check) {
                let item = format!("check {check}");
                return Err(CatalogueError::DuplicateId {
                    file: source.name.to_owned(),
                    item,
                });
            }
            all.insert(check, controls);
        }
    }
    Ok(all)
}

fn parse<T: DeserializeOwned>(source: &Source<'_>) -> Result<T, CatalogueError> {
    toml::from_str(source.text).map_err(|reason| CatalogueError::Syntax {
        file: source.name.to_owned(),
        reason: Box::new(reason),
    })
}

/// A standard as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardFile {
    standard: Header,
    #[serde(default, rename = "group")]
    groups: Vec<Group>,
    #[serde(default, rename = "control")]
    controls: Vec<Control>,
    #[serde(default, rename = "threshold")]
    thresholds: Vec<Threshold>,
}

/// The `[standard]` table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    id: StandardId,
    title: Bilingual,
    levels: Vec<Level>,
    effective_from: Option<Date>,
    effective_to: Option<Date>,
    #[serde(default)]
    replaces: Vec<StandardId>,
    confidence: Confidence,
    #[serde(default)]
    notes: Vec<Bilingual>,
}

impl StandardFile {
    fn into_standard(self) -> Standard {
        let by_id: HashMap<_, _> = self
            .controls
            .iter()
            .enumerate()
            .map(|(at, c)| (c.id.clone(), at))
            .collect();
        let Header {
            id,
            title,
            mut levels,
            effective_from,
            effective_to,
            replaces,
            confidence,
            notes,
        } = self.standard;
        levels.sort_unstable();
        Standard {
            id,
            title,
            levels,
            effective_from,
            effective_to,
            replaces,
            confidence,
            notes,
            groups: self.groups,
            controls: self.controls,
            thresholds: self.thresholds,
            by_id,
        }
    }
}
