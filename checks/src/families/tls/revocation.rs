//! Whether a certificate is shown not to be revoked.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{
            anchors::{Anchors, StoreKind},
            certificate::Cert,
            chain::trust,
            ocsp::{self, Fault, State},
            revocation::{self, Authorities, Told, Word},
        },
        tls_endpoints::Surveys,
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::{Judgement, Verdict},
};

/// The stapled OCSP response says that the certificate is good, is signed by the issuer or by whom it
/// appointed, and is in its time. Where the owner allows it (`ask_authorities`), authorities that a store
/// vouches for are asked as well: about the leaf unless a staple speaks for it, and about every
/// intermediate, at their OCSP responders and for their lists. Revoked fails; what they did not answer
/// is unknown. It does not apply where there is nothing to staple and nobody was to be asked.
pub(super) struct Revocation;

const META: Meta = Meta {
    id: "tls.revocation",
    version: 3,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

/// What stands for the leaf where its staple speaks.
const STAPLED: &str = "stapled";

impl Check for Revocation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_authorities()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        let anchors = cx.get::<Anchors>()?;
        let authorities = Authorities::new(cx.host(), &anchors);
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let at = &endpoint.label;
            let facts = Facts::new().observed("tls", !chain.is_empty(), at);
            let Some(leaf) = certs.first() else {
                return Ok(facts);
            };
            let facts = facts
                .observed("ocsp", leaf.ocsp.clone(), at)
                .observed("crls", leaf.crls.clone(), at)
                .observed("must_staple", leaf.must_staple, at);
            let shown = surveys.0[n].iter().flat_map(|s| s.shown.first());
            let bytes = shown.filter_map(|s| s.staple.as_ref()).next();
            let staple = bytes.map(|bytes| ocsp::read(bytes, &certs, &anchors));
            let speaks = matches!(&staple, Some(Ok(s)) if s.signed && s.holds(cx.host().now()));
            let facts = match staple {
                None => facts.observed("staple", "none", at),
                Some(Err(Fault::NoIssuer)) => return Err(Gap::parse(at)),
                Some(Err(fault)) => facts.observed("staple", fault.code(), at),
                Some(Ok(staple)) => facts
                    .observed("staple", staple.state.code(), at)
                    .observed("signed", staple.signed, at)
                    .observed("this_update", staple.this_update, at)
                    .maybe("next_update", Vantage::Observed, staple.next_update, at),
            };
            if !cx.settings().ask_authorities {
                return Ok(facts.configured("asked", "no", SETTING));
            }
            Ok(asked(
                facts,
                cx,
                &anchors,
                &authorities,
                &chain,
                &certs,
                speaks,
            ))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        if let Some(named) = case.fact("revoked") {
            let (subject, by) = (named.value.to_line(), case.text("revoked_by")?);
            let said = match case.text("revoked_since") {
                Ok(date) => Judgement::fail("fail-asked").with("date", date),
                Err(_) => Judgement::fail("fail-on-hold"),
            };
            return Ok(said.with("subject", subject).with("by", by));
        }
        let stapled = case.text("staple")? != "none";
        if stapled {
            let said = stapled_answer(case)?;
            if said.verdict != Verdict::Pass {
                return Ok(said);
            }
        } else if case.flag("must_staple")? {
            return Ok(Judgement::fail("fail-must-staple"));
        }
        match case.text("asked")? {
            "yes" => told(case, stapled),
            "untrusted" => Ok(Judgement::unknown("unknown-untrusted")),
            _ if stapled => Ok(Judgement::pass("pass")),
            _ if case.list("ocsp")?.is_empty() => {
                Ok(Judgement::not_applicable("not-applicable-no-ocsp"))
            }
            _ => Ok(Judgement::partial("partial-none")),
        }
    }
}

const SETTING: &str = "settings ask_authorities";

/// Adds what the authorities of a chain say.
fn asked(
    facts: Facts,
    cx: &Cx<'_>,
    anchors: &Anchors,
    authorities: &Authorities<'_>,
    chain: &[Vec<u8>],
    certs: &[Cert],
    stapled: bool,
) -> Facts {
    let trust = trust(chain, anchors, None, cx.host().now());
    if !trust.trusted() && certs.iter().any(revocation::can_be_asked) {
        return facts.configured("asked", "untrusted", SETTING);
    }
    let inside = trust.stores.contains(&StoreKind::Agency);
    let skipped = usize::from(stapled);
    let words: Vec<Word> = revocation::path(certs, &trust)
        .iter()
        .skip(skipped)
        .map(|cert| authorities.about(cert, certs, inside))
        .collect();
    let line = |w: &Word| format!("{} {}", w.told.code(), w.subject);
    let mut lines: Vec<String> = words.iter().map(line).collect();
    if stapled {
        lines.insert(0, STAPLED.to_owned());
    }
    let by: Vec<String> = words.iter().filter_map(|w| w.by.clone()).collect();
    let source = by.join(", ");
    let facts = facts
        .configured("asked", "yes", SETTING)
        .observed("told", lines, &source)
        .observed("asked_at", by, SETTING);
    let since = words.iter().filter_map(|w| w.since).max();
    let until = words.iter().filter_map(|w| w.until).min();
    let facts = facts
        .maybe("told_since", Vantage::Observed, since, &source)
        .maybe("told_until", Vantage::Observed, until, &source);
    let Some(word) = words.iter().find(|w| w.told == Told::Revoked) else {
        return facts;
    };
    let by = word.by.as_deref();
    facts
        .observed("revoked", word.subject.as_str(), &source)
        .maybe("revoked_by", Vantage::Observed, by, &source)
        .maybe("revoked_since", Vantage::Observed, word.revoked_at, &source)
}

/// What a staple proves; a pass where it says good.
fn stapled_answer(case: &Case<'_>) -> Result<Judgement, Missing> {
    let staple = case.text("staple")?;
    let state = [State::Good, State::Revoked, State::Unknown];
    let Some(state) = state.into_iter().find(|s| s.code() == staple) else {
        return Ok(Judgement::fail("fail-unusable").with("fault", staple));
    };
    if !case.flag("signed")? {
        return Ok(Judgement::fail("fail-unsigned"));
    }
    if state == State::Revoked {
        return Ok(Judgement::fail("fail-revoked"));
    }
    let since = case.time("this_update")?;
    let until = match case.fact("next_update") {
        Some(_) => case.time("next_update")?.as_second(),
        // The longest that public authorities may answer for.
        None => since.as_second().saturating_add(864_000),
    };
    Ok(if since > case.at || case.at.as_second() > until {
        Judgement::fail("fail-old")
    } else if state == State::Unknown {
        Judgement::fail("fail-unknown")
    } else {
        Judgement::pass("pass")
    })
}

/// What the answers of authorities prove, where none says revoked.
fn told(case: &Case<'_>, stapled: bool) -> Result<Judgement, Missing> {
    let lines: Vec<String> = case.list("told")?.iter().map(Value::to_line).collect();
    let word = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    if lines.iter().any(|line| word(line) == Told::NotKnown.code()) {
        return Ok(Judgement::fail("fail-unknown"));
    }
    let fine = [STAPLED, Told::Good.code(), Told::NoSource.code()];
    let open: Vec<String> = lines
        .iter()
        .filter(|line| !fine.contains(&word(line).as_str()))
        .cloned()
        .collect();
    if !open.is_empty() || lines.is_empty() {
        return Ok(Judgement::unknown("unknown-unanswered").with("answers", open));
    }
    let early = case.fact("told_since").is_some() && case.time("told_since")? > case.at;
    let late = case.fact("told_until").is_some() && case.time("told_until")? < case.at;
    if early || late {
        return Ok(Judgement::unknown("unknown-unanswered").with("answers", Told::Old.code()));
    }
    let by: Vec<String> = case.list("asked_at")?.iter().map(Value::to_line).collect();
    Ok(match lines.first().map(word).as_deref() {
        Some(STAPLED) if by.is_empty() => Judgement::pass("pass"),
        Some(first) if first == STAPLED || first == Told::Good.code() => {
            Judgement::pass("pass-asked").with("by", by)
        }
        // It was in its time when it was seen, and is so no longer.
        _ if stapled => Judgement::fail("fail-old"),
        _ => Judgement::not_applicable("not-applicable-no-source"),
    })
}
