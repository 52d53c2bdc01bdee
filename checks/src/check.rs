//! What a check is: metadata, `observe`, and a pure `judge`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Thresholds,
    context::Cx,
    host::{Budget, DISTRUSTED},
    observation::{Fact, Gap, GapReason, Observation, Seen, Value},
    probes::browser::NO_TLS,
    verdict::Judgement,
};

/// How bad it is when the check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good practice.
    Low,
    /// Weakens a defence.
    Medium,
    /// A defence is missing.
    High,
    /// The host can be taken over, or its data lost, by this alone.
    Critical,
}

/// How sure the check's conclusion is, given its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A sign that usually means what it seems to.
    Low,
    /// Sound, with exceptions that the check's page names.
    Medium,
    /// The evidence is the thing itself.
    High,
}

/// What a check needs to see anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Files that only root, or `CAP_DAC_READ_SEARCH`, may read.
    Root,
    /// A running system: `/proc`, or a command.
    Live,
    /// A connection to the host's own addresses.
    Loopback,
}

/// The fixed facts about a check. Titles and texts live in the message catalogue under the id.
#[derive(Debug)]
pub struct Meta {
    /// `family.name`, in lower case with dashes. Never reused.
    pub id: &'static str,
    /// Version of the facts that `observe` collects; raised when their meaning changes.
    pub version: u32,
    /// How bad a failure is.
    pub severity: Severity,
    /// How sure the conclusion is.
    pub confidence: Confidence,
    /// What it needs to see anything.
    pub needs: &'static [Need],
    /// Ids of the thresholds that `judge` reads.
    pub thresholds: &'static [&'static str],
    /// True when no host exists to which the check does not apply.
    pub always_applies: bool,
}

impl Meta {
    /// The family: the part of the id before the dot.
    pub fn family(&self) -> &'static str {
        self.id
            .split_once('.')
            .map_or(self.id, |(family, _)| family)
    }

    /// The id as a message id: dots become dashes.
    pub fn message_id(&self) -> String {
        self.id.replace('.', "-")
    }
}

/// Code that observes one thing and judges it.
pub trait Check: Send + Sync {
    /// The fixed facts about this check.
    fn meta(&self) -> &'static Meta;

    /// Looks at the host. Collects facts and decides nothing.
    ///
    /// # Errors
    /// A [`Gap`] when the thing could not be seen; the verdict is then `unknown`.
    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap>;

    /// What this check may spend, given what is usual. Only checks that read copies to their
    /// end, or ask servers for all that they offer, ask for more.
    fn budget(&self, usual: Budget) -> Budget {
        usual
    }

    /// Concludes from an observation and the thresholds of a level. Pure: no clock, no host.
    ///
    /// # Errors
    /// [`Missing`] when a fact that it needs is not in the observation; the verdict is then
    /// `unknown`.
    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing>;
}

/// A fact that a judge needs is not in the observation, or of another type.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("fact {0:?} is missing from the observation")]
pub struct Missing(pub String);

/// What a judge is given.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The evidence.
    pub observation: &'a Observation,
    /// When the evidence was last confirmed; ages are counted from here.
    pub at: Timestamp,
    /// The figures of the level.
    pub thresholds: &'a Thresholds,
}

impl<'a> Case<'a> {
    /// The fact `name` from the most trusted vantage point, where there is one.
    pub fn fact(&self, name: &str) -> Option<&'a Fact> {
        self.observation.best(name)
    }

    fn typed<T>(
        &self,
        name: &str,
        pick: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, Missing> {
        let value = self.fact(name).map(|f| &f.value);
        value.and_then(pick).ok_or_else(|| Missing(name.to_owned()))
    }

    /// The yes-or-no fact `name`.
    ///
    /// # Errors
    /// When it is missing or of another type; likewise for the methods below.
    pub fn flag(&self, name: &str) -> Result<bool, Missing> {
        self.typed(name, |v| {
            if let Value::Bool(b) = v {
                Some(*b)
            } else {
                None
            }
        })
    }

    /// The number `name`.
    #[expect(clippy::missing_errors_doc, reason = "as `flag`")]
    pub fn int(&self, name: &str) -> Result<i64, Missing> {
        self.typed(name, Value::as_int)
    }

    /// The text `name`.
    #[expect(clippy::missing_errors_doc, reason = "as `flag`")]
    pub fn text(&self, name: &str) -> Result<&'a str, Missing> {
        self.typed(name, Value::as_text)
    }

    /// The list `name`.
    #[expect(clippy::missing_errors_doc, reason = "as `flag`")]
    pub fn list(&self, name: &str) -> Result<&'a [Value], Missing> {
        self.typed(name, |v| {
            if let Value::List(l) = v {
                Some(l.as_slice())
            } else {
                None
            }
        })
    }

    /// The point in time `name` (RFC 3339 text).
    #[expect(clippy::missing_errors_doc, reason = "as `flag`")]
    pub fn time(&self, name: &str) -> Result<Timestamp, Missing> {
        self.typed(name, |v| v.as_text().and_then(|t| t.parse().ok()))
    }

    /// Whole days from the point in time `name` until the evidence was confirmed; negative when
    /// it lies in the future.
    #[expect(clippy::missing_errors_doc, reason = "as `flag`")]
    pub fn age_days(&self, name: &str) -> Result<i64, Missing> {
        let then = self.time(name)?;
        Ok((self.at.as_second() - then.as_second()).div_euclid(86_400))
    }

    /// The figure `id` of the level.
    pub fn threshold(&self, id: &str) -> i64 {
        self.thresholds.int(id)
    }
}

/// Judges an observation: the one way from evidence to a verdict, for agent and collector alike. A judge
/// that panics on hostile evidence concludes nothing, and takes nothing else with it.
pub fn judge(
    check: &dyn Check,
    observation: &Observation,
    at: Timestamp,
    thresholds: &Thresholds,
) -> Judgement {
    if observation.version != check.meta().version {
        return Judgement::unknown("common-version").with("version", observation.version);
    }
    if let Some(gap) = &observation.gap {
        return Judgement::unknown("common-gap")
            .with("reason", lacking(gap))
            .with("detail", gap.detail.as_str());
    }
    let case = Case {
        observation,
        at,
        thresholds,
    };
    match catch_unwind(AssertUnwindSafe(|| check.judge(&case))) {
        Ok(Ok(judgement)) => judgement,
        Ok(Err(Missing(name))) => Judgement::unknown("common-missing").with("fact", name),
        Err(_) => Judgement::unknown(CRASHED),
    }
}

/// The reason of [`judge`] where the judge panicked: a defect of capdo.
pub const CRASHED: &str = "common-crashed";

/// The code of a gap's reason; where a capability or a setting would close it, one that names it.
fn lacking(gap: &Gap) -> &'static str {
    let program = gap.detail.split(' ').next().unwrap_or_default();
    match (gap.reason, program) {
        (GapReason::NoPermission, "nft" | "iptables-save" | "ip6tables-save") => "lacks_net_admin",
        (GapReason::NoPermission, "auditctl") => "lacks_audit_control",
        (GapReason::NoPermission, path) if path.starts_with("/proc/") => "lacks_sys_ptrace",
        (GapReason::Unreachable, _) if gap.detail.ends_with(DISTRUSTED) => "untrusted",
        (GapReason::Unreachable, _) if gap.detail.ends_with(NO_TLS) => "no_tls",
        _ => gap.reason.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_that_panics_concludes_nothing() {
        struct Broken;
        impl Check for Broken {
            fn meta(&self) -> &'static Meta {
                static META: Meta = Meta {
                    id: "test.broken",
                    version: 1,
                    severity: Severity::Low,
                    confidence: Confidence::Low,
                    needs: &[],
                    thresholds: &[],
                    always_applies: true,
                };
                &META
            }
            fn observe(&self, _: &Cx<'_>) -> Result<Seen, Gap> {
                Err(Gap::parse(""))
            }
            fn judge(&self, _: &Case<'_>) -> Result<Judgement, Missing> {
                panic!("a defect")
            }
        }
        let seen = Observation {
            check: "test.broken".into(),
            version: 1,
            subject: crate::Subject::host(),
            facts: Vec::new(),
            gap: None,
        };
        let standard = crate::catalogue::Catalogue::embedded().current();
        let thresholds = standard.thresholds_at(crate::catalogue::Level::ALL[0]);
        let got = judge(&Broken, &seen, Timestamp::UNIX_EPOCH, &thresholds);
        assert_eq!(got, Judgement::unknown(CRASHED));
    }

    #[test]
    fn a_gap_names_what_would_close_it() {
        let no = |detail: &str| lacking(&Gap::new(GapReason::NoPermission, detail));
        assert_eq!(no("nft -j list ruleset"), "lacks_net_admin");
        assert_eq!(no("/proc/1/maps"), "lacks_sys_ptrace");
        assert_eq!(no("auditctl -l"), "lacks_audit_control");
        assert_eq!(no("/etc/shadow"), "no_permission");
        assert_eq!(lacking(&Gap::new(GapReason::Timeout, "nft")), "timeout");
        let silent = |detail: &str| lacking(&Gap::new(GapReason::Unreachable, detail));
        assert_eq!(silent("192.0.2.7:443"), "unreachable");
        assert_eq!(silent("192.0.2.7:80: no TLS"), "no_tls");
        let distrusted = "192.0.2.7:443: its certificate is not trusted";
        assert_eq!(silent(distrusted), "untrusted");
    }
}
