//! Time: which service keeps the clock, from where, and how well.

use crate::{
    context::{Cx, Gather},
    facts::{include::expand, processes::Processes, systemd_conf, text},
    host::{Command, Kind},
    observation::{Gap, GapReason},
};

const MAX_FILES: usize = 128;
const MAX_DEPTH: usize = 3;

/// Programs that keep the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// chronyd.
    Chrony,
    /// systemd-timesyncd.
    Timesyncd,
    /// ntpd, ntpsec, openntpd, ntpd-rs.
    Ntpd,
}

impl Keeper {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chrony => "chrony",
            Self::Timesyncd => "systemd-timesyncd",
            Self::Ntpd => "ntpd",
        }
    }
}

/// Which programs that keep the clock run now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keepers(pub Vec<Keeper>);

impl Gather for Keepers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let processes = cx.get::<Processes>()?;
        let all = [
            (Keeper::Chrony, &["chronyd"][..]),
            (Keeper::Timesyncd, &["systemd-timesyncd"]),
            (Keeper::Ntpd, &["ntpd", "ntp-daemon"]),
        ];
        let runs = |names: &[&str]| names.iter().any(|n| processes.has(n));
        Ok(Self(
            all.into_iter()
                .filter(|(_, names)| runs(names))
                .map(|(k, _)| k)
                .collect(),
        ))
    }
}

/// A time server that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// Name or address.
    pub name: String,
    /// `file:line`.
    pub source: String,
}

/// The time servers that the configuration of each program names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    /// Of chrony.
    pub chrony: Vec<Server>,
    /// Of systemd-timesyncd.
    pub timesyncd: Vec<Server>,
    /// Of ntpd.
    pub ntpd: Vec<Server>,
}

impl Servers {
    /// Those of one program.
    pub fn of(&self, keeper: Keeper) -> &[Server] {
        match keeper {
            Keeper::Chrony => &self.chrony,
            Keeper::Timesyncd => &self.timesyncd,
            Keeper::Ntpd => &self.ntpd,
        }
    }
}

impl Gather for Servers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = Self::default();
        for path in ["/etc/chrony/chrony.conf", "/etc/chrony.conf"] {
            read_ntp(cx, path, 0, &mut found.chrony)?;
        }
        for path in [
            "/etc/ntpsec/ntp.conf",
            "/etc/ntp.conf",
            "/etc/openntpd/ntpd.conf",
        ] {
            read_ntp(cx, path, 0, &mut found.ntpd)?;
        }
        let conf = systemd_conf::settings(cx, "timesyncd.conf", "Time")?;
        for key in ["NTP", "FallbackNTP"] {
            // A fallback is asked only where no server is named.
            if let Some(setting) = conf.get(key).filter(|_| found.timesyncd.is_empty()) {
                let names = setting.value.split_whitespace();
                found.timesyncd.extend(names.map(|n| Server {
                    name: n.to_owned(),
                    source: setting.source.clone(),
                }));
            }
        }
        Ok(found)
    }
}

/// chrony.conf and ntp.conf name servers alike; chrony also includes files and folders.
fn read_ntp(cx: &Cx<'_>, path: &str, depth: usize, into: &mut Vec<Server>) -> Result<(), Gap> {
    if depth > MAX_DEPTH || into.len() > MAX_FILES {
        return Err(Gap::new(GapReason::OverBudget, path));
    }
    let Some(text) = cx.host().text_if_any(path)? else {
        return Ok(());
    };
    for (n, line) in text::lines(&text).filter(|(_, l)| !l.starts_with(['!', ';', '%'])) {
        let mut words = line.split_whitespace();
        let (Some(word), Some(value)) = (words.next(), words.next()) else {
            continue;
        };
        match word {
            "server" | "pool" | "peer" | "servers" => into.push(Server {
                name: value.to_owned(),
                source: format!("{path}:{n}"),
            }),
            "include" => {
                for file in matching(cx, value)? {
                    read_ntp(cx, &file, depth + 1, into)?;
                }
            }
            "confdir" | "sourcedir" => {
                let end = if word == "confdir" { "conf" } else { "sources" };
                for file in matching(cx, &format!("{value}/*.{end}"))? {
                    read_ntp(cx, &file, depth + 1, into)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The files of an include; DHCP's servers stand in `/run`, which an image does not have.
fn matching(cx: &Cx<'_>, pattern: &str) -> Result<Vec<String>, Gap> {
    if cx.host().kind() == Kind::Image && pattern.starts_with("/run/") {
        return Ok(Vec::new());
    }
    expand(cx.host(), pattern)
}

/// What chrony says about its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// Set by a source, not by itself.
    pub synchronised: bool,
    /// The "source" is this machine's own clock (`local stratum`).
    pub own_clock: bool,
    /// Stratum.
    pub stratum: i64,
    /// The clock is within this many milliseconds: 1, 10, 100, 1000, 10000, or more.
    pub within_ms: i64,
    /// Last update from a source, in seconds since 1970.
    pub last_update: i64,
}

/// Asks chrony.
///
/// # Errors
/// When chrony does not answer or is not understood.
pub fn tracking(cx: &Cx<'_>) -> Result<Tracking, Gap> {
    let output = cx.host().run(&Command::ChronycTracking)?;
    if !output.ok() {
        return Err(Gap::new(GapReason::Unreachable, "chronyc tracking"));
    }
    parse_tracking(&output.text()).ok_or_else(|| Gap::parse("chronyc -c tracking"))
}

fn parse_tracking(text: &str) -> Option<Tracking> {
    let fields: Vec<&str> = text.lines().next()?.trim().split(',').collect();
    let field = |n: usize| fields.get(n).copied();
    let leap = field(13)?.to_ascii_lowercase();
    let id = u32::from_str_radix(field(0)?, 16).ok()?;
    let whole = |t: &str| t.split('.').next().and_then(|w| w.parse::<i64>().ok());
    Some(Tracking {
        synchronised: id != 0 && !leap.contains("not"),
        own_clock: id == 0x7f7f_0101,
        stratum: field(2)?.parse().ok()?,
        within_ms: bucket(micros(field(4)?)?),
        last_update: whole(field(3)?)?,
    })
}

/// `-0.000123456` seconds as 123 microseconds.
fn micros(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(['-', '+']);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000000".chars()).take(6).collect();
    let whole: i64 = whole.parse().ok()?;
    whole
        .checked_mul(1_000_000)?
        .checked_add(digits.parse().ok()?)
}

/// The power of ten, in milliseconds, that holds the offset; a finer figure would never stand
/// still.
fn bucket(micros: i64) -> i64 {
    let steps = [1, 10, 100, 1_000, 10_000, 100_000];
    steps
        .into_iter()
        .find(|s| micros <= s * 1_000)
        .unwrap_or(i64::from(i32::MAX))
}

/// The kernel's own sign that its clock is synchronised, by `timedatectl show`.
///
/// # Errors
/// When the command is missing or says nothing about it.
pub fn kernel_synchronised(cx: &Cx<'_>) -> Result<bool, Gap> {
    let output = cx.host().run(&Command::TimedatectlShow)?;
    let text = output.text();
    let value = text
        .lines()
        .find_map(|l| l.strip_prefix("NTPSynchronized="));
    match value {
        Some("yes") => Ok(true),
        Some("no") => Ok(false),
        _ => Err(Gap::parse("timedatectl show")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "A29FC801,162.159.200.1,4,1795305600.123456,0.000212345,-0.0001,0.0002,1.0,0.0,0.1,0.02,0.001,64.2,Normal\n";

    #[test]
    fn tracking_is_rounded() {
        let got = parse_tracking(GOOD).unwrap();
        assert!(got.synchronised && !got.own_clock);
        assert_eq!(
            (got.stratum, got.within_ms, got.last_update),
            (4, 1, 1_795_305_600)
        );
    }

    #[test]
    fn an_unsynchronised_clock_and_ones_own_clock_are_known() {
        let lost = "00000000,,0,0.0,0.0,0,0,0,0,0,1,1,0,Not synchronised\n";
        assert!(!parse_tracking(lost).unwrap().synchronised);
        let own = GOOD.replace("A29FC801,162.159.200.1", "7F7F0101,");
        assert!(parse_tracking(&own).unwrap().own_clock);
        for bad in ["", ",,,", "x,y,z,1,2,3,4,5,6,7,8,9,10,Normal"] {
            assert_eq!(parse_tracking(bad), None);
        }
    }

    #[test]
    fn buckets() {
        assert_eq!(micros("-0.000212345"), Some(212));
        assert_eq!(micros("12"), Some(12_000_000));
        assert_eq!(micros("1e5"), None);
        assert_eq!(bucket(1_000), 1);
        assert_eq!(bucket(1_001), 10);
        assert_eq!(bucket(micros("0.9").unwrap()), 1_000);
        assert_eq!(bucket(i64::MAX), i64::from(i32::MAX));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([0-9A-F]{1,9}|,|\\.|-|é|Normal|\n){0,40}") {
            let _found = parse_tracking(&text);
        }
    }
}
