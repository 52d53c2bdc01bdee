use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::log_files::LogFiles,
    host::FileKind,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Only root and the log's own group read the system's logs, and only root's programs write them.
/// Who belongs to that group, and logs of applications, are not looked at.
pub(super) struct LogPermissions;

const META: Meta = Meta {
    id: "log.permissions",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

/// The most that a log may allow.
const WIDEST: u32 = 0o640;
const MAX_ENTRIES: usize = 4_096;

impl Check for LogPermissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let mut looked_at = 0_usize;
        let mut open = Vec::new();
        let mut look = |path: &str, mode: u32, widest: u32| {
            looked_at += 1;
            if mode & 0o777 & !widest != 0 {
                open.push(format!("{path} {:04o}", mode & 0o7777));
            }
        };
        for file in &cx.get::<LogFiles>()?.0 {
            look(&file.path, file.stat.mode, WIDEST);
        }
        for dir in folders(cx)? {
            for entry in cx.host().list_if_any(&dir, MAX_ENTRIES)? {
                let path = format!("{dir}/{}", entry.name);
                if let (FileKind::File, Some(stat)) = (entry.kind, cx.host().stat_if_any(&path)?) {
                    look(&path, stat.mode, WIDEST);
                }
            }
        }
        // Whoever may write into the folder may take a log away; RHEL and Debian differ in who
        // may look into it.
        if let Some(stat) = cx.host().stat_if_any("/var/log")? {
            look("/var/log", stat.mode, 0o775);
        }
        let count = open.len();
        open.truncate(100);
        Ok(Facts::new()
            .configured("looked_at", looked_at, "/var/log")
            .configured("too_open", open, "/var/log")
            .configured("too_open_count", count, "/var/log")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let count = case.int("too_open_count")?;
        let open = case.list("too_open")?;
        Ok(if case.int("looked_at")? <= 1 {
            Judgement::unknown("unknown-none")
        } else if count > 0 || !open.is_empty() {
            Judgement::fail("fail")
                .with("count", count)
                .with("files", open.iter().take(10).cloned().collect::<Vec<_>>())
        } else {
            Judgement::pass("pass")
        })
    }
}

/// Folders whose files are all logs: the audit's, and the journal's of each machine id.
fn folders(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let mut dirs = vec!["/var/log/audit".to_owned()];
    let machines = cx.host().list_if_any("/var/log/journal", MAX_ENTRIES)?;
    let machines = machines.into_iter().filter(|m| m.kind == FileKind::Dir);
    dirs.extend(
        machines
            .take(16)
            .map(|m| format!("/var/log/journal/{}", m.name)),
    );
    Ok(dirs)
}
