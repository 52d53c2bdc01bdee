//! What can be wrong with the catalogue files.

use jiff::civil::Date;

use super::Level;

/// A catalogue file is not right. Every variant names the file, the item and the way out; the
/// fault always lies with whoever edited the file.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not TOML, or a key, type or word that the format does not know.
    #[error("{file}: {reason}; correct the named line (see checks/catalogue for the format)")]
    Syntax {
        /// The file.
        file: String,
        /// Where and what, in the words of the TOML reader.
        reason: Box<toml::de::Error>,
    },
    /// There is no standard at all.
    #[error("no standard was given: pass at least one standard file that no other replaces")]
    Empty,
    /// Two items share an id.
    #[error("{file}: {item} occurs twice: rename or remove one")]
    DuplicateId {
        /// The file that holds the second one.
        file: String,
        /// The item, with its id.
        item: String,
    },
    /// A control belongs to no known group.
    #[error("{file}: {item} names the unknown group {group:?}: add the group or correct the name")]
    UnknownGroup {
        /// The file.
        file: String,
        /// The control.
        item: String,
        /// The group that does not exist.
        group: String,
    },
    /// No level asks for the control.
    #[error("{file}: {item} has no clause at any level: add its `clauses`, or remove it")]
    NoClause {
        /// The file.
        file: String,
        /// The control.
        item: String,
    },
    /// A level that the standard does not list.
    #[error("{file}: {item} uses level {level}, which the standard does not list in `levels`")]
    LevelOutside {
        /// The file.
        file: String,
        /// The item.
        item: String,
        /// The level.
        level: Level,
    },
    /// A period or a threshold at a level that does not ask for the control.
    #[error(
        "{file}: {item} has a value at level {level}, where its control has no clause: \
         remove the value or add the clause"
    )]
    ValueWithoutClause {
        /// The file.
        file: String,
        /// The control or the threshold.
        item: String,
        /// The level.
        level: Level,
    },
    /// A threshold lacks a figure.
    #[error("{file}: {item} has no figure at level {level}: every level of the standard needs one")]
    NoFigure {
        /// The file.
        file: String,
        /// The threshold.
        item: String,
        /// The level.
        level: Level,
    },
    /// A text is missing or blank.
    #[error("{file}: {item} has no `{field}.{lang}`: write the text")]
    BlankText {
        /// The file.
        file: String,
        /// The item.
        item: String,
        /// The field.
        field: &'static str,
        /// `vi` or `en`, or `clause` and the like for a field without languages.
        lang: &'static str,
    },
    /// The Vietnamese text is no Vietnamese.
    #[error("{file}: {item} has a `{field}.vi` without any diacritics: translate it")]
    Untranslated {
        /// The file.
        file: String,
        /// The item.
        item: String,
        /// The field.
        field: &'static str,
    },
    /// A number beyond what makes sense.
    #[error("{file}: {item} has {field} = {value}: use {allowed}")]
    OutOfRange {
        /// The file.
        file: String,
        /// The item.
        item: String,
        /// The field.
        field: &'static str,
        /// The number found.
        value: i64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A map file or a threshold names a control that the standard does not have.
    #[error("{file}: {item} names the unknown control {control:?}: correct the id")]
    UnknownControl {
        /// The file.
        file: String,
        /// The check or the threshold.
        item: String,
        /// The control that does not exist.
        control: String,
    },
    /// A threshold that no check asks for.
    #[error("{file}: {item} is unknown: correct the id, or add it to THRESHOLD_IDS")]
    UnknownThreshold {
        /// The file.
        file: String,
        /// The threshold.
        item: String,
    },
    /// A threshold that checks ask for is not there.
    #[error("{file}: threshold {id:?} is missing: every standard holds each of THRESHOLD_IDS")]
    MissingThreshold {
        /// The file.
        file: String,
        /// The threshold.
        id: &'static str,
    },
    /// A standard that no file holds.
    #[error("{file}: {item} names the unknown standard {standard:?}: correct the id")]
    UnknownStandard {
        /// The file.
        file: String,
        /// The item.
        item: String,
        /// The standard that does not exist.
        standard: String,
    },
    /// A clause that the other standard does not have.
    #[error(
        "{file}: {item} maps to {clause:?}, which {standard} does not have: correct the clause"
    )]
    UnknownClause {
        /// The file.
        file: String,
        /// The control.
        item: String,
        /// The standard that it maps to.
        standard: String,
        /// The clause that does not exist.
        clause: String,
    },
    /// The standard ends before it begins.
    #[error("{file}: effective_to {to} lies before effective_from {from}: correct the dates")]
    DatesReversed {
        /// The file.
        file: String,
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
}
