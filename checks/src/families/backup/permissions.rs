use std::collections::BTreeSet;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access,
        backup::{
            Jobs,
            stores::{Form, Stores},
        },
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Copies on this host are closed to ordinary accounts: a dump that anybody may read gives away the
/// whole database past every login. So are the files that hold the password of a repository or of the
/// database. A closed folder protects the files in it whatever their own modes.
pub(super) struct Permissions;

const META: Meta = Meta {
    id: "backup.permissions",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Permissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let stores = cx.get::<Stores>()?;
        let filled = stores.all.iter().filter(|s| s.form != Form::Empty);
        let open = stores
            .all
            .iter()
            .filter(|s| s.open_to_all && s.form != Form::Empty);
        let open: Vec<&str> = open.map(|s| s.path.as_str()).collect();
        let jobs = cx.get::<Jobs>()?;
        let credentials: BTreeSet<&String> = jobs.all.iter().flat_map(|j| &j.credentials).collect();
        let mut told: Vec<String> = Vec::new();
        for path in credentials {
            let stat = cx.host().stat_if_any(path)?;
            let readable = stat.is_some_and(|s| s.mode & 0o004 != 0);
            if readable && access::open_to_all(cx.host(), path)? {
                told.push(path.clone());
            }
        }
        Ok(Facts::new()
            .observed("open_credentials", told, "ls -la FILE")
            .observed("open", open, "ls -la TARGET")
            .observed("store_count", filled.count(), "ls -la TARGET")
            .observed("all_seen", stores.gap.is_none(), "ls -la TARGET")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let open = case.list("open")?;
        let told = case.list("open_credentials")?;
        Ok(if !open.is_empty() {
            Judgement::fail("fail").with("stores", open.to_vec())
        } else if !told.is_empty() {
            Judgement::fail("fail-credentials").with("files", told.to_vec())
        } else if !case.flag("all_seen")? {
            Judgement::unknown("unknown")
        } else if case.int("store_count")? == 0 {
            Judgement::unknown("unknown-none")
        } else {
            Judgement::pass("pass")
        })
    }
}
