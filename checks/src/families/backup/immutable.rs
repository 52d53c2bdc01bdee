use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs,
            places::{Kind, Places},
            runs::Runs,
            stores::{Store, Stores},
            tools::{Target, classify},
        },
        storage::{Mounts, is_below},
    },
    host::{Attributes, Host, HostError},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// One copy is out of an intruder's reach: on a medium that is not mounted but for the backup itself
/// (`noauto` in `/etc/fstab`), and whose job ended well in time.
///
/// An append-only borg repository, `chattr +i` and what the owner declares of the other side
/// (`backup_immutable`: an append-only server, an object lock) are half of that: root here can lift the
/// first two, and the third does not show here.
pub(super) struct Immutable;

const META: Meta = Meta {
    id: "backup.immutable",
    version: 3,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &["backup.max-age-days"],
    always_applies: true,
};

impl Check for Immutable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let mounts = cx.get::<Mounts>()?;
        let places = cx.get::<Places>()?;
        let runs = cx.get::<Runs>()?;
        let declared = &cx.settings().backup_targets;
        let (mut offline, mut offline_at, offline_claimed) =
            offline(&jobs, &runs, &mounts, declared);
        // What a job wrote where nothing was mounted lies on the disk here.
        for point in offline.clone() {
            if !cx.host().list_if_any(&point, 10_000)?.is_empty() {
                offline.retain(|p| *p != point);
            }
        }
        if offline.is_empty() {
            offline_at = None;
        }
        let mut guarded = Vec::new();
        for store in stores.all.iter().filter(|s| s.has_copies()) {
            if store.append_only || is_flagged(cx.host(), store)? {
                guarded.push(store.path.clone());
            }
        }
        let away = places.of(Kind::Remote).len() + places.of(Kind::Declared).len();
        let told = &cx.settings().backup_immutable;
        let from = "findmnt --fstab; lsattr -d STORE; grep append_only STORE/config";
        let unmounted = stores.gap.is_some() && offline.is_empty() && offline_claimed.is_empty();
        let gap = jobs
            .gap
            .as_ref()
            .or_else(|| stores.gap.as_ref().filter(|_| unmounted));
        Ok(Facts::new()
            .observed("offline", offline, from)
            .maybe("offline_at", Vantage::Observed, offline_at, from)
            .configured("offline_claimed", offline_claimed, from)
            .observed("guarded", guarded, from)
            .configured("declared", told.clone(), "backup_immutable")
            .configured("elsewhere", away, "crontab -l; systemctl list-timers")
            .all_seen(gap, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let offline = case.list("offline")?;
        if !offline.is_empty() {
            let age = case.age_days("offline_at")?;
            let recent = (-1..=case.threshold("backup.max-age-days")).contains(&age);
            let judgement = if recent {
                Judgement::pass("pass")
            } else {
                Judgement::partial("partial-old").with("date", case.text("offline_at")?)
            };
            return Ok(judgement.with("places", offline.to_vec()));
        }
        for (name, reason) in [
            ("offline_claimed", "partial-offline"),
            ("guarded", "partial-guarded"),
            ("declared", "partial-declared"),
        ] {
            let places = case.list(name)?;
            if !places.is_empty() {
                return Ok(Judgement::partial(reason).with("places", places.to_vec()));
            }
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        Ok(if case.int("elsewhere")? > 0 {
            Judgement::unknown("unknown-elsewhere")
        } else {
            Judgement::fail("fail")
        })
    }
}

/// The media that are not mounted now: those whose job ended well, and those that are only named.
fn offline(
    jobs: &Jobs,
    runs: &Runs,
    mounts: &Mounts,
    declared: &[String],
) -> (Vec<String>, Option<Timestamp>, Vec<String>) {
    let point = |target: &Target| {
        let Target::Local(path) = target else {
            return None;
        };
        let point = mounts.by_hand.iter().find(|p| is_below(path, p))?;
        (!mounts.all.iter().any(|m| m.point == *point)).then(|| point.clone())
    };
    let (mut seen, mut newest, mut claimed) = (Vec::new(), None, Vec::new());
    for job in jobs.started() {
        let points = job.targets.iter().filter_map(point);
        if let Some(at) = runs.of(job) {
            let before = seen.len();
            seen.extend(points);
            if seen.len() > before {
                newest = newest.max(Some(at));
            }
        } else {
            claimed.extend(points);
        }
    }
    claimed.extend(declared.iter().filter_map(|t| point(&classify(t)?)));
    (seen, newest, claimed)
}

/// Whether the newest copy, or the folder with the data, carries an attribute against change.
fn is_flagged(host: &dyn Host, store: &Store) -> Result<bool, Gap> {
    let newest = store
        .series
        .iter()
        .filter_map(|s| s.newest())
        .map(|p| p.path.clone());
    for path in newest.chain([format!("{}/data", store.path)]).take(50) {
        match host.attributes(&path) {
            Ok(Attributes {
                immutable,
                append_only,
            }) if immutable || append_only => return Ok(true),
            Ok(_) | Err(HostError::NotFound(_) | HostError::NotLive(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}
