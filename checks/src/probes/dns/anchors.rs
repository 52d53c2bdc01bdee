//! Trust anchors, and whether they still fit the zones that they are for. Only below a zone whose
//! own keys an anchor has signed can a missing signature mean that something is wrong.

use std::{cell::RefCell, collections::HashMap, path::Path};

use hickory_resolver::proto::{
    dnssec::{
        TrustAnchors, Verifier as _,
        rdata::{DNSKEY, DNSSECRData, RRSIG},
    },
    rr::{DNSClass, LowerName, Name, RData, Record, SerialNumber},
};

/// Most bytes of a file of anchors, most keys of a zone, most signatures over them.
const MAX_FILE: u64 = 64 * 1024;
const MAX_KEYS: usize = 32;
const MAX_SIGNATURES: usize = 16;

/// What an anchor is worth at its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// None of its keys is that of the anchor, or nobody signed or showed them.
    Nothing,
    /// The anchor's key is there; its signature over the zone's keys does not hold.
    Broken,
    /// The anchor's key signed the zone's keys.
    Held,
}

/// The anchors, and what is known of their zones so far.
pub(super) struct Anchors {
    given: TrustAnchors,
    zones: Vec<Name>,
    known: RefCell<HashMap<Name, Footing>>,
    /// Those given, and every key of a zone where one of them holds. A zone whose anchor signs
    /// only its keys is else taken for one without a chain.
    pub(super) all: RefCell<TrustAnchors>,
}

impl Anchors {
    /// The root's keys.
    pub(super) fn of_root() -> Self {
        Self::new(TrustAnchors::default(), vec![Name::root()])
    }

    /// DNSKEY records as zone files write them. `None` when there are none or they are not
    /// understood.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let size = std::fs::metadata(path).ok()?.len();
        let text = (size <= MAX_FILE).then(|| std::fs::read_to_string(path))?;
        Self::parse(&text.ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = records(text);
        let owner = |line: &String| Name::from_ascii(line.split(' ').next()?).ok();
        let mut zones: Vec<Name> = lines.iter().map(owner).collect::<Option<_>>()?;
        for zone in &mut zones {
            zone.set_fqdn(true);
        }
        let given: TrustAnchors = lines.join("\n").parse().ok()?;
        (!zones.is_empty()).then(|| Self::new(given, zones))
    }

    fn new(given: TrustAnchors, zones: Vec<Name>) -> Self {
        Self {
            all: RefCell::new(given.clone()),
            known: RefCell::default(),
            given,
            zones,
        }
    }

    /// Zones at or above the name that have an anchor and were not looked at yet.
    pub(super) fn unseen(&self, name: &Name) -> Vec<Name> {
        let known = self.known.borrow();
        let above = self.zones.iter().filter(|z| z.zone_of(name));
        above.filter(|z| !known.contains_key(*z)).cloned().collect()
    }

    /// The best footing that the name has. A broken one at the root says nothing of a zone: the
    /// clock or the way there is wrong.
    pub(super) fn footing(&self, name: &Name) -> Footing {
        let known = self.known.borrow();
        let above = known.iter().filter(|(zone, _)| zone.zone_of(name));
        let worths: Vec<Footing> = above
            .filter(|(zone, footing)| !zone.is_root() || **footing != Footing::Broken)
            .map(|(_, footing)| *footing)
            .collect();
        let best = [Footing::Held, Footing::Broken];
        let hit = best.into_iter().find(|f| worths.contains(f));
        hit.unwrap_or(Footing::Nothing)
    }

    /// Notes the keys that a zone showed at that time (seconds of the epoch).
    pub(super) fn note(&self, zone: &Name, answers: &[Record], now: u32) {
        let footing = self.check(zone, answers, now);
        self.known.borrow_mut().insert(zone.clone(), footing);
        if footing == Footing::Held {
            let mut all = self.all.borrow_mut();
            let keys = keys(zone, answers).into_iter().map(|(_, key)| key);
            for key in keys.filter(|k| k.zone_key() && !k.revoke()) {
                all.insert_with_name(key.public_key(), LowerName::from(zone));
            }
        }
    }

    fn check(&self, zone: &Name, answers: &[Record], now: u32) -> Footing {
        let keys = keys(zone, answers);
        let lower = LowerName::from(zone);
        let trusted = keys.iter().map(|(_, key)| *key).filter(|key| {
            let usable = key.zone_key() && !key.revoke();
            usable && self.given.contains_with_name(key.public_key(), &lower)
        });
        let trusted: Vec<&DNSKEY> = trusted.collect();
        let signatures = signatures(zone, answers);
        if trusted.is_empty() || signatures.is_empty() || keys.len() > MAX_KEYS {
            return Footing::Nothing;
        }
        let now = SerialNumber::new(now);
        let records = || keys.iter().map(|(record, _)| *record);
        let holds = |signature: &RRSIG| {
            let input = signature.input();
            let in_time = now <= input.sig_expiration && now >= input.sig_inception;
            let fits = |key: &&&DNSKEY| {
                key.algorithm() == input.algorithm
                    && key.calculate_key_tag().is_ok_and(|t| t == input.key_tag)
            };
            let mut fitting = trusted.iter().filter(fits);
            let proves = |key: &&DNSKEY| {
                key.verify_rrsig(zone, DNSClass::IN, signature, records())
                    .is_ok()
            };
            in_time && input.signer_name == *zone && fitting.any(proves)
        };
        if signatures.into_iter().any(holds) {
            Footing::Held
        } else {
            Footing::Broken
        }
    }
}

fn keys<'a>(zone: &Name, answers: &'a [Record]) -> Vec<(&'a Record, &'a DNSKEY)> {
    let own = answers.iter().filter(|r| r.name == *zone);
    own.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some((record, key)),
        _ => None,
    })
    .collect()
}

fn signatures<'a>(zone: &Name, answers: &'a [Record]) -> Vec<&'a RRSIG> {
    let own = answers.iter().filter(|r| r.name == *zone);
    let all = own.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
        _ => None,
    });
    all.filter(|s| s.input().type_covered == hickory_resolver::proto::rr::RecordType::DNSKEY)
        .take(MAX_SIGNATURES)
        .collect()
}

/// Each record on one line, without comments, brackets and tabs.
fn records(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.split(';').next().unwrap_or_default();
        let words: Vec<String> = line
            .split_whitespace()
            .map(|w| w.replace(['(', ')'], ""))
            .filter(|w| !w.is_empty())
            .collect();
        let joined = words.join(" ");
        match lines.last_mut() {
            Some(last) if open => *last = format!("{last} {joined}"),
            _ if !joined.is_empty() => lines.push(joined),
            _ => {}
        }
        open = (open || line.contains('(')) && !line.contains(')');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "QH8ZFjohwaTh5/iMB1CX1o24tQjtua8euV/QGQm9AJ+n19MerVGxaWA3tjRWswAt158acg9eVxmrJnx+2bL2+w==";

    #[test]
    fn anchors_are_read_as_tools_write_them() {
        for text in [
            format!("test.\tIN\tDNSKEY\t257 3 13 {KEY} ;{{id = 56911 (ksk), size = 256b}}\n"),
            format!("; the zone's key\ntest. 3600 IN DNSKEY 257 3 13 {KEY}"),
            format!(
                "test. IN DNSKEY 257 3 13 (\n {} \n {} ) ; ksk\n",
                &KEY[..40],
                &KEY[40..]
            ),
        ] {
            let got = Anchors::parse(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(got.zones, [Name::from_ascii("test.").unwrap()], "{text}");
            assert_eq!(got.unseen(&Name::from_ascii("a.test.").unwrap()).len(), 1);
            assert!(got.unseen(&Name::from_ascii("atest.").unwrap()).is_empty());
        }
        for text in [
            "",
            "; nothing",
            "test. IN A 192.0.2.1",
            "\u{0}",
            "a b c d e f g",
        ] {
            assert!(Anchors::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn without_keys_an_anchor_is_worth_nothing() {
        let anchors = Anchors::of_root();
        let name = Name::from_ascii("xa.example.").unwrap();
        assert_eq!(anchors.footing(&name), Footing::Nothing);
        anchors.note(&Name::root(), &[], 0);
        assert_eq!(anchors.footing(&name), Footing::Nothing);
        assert!(anchors.unseen(&name).is_empty());
    }
}
