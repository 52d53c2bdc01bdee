//! Whether protocols and file systems that hardly any host needs can be loaded.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        container::Container,
        modprobe::{self, State},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

const PROTOCOLS: &[&str] = &["dccp", "sctp", "rds", "tipc"];
const FILE_SYSTEMS: &[&str] = &["cramfs", "freevxfs", "hfs", "hfsplus", "jffs2"];

/// DCCP, SCTP, RDS and TIPC, and old file systems, are absent or blocked by an `install` line. A
/// blacklist alone stops loading on demand but not by name. Root can load any module all the same.
pub(super) struct RareModules;

const META: Meta = Meta {
    id: "kernel.rare-modules",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for RareModules {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let inside = cx.get::<Container>()?.inside;
        let facts = Facts::new().effective("container", inside, "/proc/self/ns/pid");
        if inside {
            return Ok(facts.into());
        }
        let states = modprobe::states(host, &[PROTOCOLS, FILE_SYSTEMS].concat())?;
        let of = |names: &[&str], wanted: &[State]| -> Vec<&'static str> {
            let hit = |(n, s): &&(&'static str, State)| names.contains(n) && wanted.contains(s);
            states.iter().filter(hit).map(|(n, _)| *n).collect()
        };
        let open = [State::Loadable, State::Loaded, State::BuiltIn];
        let source = "/etc/modprobe.d, /proc/modules";
        let facts = facts
            .configured("open_protocols", of(PROTOCOLS, &open), source)
            .configured("open_file_systems", of(FILE_SYSTEMS, &open), source)
            .configured(
                "blacklisted",
                of(&[PROTOCOLS, FILE_SYSTEMS].concat(), &[State::Blacklisted]),
                source,
            );
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let lines = |name: &str| -> Result<Vec<String>, Missing> {
            Ok(case.list(name)?.iter().map(|v| v.to_line()).collect())
        };
        let (protocols, mut rest) = (lines("open_protocols")?, lines("open_file_systems")?);
        rest.extend(lines("blacklisted")?);
        Ok(if !protocols.is_empty() {
            Judgement::fail("fail").with("modules", [protocols, rest].concat())
        } else if !rest.is_empty() {
            Judgement::partial("partial").with("modules", rest)
        } else {
            Judgement::pass("pass")
        })
    }
}
