//! What a scan found, in the shape that `--json` prints and the table is drawn from.

pub mod json;
pub mod lines;
pub mod probe_dns;
pub mod probe_http;
pub mod probe_ssh;
pub mod probe_tls;
pub mod table;

use std::collections::BTreeMap;

use capdo_checks::{
    Fact, Gap, Subject, Verdict,
    check::{Confidence, Severity},
    host::Kind,
    lang::Lang,
    text::Messages,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    cost::Cost,
    host_facts::{AGENT_VERSION, HostFacts},
    levels::{self, ControlRef},
    observing::Judged,
};

/// Names the shape. Fields may be added under the same name; a field that goes, or that changes
/// its meaning, raises the number.
pub const FORMAT: &str = "capdo-scan/1";

/// Everything that a scan found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: &'static str,
    /// The agent's version.
    pub agent_version: &'static str,
    /// What was looked at: `live` or `image`.
    pub window: &'static str,
    /// What the host says of itself.
    pub host: HostFacts,
    /// The standard that was judged against.
    pub standard: &'static str,
    /// The level (cấp độ) that was judged at.
    pub level: u8,
    /// The language of `title`, `reason` and `fix`.
    pub lang: Lang,
    /// When the scan began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// One entry per check and subject, in the order of check ids.
    pub findings: Vec<Finding>,
    /// How many findings have each verdict.
    pub totals: BTreeMap<&'static str, usize>,
    /// What the scan cost the host.
    pub cost: Cost,
}

/// One check on one subject.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The check's id.
    pub check: &'static str,
    /// The check's family.
    pub family: &'static str,
    /// What it is about; `{"kind": "host"}` for the host as a whole.
    pub subject: Subject,
    /// The check's title.
    pub title: String,
    /// The conclusion.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub reason: String,
    /// Why, as a key that is the same in every language.
    pub reason_key: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// How sure the conclusion is.
    pub confidence: Confidence,
    /// What to do; only where the verdict is `fail` or `partial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The evidence, each fact with its vantage point and source.
    pub facts: Vec<Fact>,
    /// Why nothing was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// Names of facts on which two vantage points disagree.
    pub disagreements: Vec<String>,
    /// The requirements of the standard that the check serves at the level.
    pub controls: Vec<ControlRef>,
    /// When the facts were read.
    pub observed_at: Timestamp,
    /// How long the check took, all its subjects together.
    pub took_ms: u64,
}

impl Report {
    /// A report without findings.
    pub fn new(host: HostFacts, kind: Kind, level: u8, lang: Lang) -> Self {
        Self {
            format: FORMAT,
            agent_version: AGENT_VERSION,
            window: match kind {
                Kind::Live => "live",
                Kind::Image => "image",
            },
            host,
            standard: levels::STANDARD,
            level,
            lang,
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            findings: Vec::new(),
            totals: Verdict::ALL.iter().map(|v| (v.code(), 0)).collect(),
            cost: Cost::default(),
        }
    }

    /// Adds the findings.
    #[must_use]
    pub fn with_findings(mut self, judged: &[Judged]) -> Self {
        for one in judged {
            let finding = finding(one, &self);
            *self.totals.entry(finding.verdict.code()).or_default() += 1;
            self.findings.push(finding);
        }
        self
    }

    /// Adds when it happened and what it cost.
    #[must_use]
    pub const fn finished(mut self, started: Timestamp, ended: Timestamp, cost: Cost) -> Self {
        self.started_at = started;
        self.finished_at = ended;
        self.cost = cost;
        self
    }
}

fn finding(judged: &Judged, report: &Report) -> Finding {
    let meta = judged.check.meta();
    let messages = Messages::of(report.lang);
    let verdict = judged.judgement.verdict;
    let observation = &judged.observed.observation;
    let disagreements = observation.disagreements();
    Finding {
        check: meta.id,
        family: meta.family(),
        subject: observation.subject.clone(),
        title: messages.title(meta),
        verdict,
        reason: messages.reason(meta, &judged.judgement.reason),
        reason_key: judged.judgement.reason.key.to_string(),
        severity: meta.severity,
        confidence: meta.confidence,
        fix: matches!(verdict, Verdict::Fail | Verdict::Partial)
            .then(|| fix_for(messages, meta, &report.host.os_id))
            .flatten(),
        facts: observation.facts.clone(),
        gap: observation.gap.clone(),
        disagreements: disagreements.into_iter().map(str::to_owned).collect(),
        controls: levels::controls(meta.id, report.level, report.lang),
        observed_at: judged.observed.at,
        took_ms: u64::try_from(judged.observed.took.as_millis()).unwrap_or(u64::MAX),
    }
}

/// What to do on a host of that system, or what to do on any.
fn fix_for(messages: &Messages, meta: &capdo_checks::Meta, os_id: &str) -> Option<String> {
    let own = match os_id {
        "debian" | "ubuntu" | "linuxmint" => "fix-debian",
        "rhel" | "centos" | "rocky" | "almalinux" | "ol" | "fedora" => "fix-rhel",
        "alpine" => "fix-alpine",
        _ => "fix",
    };
    let order = [own, "fix", "fix-debian", "fix-rhel"];
    order.iter().find_map(|part| messages.part(meta, part))
}

/// How bad a verdict is, worst first.
pub const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Unknown => 1,
        Verdict::Partial => 2,
        Verdict::Pass => 3,
        Verdict::NotApplicable => 4,
    }
}
