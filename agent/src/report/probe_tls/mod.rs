//! What `probe tls` prints: the survey in sections, its certificates, and what it amounts to.

mod certificates;
mod labels;
mod page;
mod rating;
#[cfg(test)]
mod tests;

use capdo_checks::{
    Value,
    facts::tls::anchors::Anchors,
    lang::Lang,
    probes::tls::{
        groups, schemes,
        suites::{Auth, Suite, suite},
        survey::{Answered, Protocol, Suites, Survey},
    },
    rating::assess::{Assessed, assess},
};
use jiff::Timestamp;
use serde::Serialize;

use self::page::{Page, Tone};
use crate::out::Screen;

/// What a survey showed, with what follows from it. This is the JSON of one address.
#[derive(Debug, Serialize)]
pub struct Found {
    /// What the service showed: versions, suites, groups, traits, weaknesses, certificates in DER.
    pub survey: Survey,
    /// `chains` (certificates read, order, trust, OCSP), `grade` and `mozilla`.
    #[serde(flatten)]
    pub assessed: Assessed,
    /// Where no TLS is spoken: how the protocol in which the service greets, and which may turn to TLS, is
    /// written after `--starttls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greets: Option<&'static str>,
}

impl Found {
    /// Reads and rates a survey. `name` is the name that the certificate must bear; `hsts` the
    /// seconds of Strict-Transport-Security, 0 without it, `None` where no web server answered.
    pub fn new(
        survey: Survey,
        name: Option<&str>,
        anchors: &Anchors,
        now: Timestamp,
        hsts: Option<u64>,
    ) -> Self {
        let assessed = assess(&survey, name, anchors, now, hsts);
        Self {
            survey,
            assessed,
            greets: None,
        }
    }
}

/// The report as text.
pub fn render(found: &Found, now: Timestamp, screen: Screen, lang: Lang) -> String {
    let mut page = Page::new(lang, screen);
    let survey = &found.survey;
    if !survey.tls {
        page.say("probe-tls-none");
        if let Some(protocol) = found.greets {
            let text = page.with("probe-tls-greets", &[("protocol", Value::from(protocol))]);
            page.block(&text, Tone::Plain, 2);
        }
        return page.done();
    }
    versions(&mut page, survey);
    for (version, suites) in survey.suites.iter().rev() {
        list_suites(&mut page, *version, suites);
    }
    exchange(&mut page, survey);
    certificates::chains(&mut page, &found.assessed, now);
    traits(&mut page, survey);
    weaknesses(&mut page, survey);
    rating::grade(&mut page, &found.assessed);
    rating::mozilla(&mut page, &found.assessed);
    page.done()
}

/// The name of a version as people write it.
const fn shown(version: Protocol) -> &'static str {
    match version {
        Protocol::Ssl2 => "SSL 2.0",
        Protocol::Ssl3 => "SSL 3.0",
        Protocol::Tls10 => "TLS 1.0",
        Protocol::Tls11 => "TLS 1.1",
        Protocol::Tls12 => "TLS 1.2",
        Protocol::Tls13 => "TLS 1.3",
    }
}

fn versions(page: &mut Page, survey: &Survey) {
    page.section("probe-tls-versions");
    for (version, answer) in &survey.versions {
        let fine = *version >= Protocol::Tls12;
        let tone = match (answer, fine) {
            (Answered::Yes, true) => Tone::Good,
            (Answered::Yes, false) => Tone::Bad,
            (Answered::Unclear, _) => Tone::Warn,
            _ => Tone::Plain,
        };
        let word = page.plain(match answer {
            Answered::Yes => "probe-tls-offered",
            Answered::No => "probe-tls-refused",
            Answered::Unclear => "probe-tls-unclear",
            Answered::NotAsked => "probe-tls-not-asked",
        });
        page.row(shown(*version), &word, tone);
    }
}

fn list_suites(page: &mut Page, version: Protocol, suites: &Suites) {
    let order = page.plain(match suites.server_order {
        Answered::Yes => "probe-tls-order-server",
        Answered::No => "probe-tls-order-client",
        _ => "probe-tls-order-unclear",
    });
    let args = [
        ("version", Value::from(shown(version))),
        ("order", Value::from(order)),
    ];
    page.section_with("probe-tls-suites", &args);
    for code in &suites.codes {
        let Some(known) = suite(*code) else {
            page.row(&format!("0x{code:04x}"), "?", Tone::Warn);
            continue;
        };
        let (tone, remark) = strength(&known);
        let remark = remark.map_or_else(String::new, |key| format!("  {}", page.plain(key)));
        let text = format!("{:<44} {:>3}{remark}", known.name, known.bits);
        page.row(&format!("0x{code:04x}"), &text, tone);
    }
}

/// How a suite is shown, and the remark behind it.
fn strength(suite: &Suite) -> (Tone, Option<&'static str>) {
    if suite.auth == Auth::Anonymous {
        (Tone::Bad, Some("probe-tls-anonymous"))
    } else if suite.export || suite.bits < 112 {
        (Tone::Bad, Some("probe-tls-weak"))
    } else if suite.bits < 128 || suite.cipher == capdo_checks::probes::tls::suites::Cipher::Rc4 {
        (Tone::Bad, Some("probe-tls-old"))
    } else if !suite.forward_secret() {
        (Tone::Warn, Some("probe-tls-no-fs"))
    } else if !suite.aead() {
        (Tone::Plain, Some("probe-tls-cbc"))
    } else {
        (Tone::Good, None)
    }
}

fn exchange(page: &mut Page, survey: &Survey) {
    page.section("probe-tls-exchange");
    let named = |codes: &[u16]| {
        let names = codes.iter().map(|code| {
            let known = groups::by_code(*code).map(|g| g.name.to_owned());
            known.unwrap_or_else(|| format!("0x{code:04x}"))
        });
        names.collect::<Vec<_>>()
    };
    page.list("probe-tls-groups", &named(&survey.groups));
    page.list("probe-tls-curves", &named(&survey.curves));
    if let Some(dh) = &survey.dh {
        let known = dh.known.as_deref().unwrap_or("-");
        let tone = if dh.bits < 2048 {
            Tone::Bad
        } else {
            Tone::Good
        };
        let label = page.plain("probe-tls-dh");
        page.row(&label, &format!("{} ({known})", dh.bits), tone);
    }
    let schemes = survey.signatures.iter().map(|code| {
        let known = schemes::name(*code).map(str::to_owned);
        known.unwrap_or_else(|| format!("0x{code:04x}"))
    });
    page.list("probe-tls-signatures", &schemes.collect::<Vec<_>>());
    page.list("probe-tls-alpn", &survey.alpn);
}

/// What is good about the answer yes.
#[derive(Clone, Copy)]
enum Wish {
    Yes,
    No,
    Either,
}

fn answer(page: &mut Page, key: &str, answer: Answered, wish: Wish) {
    let (word, tone) = match (answer, wish) {
        (Answered::NotAsked, _) => ("probe-tls-not-asked", Tone::Plain),
        (Answered::Unclear, _) => ("probe-tls-unclear", Tone::Warn),
        (Answered::Yes, Wish::Yes) => ("probe-yes", Tone::Good),
        (Answered::Yes, Wish::No) => ("probe-yes", Tone::Bad),
        (Answered::No, Wish::Yes) => ("probe-no", Tone::Warn),
        (Answered::No, Wish::No) => ("probe-no", Tone::Good),
        (Answered::Yes, Wish::Either) => ("probe-yes", Tone::Plain),
        (Answered::No, Wish::Either) => ("probe-no", Tone::Plain),
    };
    let (label, word) = (page.plain(key), page.plain(word));
    page.row(&label, &word, tone);
}

fn traits(page: &mut Page, survey: &Survey) {
    page.section("probe-tls-traits");
    let t = &survey.traits;
    for (key, said, wish) in [
        ("probe-tls-compression", t.compression, Wish::No),
        ("probe-tls-renegotiation", t.secure_renegotiation, Wish::Yes),
        (
            "probe-tls-client-renegotiation",
            t.client_renegotiation,
            Wish::No,
        ),
        ("probe-tls-fallback", t.fallback_scsv, Wish::Yes),
        ("probe-tls-ems", t.extended_master_secret, Wish::Yes),
        ("probe-tls-etm", t.encrypt_then_mac, Wish::Either),
        ("probe-tls-tickets", t.session_tickets, Wish::Either),
        ("probe-tls-ids", t.session_ids, Wish::Either),
        ("probe-tls-early", t.early_data, Wish::No),
        ("probe-tls-heartbeat", t.heartbeat, Wish::No),
        ("probe-tls-sentinel", t.downgrade_sentinel, Wish::Yes),
        ("probe-tls-tolerant", t.tolerant, Wish::Yes),
        (
            "probe-tls-opportunistic",
            survey.opportunistic,
            Wish::Either,
        ),
        ("probe-tls-clear-login", survey.clear_login, Wish::No),
    ] {
        // Nearly always it is for want of a permission, and not because it makes no sense.
        let only_deeper = key == "probe-tls-client-renegotiation";
        if said != Answered::NotAsked || only_deeper {
            answer(page, key, said, wish);
        }
    }
    if let Some(got) = &survey.unknown_name {
        let label = page.plain("probe-tls-unknown-name");
        let is_code = got.bytes().all(|b| b.is_ascii_digit());
        let text = if is_code {
            page.with("probe-tls-alert", &[("code", Value::from(got.as_str()))])
        } else {
            page.word("probe-tls-unknown-name", got)
        };
        page.row(&label, &text, Tone::Plain);
    }
}

fn weaknesses(page: &mut Page, survey: &Survey) {
    page.section("probe-tls-weaknesses");
    let w = &survey.weaknesses;
    let all = [
        w.heartbleed,
        w.ccs_injection,
        w.robot,
        w.ticketbleed,
        w.starttls_injection,
    ];
    for ((_, label), said) in labels::HOLES.into_iter().zip(all) {
        let (word, tone) = match said {
            Answered::Yes => ("probe-tls-vulnerable", Tone::Bad),
            Answered::No => ("probe-tls-sound", Tone::Good),
            Answered::Unclear => ("probe-tls-unclear", Tone::Warn),
            Answered::NotAsked => ("probe-tls-not-asked", Tone::Plain),
        };
        let word = page.plain(word);
        page.row(label, &word, tone);
    }
    if !survey.cut.is_empty() {
        let cut = labels::all(page, &survey.cut);
        page.list("probe-tls-cut", &cut);
    }
}
