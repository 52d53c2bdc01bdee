use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::access::{self, Guarded},
    host::{Host, HostError},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Only root changes what cron runs as root; that only root reads it and that people need to be
/// named to have jobs of their own (`cron.allow`) makes the rest. Programs that the jobs start are
/// not followed. POSIX access lists are not seen.
pub(super) struct CronPermissions;

const META: Meta = Meta {
    id: "file.cron-permissions",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PROGRAMS: [&str; 2] = ["/usr/sbin/cron", "/usr/sbin/crond"];
const TABLE: &str = "/etc/crontab";
const FOLDERS: [&str; 5] = [
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
];
const SOURCE: &str = "/etc/crontab, /etc/cron.d, /etc/cron.*";

impl Check for CronPermissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let tops = access::existing(host, std::iter::once(TABLE).chain(FOLDERS))?;
        let programs = access::existing(host, PROGRAMS)?;
        let present = !tops.is_empty() || !programs.is_empty();
        let facts = Facts::new().observed(
            "cron_present",
            present,
            "/usr/sbin/cron, /usr/sbin/crond, /etc/cron*",
        );
        if !present {
            return Ok(facts.into());
        }
        let jobs = jobs(host)?;
        let changeable =
            |f: &&Guarded| f.stat.uid != 0 || f.has(0o002) || (f.has(0o020) && f.stat.gid != 0);
        let bad: Vec<Value> = tops
            .iter()
            .chain(&jobs)
            .filter(changeable)
            .map(Guarded::shown)
            .collect();
        let open: Vec<Value> = tops
            .iter()
            .filter(|f| f.has(0o077))
            .map(Guarded::shown)
            .collect();
        let allow = host.stat_if_any("/etc/cron.allow")?.is_some();
        Ok(facts
            .observed("jobs", jobs.len(), SOURCE)
            .observed("changeable", bad, SOURCE)
            .observed("readable", open, SOURCE)
            .configured("cron_allow", allow, "/etc/cron.allow")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("cron_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (changeable, readable) = (case.list("changeable")?, case.list("readable")?);
        let allow = case.flag("cron_allow")?;
        Ok(if !changeable.is_empty() {
            Judgement::fail("fail").with("files", changeable.to_vec())
        } else if !readable.is_empty() {
            Judgement::partial("partial-readable").with("files", readable.to_vec())
        } else if !allow {
            Judgement::partial("partial-anybody")
        } else {
            Judgement::pass("pass")
        })
    }
}

/// What stands in the folders; a link whose target is gone runs nothing.
fn jobs(host: &dyn Host) -> Result<Vec<Guarded>, HostError> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in host.list_if_any(folder, 1_000)? {
            let path = format!("{folder}/{}", entry.name);
            found.extend(access::existing(host, [path.as_str()])?);
        }
    }
    Ok(found)
}
