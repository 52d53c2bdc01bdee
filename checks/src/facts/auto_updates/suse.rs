//! SUSE's programs that install by themselves: `transactional-update`, `os-update`, and the online update
//! that YaST configures.

use super::{AutoUpdates, day_of, timer_state};
use crate::{
    context::Cx,
    facts::{ini, systemd_units::show},
    observation::Gap,
};

/// Timer, service, and where the program is configured; the first that says something holds.
const TIMED: [(&str, &str, [&str; 2]); 2] = [
    (
        "transactional-update.timer",
        "transactional-update.service",
        [
            "/etc/transactional-update.conf",
            "/usr/etc/transactional-update.conf",
        ],
    ),
    (
        "os-update.timer",
        "os-update.service",
        ["/etc/os-update.conf", "/usr/etc/os-update.conf"],
    ),
];
/// Where YaST puts its link; cron's runner of SUSE takes names with a dot too.
const YAST: [&str; 3] = [
    "/etc/cron.daily/opensuse.org-online_update",
    "/etc/cron.weekly/opensuse.org-online_update",
    "/etc/cron.monthly/opensuse.org-online_update",
];
const YAST_CONF: &str = "/etc/sysconfig/automatic_online_update";

/// The first program whose timer is at work; else YaST's job; else the first that is there at all.
pub(super) fn see(cx: &Cx<'_>) -> Result<AutoUpdates, Gap> {
    let mut there = None;
    for (timer, service, paths) in TIMED {
        let (timer_state, timer_active) = timer_state(cx, timer)?;
        let mut installed = timer_state != "absent";
        for path in paths {
            installed |= cx.host().stat_if_any(path)?.is_some();
        }
        let mut seen = AutoUpdates {
            installed,
            switched_on: true, // each installs all there is, or security fixes at the least
            lists_fetched: true, // zypper fetches them itself
            origins: 1,        // from every repository in use
            longer_origins: 1,
            setting: paths[0].to_owned(),
            timer,
            timer_state,
            timer_active,
            last_source: format!("systemctl show {service}"),
            source: paths[0],
            ..AutoUpdates::default()
        };
        if timer_state == "enabled" {
            let shown = show(cx.host(), &[service.to_owned()])?.unwrap_or_default();
            if let Some(last) = shown.first().filter(|s| s.ended.is_some()) {
                seen.last_run = last.ended.and_then(day_of);
                seen.failed = Some(last.result != "success");
            }
            return Ok(seen);
        }
        there = there.or(installed.then_some(seen));
    }
    Ok(match yast(cx)? {
        Some(seen) => seen,
        None => there.unwrap_or_default(),
    })
}

/// The job of YaST's online update. It leaves no trace that is known here.
fn yast(cx: &Cx<'_>) -> Result<Option<AutoUpdates>, Gap> {
    for path in YAST {
        if cx.host().stat_if_any(path)?.is_none() {
            continue;
        }
        let text = cx.host().text_if_any(YAST_CONF)?.unwrap_or_default();
        let settings = ini::parse(&text);
        let value = |key: &str| {
            let last = settings.iter().rfind(|s| s.key == key);
            last.map(|s| s.value.to_lowercase())
        };
        let on = value("aou_enable_cronjob").is_some_and(|v| v == "true");
        let kinds = value("aou_patch_categories").unwrap_or_default();
        let brings = kinds.is_empty() || kinds.split_whitespace().any(|k| k == "security");
        return Ok(Some(AutoUpdates {
            installed: true,
            switched_on: on,
            setting: YAST_CONF.to_owned(),
            lists_fetched: true,
            origins: usize::from(brings),
            longer_origins: usize::from(brings),
            timer: path,
            timer_state: "enabled",
            last_source: path.to_owned(),
            source: YAST_CONF,
            ..AutoUpdates::default()
        }));
    }
    Ok(None)
}
