use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{proof::State, readings::Readings, stores::Stores},
    host::Budget,
    observation::{Facts, Gap, GapReason, Seen},
    verdict::Judgement,
};

/// The newest dump or archive of each kind is read from its first byte to its last: unpacked, its
/// checksums compared, its tool's mark at the end found. An empty file, half a dump, a dump without a
/// single object and what a tool complained of, in place of a dump or in the midst of one, are found, which `gzip -t`
/// and `pg_restore -l` pass over.
///
/// Encrypted copies can be read by nobody without the key; formats that do not say where they end, and
/// files larger than one run may read, stay half proved. A file system that does not answer makes it unknown.
pub(super) struct Readable;

const META: Meta = Meta {
    id: "backup.readable",
    version: 4,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for Readable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_reading_copies()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let stores = cx.get::<Stores>()?;
        let readings = cx.get::<Readings>()?;
        let (mut whole, mut unproved, mut damaged, mut large) = (vec![], vec![], vec![], vec![]);
        let mut gap = stores.gap.clone();
        for read in &readings.0 {
            let path = read.path.clone();
            match &read.state {
                Ok(State::Whole) => whole.push(path),
                Ok(State::Unproved) => unproved.push(path),
                Ok(State::Damaged(fault)) => damaged.push(format!("{path} ({})", fault.name())),
                Err(g) if g.reason == GapReason::OverBudget => large.push(path),
                Err(g) => gap = gap.or_else(|| Some(g.clone())),
            }
        }
        let from = "zcat FILE | tail -5; pg_restore -f /dev/null FILE; tar -tf FILE";
        Ok(Facts::new()
            .observed("whole", whole, from)
            .observed("unproved", unproved, from)
            .observed("damaged", damaged, from)
            .observed("too_large", large, from)
            .observed(
                "stores",
                stores.all.iter().filter(|s| s.has_copies()).count(),
                from,
            )
            .configured(
                "elsewhere",
                stores.remote.len(),
                "crontab -l; systemctl list-timers",
            )
            .all_seen(gap.as_ref(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let damaged = case.list("damaged")?;
        if !damaged.is_empty() {
            return Ok(Judgement::fail("fail").with("files", damaged.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        let (whole, unproved) = (case.list("whole")?, case.list("unproved")?);
        let large = case.list("too_large")?;
        Ok(if !unproved.is_empty() {
            Judgement::partial("partial").with("files", unproved.to_vec())
        } else if !large.is_empty() {
            Judgement::partial("partial-large").with("files", large.to_vec())
        } else if !whole.is_empty() {
            Judgement::pass("pass").with("count", whole.len())
        } else if case.int("stores")? > 0 && case.int("elsewhere")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::unknown("unknown-none")
        })
    }
}
