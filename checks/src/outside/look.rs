//! What is seen of one address, part by part. Decides nothing.

use std::{net::SocketAddr, time::Duration};

use super::{Part, VERSION};
use crate::{
    facts::tls::certificate,
    host::{Host as _, HostError, HttpAsk, Live, Reach},
    observation::{Facts, Gap, GapReason, Observation, Subject, SubjectKind},
    probes::{
        dns::{self, Proof, Resolver, ZoneFound},
        http::{Site, SiteFound, survey},
        ssh::NOBODY,
        tls::{
            Limits,
            survey::{Answered, Ask, Protocol, StartTls, Survey},
        },
    },
    shared_keys::covers,
};

/// Gentler than an agent is to its own host: one connection at a time, over a wide area.
const GENTLE: Limits = Limits {
    time: Duration::from_secs(120),
    connection: Duration::from_secs(6),
    connections: 400,
    parallel: 1,
};

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Target {
    /// How the endpoint is called: `name:port`.
    pub label: String,
    /// The address, which was permitted.
    pub address: SocketAddr,
    /// The name to ask for; empty for the address itself.
    pub name: String,
    /// How TLS begins; `None` from the first byte.
    pub starttls: Option<StartTls>,
    /// Whether a web site speaks TLS.
    pub web_tls: bool,
}

/// Looks at one part of an address through a window that reaches it.
pub fn look(window: &Live, part: Part, target: &Target) -> Observation {
    let at = target.address.to_string();
    let seen = match part {
        Part::Exposure => exposure(window, target, &at),
        Part::Tls => tls(window, target, &at),
        Part::Http => http(window, target, &at),
        Part::Ssh => ssh(window, target, &at),
        Part::Dns => Err(Gap::new(GapReason::NotLive, &at)),
    };
    observation(part, &target.label, seen)
}

/// Looks at a zone through one resolver. `mail` also asks for its rules for mail.
pub fn look_at_zone(zone: &str, mail: bool, resolver: &Resolver) -> Observation {
    let found = dns::survey(resolver, zone, |_| {});
    observation(Part::Dns, zone, zone_facts(&found, zone, mail))
}

/// A part that was not looked at, and why.
pub fn unseen(part: Part, target: &Target, gap: Gap) -> Observation {
    observation(part, &target.label, Err(gap))
}

fn observation(part: Part, label: &str, seen: Result<Facts, Gap>) -> Observation {
    let Facts { facts, gap } = seen.unwrap_or_else(Facts::unseen);
    Observation {
        check: part.id().to_owned(),
        version: VERSION,
        subject: Subject::new(SubjectKind::Endpoint, label),
        facts,
        gap,
    }
}

fn exposure(window: &Live, target: &Target, at: &str) -> Result<Facts, Gap> {
    let word = match window.reach(target.address)? {
        Reach::Open => "open",
        Reach::Refused => "refused",
        Reach::Silent => "silent",
    };
    Ok(Facts::new().observed("reach", word, at).observed(
        "port",
        usize::from(target.address.port()),
        at,
    ))
}

fn tls(window: &Live, target: &Target, at: &str) -> Result<Facts, Gap> {
    let ask = Ask {
        target: target.address,
        name: (!target.name.is_empty()).then(|| target.name.clone()),
        starttls: target.starttls,
        intrusive: false,
    };
    let survey = window.survey(&ask, &GENTLE, &mut |_| {})?;
    Ok(tls_facts(&survey, target, at))
}

fn tls_facts(survey: &Survey, target: &Target, at: &str) -> Facts {
    let mut facts = Facts::new().observed("tls", survey.tls, at).observed(
        "asked_name",
        target.name.as_str(),
        at,
    );
    for version in [
        Protocol::Ssl2,
        Protocol::Ssl3,
        Protocol::Tls10,
        Protocol::Tls11,
        Protocol::Tls12,
        Protocol::Tls13,
    ] {
        let answered = survey.versions.get(&version).copied();
        let word = match answered.unwrap_or_default() {
            Answered::Yes => "offered",
            Answered::No => "refused",
            Answered::Unclear | Answered::NotAsked => "unclear",
        };
        facts = facts.observed(version.name(), word, at);
    }
    let leaf = survey.chain().and_then(<[_]>::first);
    match leaf.and_then(|der| certificate::parse(der)) {
        None => facts,
        Some(leaf) => facts
            .observed("name_covered", covers(&leaf.names, &target.name), at)
            .observed("spki_sha256", leaf.spki_sha256.as_str(), at)
            .observed("fingerprint", leaf.sha256.as_str(), at)
            .observed("not_before", leaf.not_before, at)
            .observed("not_after", leaf.not_after, at),
    }
}

fn http(window: &Live, target: &Target, at: &str) -> Result<Facts, Gap> {
    let site = Site {
        target: target.address,
        tls: target.web_tls,
        name: target.name.clone(),
    };
    let found = survey(window, &site, false)?;
    // What came after all these answers may be another server's page; the first answer is asked for
    // once more, so that one that fails now and then is not taken for the site.
    let again = window.http(&HttpAsk::get(
        site.target,
        site.tls,
        site.name.as_str(),
        "/",
    ))?;
    Ok(http_facts(&found, again.status, at))
}

fn http_facts(found: &SiteFound, again: u16, at: &str) -> Facts {
    let first = found.statuses.first().copied().unwrap_or_default();
    let last = found.statuses.last().copied().unwrap_or_default();
    let away = found.away.as_ref();
    let hsts = found.hsts.as_ref();
    let seconds = hsts.map(|h| {
        h.max_age
            .map_or(0, |s| i64::try_from(s).unwrap_or(i64::MAX))
    });
    let facts = Facts::new()
        .observed("over_tls", found.tls, at)
        .observed("status", usize::from(first), at)
        .observed("last_status", usize::from(last), at)
        .observed("steady", first == again, at)
        .observed("to_https", away.is_some_and(|a| a.https && a.same_host), at)
        .observed("away", away.map_or("", |a| a.origin.as_str()), at)
        .observed("hsts", seconds.is_some(), at)
        .observed("hsts_seconds", seconds.unwrap_or(0), at)
        .observed("versions_told", found.versions.clone(), at);
    match found.other_path_to_https {
        Some(other) => facts.observed("other_path_to_https", other, at),
        None => facts,
    }
}

fn ssh(window: &Live, target: &Target, at: &str) -> Result<Facts, Gap> {
    let face = window.ssh_face(target.address, None)?;
    let greeting = &face.greeting;
    let facts = Facts::new()
        .observed("protocol", greeting.protocol.as_str(), at)
        .observed("software", greeting.software.as_str(), at);
    let asked = window.ssh_face(target.address, Some(NOBODY));
    match asked.map(|face| face.methods) {
        Ok(Some(methods)) => {
            Ok(facts
                .observed("open", methods.open, at)
                .observed("methods", methods.offered, at))
        }
        Ok(None) => Ok(facts),
        Err(HostError::NotFound(tool)) => Err(Gap::new(GapReason::ToolMissing, tool)),
        Err(error) => Err(error.into()),
    }
}

fn zone_facts(found: &ZoneFound, zone: &str, mail: bool) -> Result<Facts, Gap> {
    let proof = found
        .dnssec
        .ok_or_else(|| Gap::new(GapReason::Unreachable, zone))?;
    let word = match proof {
        Proof::Secure => "secure",
        Proof::Insecure => "insecure",
        Proof::Bogus => "bogus",
        Proof::Indeterminate => "indeterminate",
    };
    let facts = Facts::new()
        .observed("dnssec", word, zone)
        .observed("exists", !found.soa.records.is_empty(), zone)
        .observed("mail", mail, zone);
    if !mail {
        return Ok(facts);
    }
    let unanswered = found.spf.problems.contains(&"unanswered") || found.dmarc.unanswered;
    let policy = found.dmarc.policy.as_deref().unwrap_or_default();
    let single = found.dmarc.records == 1;
    Ok(facts
        .observed("mail_unanswered", unanswered, zone)
        .observed("spf_sound", found.spf.is_sound(), zone)
        .observed("dmarc_policy", if single { policy } else { "" }, zone)
        .observed("dmarc_percent", usize::from(found.dmarc.percent), zone))
}
