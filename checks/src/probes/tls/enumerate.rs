//! What a service offers, found by taking away what it chose and asking again.

use std::{collections::BTreeSet, io::Write};

use super::{
    groups,
    hello::{self, Hello},
    prober::{Cut, Prober, Said},
    read::{self, Flight, Goal, Params},
    schemes,
    suites::{self, Auth, Exchange},
    survey::{Answered, DhGroup, Protocol, Suites},
    talk::timed_out,
};

/// The alert of a server that finds nothing in common (RFC 8446, section 6.2).
const HANDSHAKE_FAILURE: u8 = 40;

/// The suites of one version into `found`; whether the version is offered.
pub(super) fn version(
    prober: &Prober<'_>,
    version: Protocol,
    found: &mut Suites,
) -> Result<Answered, Cut> {
    let lists = match version {
        Protocol::Tls13 => vec![suites::modern()],
        _ => suites::classic(),
    };
    let mut answered = Answered::No;
    let mut productive = 0;
    for list in lists {
        let mut codes = Vec::new();
        let mut left = list;
        let mut end = drain(prober, version, &mut left, &mut codes);
        productive += usize::from(!codes.is_empty());
        if matches!(end, Ok(Last::Refused)) {
            let before = codes.len();
            end = kind_by_kind(prober, version, &left, &mut codes);
            productive += usize::from(codes.len() > before);
        }
        found
            .codes
            .extend(codes.iter().map(|code| u32::from(*code)));
        match end? {
            Last::Refused | Last::Empty => {}
            Last::Unclear => answered = Answered::Unclear,
            // The server speaks another version instead: no suite will change its mind.
            Last::Elsewhere => break,
        }
    }
    if !found.codes.is_empty() {
        order(prober, version, found, productive > 1)?;
        answered = Answered::Yes;
    }
    Ok(answered)
}

/// Asks for what was refused together by kinds of key exchange: some servers choose a suite of a kind
/// for which they are not set up, and give up over it, although they would go along with others.
fn kind_by_kind(
    prober: &Prober<'_>,
    version: Protocol,
    refused: &[u16],
    codes: &mut Vec<u16>,
) -> Result<Last, Cut> {
    const KINDS: [Exchange; 5] = [
        Exchange::Ecdhe,
        Exchange::Rsa,
        Exchange::Dhe,
        Exchange::Ecdh,
        Exchange::Dh,
    ];
    let of = |kind: Exchange| -> Vec<u16> {
        let is = |code: &u16| suites::suite(u32::from(*code)).is_some_and(|s| s.exchange == kind);
        refused.iter().copied().filter(is).collect()
    };
    let kinds: Vec<Vec<u16>> = KINDS.into_iter().map(of).collect();
    let kinds: Vec<Vec<u16>> = kinds.into_iter().filter(|k| !k.is_empty()).collect();
    let mut last = Last::Refused;
    if kinds.len() > 1 {
        for mut kind in kinds {
            if let Last::Unclear = drain(prober, version, &mut kind, codes)? {
                last = Last::Unclear;
            }
        }
    }
    Ok(last)
}

enum Last {
    Refused,
    Elsewhere,
    Unclear,
    Empty,
}

fn drain(
    prober: &Prober<'_>,
    version: Protocol,
    list: &mut Vec<u16>,
    codes: &mut Vec<u16>,
) -> Result<Last, Cut> {
    while !list.is_empty() {
        let hello = Hello::new(version, list.clone(), prober.name());
        let flight = match prober.ask(&hello, Goal::Hello)? {
            Said::Yes(flight) => flight,
            Said::No => return Ok(Last::Refused),
            Said::Unclear => return Ok(Last::Unclear),
        };
        if flight.version != hello::code(version) {
            return Ok(Last::Elsewhere);
        }
        if !list.contains(&flight.suite) {
            // A suite that was not offered: the server does not listen, and no list would be true.
            return Ok(Last::Unclear);
        }
        list.retain(|code| *code != flight.suite);
        codes.push(flight.suite);
    }
    Ok(Last::Empty)
}

/// Asks with the list turned round: a server with an order of its own chooses as before. Suites from
/// several hellos are brought into its order on the way.
fn order(
    prober: &Prober<'_>,
    version: Protocol,
    found: &mut Suites,
    several: bool,
) -> Result<(), Cut> {
    let narrow = |code: &u32| u16::try_from(*code).ok();
    let turned: Vec<u16> = found.codes.iter().rev().filter_map(narrow).collect();
    let (Some(first), true) = (turned.first().copied(), turned.len() > 1) else {
        return Ok(());
    };
    let mut turned: Vec<u16> = turned.into_iter().take(120).collect();
    let hello = Hello::new(version, turned.clone(), prober.name());
    found.server_order = match prober.ask(&hello, Goal::Hello)? {
        Said::Yes(flight) if flight.suite == first => Answered::No,
        Said::Yes(flight) if turned.contains(&flight.suite) => Answered::Yes,
        _ => Answered::Unclear,
    };
    if several && found.server_order == Answered::Yes && turned.len() == found.codes.len() {
        let mut codes = Vec::new();
        drain(prober, version, &mut turned, &mut codes)?;
        if codes.len() == found.codes.len() {
            found.codes = codes.into_iter().map(u32::from).collect();
        }
    }
    Ok(())
}

/// SSL 2.0: the server lists all that both sides know at once.
pub(super) fn ssl2(prober: &Prober<'_>, found: &mut Suites) -> Result<Answered, Cut> {
    let (old, broken) = ssl2_answer(prober)?;
    Ok(match old {
        Some(server) => {
            found.codes = server.kinds;
            Answered::Yes
        }
        None if !broken && prober.still_answers()? => Answered::No,
        None => Answered::Unclear,
    })
}

/// What a server of SSL 2.0 says; `None` when it does not go along.
pub(super) fn ssl2_hello(prober: &Prober<'_>) -> Result<Option<read::Ssl2>, Cut> {
    Ok(ssl2_answer(prober)?.0)
}

/// The same, and whether an answer in SSL 2.0 began and broke off.
fn ssl2_answer(prober: &Prober<'_>) -> Result<(Option<read::Ssl2>, bool), Cut> {
    let Ok(mut talk) = prober.open()? else {
        return Ok((None, false));
    };
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    if talk.write_all(&hello::ssl2()).is_err() {
        return Ok((None, false));
    }
    while bytes.len() < read::FLIGHT_CAP {
        if let Some(answer) = read::ssl2(&bytes) {
            return Ok((answer, false));
        }
        match talk.read(&mut chunk) {
            Ok(n) if n > 0 => bytes.extend_from_slice(chunk.get(..n).unwrap_or(&chunk)),
            Err(e) if !timed_out(&e) && e.kind() == std::io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    Ok((None, bytes.first().is_some_and(|head| head & 0x80 != 0)))
}

/// Groups of TLS 1.3 into `found`, in the server's order where it has one.
pub(super) fn groups(prober: &Prober<'_>, found: &mut Vec<u16>) -> Result<Answered, Cut> {
    let mut left = groups::all();
    loop {
        let mut hello = Hello::new(Protocol::Tls13, suites::modern(), prober.name());
        hello.groups.clone_from(&left);
        let group = match prober.ask(&hello, Goal::Hello)? {
            Said::Yes(flight) => flight.retry_group(),
            Said::No => return Ok(Answered::Yes),
            Said::Unclear => return Ok(Answered::Unclear),
        };
        let Some(group) = group.filter(|group| left.contains(group)) else {
            return Ok(Answered::Unclear);
        };
        left.retain(|code| *code != group);
        found.push(group);
        if left.is_empty() {
            return Ok(Answered::Yes);
        }
    }
}

/// The suites of `version` that are kept by `keep`.
pub(super) fn only(found: &Suites, keep: impl Fn(&suites::Suite) -> bool) -> Vec<u16> {
    let known = found.codes.iter().filter_map(|code| suites::suite(*code));
    let kept = known.filter(keep);
    kept.filter_map(|suite| u16::try_from(suite.code).ok())
        .collect()
}

/// Curves of ECDHE into `found`.
pub(super) fn curves(
    prober: &Prober<'_>,
    version: Protocol,
    offered: &Suites,
    found: &mut Vec<u16>,
) -> Result<Answered, Cut> {
    let ecdhe = only(offered, |s| s.exchange == Exchange::Ecdhe);
    if ecdhe.is_empty() {
        return Ok(Answered::NotAsked);
    }
    let by_rsa = only(offered, |s| {
        s.exchange == Exchange::Ecdhe && s.auth != Auth::Ecdsa
    });
    let by_ecdsa = only(offered, |s| {
        s.exchange == Exchange::Ecdhe && s.auth == Auth::Ecdsa
    });
    let mut clear = Answered::Yes;
    if !by_rsa.is_empty() {
        clear = one_by_one(prober, version, &by_rsa, &[], found)?;
    }
    if !by_ecdsa.is_empty() {
        clear = clear.worse(one_by_one(prober, version, &by_ecdsa, &[], found)?);
        // A server whose key lies on a curve speaks only to clients that know that curve: it stays
        // in every hello, at the end of the client's wishes.
        let key: Vec<u16> = found.clone();
        for anchor in key {
            clear = clear.worse(one_by_one(prober, version, &by_ecdsa, &[anchor], found)?);
        }
    }
    Ok(clear)
}

fn one_by_one(
    prober: &Prober<'_>,
    version: Protocol,
    suites: &[u16],
    always: &[u16],
    found: &mut Vec<u16>,
) -> Result<Answered, Cut> {
    let mut left = groups::curves();
    left.retain(|code| !found.contains(code));
    while !left.is_empty() {
        let mut hello = Hello::new(version, suites.to_vec(), prober.name());
        hello.groups = [&left[..], always].concat();
        let flight = match prober.ask(&hello, Goal::Done)? {
            Said::Yes(flight) if flight.version == hello::code(version) => flight,
            Said::Yes(_) | Said::No => return Ok(Answered::Yes),
            Said::Unclear => return Ok(Answered::Unclear),
        };
        // OpenSSL chooses ECDHE with a shared key first, and then finds that no curve is common.
        if flight.exchange.is_none() && flight.alert == Some(HANDSHAKE_FAILURE) {
            return Ok(Answered::Yes);
        }
        let Some(Params::Curve(curve)) = flight.ecdhe().map(|kx| kx.params) else {
            return Ok(Answered::Unclear);
        };
        if always.contains(&curve) {
            return Ok(Answered::Yes);
        }
        if !found.contains(&curve) {
            found.push(curve);
        }
        if !left.contains(&curve) {
            // It uses a curve that was not offered, and will go on doing so.
            return Ok(Answered::Yes);
        }
        left.retain(|code| *code != curve);
    }
    Ok(Answered::Yes)
}

/// The smallest finite field of DHE: some servers choose it by the suite, and old ones have a shorter one
/// for export. `None` where one of them stays unknown.
pub(super) fn dh(
    prober: &Prober<'_>,
    version: Protocol,
    offered: &Suites,
) -> Result<Option<DhGroup>, Cut> {
    let dhe = only(offered, |s| s.exchange == Exchange::Dhe);
    let kind = |code: &u16| suites::suite(u32::from(*code)).map(|s| (s.auth, s.bits, s.export));
    let kinds: BTreeSet<_> = dhe.iter().filter_map(kind).collect();
    let mut smallest: Option<DhGroup> = None;
    for one in kinds {
        let alike = dhe.iter().copied().filter(|code| kind(code) == Some(one));
        let hello = Hello::new(version, alike.collect(), prober.name());
        let Said::Yes(flight) = prober.ask(&hello, Goal::Done)? else {
            return Ok(None);
        };
        let Some(group) = flight.dhe().and_then(|kx| field(kx.params)) else {
            return Ok(None);
        };
        if smallest
            .as_ref()
            .is_none_or(|least| group.bits < least.bits)
        {
            smallest = Some(group);
        }
    }
    Ok(smallest)
}

fn field(params: Params<'_>) -> Option<DhGroup> {
    let Params::Prime(prime) = params else {
        return None;
    };
    let zeros = prime.first()?.leading_zeros();
    let bits = u32::try_from(prime.len()).ok()? * 8 - zeros;
    Some(DhGroup {
        bits: u16::try_from(bits).ok()?,
        known: groups::known_prime(prime).map(str::to_owned),
    })
}

/// Signature schemes of TLS 1.2 into `found`.
pub(super) fn signatures(
    prober: &Prober<'_>,
    offered: &Suites,
    found: &mut Vec<u16>,
) -> Result<Answered, Cut> {
    let signed = |s: &suites::Suite| {
        matches!(s.exchange, Exchange::Ecdhe | Exchange::Dhe)
            && matches!(s.auth, Auth::Rsa | Auth::Ecdsa | Auth::Dss)
    };
    let suites = only(offered, signed);
    if suites.is_empty() {
        return Ok(Answered::NotAsked);
    }
    let mut left = schemes::all();
    while !left.is_empty() {
        let mut hello = Hello::new(Protocol::Tls12, suites.clone(), prober.name());
        hello.schemes.clone_from(&left);
        let flight = match prober.ask(&hello, Goal::Done)? {
            Said::Yes(flight) if flight.version == 0x0303 => flight,
            Said::Yes(_) | Said::No => return Ok(Answered::Yes),
            Said::Unclear => return Ok(Answered::Unclear),
        };
        let Some(scheme) = scheme(&flight) else {
            return Ok(Answered::Unclear);
        };
        if !found.contains(&scheme) {
            found.push(scheme);
        }
        if !left.contains(&scheme) {
            // It signs as it likes, whatever was offered.
            return Ok(Answered::Yes);
        }
        left.retain(|code| *code != scheme);
    }
    Ok(Answered::Yes)
}

fn scheme(flight: &Flight) -> Option<u16> {
    let exchange = suites::suite(u32::from(flight.suite))?.exchange;
    match exchange {
        Exchange::Ecdhe => flight.ecdhe()?.scheme,
        Exchange::Dhe => flight.dhe()?.scheme,
        _ => None,
    }
}
