use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apt::{Apt, Fetched},
        eol::{self, Longer},
        os_release::OsRelease,
        yum::{is_locked, repositories},
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The system release is still supported by its vendor. Longer support (LTS, ELTS, ESM, ELS) counts only
/// where the host proves that it gets it: by a source of that very support.
///
/// A point release of RHEL counts for itself where the host is locked to it: once the next one is out, only
/// EUS, E4S or AUS bring fixes for it, and each is proved by its repositories.
///
/// The dates are those of `catalogue/eol.toml`, each with its source and how sure it is. Software from
/// elsewhere has dates of its own, which this does not look at.
pub(super) struct OsSupport;

const META: Meta = Meta {
    id: "patch.os-support",
    version: 3,
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
        let table = support
            .as_ref()
            .map_or("catalogue/eol.toml", |s| s.source.as_str());
        let end = support.as_ref().and_then(|s| eol::end_of(s.standard));
        let longer = support.as_ref().map(|s| s.longer.as_slice());
        let longer = furthest(cx, longer.unwrap_or_default())?;
        let late = longer.as_ref().and_then(|l| eol::end_of(l.0.until));
        let facts = Facts::new()
            .configured("release", format!("{} {}", os.id, os.version), os.path)
            .configured("known", support.is_some(), table)
            .maybe("support_ends", Vantage::Configured, end, table)
            .maybe("extended_ends", Vantage::Configured, late, table)
            .maybe(
                "extended_kind",
                Vantage::Configured,
                longer.as_ref().map(|l| l.0.kind.as_str()),
                table,
            )
            .maybe(
                "extended_proved",
                Vantage::Configured,
                longer.as_ref().and_then(|l| l.1),
                "/etc/apt/sources.list",
            )
            .maybe(
                "date_confidence",
                Vantage::Configured,
                support.as_ref().map(|s| s.confidence.as_str()),
                table,
            );
        Ok(with_minor(cx, &os, facts)?.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let release = case.text("release")?;
        if !case.flag("known")? {
            return Ok(Judgement::unknown("unknown-release").with("release", release));
        }
        let ends = case.time("support_ends")?;
        if let Some(judgement) = judge_minor(case)? {
            return Ok(judgement.with("release", release));
        }
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
            (None, Ok(true)) => Judgement::fail("fail").with("date", case.time("extended_ends")?),
            (None, _) => Judgement::fail("fail").with("date", ends),
            (Some(late), Ok(true)) => Judgement::pass("pass-extended").with("date", late),
            (Some(late), Ok(false)) => Judgement::fail("fail-extended").with("date", late),
            (Some(late), Err(_)) => Judgement::unknown("unknown-extended").with("date", late),
        };
        Ok(judgement.with("release", release))
    }
}

/// Adds what holds for the point release, where the table knows it.
fn with_minor(cx: &Cx<'_>, os: &OsRelease, facts: Facts) -> Result<Facts, Gap> {
    let Some(minor) = eol::minor(os) else {
        return Ok(facts);
    };
    let from = minor.source.as_str();
    let in_use = repositories(cx.host())?;
    let is_of = |kind: &str, id: &String| id.contains(&format!("-{}-", kind.to_lowercase()));
    let paid = minor
        .longer
        .iter()
        .filter(|l| in_use.ids.iter().any(|id| is_of(&l.kind, id)))
        .max_by_key(|l| l.until);
    let ordinary =
        |id: &String| id.contains("-baseos-") && !minor.longer.iter().any(|l| is_of(&l.kind, id));
    let only_paid = paid.is_some() && !in_use.ids.iter().any(ordinary);
    let locked = only_paid || is_locked(cx.host(), &minor.version)?;
    Ok(facts
        .maybe(
            "minor_ends",
            Vantage::Configured,
            eol::end_of(minor.standard),
            from,
        )
        .maybe(
            "minor_extended_ends",
            Vantage::Configured,
            paid.and_then(|l| eol::end_of(l.until)),
            from,
        )
        .configured(
            "minor_locked",
            locked,
            "/etc/yum.repos.d, /etc/dnf/vars/releasever",
        ))
}

/// The verdict where the host stays on a point release whose ordinary fixes have ended.
fn judge_minor(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    let Ok(ends) = case.time("minor_ends") else {
        return Ok(None); // no point release that the table knows
    };
    if case.at <= ends || !case.flag("minor_locked")? {
        return Ok(None); // it goes to the next one with its next updates
    }
    let late = case.time("minor_extended_ends").ok();
    Ok(Some(match late {
        Some(late) if case.at <= late => Judgement::pass("pass-extended").with("date", late),
        Some(late) => Judgement::fail("fail-minor").with("date", late),
        None => Judgement::fail("fail-minor").with("date", ends),
    }))
}

/// The longest of the longer supports that the host proves; where it proves none, the longest that
/// there is. With it, whether it is proved; `None` where nothing on the host could prove it.
fn furthest(cx: &Cx<'_>, longer: &[Longer]) -> Result<Option<(Longer, Option<bool>)>, Gap> {
    let mut best = None;
    for one in longer {
        let proof = proof(cx, &one.kind)?;
        if proof == Some(true) || !matches!(best, Some((_, Some(true)))) {
            best = Some((one.clone(), proof));
        }
    }
    Ok(best)
}

fn proof(cx: &Cx<'_>, kind: &str) -> Result<Option<bool>, Gap> {
    Ok(match kind {
        "LTS" => Some(cx.get::<Apt>()?.security().any(|f| !f.source.is_elts())),
        "ELTS" => Some(cx.get::<Apt>()?.0.iter().any(is_elts)),
        "ESM" => Some(cx.get::<Apt>()?.0.iter().any(Fetched::is_esm)),
        // Red Hat's repositories of longer support have a word of their own in their ids. Without
        // such an id the subscription may still be there under another.
        "ELS" => {
            let ids = repositories(cx.host())?.ids;
            ids.iter().any(|id| id.contains("-els-")).then_some(true)
        }
        _ => None,
    })
}

/// Whether the source is the paid longer support of Debian by Freexian, and its lists were fetched.
fn is_elts(fetched: &Fetched) -> bool {
    let elts = fetched.source.is_elts();
    elts && fetched.release.is_some() && !fetched.lists.is_empty()
}
