//! Which version apt prefers where: apt_preferences(5) and `APT::Default-Release`.

use super::{
    super::{deb822::each_stanza, dpkg::Packages, glob},
    Fetched, Release,
    conf::AptConf,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

const MAIN: &str = "/etc/apt/preferences";
const PARTS: &str = "/etc/apt/preferences.d";
/// The priority that shuts a source out for good.
pub(super) const NEVER: i32 = i32::MIN;

/// One preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// File and line.
    pub at: String,
    /// Packages that it is about; empty for all of them.
    packages: Vec<String>,
    by: By,
    /// What it gives.
    pub priority: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    Version(String),
    Release(Vec<(char, String)>),
    Origin(String),
}

/// The preferences in the order in which apt takes them: the first that fits holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences(pub Vec<Pin>);

/// One package list, or dpkg's status, as preferences see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    release: Release,
    component: String,
    arch: String,
    site: String,
    /// dpkg's status: what is installed, not what is offered.
    pub(super) installed: bool,
}

/// One version of a package.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    pub(super) version: String,
    pub(super) source: String,
    /// Places that have it, by index.
    pub(super) places: Vec<usize>,
}

impl Place {
    pub(super) fn status() -> Self {
        Self {
            installed: true,
            ..Self::default()
        }
    }

    pub(super) fn of(fetched: &Fetched, component: &str, arch: &str) -> Self {
        let address = fetched.source.uri.split("://").nth(1).unwrap_or_default();
        let host = address.split('/').next().unwrap_or_default();
        Self {
            release: fetched.release.clone().unwrap_or_default(),
            component: component.to_owned(),
            arch: arch.to_owned(),
            site: host.split(':').next().unwrap_or_default().to_owned(),
            installed: false,
        }
    }

    /// Its priority before any preference.
    const fn ordinary(&self) -> i32 {
        if self.installed || self.release.but_automatic_upgrades {
            100
        } else if self.release.not_automatic {
            1
        } else {
            500
        }
    }

    fn fits(&self, by: &By) -> bool {
        let spec = match by {
            By::Release(spec) => spec,
            By::Origin(site) => return !self.installed && like(site, &self.site),
            By::Version(_) => return false,
        };
        let one = |(key, value): &(char, String)| {
            let release = &self.release;
            if self.installed {
                // dpkg's status has no release file; its archive is called `now`.
                return matches!(key, '*' | 'c' | 'b') || "ar".contains(*key) && like(value, "now");
            }
            match key {
                'a' => like(value, &release.suite),
                'n' => like(value, &release.codename),
                'r' => like(value, &release.suite) || like(value, &release.codename),
                'v' => like(value, &release.version),
                'o' => like(value, &release.origin),
                'l' => like(value, &release.label),
                'c' => like(value, &self.component),
                'b' => like(value, &self.arch),
                _ => true,
            }
        };
        !spec.is_empty() && spec.iter().all(one)
    }
}

/// fnmatch(3) without regard to case, as apt compares; brackets are refused before.
fn like(pattern: &str, text: &str) -> bool {
    glob::matches(&pattern.to_lowercase(), &text.to_lowercase())
}

impl Preferences {
    /// The priority of each place by the preferences for all packages.
    pub(super) fn places(&self, places: &[Place]) -> Vec<i32> {
        let priority = |place: &Place| {
            let fits = |p: &&Pin| p.packages.is_empty() && place.fits(&p.by);
            let mut fitting = self.0.iter().filter(fits);
            if fitting.clone().any(|p| p.priority == NEVER) {
                return NEVER;
            }
            fitting
                .next()
                .map_or_else(|| place.ordinary(), |p| p.priority)
        };
        places.iter().map(priority).collect()
    }

    /// The priority of one version of a package of the host's own architecture (`native`) or another.
    pub(super) fn of_version(
        &self,
        (name, arch, native): (&str, &str, bool),
        version: &Version,
        places: &[Place],
        priorities: &[i32],
        installed: bool,
    ) -> i32 {
        let about = |p: &&Pin| {
            p.packages
                .iter()
                .any(|target| is_about(target, name, arch, native, version))
        };
        let fits = |p: &&Pin| match &p.by {
            By::Version(pattern) => like(pattern, &version.version),
            by => version.places.iter().any(|&at| places[at].fits(by)),
        };
        let own = self.0.iter().filter(about).find(fits);
        if let Some(pin) = own
            && version.places.iter().any(|&at| priorities[at] != NEVER)
        {
            return pin.priority;
        }
        let of_place = |&at: &usize| {
            if places[at].installed && !installed {
                -1
            } else {
                priorities[at]
            }
        };
        version.places.iter().map(of_place).max().unwrap_or(0)
    }
}

/// Whether a preference's target (`libc6`, `lib*`, `src:glibc`, `libc6:i386`) is this package.
fn is_about(target: &str, name: &str, arch: &str, native: bool, version: &Version) -> bool {
    let (wanted, is_source) = match target.strip_prefix("src:") {
        Some(rest) => (rest, true),
        None => (target, false),
    };
    let (wanted, wanted_arch) = wanted.rsplit_once(':').unwrap_or((wanted, ""));
    let arch_fits = match wanted_arch {
        "" => native,
        "any" => true,
        other => other == arch || native && other == "native",
    };
    let own = if is_source {
        version.source.as_str()
    } else {
        name
    };
    let named = if glob::is_pattern(wanted) {
        like(wanted, own)
    } else {
        wanted == own
    };
    arch_fits && named
}

impl Gather for Preferences {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let conf = cx.get::<AptConf>()?;
        let mut all = Vec::new();
        if let Some(release) = conf
            .get("APT::Default-Release")
            .filter(|s| !s.value.is_empty())
        {
            all.push(Pin {
                at: release.path.clone(),
                packages: Vec::new(),
                by: By::Release(release_spec(&release.value)),
                priority: 990,
            });
        }
        read(cx.host(), MAIN, &mut all)?;
        for entry in cx.host().list_if_any(PARTS, 1_000)? {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            let extension = entry.name.rsplit_once('.').map(|(_, e)| e);
            if entry.name.chars().all(plain) && matches!(extension, None | Some("pref")) {
                read(cx.host(), &format!("{PARTS}/{}", entry.name), &mut all)?;
            }
        }
        Ok(Self(all))
    }
}

fn read(host: &dyn Host, path: &str, all: &mut Vec<Pin>) -> Result<(), Gap> {
    let Some(text) = host.text_if_any(path)? else {
        return Ok(());
    };
    let mut odd = None;
    let wanted = ["Package", "Pin", "Pin-Priority"];
    let each = |stanza: &super::super::deb822::Stanza| {
        let at = format!("{path}:{}", stanza.line);
        match (stanza.get("Package"), stanza.get("Pin")) {
            (Some(_), None) => {} // apt passes over it
            (Some(packages), Some(pin)) => {
                match one(&at, packages, pin, stanza.get("Pin-Priority")) {
                    Some(pin) => all.push(pin),
                    None => odd = odd.take().or(Some(at)),
                }
            }
            _ => odd = odd.take().or(Some(at)),
        }
    };
    each_stanza(&mut text.as_bytes(), &wanted, each)
        .map_err(|e| Gap::parse(format!("{path}: {e}")))?;
    odd.map_or(Ok(()), |at| {
        Err(Gap::parse(format!("{at}: preference not understood")))
    })
}

/// `None` where apt would stop, or where the preference is of a sort that is not followed here:
/// regular expressions, brackets, and `source-version`, which only apt from 2.9 on follows.
fn one(at: &str, packages: &str, pin: &str, priority: Option<&str>) -> Option<Pin> {
    let (kind, value) = pin.split_once(char::is_whitespace).unwrap_or((pin, ""));
    let value = value.trim();
    if packages.contains(['/', '[']) || value.contains(['/', '[']) {
        return None;
    }
    let all = packages.trim() == "*";
    let by = match kind.to_lowercase().as_str() {
        "version" if !all => By::Version(value.to_owned()),
        "release" => By::Release(release_spec(value)),
        "origin" => By::Origin(value.trim_matches('"').to_owned()),
        _ => return None,
    };
    let priority = match priority?.trim() {
        "never" if all => NEVER,
        number => number.parse::<i16>().ok().filter(|n| *n != 0)?.into(),
    };
    let packages = if all { "" } else { packages };
    Some(Pin {
        at: at.to_owned(),
        packages: packages.split_whitespace().map(str::to_owned).collect(),
        by,
        priority,
    })
}

/// `a=stable, o=Debian`, or a bare archive, codename or version.
fn release_spec(value: &str) -> Vec<(char, String)> {
    let value = value.trim();
    if value == "*" {
        return vec![('*', String::new())];
    }
    if !value.contains('=') {
        let digit = value.starts_with(|c: char| c.is_ascii_digit());
        return vec![(if digit { 'v' } else { 'r' }, value.to_owned())];
    }
    let field = |part: &str| {
        let (key, value) = part.trim().split_once('=')?;
        let mut key = key.chars();
        let (Some(letter), None) = (key.next(), key.next()) else {
            return None;
        };
        let letter = letter.to_ascii_lowercase();
        ("vanolcb".contains(letter) && !value.is_empty()).then(|| (letter, value.to_owned()))
    };
    value.split(',').filter_map(field).collect()
}

/// Whether the host has the package frozen by `apt-mark hold`.
pub(super) fn is_held(packages: &Packages, name: &str) -> bool {
    let by_arch = packages.installed.get(name);
    by_arch.is_some_and(|all| all.values().any(|p| p.held))
}
