//! The certificates, chain by chain.

use capdo_checks::{
    Value,
    facts::tls::{anchors::StoreKind, certificate::Cert, ocsp::State},
    rating::{
        Chain,
        assess::{Assessed, Stapled},
    },
};
use jiff::Timestamp;

use super::page::{Page, Tone};

const MAX_NAMES: usize = 8;

pub(super) fn chains(page: &mut Page, assessed: &Assessed, now: Timestamp) {
    for (n, chain) in assessed.chains.iter().enumerate() {
        let asked = match &chain.asked {
            Some(name) => page.with("probe-tls-asked", &[("name", Value::from(name.as_str()))]),
            None => page.plain("probe-tls-asked-none"),
        };
        let args = [
            ("number", Value::from(n + 1)),
            ("asked", Value::from(asked)),
        ];
        page.section_with("probe-tls-chain", &args);
        for (place, cert) in chain.certificates.iter().enumerate() {
            if place == 0 {
                leaf(page, cert, now);
            } else {
                let key = if cert.self_signed {
                    "probe-tls-root"
                } else {
                    "probe-tls-issuer"
                };
                let label = page.plain(key);
                let text = format!("{} ({} {})", cert.subject, cert.key.kind, cert.key.bits);
                page.row(&label, &text, Tone::Plain);
                validity(page, cert, now);
            }
        }
        whole(page, chain, now);
    }
}

fn leaf(page: &mut Page, cert: &Cert, now: Timestamp) {
    let row = |page: &mut Page, key: &str, value: &str, tone| {
        let label = page.plain(key);
        page.row(&label, value, tone);
    };
    row(page, "probe-tls-subject", &cert.subject, Tone::Plain);
    row(page, "probe-tls-issued-by", &cert.issuer, Tone::Plain);
    if cert.self_signed {
        let word = page.plain("probe-tls-self-signed");
        row(page, "probe-tls-issued-by", &word, Tone::Warn);
    }
    if let Some(known) = cert.issuer_says {
        let word = page.plain(&format!(
            "probe-tls-known-{}",
            known.code().replace('_', "-")
        ));
        row(page, "probe-tls-issuer-says", &word, Tone::Plain);
    }
    let mut names: Vec<String> = cert.names.iter().take(MAX_NAMES).cloned().collect();
    if cert.names_total > names.len() {
        names.push(format!("… (+{})", cert.names_total - names.len()));
    }
    page.list("probe-tls-names", &names);
    validity(page, cert, now);
    key(page, cert);
    let old = matches!(cert.hash, "md2" | "md5" | "sha1");
    let tone = if old { Tone::Bad } else { Tone::Good };
    row(page, "probe-tls-hash", cert.hash, tone);
    if !cert.usages.is_empty() {
        row(
            page,
            "probe-tls-usage",
            &cert.usages.join(", "),
            Tone::Plain,
        );
    }
    if cert.ca {
        let word = page.plain("probe-tls-is-ca");
        row(page, "probe-tls-usage", &word, Tone::Warn);
    }
    if !cert.server_auth {
        let word = page.plain("probe-tls-not-server");
        row(page, "probe-tls-usage", &word, Tone::Bad);
    }
    let args = [
        ("serial", Value::from(cert.serial.as_str())),
        ("bits", Value::from(cert.serial_bits())),
    ];
    let serial = page.with("probe-tls-serial-bits", &args);
    row(page, "probe-tls-serial", &serial, Tone::Plain);
    row(page, "probe-tls-fingerprint", &cert.sha256, Tone::Plain);
    row(page, "probe-tls-spki", &cert.spki_sha256, Tone::Plain);
    row(page, "probe-tls-scts", &cert.scts.to_string(), Tone::Plain);
    for (key, list) in [
        ("probe-tls-ocsp", &cert.ocsp),
        ("probe-tls-crl", &cert.crls),
    ] {
        if !list.is_empty() {
            page.list(key, list);
        }
    }
}

fn key(page: &mut Page, cert: &Cert) {
    let weak = match cert.key.kind {
        "rsa" => cert.key.bits < 2048 || cert.key.exponent == Some(1) || cert.key.roca,
        "ec" => cert.key.bits < 256,
        "dsa" | "other" => true,
        _ => false,
    };
    let key = match (cert.key.curve, cert.key.exponent) {
        (Some(curve), _) => format!("{} {} ({curve})", cert.key.kind, cert.key.bits),
        (None, Some(e)) => format!("{} {} (e {e})", cert.key.kind, cert.key.bits),
        _ => format!("{} {}", cert.key.kind, cert.key.bits),
    };
    let label = page.plain("probe-tls-key");
    page.row(&label, &key, if weak { Tone::Bad } else { Tone::Good });
}

fn validity(page: &mut Page, cert: &Cert, now: Timestamp) {
    let left = (cert.not_after.as_second() - now.as_second()).div_euclid(86_400);
    let args = [
        ("from", Value::from(cert.not_before)),
        ("until", Value::from(cert.not_after)),
        ("left", Value::Int(left)),
    ];
    let (key, tone) = if now < cert.not_before {
        ("probe-tls-not-yet", Tone::Bad)
    } else if now > cert.not_after {
        ("probe-tls-expired", Tone::Bad)
    } else if left * 3 < cert.lifetime_days() && left < 30 {
        ("probe-tls-valid", Tone::Warn)
    } else {
        ("probe-tls-valid", Tone::Good)
    };
    let (label, text) = (page.plain("probe-tls-validity"), page.with(key, &args));
    page.row(&label, &text, tone);
}

fn whole(page: &mut Page, chain: &Chain, now: Timestamp) {
    let label = page.plain("probe-tls-trust");
    if chain.trust.trusted() {
        let stores = chain.trust.stores.iter();
        let stores = stores.map(|s| page.plain(&format!("probe-tls-store-{}", s.code())));
        let stores = stores.collect::<Vec<_>>().join(", ");
        page.row(&label, &stores, Tone::Good);
        if let Some(anchor) = &chain.trust.anchor {
            let label = page.plain("probe-tls-anchor");
            page.row(&label, anchor, Tone::Plain);
        }
    } else {
        let problem = page.plain("probe-tls-untrusted");
        let why = page.word("probe-tls-problem", chain.trust.problem);
        let problem = format!("{problem} ({why})");
        page.row(&label, &problem, Tone::Bad);
    }
    if let Some(matches) = chain.trust.name_matches {
        let (word, tone) = match matches {
            true => ("probe-yes", Tone::Good),
            false => ("probe-no", Tone::Bad),
        };
        let (label, word) = (page.plain("probe-tls-name-matches"), page.plain(word));
        page.row(&label, &word, tone);
    }
    let shape = &chain.shape;
    let faults = [
        (!shape.in_order, "probe-tls-out-of-order"),
        (shape.incomplete, "probe-tls-incomplete"),
        (shape.duplicates > 0, "probe-tls-duplicates"),
        (shape.root_sent, "probe-tls-root-sent"),
        (shape.extra > 0, "probe-tls-extra"),
        (chain.unreadable > 0, "probe-tls-unreadable"),
    ];
    let faults: Vec<String> = faults
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, key)| page.plain(key))
        .collect();
    let label = page.plain("probe-tls-shape");
    if faults.is_empty() {
        let fine = page.plain("probe-tls-shape-fine");
        page.row(&label, &fine, Tone::Good);
    } else {
        page.row(&label, &faults.join("; "), Tone::Warn);
    }
    lifetime(page, chain);
    staple(page, chain, now);
}

/// Only authorities that browsers trust are bound by their limit.
fn lifetime(page: &mut Page, chain: &Chain) {
    let leaf = chain.certificates.first();
    let public = chain.trust.stores.contains(&StoreKind::Public);
    if let Some(leaf) = leaf.filter(|leaf| public && leaf.outlives_public_limit()) {
        let args = [
            ("days", Value::Int(leaf.lifetime_days())),
            ("limit", Value::Int(leaf.longest_public_days())),
        ];
        let (label, text) = (
            page.plain("probe-tls-lifetime"),
            page.with("probe-tls-too-long", &args),
        );
        page.row(&label, &text, Tone::Warn);
    }
}

fn staple(page: &mut Page, chain: &Chain, now: Timestamp) {
    let must = chain.certificates.first().is_some_and(|c| c.must_staple);
    let (key, tone) = match &chain.staple {
        None if must => ("probe-tls-staple-must", Tone::Bad),
        None => ("probe-tls-staple-none", Tone::Plain),
        Some(Stapled::Fault(_)) => ("probe-tls-staple-bad", Tone::Warn),
        Some(Stapled::Answer(s)) if !s.signed => ("probe-tls-staple-unsigned", Tone::Bad),
        Some(Stapled::Answer(s)) if !s.holds(now) => ("probe-tls-staple-old", Tone::Warn),
        Some(Stapled::Answer(s)) => match s.state {
            State::Good => ("probe-tls-staple-good", Tone::Good),
            State::Revoked => ("probe-tls-staple-revoked", Tone::Bad),
            State::Unknown => ("probe-tls-staple-unknown", Tone::Warn),
        },
    };
    let (label, word) = (page.plain("probe-tls-staple"), page.plain(key));
    page.row(&label, &word, tone);
}
