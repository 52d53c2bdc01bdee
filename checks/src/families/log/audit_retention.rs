use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::audited;

/// auditd does not lose records in silence when its files or the disk are full: it keeps or
/// rotates files, raises an alarm before the disk is full, and does not simply stop recording
/// then. How many days the files reach back depends on the load and is not shown here.
pub(super) struct AuditRetention;

const META: Meta = Meta {
    id: "log.audit-retention",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

const FILE: &str = "/etc/audit/auditd.conf";

/// Settings, and what auditd takes where nothing is said.
const SETTINGS: [(&str, &str); 6] = [
    ("write_logs", "yes"),
    ("log_format", "enriched"),
    ("num_logs", "0"),
    ("max_log_file_action", "ignore"),
    ("space_left_action", "ignore"),
    ("disk_full_action", "ignore"),
];

impl Check for AuditRetention {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (mut facts, goes_on) = audited::facts(cx)?;
        if !goes_on {
            return Ok(facts.into());
        }
        let text = cx.host().text(FILE)?;
        for (name, default) in SETTINGS {
            let (value, line) = crate::facts::text::lines(&text)
                .filter_map(|(n, l)| l.split_once('=').map(|(k, v)| (n, k.trim(), v.trim())))
                .filter(|(_, k, _)| k.eq_ignore_ascii_case(name))
                .last()
                .map_or((default, 0), |(n, _, v)| (v, n));
            let word = value.split_whitespace().next().unwrap_or(default);
            facts = facts.configured(name, word.to_ascii_lowercase(), format!("{FILE}:{line}"));
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = audited::judge(case)? {
            return Ok(early);
        }
        let full = case.text("max_log_file_action")?;
        let alarm = case.text("space_left_action")?;
        let disk = case.text("disk_full_action")?;
        let said = |j: Judgement| j.with("file", full).with("alarm", alarm).with("disk", disk);
        let loses = !["keep_logs", "rotate"].contains(&full);
        let unwritten = case.text("write_logs")? == "no" || case.text("log_format")? == "nolog";
        if unwritten {
            return Ok(said(Judgement::fail("fail-unwritten")));
        }
        // Fewer than two files are not rotated.
        let single = full == "rotate" && matches!(case.text("num_logs")?, "0" | "1");
        let silent = single || ["ignore", "suspend"].contains(&alarm);
        let alarmed = ["email", "exec", "single", "halt"].contains(&alarm);
        let stands = ["halt", "single", "exec", "rotate"].contains(&disk);
        Ok(if loses || silent {
            said(Judgement::fail("fail"))
        } else if alarmed && stands {
            said(Judgement::pass("pass"))
        } else {
            said(Judgement::partial("partial"))
        })
    }
}
