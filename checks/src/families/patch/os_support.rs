use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apt::{Apt, Extra, Fetched},
        eol::{self, Longer},
        os_release::OsRelease,
        point_release::{locked_to, minor_of},
        yum::repositories,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The system release is still supported by its vendor. Longer support (LTS, ELTS, ESM, ELS) counts only
/// where the host proves that it gets it: by a source of that very support.
///
/// A point release of the RHEL family counts for itself where the host is locked to it: once the next one is
/// out, only EUS, E4S or AUS bring fixes for it, and each is proved by its repositories. Of a point release
/// that the table does not know it is unknown whether the next one is out.
///
/// The dates are those of `catalogue/eol.toml`, each with its source and how sure it is. Software from
/// elsewhere has dates of its own, which this does not look at.
pub(super) struct OsSupport;

const META: Meta = Meta {
    id: "patch.os-support",
    version: 6,
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
        let early = eol::unreleased(&os);
        let table = support
            .as_ref()
            .map_or("catalogue/eol.toml", |s| s.source.as_str());
        let end = support.as_ref().and_then(|s| eol::end_of(s.standard));
        let longer = support.as_ref().map(|s| s.longer.as_slice());
        let longer = furthest(cx, longer.unwrap_or_default())?;
        let late = longer.as_ref().and_then(|l| eol::end_of(l.0.until));
        let facts = Facts::new()
            .configured("release", name_of(&os), os.path)
            .configured("known", support.is_some(), table)
            .maybe(
                "unreleased",
                Vantage::Configured,
                early.as_ref().map(|_| true),
                early.as_ref().map_or("", |e| e.source.as_str()),
            )
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
            let early = case.fact("unreleased").is_some() && case.flag("unreleased")?;
            let reason = if early {
                "unknown-unreleased"
            } else {
                "unknown-release"
            };
            return Ok(Judgement::unknown(reason).with("release", release));
        }
        let ends = case.time("support_ends")?;
        if let Some(judgement) = judge_minor(case, ends)? {
            return Ok(judgement.with("release", case.text("minor")?));
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

/// What the system calls itself: Debian's testing has a code name and no number.
fn name_of(os: &OsRelease) -> String {
    let release = if os.version.is_empty() {
        &os.codename
    } else {
        &os.version
    };
    format!("{} {release}", os.id)
}

/// Systems whose point releases can be stayed on.
const WITH_MINORS: [&str; 4] = ["rhel", "rocky", "almalinux", "ol"];
/// Where it stands on which of them a host stays.
const LOCKS: &str = "/etc/yum.repos.d, /etc/dnf/vars/releasever";
/// Longer supports of a point release, as they stand in the ids of Red Hat's repositories.
const PAID: [&str; 3] = ["EUS", "E4S", "AUS"];

/// Adds what holds for the point release that the host stays on, or is at.
fn with_minor(cx: &Cx<'_>, os: &OsRelease, facts: Facts) -> Result<Facts, Gap> {
    if !WITH_MINORS.contains(&os.id.as_str()) {
        return Ok(facts);
    }
    let major = os.version.split('.').next().unwrap_or_default();
    let lock = locked_to(cx, major)?;
    // Where the host is past what its addresses name, something else brought it there; whether that still
    // brings fixes is not known.
    let is_past = lock
        .as_ref()
        .is_some_and(|l| minor_of(&l.point) < minor_of(&os.version));
    let at = lock.as_ref().filter(|_| !is_past);
    let version = at.map_or(&os.version, |l| &l.point);
    let minor = eol::minor(&os.id, version).filter(|_| !is_past);
    let from = minor
        .as_ref()
        .map_or("catalogue/eol.toml", |m| m.source.as_str());
    let in_use = repositories(cx.host())?;
    let is_of = |kind: &str, id: &String| id.contains(&format!("-{}-", kind.to_lowercase()));
    let longer = minor.as_ref().map_or(&[][..], |m| m.longer.as_slice());
    let paid = longer
        .iter()
        .filter(|l| in_use.ids.iter().any(|id| is_of(&l.kind, id)))
        .max_by_key(|l| l.until);
    let is_paid = |id: &String| match &minor {
        Some(_) => longer.iter().any(|l| is_of(&l.kind, id)),
        None => PAID.iter().any(|kind| is_of(kind, id)),
    };
    let ordinary = |id: &String| id.contains("-baseos-") && !is_paid(id);
    let only_paid = in_use.ids.iter().any(is_paid) && !in_use.ids.iter().any(ordinary);
    let standard = minor.as_ref().and_then(|m| eol::end_of(m.standard));
    let late = paid.and_then(|l| eol::end_of(l.until));
    Ok(facts
        .configured("minor", format!("{} {version}", os.id), os.path)
        .configured("minor_known", minor.is_some(), from)
        .maybe("minor_ends", Vantage::Configured, standard, from)
        .maybe("minor_extended_ends", Vantage::Configured, late, from)
        .configured("minor_locked", only_paid || lock.is_some(), LOCKS)
        .configured("minor_lock_certain", lock.is_none_or(|l| l.certain), LOCKS))
}

/// The verdict where the host stays on a point release whose ordinary fixes have ended, or may have, while
/// the release itself is supported until `ends`.
fn judge_minor(case: &Case<'_>, ends: Timestamp) -> Result<Option<Judgement>, Missing> {
    if case.fact("minor").is_none() || !case.flag("minor_locked")? {
        return Ok(None); // it goes to the next one with its next updates
    }
    if !case.flag("minor_known")? {
        return Ok((case.at <= ends).then(|| Judgement::unknown("unknown-minor")));
    }
    let minor_ends = case.time("minor_ends")?;
    // The last one goes as far as the release itself.
    if case.at <= minor_ends || minor_ends == ends {
        return Ok(None);
    }
    let late = case.time("minor_extended_ends").ok();
    Ok(Some(match late {
        Some(late) if case.at <= late => Judgement::pass("pass-extended").with("date", late),
        // Something may bring what came since.
        _ if !case.flag("minor_lock_certain")? => {
            Judgement::unknown("unknown-minor-lock").with("date", late.unwrap_or(minor_ends))
        }
        Some(late) => Judgement::fail("fail-minor").with("date", late),
        None => Judgement::fail("fail-minor").with("date", minor_ends),
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
        "LTS" => Some(is_brought(cx, |f| !f.source.is_elts())?),
        "ELTS" => Some(is_brought(cx, |f| f.source.is_elts())?),
        "ESM" => Some(is_brought(cx, |f| f.extra() == Some(Extra::Infra))?),
        // Bought beside ESM, and brought by a source of the same origin with a suite of its own.
        "Legacy" => Some(is_brought(cx, |f| {
            f.source.suite.contains("-infra-legacy-")
        })?),
        // Red Hat's repositories of longer support have a word of their own in their ids. Without
        // such an id the subscription may still be there under another.
        "ELS" => {
            let ids = repositories(cx.host())?.ids;
            ids.iter().any(|id| id.contains("-els-")).then_some(true)
        }
        _ => None,
    })
}

/// Whether such a security source is in use and its lists were fetched.
fn is_brought(cx: &Cx<'_>, is_such: impl Fn(&Fetched) -> bool) -> Result<bool, Gap> {
    let apt = cx.get::<Apt>()?;
    Ok(apt.security().any(|f| is_such(f) && f.is_fetched()))
}
