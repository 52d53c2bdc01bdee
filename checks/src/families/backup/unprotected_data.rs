use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs,
            places::Places,
            sources::{Cover, Sources, leaves_out},
        },
        databases,
        storage::{Mount, Mounts, is_below},
    },
    host::{FileKind, Host, HostError},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every place of data on this host is taken along by some job that something starts: configuration,
/// homes, web roots, mail, volumes of containers, mounted disks, and what the owner declared. What a
/// pattern leaves out counts as left out, and so does a mounted disk below a folder that is copied with
/// `--one-file-system`. Databases are asked about by `backup.databases-covered`.
///
/// Folders that hold nothing are passed over. Where a tool takes its orders from a backup server, what
/// it copies does not show here.
pub(super) struct UnprotectedData;

const META: Meta = Meta {
    id: "backup.unprotected-data",
    version: 4,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// Where data usually stands.
const USUAL: [&str; 13] = [
    "/etc",
    "/home",
    "/srv",
    "/var/www",
    "/var/mail",
    "/var/vmail",
    "/var/lib/docker/volumes",
    "/var/lib/containers/storage/volumes",
    "/var/lib/samba",
    "/var/lib/nextcloud",
    "/var/opt/gitlab",
    "/opt/zimbra/store",
    "/usr/local/www",
];

impl Check for UnprotectedData {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let mounts = cx.get::<Mounts>()?;
        let places = cx.get::<Places>()?;
        let stores: Vec<&str> = places.every.iter().map(|p| p.target.as_str()).collect();
        let data = data(cx, &mounts, &stores)?;
        let same_fs = |a: &str, b: &str| mounts.same(a, b);
        let all: Vec<&Sources> = jobs.started().map(|j| &j.sources).collect();
        let (mut bare, mut excluded, mut covered) = (Vec::new(), Vec::new(), Vec::new());
        for place in data {
            let mut covers = Vec::new();
            for sources in &all {
                let cover = sources.cover(&place, same_fs);
                let left = cover == Cover::Yes && leaves_all_out(cx, &place, sources, &stores)?;
                covers.push(if left { Cover::Excluded } else { cover });
            }
            if covers.contains(&Cover::Yes) {
                covered.push(place);
            } else if covers.contains(&Cover::Excluded) {
                excluded.push(place);
            } else {
                bare.push(place);
            }
        }
        let opaque: Vec<&str> = jobs
            .started()
            .map(|j| j.tool)
            .filter(|t| OPAQUE.contains(t))
            .collect();
        let unclear = all.iter().any(|s| s.unclear);
        let from = "crontab -l; systemctl list-timers; findmnt -D";
        Ok(Facts::new()
            .configured("bare", bare, from)
            .configured("excluded", excluded, from)
            .configured("covered", covered, from)
            .configured("opaque_tools", opaque, from)
            .configured("unclear_sources", unclear, from)
            .all_seen(jobs.gap.as_ref(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (bare, excluded) = (case.list("bare")?, case.list("excluded")?);
        let missing: Vec<_> = bare.iter().chain(excluded).cloned().collect();
        if missing.is_empty() {
            let covered = case.list("covered")?.to_vec();
            return Ok(if covered.is_empty() {
                Judgement::unknown("unknown-no-data")
            } else {
                Judgement::pass("pass").with("places", covered)
            });
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        let hidden = case.flag("unclear_sources")? || !case.list("opaque_tools")?.is_empty();
        Ok(if !excluded.is_empty() && bare.is_empty() {
            Judgement::fail("fail-excluded").with("places", missing)
        } else if hidden {
            Judgement::unknown("unknown-hidden").with("places", missing)
        } else {
            Judgement::fail("fail").with("places", missing)
        })
    }
}

/// Tools whose sources are kept elsewhere.
const OPAQUE: [&str; 4] = ["bacula", "bareos", "veeam", "vzdump"];

/// The places of data that hold something and are no store of copies.
fn data(cx: &Cx<'_>, mounts: &Mounts, stores: &[&str]) -> Result<Vec<String>, Gap> {
    let settings = cx.settings();
    let mut found: Vec<String> = Vec::new();
    let is_copy = |p: &str| stores.contains(&p);
    let below = |p: &str| stores.iter().any(|s| is_below(s, p));
    let filled = |path: &str| holds_something(cx.host(), path, &is_copy, &below);
    for path in USUAL {
        if filled(path)? {
            found.push(path.to_owned());
        }
    }
    // Databases are asked about by a check of their own.
    let databases = databases::find(cx.host())?;
    let is_database = |m: &&Mount| databases.iter().any(|d| is_below(&d.path, &m.point));
    let volumes = mounts
        .all
        .iter()
        .filter(|m| is_volume(m) && !is_database(m));
    found.extend(volumes.map(|m| m.point.clone()));
    found.extend(
        settings
            .backup_sources
            .iter()
            .map(|s| s.trim_end_matches('/').to_owned()),
    );
    let mut media = Vec::new();
    for point in found
        .iter()
        .filter(|p| stores.iter().any(|s| is_below(s, p)))
    {
        // A mounted disk on which a store stands is a disk for backups, if it holds nothing else.
        let own = mounts.all.iter().any(|m| m.point == *point);
        if stores.contains(&point.as_str()) || own && (is_for_copies(point) || !filled(point)?) {
            media.push(point.clone());
        }
    }
    let unneeded = |p: &str| settings.backup_unneeded.iter().any(|u| is_below(p, u));
    found.retain(|p| !media.contains(p) && !unneeded(p));
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether a place is called after the copies that it is for.
fn is_for_copies(point: &str) -> bool {
    let point = point.to_ascii_lowercase();
    let words = ["backup", "saoluu", "sao-luu", "sao_luu"];
    words.iter().any(|w| point.contains(w))
}

/// Whether a job that takes a place along leaves out everything that it holds.
fn leaves_all_out(
    cx: &Cx<'_>,
    place: &str,
    sources: &Sources,
    stores: &[&str],
) -> Result<bool, Gap> {
    if sources.excluded.is_empty() {
        return Ok(false);
    }
    let patterns = || sources.excluded.iter().filter(|p| !p.is_empty());
    let is_copy = |p: &str| stores.contains(&p);
    let out = |p: &str| is_copy(p) || patterns().any(|pattern| leaves_out(pattern, p));
    let below = |p: &str| {
        let inside = |pattern: &String| is_below(pattern.trim_end_matches("/*"), p);
        stores.iter().any(|s| is_below(s, p)) || patterns().any(inside)
    };
    let filled = holds_something(cx.host(), place, &is_copy, &below)?;
    Ok(filled && !holds_something(cx.host(), place, &out, &below)?)
}

fn is_volume(mount: &Mount) -> bool {
    let fine = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "jfs", "reiserfs",
    ];
    let system = [
        "/",
        "/boot",
        "/boot/efi",
        "/usr",
        "/tmp",
        "/var/tmp",
        "/var/log",
        "/var/log/audit",
        "/var",
        "/var/cache",
    ];
    let inner = [
        "/proc",
        "/sys",
        "/run",
        "/dev",
        "/var/lib/docker",
        "/var/lib/containers",
        "/snap",
    ];
    fine.contains(&mount.kind.as_str())
        && !system.contains(&mount.point.as_str())
        && !inner.iter().any(|i| is_below(&mount.point, i))
}

/// Whether a folder holds anything but `lost+found` and what packages put there.
/// Those that are `out` do not count, and what has such places below it is gone into.
fn holds_something(
    host: &dyn Host,
    path: &str,
    out: &dyn Fn(&str) -> bool,
    below: &dyn Fn(&str) -> bool,
) -> Result<bool, Gap> {
    let entries = match host.list(path, 100_000) {
        Ok(entries) => entries,
        Err(e) if e.is_not_found() => return Ok(false),
        Err(HostError::TooLarge { .. }) => return Ok(true),
        Err(e) => return Err(e.into()),
    };
    let shipped = ["lost+found", "metadata.db", "backingFsBlockDev"];
    for entry in entries
        .iter()
        .filter(|e| !shipped.contains(&e.name.as_str()))
    {
        let inner = format!("{path}/{}", entry.name);
        if out(&inner) {
            continue; // copies need no copy
        }
        if below(&inner) {
            // Deeper than any of those places there is nothing more to go into.
            if holds_something(host, &inner, out, below)? {
                return Ok(true);
            }
            continue;
        }
        let empty = entry.kind == FileKind::Dir
            && path != "/home"
            && host.list(&inner, 100_000).is_ok_and(|b| b.is_empty());
        if !empty {
            return Ok(true);
        }
    }
    Ok(false)
}
