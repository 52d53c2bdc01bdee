use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apt::{Apt, Fetched},
        eol,
        os_release::OsRelease,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The system release is still supported by its vendor. Longer support (LTS, ESM) counts only where
/// the host proves that it gets it: by a security source for this very release.
///
/// The dates are those of `catalogue/eol.toml`, each with its source and how sure it is. Software from
/// elsewhere has dates of its own, which this does not look at.
pub(super) struct OsSupport;

const META: Meta = Meta {
    id: "patch.os-support",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for OsSupport {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let support = eol::support(&os);
        let kind = support.as_ref().and_then(|s| s.kind.as_deref());
        let proof = match kind {
            Some("LTS") => Some(cx.get::<Apt>()?.security().next().is_some()),
            Some("ESM") => Some(cx.get::<Apt>()?.0.iter().any(Fetched::is_esm)),
            _ => None,
        };
        let table = support
            .as_ref()
            .map_or("catalogue/eol.toml", |s| s.source.as_str());
        let end = support.as_ref().and_then(|s| eol::end_of(s.standard));
        let late = support
            .as_ref()
            .and_then(|s| s.extended.and_then(eol::end_of));
        Ok(Facts::new()
            .configured("release", format!("{} {}", os.id, os.version), os.path)
            .configured("known", support.is_some(), table)
            .maybe("support_ends", Vantage::Configured, end, table)
            .maybe("extended_ends", Vantage::Configured, late, table)
            .maybe("extended_kind", Vantage::Configured, kind, table)
            .maybe(
                "extended_proved",
                Vantage::Configured,
                proof,
                "/etc/apt/sources.list",
            )
            .maybe(
                "date_confidence",
                Vantage::Configured,
                support.as_ref().map(|s| s.confidence.as_str()),
                table,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let release = case.text("release")?;
        if !case.flag("known")? {
            return Ok(Judgement::unknown("unknown-release").with("release", release));
        }
        let ends = case.time("support_ends")?;
        if case.at <= ends {
            return Ok(Judgement::pass("pass")
                .with("release", release)
                .with("date", ends));
        }
        let late = case
            .time("extended_ends")
            .ok()
            .filter(|late| case.at <= *late);
        let judgement = match (late, case.flag("extended_proved")) {
            (None, _) => Judgement::fail("fail").with("date", ends),
            (Some(late), Ok(true)) => Judgement::pass("pass-extended").with("date", late),
            (Some(late), Ok(false)) => Judgement::fail("fail-extended").with("date", late),
            (Some(late), Err(_)) => Judgement::unknown("unknown-extended").with("date", late),
        };
        Ok(judgement.with("release", release))
    }
}
