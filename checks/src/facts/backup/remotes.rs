//! What borg's client on this host remembers of repositories on other machines: for each, in
//! `security/ID/`, its `location` and the `manifest-timestamp` that it saw last. The manifest is
//! written by each new archive, and by pruning too.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::tools::{Target, classify};
use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// Where root's client keeps it.
pub const PLACE: &str = "/root/.config/borg/security";

/// The day on which each repository on another machine was last written from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remotes(pub BTreeMap<String, Timestamp>);

impl Gather for Remotes {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut found = BTreeMap::new();
        for entry in host.list_if_any(PLACE, 1_000)? {
            let read = |name: &str| host.text_if_any(&format!("{PLACE}/{}/{name}", entry.name));
            let (Some(location), Some(time)) = (read("location")?, read("manifest-timestamp")?)
            else {
                continue;
            };
            if let (Some(Target::Remote(name)), Some(at)) = (classify(location.trim()), day(&time))
            {
                let newest = found.entry(name).or_insert(at);
                *newest = at.max(*newest);
            }
        }
        Ok(Self(found))
    }
}

/// `2026-11-22T10:20:15.667262`, in UTC.
fn day(text: &str) -> Option<Timestamp> {
    let date: Date = text.trim().get(..10)?.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_borg_writes_them() {
        assert!(day("2026-11-22T10:20:15.667262").is_some());
        assert!(day("é").is_none() && day("").is_none());
    }
}
