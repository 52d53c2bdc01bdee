//! Verdicts: what a judgement says, and why.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::observation::Value;

/// What a check concludes about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The requirement is met, and the evidence shows it.
    Pass,
    /// A weaker form of the requirement is met.
    Partial,
    /// The requirement is not met.
    Fail,
    /// The evidence proves that the requirement has no object here.
    NotApplicable,
    /// The evidence is missing, for the reason given. Counts nothing.
    Unknown,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Self; 5] = [
        Self::Pass,
        Self::Partial,
        Self::Fail,
        Self::NotApplicable,
        Self::Unknown,
    ];

    /// The name used in files, on the wire and in message ids.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Fail => "fail",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
        }
    }

    /// What the verdict counts, in basis points; `None` when it takes no part in the score.
    pub const fn value_bp(self) -> Option<u32> {
        match self {
            Self::Pass => Some(10_000),
            Self::Partial => Some(5_000),
            Self::Fail | Self::Unknown => Some(0),
            Self::NotApplicable => None,
        }
    }
}

/// Why a verdict was reached: a key into the message catalogue and the values to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Attribute of the check's message, such as `pass` or `fail-empty`.
    pub key: Cow<'static, str>,
    /// Values for the placeholders of the message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<Cow<'static, str>, Value>,
}

/// A verdict with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The conclusion.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
}

impl Judgement {
    fn new(verdict: Verdict, key: &'static str) -> Self {
        Self {
            verdict,
            reason: Reason {
                key: Cow::Borrowed(key),
                args: BTreeMap::new(),
            },
        }
    }

    /// The requirement is met. `key` names the attribute that says why.
    pub fn pass(key: &'static str) -> Self {
        Self::new(Verdict::Pass, key)
    }

    /// A weaker form of the requirement is met.
    pub fn partial(key: &'static str) -> Self {
        Self::new(Verdict::Partial, key)
    }

    /// The requirement is not met.
    pub fn fail(key: &'static str) -> Self {
        Self::new(Verdict::Fail, key)
    }

    /// The evidence proves that there is nothing here to judge.
    pub fn not_applicable(key: &'static str) -> Self {
        Self::new(Verdict::NotApplicable, key)
    }

    /// The evidence does not suffice to judge.
    pub fn unknown(key: &'static str) -> Self {
        Self::new(Verdict::Unknown, key)
    }

    /// Fills the placeholder `name` of the message with `value`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.reason.args.insert(Cow::Borrowed(name), value.into());
        self
    }
}
