//! The point release that dnf stays on within a release of the RHEL family.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    security_fixes::{SecurityFixes, Speaks},
    yum::{Signing, repositories},
};
use crate::{
    context::Cx,
    host::{Host, HostError},
    observation::Gap,
};

/// What dnf stays on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The point release, such as `9.4`.
    pub point: String,
    /// Whether nothing else brings what came since: false where a repository of the system names no point
    /// release, and what was fetched tells neither that it goes on nor that it does not.
    pub certain: bool,
}

/// The point release that dnf stays on within the release `major`: a variable of its own says so, or the
/// addresses of the system's own repositories (BaseOS or AppStream), as after `subscription-manager release
/// --set=9.4` or where they are those of an archive. dnf takes the newest of all, so of several the highest
/// counts, and beside one that goes on none does. One that only names none is none that goes on: what was
/// fetched of it must hold advisories of the system.
///
/// # Errors
/// When a file may not be read, or what was fetched is not understood where that counts.
pub fn locked_to(cx: &Cx<'_>, major: &str) -> Result<Option<Lock>, Gap> {
    if let Some(point) = by_variable(cx.host(), major)? {
        let certain = true;
        return Ok(Some(Lock { point, certain }));
    }
    let all = repositories(cx.host())?;
    let mut lowest: Option<Lock> = None;
    for part in [Part::Base, Part::Streams] {
        let own = Own::of(&all, part, major);
        let Some(point) = own.highest() else {
            continue;
        };
        let certain = own.open.is_empty() || {
            let fixes = cx.get::<SecurityFixes>()?;
            if own.goes_on(&fixes.fetched) {
                continue;
            }
            own.stands_still(&fixes.fetched)
        };
        let is_lower = |l: &Lock| minor_of(&point) < minor_of(&l.point);
        if lowest.as_ref().is_none_or(is_lower) {
            lowest = Some(Lock { point, certain });
        }
    }
    Ok(lowest)
}

fn by_variable(host: &dyn Host, major: &str) -> Result<Option<String>, HostError> {
    for path in ["/etc/dnf/vars/releasever", "/etc/yum/vars/releasever"] {
        let text = host.text_if_any(path)?.unwrap_or_default();
        if is_point_of(text.trim(), major) {
            return Ok(Some(text.trim().to_owned()));
        }
    }
    Ok(None)
}

/// What the system's own repositories are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Base,
    Streams,
}

/// The repositories of a part, by what their addresses name.
struct Own<'a> {
    part: Part,
    /// Those that name a point release.
    locked: BTreeSet<&'a str>,
    points: Vec<String>,
    /// Those with an address that names none.
    open: BTreeSet<&'a str>,
}

impl<'a> Own<'a> {
    fn of(all: &'a Signing, part: Part, major: &str) -> Self {
        let ids = all.of_part(match part {
            Part::Base => "baseos",
            Part::Streams => "appstream",
        });
        let (mut locked, mut points, mut open) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        let own = all.addresses.iter();
        for (id, address) in own.filter(|(id, _)| ids.contains(id.as_str())) {
            if let Some(point) = point_in(&address.to_lowercase(), major) {
                locked.insert(id.as_str());
                points.push(point);
            } else {
                open.insert(id.as_str());
            }
        }
        Self {
            part,
            locked,
            points,
            open,
        }
    }

    fn highest(&self) -> Option<String> {
        let highest = self.points.iter().max_by_key(|p| minor_of(p));
        highest.cloned()
    }

    /// Whether one that names no point release brought fixes of this part.
    fn goes_on(&self, fetched: &BTreeMap<String, Speaks>) -> bool {
        let least = match self.part {
            Part::Base => Speaks::OfBase,
            Part::Streams => Speaks::OfOthers,
        };
        let mut open = self.open.iter();
        open.any(|id| fetched.get(*id).is_some_and(|s| *s >= least))
    }

    /// Whether each that names no point release is known not to bring fixes of this part: its advisories
    /// are of other things, or it never came where a locked one did. One without advisories may be a mirror
    /// of all that came since.
    fn stands_still(&self, fetched: &BTreeMap<String, Speaks>) -> bool {
        let any_came = self.locked.iter().any(|id| fetched.contains_key(*id));
        self.open.iter().all(|id| match fetched.get(*id) {
            Some(speaks) => *speaks != Speaks::OfNothing,
            None => any_came,
        })
    }
}

/// The second number of a point release.
pub fn minor_of(point: &str) -> Option<u32> {
    point.split_once('.')?.1.parse().ok()
}

/// Whether `text` is a point release of `major`: `9.4` of `9`.
fn is_point_of(text: &str, major: &str) -> bool {
    let minor = text.strip_prefix(major).and_then(|r| r.strip_prefix('.'));
    minor.is_some_and(|m| !m.is_empty() && m.bytes().all(|c| c.is_ascii_digit()))
}

/// The point release that an address names: `…/rocky/9.4/BaseOS`, `…?repo=BaseOS-9.4`, or Oracle's
/// `…/OL9/4/baseos`.
fn point_in(address: &str, major: &str) -> Option<String> {
    let mut words = address.split(['/', '?', '&', '=', '-', '_']);
    if let Some(point) = words.find(|w| is_point_of(w, major)) {
        return Some(point.to_owned());
    }
    let level = address.split_once(&format!("/ol{major}/"))?.1;
    let level = level.split('/').next()?;
    let point = format!("{major}.{level}");
    is_point_of(&point, major).then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_point_release_that_it_stays_on() {
        for (address, wanted) in [
            (
                "https://dl.example/vault/rocky/9.2/baseos/x86_64/os/",
                Some("9.2"),
            ),
            ("https://m.example/mirrorlist?repo=baseos-9.4", Some("9.4")),
            ("https://yum.example/ol9/4/baseos/base/", Some("9.4")),
            ("https://10.0.0.9/rocky/9/baseos/", None),
            ("https://9.0.0.1/rocky/$releasever/baseos/", None),
            ("https://m.example/rocky/8.10/baseos/", None),
        ] {
            assert_eq!(point_in(address, "9").as_deref(), wanted, "{address}");
        }
    }
}
