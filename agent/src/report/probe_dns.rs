//! What `probe dns` prints.

use capdo_checks::{
    Value,
    lang::Lang,
    probes::dns::{Caa, Dmarc, Proof, Set, Spf, Tagged, ZoneFound},
};

use super::lines::Lines;
use crate::say;

/// A zone, line by line.
pub fn render(zone: &ZoneFound, lang: Lang) -> String {
    let mut out = Lines::new(lang);
    out.put("probe-dns-dnssec", proof(zone.dnssec, lang));
    for (label, found) in [
        ("SOA", &zone.soa),
        ("NS", &zone.ns),
        ("A", &zone.a),
        ("AAAA", &zone.aaaa),
        ("MX", &zone.mx),
    ] {
        set(&mut out, label, found, lang);
    }
    caa(&mut out, &zone.caa, lang);
    spf(&mut out, &zone.spf, lang);
    dmarc(&mut out, &zone.dmarc, lang);
    tagged(&mut out, "MTA-STS", &zone.mta_sts, lang);
    tagged(&mut out, "TLS-RPT", &zone.tls_rpt, lang);
    for (name, found) in &zone.tlsa {
        set(&mut out, &format!("TLSA {name}"), found, lang);
    }
    out.done()
}

fn proof(proof: Option<Proof>, lang: Lang) -> String {
    let key = match proof {
        Some(Proof::Secure) => "probe-dns-secure",
        Some(Proof::Insecure) => "probe-dns-insecure",
        Some(Proof::Bogus) => "probe-dns-bogus",
        Some(Proof::Indeterminate) => "probe-dns-indeterminate",
        None => "probe-dns-unanswered",
    };
    say::plain(lang, key)
}

fn set(out: &mut Lines, label: &str, found: &Set, lang: Lang) {
    let shown = if found.records.is_empty() {
        say::plain(lang, "probe-none")
    } else {
        found.records.join(" | ")
    };
    out.labelled(label, &format!("{shown} ({})", proof(found.proof, lang)));
}

fn caa(out: &mut Lines, found: &Caa, lang: Lang) {
    let shown = match &found.at {
        Some(at) => format!("{} ({at})", found.records.join(" | ")),
        None => absent(found.unanswered, lang),
    };
    out.labelled("CAA", &shown);
}

fn spf(out: &mut Lines, found: &Spf, lang: Lang) {
    let Some(record) = &found.record else {
        let unanswered = found.problems.contains(&"unanswered");
        let shown = if found.records > 1 {
            found.problems.join(", ")
        } else {
            absent(unanswered, lang)
        };
        out.labelled("SPF", &shown);
        return;
    };
    out.labelled("SPF", record);
    let args = [
        ("ends", Value::from(found.ends.as_str())),
        ("lookups", Value::from(found.lookups)),
        ("voids", Value::from(found.voids)),
    ];
    out.with("probe-dns-spf", &args);
    if !found.problems.is_empty() {
        let problems = found.problems.join(", ");
        out.put("probe-dns-spf-problems", problems);
    }
    out.yes_no("probe-dns-spf-sound", found.is_sound());
}

fn dmarc(out: &mut Lines, found: &Dmarc, lang: Lang) {
    let shown = match (&found.at, &found.policy) {
        (Some(at), Some(policy)) => format!("p={policy} pct={} ({at})", found.percent),
        (Some(at), None) => format!("{} × ? ({at})", found.records),
        (None, _) => absent(found.unanswered, lang),
    };
    out.labelled("DMARC", &shown);
}

fn tagged(out: &mut Lines, label: &str, found: &Tagged, lang: Lang) {
    let shown = match &found.record {
        Some(record) => record.clone(),
        None if found.records > 1 => format!("{} ×", found.records),
        None => absent(found.unanswered, lang),
    };
    out.labelled(label, &shown);
}

fn absent(unanswered: bool, lang: Lang) -> String {
    let key = if unanswered {
        "probe-dns-unanswered"
    } else {
        "probe-none"
    };
    say::plain(lang, key)
}
