//! Who offended against the protocol how often, and until when it is turned away.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use serde::Deserialize;

/// The most offenders that are remembered.
const MAX_OFFENDERS: usize = 10_000;
/// Who kept quiet for so long begins with the shortest ban again.
const FORGIVEN_MS: i64 = 24 * 60 * 60 * 1000;

/// How many offences are borne, and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Offences {
    /// So many within the window end every connection of the offender.
    pub allowed: u32,
    /// The window, in seconds.
    pub window_s: u32,
    /// The first ban, in seconds; each that follows is twice as long.
    pub ban_s: u32,
    /// The longest ban, in seconds.
    pub longest_ban_s: u32,
}

impl Default for Offences {
    fn default() -> Self {
        Self {
            allowed: 20,
            window_s: 600,
            ban_s: 60,
            longest_ban_s: 60 * 60,
        }
    }
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offence {
    /// A message that breaks a bound of the protocol, or is none.
    Message,
    /// A message that does not fit what came before it.
    Order,
    /// Far more messages or frames than the work needs.
    Flood,
    /// HTTP/2 that breaks its own rules.
    Http,
    /// Answers are not read.
    Deaf,
    /// A handshake, or a connection without an identity, that takes too long.
    Slow,
    /// Runs, streams, renewals or enrolments more often than is let through.
    TooOften,
    /// A token or a certificate that is not good.
    NotLetIn,
}

impl Offence {
    /// The name in metrics, and the subject of the event on a host.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Order => "order",
            Self::Flood => "flood",
            Self::Http => "http2",
            Self::Deaf => "deaf",
            Self::Slow => "slow",
            Self::TooOften => "too-often",
            Self::NotLetIn => "not-let-in",
        }
    }
}

/// To whom offences are counted. An address answers only for those who showed no certificate: behind
/// one address may stand a whole agency.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Offender {
    /// A host.
    Host(String),
    /// A certificate of our CA whose host is not known yet.
    Serial(String),
    /// An IPv4 address, or the 64 bits of an IPv6 network.
    Address(IpAddr),
}

/// As the store and the command line name them: `host:ID`, `serial:HEX`, `address:IP`; of an IPv6 network
/// the first address.
impl fmt::Display for Offender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(id) => write!(f, "host:{id}"),
            Self::Serial(serial) => write!(f, "serial:{serial}"),
            Self::Address(address) => write!(f, "address:{address}"),
        }
    }
}

impl Offender {
    /// Who stands at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(network(address))
    }
}

/// An IPv4 address as it is; of an IPv6 address the network, in which one machine has them all.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[derive(Debug, Default)]
struct Record {
    since: i64,
    count: u32,
    bans: u32,
    until: i64,
}

/// The record of all offenders. It lives in memory: after a restart everybody begins anew.
#[derive(Debug)]
pub struct Strikes {
    settings: Offences,
    records: HashMap<Offender, Record>,
}

impl Strikes {
    /// Nobody has offended.
    pub fn new(settings: Offences) -> Self {
        Self {
            settings,
            records: HashMap::new(),
        }
    }

    /// Counts an offence; the end of the ban where it was one too many.
    pub fn count(&mut self, who: &Offender, now: i64) -> Option<i64> {
        if !self.has_room(who, now) {
            return None;
        }
        let settings = &self.settings;
        let record = self.records.entry(who.clone()).or_default();
        if now < record.until {
            return Some(record.until);
        }
        if now - record.until > FORGIVEN_MS {
            record.bans = 0;
        }
        if now - record.since > seconds(settings.window_s) {
            (record.since, record.count) = (now, 0);
        }
        record.count = record.count.saturating_add(1);
        if record.count < settings.allowed {
            return None;
        }
        let ban = seconds(settings.ban_s).saturating_mul(1 << record.bans.min(20));
        record.bans = record.bans.saturating_add(1);
        record.count = 0;
        record.until = now + ban.min(seconds(settings.longest_ban_s));
        Some(record.until)
    }

    /// Forgets somebody by the name that [`Offender`] shows: its ban, and that it ever had one.
    pub fn forgive(&mut self, name: &str) {
        self.records.retain(|who, _| who.to_string() != name);
    }

    /// Whether somebody is turned away now.
    pub fn is_banned(&self, who: &Offender, now: i64) -> bool {
        self.records.get(who).is_some_and(|r| now < r.until)
    }

    /// How many are turned away now.
    pub fn banned(&self, now: i64) -> usize {
        self.records.values().filter(|r| now < r.until).count()
    }

    /// Whether somebody is on record or can be put there. Who is banned is never forgotten for others.
    fn has_room(&mut self, who: &Offender, now: i64) -> bool {
        if self.records.len() < MAX_OFFENDERS || self.records.contains_key(who) {
            return true;
        }
        let window = seconds(self.settings.window_s);
        self.records
            .retain(|_, r| now < r.until || now - r.since <= window);
        if self.records.len() >= MAX_OFFENDERS {
            self.records.retain(|_, r| now < r.until);
        }
        self.records.len() < MAX_OFFENDERS
    }
}

fn seconds(s: u32) -> i64 {
    i64::from(s) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes() -> Strikes {
        Strikes::new(Offences {
            allowed: 3,
            window_s: 10,
            ban_s: 60,
            longest_ban_s: 100,
        })
    }

    fn host(id: &str) -> Offender {
        Offender::Host(id.to_owned())
    }

    #[test]
    fn bans_grow_up_to_the_longest_and_begin_anew_after_a_day() {
        let (mut strikes, h) = (strikes(), host("h"));
        let mut now = 0;
        let mut ban = |now: &mut i64| {
            let began = *now;
            let until = (0..3).find_map(|_| strikes.count(&h, *now)).unwrap();
            assert!(strikes.is_banned(&h, until - 1) && !strikes.is_banned(&h, until));
            *now = until;
            until - began
        };
        assert_eq!([ban(&mut now), ban(&mut now)], [60_000, 100_000]);
        assert_eq!(ban(&mut now), 100_000);
        now += FORGIVEN_MS + 1;
        assert_eq!(ban(&mut now), 60_000);
    }

    #[test]
    fn a_slip_now_and_then_is_borne_and_others_are_not_touched() {
        let mut strikes = strikes();
        for n in 0..100 {
            assert_eq!(strikes.count(&host("h"), n * 6_000), None, "{n}");
        }
        while strikes.count(&host("bad"), 0).is_none() {}
        assert!(!strikes.is_banned(&host("h"), 1));
        assert_eq!(strikes.banned(1), 1);
    }

    #[test]
    fn the_record_is_bounded_and_forgets_no_ban() {
        let mut strikes = strikes();
        while strikes.count(&host("bad"), 0).is_none() {}
        for n in 0..3 * MAX_OFFENDERS {
            strikes.count(&host(&n.to_string()), 1);
        }
        assert!(strikes.records.len() <= MAX_OFFENDERS);
        assert!(strikes.is_banned(&host("bad"), 2));
    }

    #[test]
    fn who_is_forgiven_begins_anew_and_nobody_else() {
        let mut strikes = strikes();
        for who in ["a", "b"] {
            while strikes.count(&host(who), 0).is_none() {}
        }
        strikes.forgive("host:a");
        assert!(!strikes.is_banned(&host("a"), 1) && strikes.is_banned(&host("b"), 1));
        let until = (0..3).find_map(|_| strikes.count(&host("a"), 1)).unwrap();
        assert_eq!(until, 60_001, "the shortest ban again");
    }

    #[test]
    fn one_ipv6_network_is_one_offender() {
        let at = |a: &str| Offender::at(a.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }
}
