//! What a ServerHello says beside version and suite.

use super::{
    enumerate::only,
    hello::{self, FALLBACK_SCSV, Hello, extension},
    prober::{Cut, Prober, Said},
    read::{Flight, Goal, Reply},
    survey::{Answered, Protocol, Suites, Survey, Traits},
};

/// RFC 8446, section 4.1.3: "DOWNGRD" and 1 for TLS 1.2, 0 for what is older.
const SENTINEL: &[u8; 7] = b"DOWNGRD";

/// The newest version below TLS 1.3 that is offered, with its suites. SSL 2.0 has none of all this.
pub(super) fn newest_classic(survey: &Survey) -> Option<(Protocol, &Suites)> {
    let offered = survey.suites.iter().rev();
    let classic = offered.filter(|(v, _)| **v > Protocol::Ssl2 && **v < Protocol::Tls13);
    classic
        .map(|(version, suites)| (*version, suites))
        .find(|(_, suites)| !suites.codes.is_empty())
}

/// All suites of a version as a hello takes them.
pub(super) fn every(suites: &Suites) -> Vec<u16> {
    let codes = suites.codes.iter().take(120);
    codes.filter_map(|code| u16::try_from(*code).ok()).collect()
}

/// Asks for all traits.
pub(super) fn traits(prober: &Prober<'_>, survey: &Survey, found: &mut Traits) -> Result<(), Cut> {
    if let Some((version, suites)) = newest_classic(survey) {
        rich(prober, version, suites, found)?;
        plain(prober, version, suites, survey, found)?;
        found.encrypt_then_mac = encrypt_then_mac(prober, version, suites)?;
        found.fallback_scsv = fallback(prober, survey)?;
    }
    found.tolerant = tolerant(prober, survey)?;
    Ok(())
}

fn flight(
    prober: &Prober<'_>,
    hello: &Hello,
    version: Protocol,
) -> Result<Option<Box<Flight>>, Cut> {
    Ok(match prober.ask(hello, Goal::Hello)? {
        Said::Yes(flight) if flight.version == hello::code(version) => Some(flight),
        _ => None,
    })
}

const fn shown(yes: bool) -> Answered {
    if yes { Answered::Yes } else { Answered::No }
}

/// One hello with everything that a server may take up.
fn rich(
    prober: &Prober<'_>,
    version: Protocol,
    suites: &Suites,
    found: &mut Traits,
) -> Result<(), Cut> {
    let mut hello = Hello::new(version, every(suites), prober.name())
        .asking(extension::MASTER_SECRET)
        .asking(extension::TICKET)
        .with(extension::HEARTBEAT, vec![1]);
    hello.compression = vec![1, 0];
    let answer = flight(prober, &hello, version)?;
    let echoed = |code| {
        answer
            .as_ref()
            .map_or(Answered::Unclear, |f| shown(f.extension(code).is_some()))
    };
    found.compression = answer
        .as_ref()
        .map_or(Answered::Unclear, |f| shown(f.compression != 0));
    found.secure_renegotiation = echoed(extension::RENEGOTIATION);
    if version == Protocol::Ssl3 {
        return Ok(()); // no extensions to ask with
    }
    found.extended_master_secret = echoed(extension::MASTER_SECRET);
    found.session_tickets = echoed(extension::TICKET);
    found.heartbeat = echoed(extension::HEARTBEAT);
    Ok(())
}

/// A hello that asks for nothing: a server with tickets would not give a session id otherwise.
fn plain(
    prober: &Prober<'_>,
    version: Protocol,
    suites: &Suites,
    survey: &Survey,
    found: &mut Traits,
) -> Result<(), Cut> {
    let hello = Hello::new(version, every(suites), prober.name());
    let Some(flight) = flight(prober, &hello, version)? else {
        found.session_ids = Answered::Unclear;
        return Ok(());
    };
    found.session_ids = shown(!flight.session.is_empty());
    if survey.suites.contains_key(&Protocol::Tls13) {
        let tail = flight.random.last_chunk::<8>().map_or(&[][..], |t| t);
        let last = u8::from(version == Protocol::Tls12);
        found.downgrade_sentinel = shown(tail.starts_with(SENTINEL) && tail.ends_with(&[last]));
    }
    Ok(())
}

/// Only suites in CBC mode have a MAC of their own (RFC 7366, section 3).
fn encrypt_then_mac(
    prober: &Prober<'_>,
    version: Protocol,
    suites: &Suites,
) -> Result<Answered, Cut> {
    let cbc = only(suites, super::suites::Suite::cbc);
    if cbc.is_empty() || version == Protocol::Ssl3 {
        return Ok(Answered::NotAsked);
    }
    let code = extension::ENCRYPT_THEN_MAC;
    let hello = Hello::new(version, cbc, prober.name()).asking(code);
    let answer = flight(prober, &hello, version)?;
    Ok(answer.map_or(Answered::Unclear, |f| shown(f.extension(code).is_some())))
}

/// A hello below the newest version that says so (RFC 7507): alert 86 refuses it.
fn fallback(prober: &Prober<'_>, survey: &Survey) -> Result<Answered, Cut> {
    let offered: Vec<Protocol> = survey
        .suites
        .keys()
        .rev()
        .copied()
        .filter(|version| *version > Protocol::Ssl2)
        .collect();
    let Some(lower) = offered.get(1).copied() else {
        return Ok(Answered::NotAsked);
    };
    let Some(suites) = survey.suites.get(&lower) else {
        return Ok(Answered::NotAsked);
    };
    let mut hello = Hello::new(lower, every(suites), prober.name());
    let honest = hello.clone();
    hello.suites.push(FALLBACK_SCSV);
    let mut closed = 0;
    for _ in 0..2 {
        match prober.say(&hello, Goal::Hello)? {
            Reply::Refused(86) => return Ok(Answered::Yes),
            Reply::Flight(_) => return Ok(Answered::No),
            Reply::Closed => closed += 1,
            _ => {}
        }
    }
    // Some close without an alert: a refusal where the same hello without the value is answered.
    if closed == 2 && matches!(prober.say(&honest, Goal::Hello)?, Reply::Flight(_)) {
        return Ok(Answered::Yes);
    }
    Ok(Answered::Unclear)
}

/// Reserved values must be passed over (RFC 8701).
fn tolerant(prober: &Prober<'_>, survey: &Survey) -> Result<Answered, Cut> {
    let Some((version, suites)) = survey.suites.iter().next_back() else {
        return Ok(Answered::NotAsked);
    };
    if *version < Protocol::Tls10 {
        return Ok(Answered::NotAsked);
    }
    let mut hello = Hello::new(*version, every(suites), prober.name());
    hello.grease = true;
    Ok(match prober.ask(&hello, Goal::Hello)? {
        Said::Yes(flight) => shown(flight.version == hello::code(*version)),
        Said::No => Answered::No,
        Said::Unclear => Answered::Unclear,
    })
}
