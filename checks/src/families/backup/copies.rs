use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs, Starter,
            kinds::{FILES, Kinds},
            places::{Kind, Place, Places},
            runs::Runs,
            stores::{Store, Stores},
            tools::{THIS_MACHINE, Target},
        },
        own_addresses::OwnAddresses,
        text::lines,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Three copies (the data itself is the first), on two media, one of them at another place: 3-2-1. Media
/// are told apart by the disks below partitions, LVM and RAID, or by the other machine; another place is
/// one that the owner declared (`backup_offsite`) or an address in another network.
///
/// A copy counts as seen when its store here holds something, or when the service that sends it away
/// ended well; what a job merely names is claimed. Only what is seen gives a pass. Each kind of data (each kind of
/// database that a tool dumps, and files) is counted by itself, and the worst counts.
pub(super) struct Copies;

const META: Meta = Meta {
    id: "backup.copies",
    version: 4,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// Copies, media and places, counted.
#[derive(Default)]
struct Counted {
    copies: BTreeSet<String>,
    media: BTreeSet<String>,
    offsite: BTreeSet<String>,
}

impl Counted {
    fn rank(&self) -> (bool, usize, usize, usize) {
        let counts = (self.copies.len(), self.media.len(), self.offsite.len());
        let (copies, media, offsite) = counts;
        (
            copies >= 2 && media >= 1 && offsite >= 1,
            copies,
            media,
            offsite,
        )
    }
}

impl Check for Copies {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let places = cx.get::<Places>()?;
        let runs = cx.get::<Runs>()?;
        let sites = Sites::gather(cx)?;
        let sent = sent(&jobs, &runs);
        let kinds = Kinds::of(&jobs);
        let of_kind = |kind: &'static str| {
            let (mut seen, mut claimed) = (Counted::default(), Counted::default());
            let every = places.every.iter().filter(|p| {
                let counts = matches!(
                    p.kind,
                    Kind::Remote | Kind::Other | Kind::Same | Kind::Declared
                );
                counts && p.target != THIS_MACHINE && kinds.has(&p.target, kind)
            });
            for place in every {
                if is_seen(place, &stores, &sent) {
                    sites.count(place, &mut seen);
                }
                sites.count(place, &mut claimed);
            }
            // A service that takes its orders from a backup server sends its copies there.
            for job in jobs.started().filter(|j| j.starter == Starter::Service) {
                claimed.copies.insert(job.tool.to_owned());
                claimed.media.insert(job.tool.to_owned());
            }
            (kind, seen, claimed)
        };
        let all = kinds.all();
        let all = if all.is_empty() {
            BTreeSet::from([FILES])
        } else {
            all
        };
        let worst = all
            .into_iter()
            .map(of_kind)
            .min_by_key(|(_, seen, claimed)| (seen.rank(), claimed.rank()));
        let (kind, seen, claimed) = worst.unwrap_or_else(|| of_kind(FILES));
        let gap = jobs.gap.as_ref().or(stores.gap.as_ref());
        let unclear = places.of(Kind::Unclear).len()
            + places.of(Kind::Unnamed).len()
            + places.of(Kind::Unmounted).len();
        let from = "findmnt -T TARGET; lsblk -s; systemctl list-timers";
        let list = |set: &BTreeSet<String>| -> Vec<String> { set.iter().cloned().collect() };
        Ok(Facts::new()
            .observed("copies", list(&seen.copies), from)
            .observed("media", list(&seen.media), from)
            .observed("offsite", list(&seen.offsite), from)
            .configured("claimed_copies", list(&claimed.copies), from)
            .configured("claimed_media", list(&claimed.media), from)
            .configured("claimed_offsite", list(&claimed.offsite), from)
            .observed("unclear", unclear, from)
            .configured("data", kind, from)
            .all_seen(gap, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let count = |name: &str| case.list(name).map(<[_]>::len);
        // The data itself is one copy on one medium.
        let (copies, media, offsite) =
            (count("copies")? + 1, count("media")? + 1, count("offsite")?);
        let claimed = (
            count("claimed_copies")? + 1,
            count("claimed_media")? + 1,
            count("claimed_offsite")?,
        );
        let data = case.text("data")?;
        let meets = |(c, m, o): (usize, usize, usize)| c >= 3 && m >= 2 && o >= 1;
        let shown = |j: Judgement, (c, m, o): (usize, usize, usize)| {
            j.with("copies", c)
                .with("media", m)
                .with("offsite", o)
                .with("data", data)
        };
        let seen = (copies, media, offsite);
        if meets(seen) {
            return Ok(shown(Judgement::pass("pass"), seen));
        }
        if meets(claimed) {
            return Ok(shown(Judgement::partial("partial-claimed"), claimed));
        }
        if copies >= 2 && media >= 2 {
            return Ok(shown(Judgement::partial("partial"), seen));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        if case.int("unclear")? > 0 {
            return Ok(Judgement::unknown("unknown-unclear"));
        }
        if claimed.0 >= 2 && claimed.1 >= 2 {
            return Ok(shown(Judgement::unknown("unknown-unproved"), claimed));
        }
        Ok(shown(Judgement::fail("fail"), seen))
    }
}

/// The other machines to which a service sent copies and ended well.
fn sent(jobs: &Jobs, runs: &Runs) -> Vec<String> {
    let good = jobs.started().filter(|j| runs.of(j).is_some());
    let targets = good.flat_map(|j| j.targets.clone());
    let remote = targets.filter_map(|t| match t {
        Target::Remote(name) => Some(name),
        Target::Local(_) => None,
    });
    remote.collect()
}

/// Whether something shows that copies are there.
fn is_seen(place: &Place, stores: &Stores, sent: &[String]) -> bool {
    if !place.target.starts_with('/') {
        return place.kind == Kind::Remote && sent.contains(&place.target);
    }
    let folder = place.target.rsplit_once('/').map_or("", |(dir, _)| dir);
    let holds = |s: &Store| s.has_copies() && (s.path == place.target || s.path == folder);
    matches!(place.kind, Kind::Remote | Kind::Other | Kind::Same) && stores.all.iter().any(holds)
}

/// What tells whether another machine stands at another place.
struct Sites {
    declared: Vec<String>,
    names: BTreeMap<String, IpAddr>,
    own: std::rc::Rc<OwnAddresses>,
}

impl Sites {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let hosts = cx.host().text_if_any("/etc/hosts")?.unwrap_or_default();
        let mut names = BTreeMap::new();
        for (_, line) in lines(&hosts) {
            let mut words = line.split_whitespace();
            if let Some(Ok(address)) = words.next().map(str::parse) {
                names.extend(words.map(|w| (w.to_owned(), address)));
            }
        }
        Ok(Self {
            declared: cx.settings().backup_offsite.clone(),
            names,
            own: cx.get::<OwnAddresses>()?,
        })
    }

    fn count(&self, place: &Place, into: &mut Counted) {
        into.copies.insert(place.target.clone());
        if place.kind != Kind::Same {
            into.media
                .insert(place.medium.clone().unwrap_or_else(|| place.target.clone()));
        }
        let remote = matches!(place.kind, Kind::Remote | Kind::Declared);
        let named = |d: &String| *d == place.target || Some(d.as_str()) == place.host();
        if remote && (self.declared.iter().any(named) || self.is_far(place.host())) {
            into.offsite.insert(place.target.clone());
        }
    }

    /// Whether an address lies in a network that this host has no address in (IPv4, /24).
    fn is_far(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return false };
        let address = host.parse().ok().or_else(|| self.names.get(host).copied());
        match address {
            Some(IpAddr::V4(a)) => {
                let [x, y, z, _] = a.octets();
                let near = |n: u8| self.own.contain(&format!("{x}.{y}.{z}.{n}"));
                !a.is_loopback() && !(0..=255).any(near)
            }
            _ => false, // of a name nothing is known, and of IPv6 not how far a network reaches
        }
    }
}
