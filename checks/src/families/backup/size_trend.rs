use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::stores::Stores,
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// The newest copy is not suddenly smaller: at most half of what was usual for the copies before it
/// (the one in the middle of the last thirty) is a failure, and so is an empty one. A job whose source
/// was not mounted, or whose password was changed, often shows in nothing else.
///
/// Copies that share their data (restic, borg, rsnapshot) have no size of their own without the
/// password. Incremental archives are left out: their sizes say nothing.
pub(super) struct SizeTrend;

/// Fewer copies before the newest one are no history.
const HISTORY: i64 = 3;

const META: Meta = Meta {
    id: "backup.size-trend",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for SizeTrend {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let stores = cx.get::<Stores>()?;
        let mut all: Vec<Value> = Vec::new();
        for series in stores.all.iter().flat_map(|s| &s.series) {
            let name = series.name.to_ascii_lowercase();
            let partial_copies = ["incr", "diff", "-inc", "_inc"]
                .iter()
                .any(|p| name.contains(p));
            let Some(newest) = series.newest().filter(|_| !partial_copies) else {
                continue;
            };
            let (usual, before) = series.usual();
            let entry: Value = [
                ("name", Value::from(series.name.as_str())),
                ("newest", Value::from(newest.size)),
                ("usual", Value::from(usual)),
                ("before", Value::from(before)),
            ]
            .into_iter()
            .collect();
            all.push(entry);
        }
        let filled = stores.all.iter().filter(|s| s.has_copies());
        let with_sizes = filled.clone().filter(|s| !s.form.shares_data()).count();
        let gap = stores.gap.as_ref();
        let from = "ls -l --time-style=long-iso STORE; pgbackrest info";
        Ok(Facts::new()
            .observed("series", all, from)
            .observed("stores", filled.count(), from)
            .observed("stores_with_sizes", with_sizes, from)
            .configured(
                "elsewhere",
                stores.remote.len(),
                "crontab -l; systemctl list-timers",
            )
            .all_seen(gap, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let mut dropped: Vec<Value> = Vec::new();
        let (mut judged, mut cut) = (0_usize, false);
        for entry in case.list("series")? {
            let number = |key: &str| entry.get(key).and_then(Value::as_int);
            let (Some(newest), Some(usual), Some(before)) =
                (number("newest"), number("usual"), number("before"))
            else {
                cut = true;
                continue;
            };
            let small = before >= HISTORY && newest.saturating_mul(2) <= usual && usual > 0;
            judged += usize::from(before >= HISTORY);
            if small || newest == 0 {
                let name = entry.get("name").map(Value::to_line).unwrap_or_default();
                dropped.push(format!("{name}: {newest} < {usual}").into());
            }
        }
        if !dropped.is_empty() {
            return Ok(Judgement::fail("fail").with("series", Value::List(dropped)));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        if cut {
            return Ok(Judgement::unknown("unknown-many"));
        }
        if judged > 0 {
            return Ok(Judgement::pass("pass").with("count", judged));
        }
        let shared = case.int("stores")? > 0 && case.int("stores_with_sizes")? == 0;
        Ok(if shared && case.int("elsewhere")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::unknown("unknown-short").with("needed", HISTORY)
        })
    }
}
