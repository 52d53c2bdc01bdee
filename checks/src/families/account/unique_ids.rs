use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::accounts::{Accounts, Groups},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No two accounts, and no two groups, share a name or a number: else what one does is logged as
/// the other's.
pub(super) struct UniqueIds;

const META: Meta = Meta {
    id: "account.unique-ids",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for UniqueIds {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let users = || accounts.all.iter();
        let same_uid = twice(users().map(|a| a.uid.to_string()));
        let same_name = twice(users().map(|a| a.name.clone()));
        let same_gid = twice(groups.0.iter().map(|g| g.gid.to_string()));
        let same_group = twice(groups.0.iter().map(|g| g.name.clone()));
        Ok(Facts::new()
            .configured("accounts", accounts.all.len(), "/etc/passwd")
            .configured("same_uid", same_uid, "/etc/passwd")
            .configured("same_name", same_name, "/etc/passwd")
            .configured("same_gid", same_gid, "/etc/group")
            .configured("same_group_name", same_group, "/etc/group")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let mut shared = Vec::new();
        for (fact, label) in [
            ("same_uid", "UID"),
            ("same_name", "user"),
            ("same_gid", "GID"),
            ("same_group_name", "group"),
        ] {
            let list = case.list(fact)?;
            shared.extend(list.iter().map(|v| format!("{label} {}", v.to_line())));
        }
        if case.int("accounts")? == 0 {
            return Ok(Judgement::unknown("unknown-none"));
        }
        Ok(if shared.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail").with("shared", shared)
        })
    }
}

fn twice(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = values.collect();
    all.sort();
    let mut found: Vec<String> = all
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0].clone())
        .collect();
    found.dedup();
    found
}
