//! Observations: the facts that a check saw, each with its vantage point and its source.
//!
//! An observation is evidence: it is stored for ten years and judged again by the collector. It
//! holds no secret, no clock reading that changes between two equal runs (write the date of the
//! last backup, not its age), and no unbounded text.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use crate::value::{MAX_ITEMS, MAX_TEXT, Value, clean, is_hostile};

/// Most facts in one observation.
pub const MAX_FACTS: usize = 64;
/// Most values in one observation, lists and maps counted too: what is small as JSON may be large once it is read.
pub const MAX_VALUES: usize = 8_192;
/// Largest observation, in bytes of its canonical JSON.
pub const MAX_OBSERVATION_BYTES: usize = 65_536;

/// From where a fact was seen. Trust runs `Observed` > `Effective` > `Configured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vantage {
    /// A file says so.
    Configured,
    /// The running service or kernel says so.
    Effective,
    /// A probe on the wire, or the thing itself, shows so.
    Observed,
}

impl Vantage {
    /// The name used in files, on the wire and in message ids.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Effective => "effective",
            Self::Observed => "observed",
        }
    }
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Name, unique within its observation and vantage point, in `snake_case`.
    pub name: String,
    /// From where it was seen.
    pub vantage: Vantage,
    /// What was seen.
    pub value: Value,
    /// The file (with line), command or address that shows it.
    pub source: String,
}

/// Why something could not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The agent may not look there.
    NoPermission,
    /// It took longer than the check's time budget.
    Timeout,
    /// It was larger than the check's output or memory budget.
    OverBudget,
    /// A program or file that shows it is not on this host.
    ToolMissing,
    /// It was seen and not understood.
    ParseError,
    /// The address did not answer.
    Unreachable,
    /// No authorisation is on record to probe the address.
    NotAuthorised,
    /// Only a running system can show it; this is an image.
    NotLive,
    /// Reading failed.
    Io,
    /// The check itself failed: a defect of capdo.
    Crashed,
}

impl GapReason {
    /// The name used in files, on the wire and in message ids.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoPermission => "no_permission",
            Self::Timeout => "timeout",
            Self::OverBudget => "over_budget",
            Self::ToolMissing => "tool_missing",
            Self::ParseError => "parse_error",
            Self::Unreachable => "unreachable",
            Self::NotAuthorised => "not_authorised",
            Self::NotLive => "not_live",
            Self::Io => "io",
            Self::Crashed => "crashed",
        }
    }
}

/// Something that could not be seen. A check that meets one concludes `unknown`, never `pass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", reason.code())]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// What: a path, a command, an address.
    pub detail: String,
}

impl Gap {
    /// A gap at `detail`.
    pub fn new(reason: GapReason, detail: impl AsRef<str>) -> Self {
        Self {
            reason,
            detail: clean(detail.as_ref()),
        }
    }

    /// Something was read and not understood.
    pub fn parse(detail: impl AsRef<str>) -> Self {
        Self::new(GapReason::ParseError, detail)
    }
}

/// Of what kind a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The host as a whole.
    Host,
    /// An address that answers: `host:port`.
    Endpoint,
    /// An account on the host.
    Account,
    /// An installed package.
    Package,
    /// A file or folder.
    File,
    /// A service or job.
    Service,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its name; empty for the host itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Subject {
    /// The host itself.
    pub const fn host() -> Self {
        Self {
            kind: SubjectKind::Host,
            name: String::new(),
        }
    }

    /// A named subject.
    pub fn new(kind: SubjectKind, name: impl AsRef<str>) -> Self {
        Self {
            kind,
            name: clean(name.as_ref()).chars().take(256).collect(),
        }
    }
}

/// The facts about one subject, as `observe` collects them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// In the order they were seen.
    pub facts: Vec<Fact>,
    /// Set when the subject could not be seen.
    pub gap: Option<Gap>,
}

impl Facts {
    /// No facts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing but the reason why nothing was seen.
    pub fn unseen(gap: Gap) -> Self {
        Self {
            facts: Vec::new(),
            gap: Some(gap),
        }
    }

    /// Adds what a file says.
    #[must_use]
    pub fn configured(self, name: &str, value: impl Into<Value>, source: impl AsRef<str>) -> Self {
        self.add(name, Vantage::Configured, value, source)
    }

    /// Adds what the running service or kernel says.
    #[must_use]
    pub fn effective(self, name: &str, value: impl Into<Value>, source: impl AsRef<str>) -> Self {
        self.add(name, Vantage::Effective, value, source)
    }

    /// Adds what a probe, or the thing itself, shows.
    #[must_use]
    pub fn observed(self, name: &str, value: impl Into<Value>, source: impl AsRef<str>) -> Self {
        self.add(name, Vantage::Observed, value, source)
    }

    /// Adds a fact from the given vantage point.
    #[must_use]
    pub fn add(
        mut self,
        name: &str,
        vantage: Vantage,
        value: impl Into<Value>,
        source: impl AsRef<str>,
    ) -> Self {
        let source = clean(source.as_ref()).chars().take(256).collect();
        self.facts.push(Fact {
            name: name.to_owned(),
            vantage,
            value: value.into(),
            source,
        });
        self
    }

    /// Adds a fact only where there is a value.
    #[must_use]
    pub fn maybe(
        self,
        name: &str,
        vantage: Vantage,
        value: Option<impl Into<Value>>,
        source: impl AsRef<str>,
    ) -> Self {
        match value {
            Some(value) => self.add(name, vantage, value, source),
            None => self,
        }
    }
}

/// What one check saw: facts per subject, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(pub Vec<(Subject, Facts)>);

impl Seen {
    /// Facts about each of several subjects.
    pub fn each(subjects: impl IntoIterator<Item = (Subject, Facts)>) -> Self {
        Self(subjects.into_iter().collect())
    }
}

/// Facts about the host itself.
impl From<Facts> for Seen {
    fn from(facts: Facts) -> Self {
        Self(vec![(Subject::host(), facts)])
    }
}

/// The stored evidence of one check about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Id of the check, such as `ssh.root-login`.
    pub check: String,
    /// Version of the check's facts; a judge refuses versions that it does not know.
    pub version: u32,
    /// What it is about.
    pub subject: Subject,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Why nothing was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

/// Bytes are no observation that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum BadObservation {
    /// More bytes than [`MAX_OBSERVATION_BYTES`].
    #[error("observation of {0} bytes is larger than {MAX_OBSERVATION_BYTES}")]
    TooLarge(usize),
    /// More facts than [`MAX_FACTS`].
    #[error("observation with {0} facts has more than {MAX_FACTS}")]
    TooManyFacts(usize),
    /// More values than [`MAX_VALUES`].
    #[error("observation has more than {MAX_VALUES} values")]
    TooManyValues,
    /// Not the JSON of an observation.
    #[error("observation is not understood: {0}")]
    Json(#[from] serde_json::Error),
    /// Two facts with one name and vantage point.
    #[error("observation states {0:?} twice from one vantage point")]
    Twice(String),
}

impl Observation {
    /// The bytes that are hashed, signed, sent and stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an observation holds only text keys, so it serialises")
    }

    /// Reads stored or received bytes, within bounds.
    ///
    /// # Errors
    /// When the bytes are too many, not an observation, or contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadObservation> {
        if bytes.len() > MAX_OBSERVATION_BYTES {
            return Err(BadObservation::TooLarge(bytes.len()));
        }
        if values(bytes) > MAX_VALUES {
            return Err(BadObservation::TooManyValues);
        }
        let read: Self = serde_json::from_slice(bytes)?;
        if read.facts.len() > MAX_FACTS {
            return Err(BadObservation::TooManyFacts(read.facts.len()));
        }
        let mut names = std::collections::BTreeSet::new();
        for fact in &read.facts {
            if !names.insert((&fact.name, fact.vantage)) {
                return Err(BadObservation::Twice(clean(&fact.name)));
            }
        }
        Ok(read)
    }

    /// Whether `bytes`, which this observation was written as, are within every bound: can be read again.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() <= MAX_OBSERVATION_BYTES
            && self.facts.len() <= MAX_FACTS
            && self.facts.iter().all(|f| f.value.fits())
            && values(bytes) <= MAX_VALUES
    }

    /// SHA-256 over [`Self::to_bytes`].
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// The fact `name` from the most trusted vantage point.
    pub fn best(&self, name: &str) -> Option<&Fact> {
        self.facts
            .iter()
            .filter(|f| f.name == name)
            .max_by_key(|f| f.vantage)
    }

    /// The fact `name` from one vantage point.
    pub fn at(&self, name: &str, vantage: Vantage) -> Option<&Fact> {
        self.facts
            .iter()
            .find(|f| f.name == name && f.vantage == vantage)
    }

    /// Names of facts on which two vantage points disagree.
    pub fn disagreements(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for fact in &self.facts {
            let differs = |other: &&Fact| other.name == fact.name && other.value != fact.value;
            if self.facts.iter().any(|o| differs(&o)) && !names.contains(&fact.name.as_str()) {
                names.push(&fact.name);
            }
        }
        names
    }
}

/// How many values JSON holds at most, told without reading it.
fn values(json: &[u8]) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Observation {
        let facts = Facts::new()
            .configured("root_login", "no", "/etc/ssh/sshd_config:3")
            .effective("root_login", "yes", "sshd -T");
        let Facts { facts, gap } = facts;
        Observation {
            check: "ssh.root-login".into(),
            version: 1,
            subject: Subject::host(),
            facts,
            gap,
        }
    }

    #[test]
    fn the_most_trusted_vantage_point_wins() {
        assert_eq!(
            sample().best("root_login").unwrap().value,
            Value::from("yes")
        );
        assert_eq!(sample().disagreements(), ["root_login"]);
    }

    #[test]
    fn bytes_come_back_as_they_went() {
        let bytes = sample().to_bytes();
        assert_eq!(Observation::from_bytes(&bytes).unwrap(), sample());
    }

    #[test]
    fn a_fact_stated_twice_is_refused() {
        let mut twice = sample();
        twice.facts.push(twice.facts[0].clone());
        assert!(matches!(
            Observation::from_bytes(&twice.to_bytes()),
            Err(BadObservation::Twice(_))
        ));
    }

    #[test]
    fn too_many_values_are_refused_unread() {
        assert_eq!(values(br#"{"a":[1,"\"[,{",{}],"\\":2}"#), 7);
        let lists = |n: usize| {
            let lists: Vec<Value> = (0..n).map(|_| vec![true; 99].into()).collect();
            let mut made = sample();
            made.facts[0].value = lists.into();
            made
        };
        let (most, over) = (lists(80), lists(82));
        assert!(most.fits(&most.to_bytes()) && !over.fits(&over.to_bytes()));
        assert_eq!(Observation::from_bytes(&most.to_bytes()).unwrap(), most);
        assert!(matches!(
            Observation::from_bytes(&over.to_bytes()),
            Err(BadObservation::TooManyValues)
        ));
    }

    #[test]
    fn too_many_bytes_are_refused_unread() {
        let bytes = vec![b'['; MAX_OBSERVATION_BYTES + 1];
        assert!(matches!(
            Observation::from_bytes(&bytes),
            Err(BadObservation::TooLarge(_))
        ));
    }
}
