use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{inventory::Inventory, os_release::OsRelease},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// What is installed can be listed. The list itself travels beside the findings; its SHA-256 stands
/// here and is signed with the run, so that the collector compares advisories with no other list than
/// the one that the agent saw.
///
/// It lists what the package manager knows, and nothing that was unpacked by hand.
pub(super) struct Listed;

const META: Meta = Meta {
    id: "patch.inventory",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for Listed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let system = cx.get::<OsRelease>()?.package_system();
        let inventory = cx.get::<Inventory>()?;
        let hash: String = inventory
            .sha256()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let from = format!("package database ({})", system.name());
        // A list that shrank to almost nothing is one that somebody emptied.
        let manager = system.name();
        let names = |p: &crate::facts::inventory::Installed| match manager {
            "apk" => p.name == "apk-tools",
            name => p.name == name,
        };
        Ok(Facts::new()
            .observed("packages", inventory.packages.len(), &from)
            .observed("lists_itself", inventory.packages.iter().any(names), &from)
            .observed("sha256", hash, &from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let count = case.int("packages")?;
        case.text("sha256")?;
        let judgement = if case.flag("lists_itself")? {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail")
        };
        Ok(judgement.with("count", count))
    }
}
