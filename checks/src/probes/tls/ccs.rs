//! CVE-2014-0224: ChangeCipherSpec before the keys are agreed. A vulnerable server takes it, and makes
//! its keys from a secret that is still empty.

use std::{io::Write, time::Instant};

use super::{
    enumerate::only,
    hello::{self, Hello},
    prober::{Cut, Prober},
    read::Flight,
    session::{Prf, Shape},
    suites::suite,
    survey::{Answered, Protocol, Suites, Survey},
    traits::{every, newest_classic},
    weaknesses::{Echo, WAIT, after_flight, echo},
    wire::record,
};

/// AES-128-GCM with SHA-256, whatever the key exchange: RSA, DHE, ECDHE.
const SUITES: [u32; 4] = [0x009c, 0x009e, 0xc02b, 0xc02f];
/// The head of a ClientKeyExchange of 256 bytes: who can read it waits for the rest.
const BEGUN: [u8; 4] = [16, 0, 1, 0];
/// Length of the random value in our hello, and of what comes before it in the record.
const RANDOM: std::ops::Range<usize> = 11..43;

/// Sends the message early. A sound server refuses it as unexpected; a vulnerable one takes it in
/// silence, and then cannot decrypt what follows. Some close without an alert, so that the second is
/// sent only where the first met silence.
pub(super) fn injection(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Some((version, suites)) = newest_classic(known) else {
        return Ok(Answered::NotAsked);
    };
    let hello = Hello::new(version, every(suites), prober.name());
    let Some((mut talk, _)) = after_flight(prober, &hello)? else {
        return Ok(Answered::Unclear);
    };
    let early = record(20, hello::code(version), &[1]);
    if talk.write_all(&early).is_err() {
        return Ok(Answered::Unclear);
    }
    match echo(talk.as_mut(), WAIT) {
        Echo::Alert(10 | 40 | 47 | 80) | Echo::Closed => return Ok(Answered::No),
        Echo::Silent => {}
        Echo::Alert(_) | Echo::Record(_) => return Ok(Answered::Unclear),
    }
    // The silence used up the deadline.
    talk.set_deadline(Instant::now() + WAIT);
    if talk.write_all(&early).is_err() {
        return Ok(Answered::Unclear);
    }
    match echo(talk.as_mut(), WAIT) {
        Echo::Alert(20 | 21) => Ok(Answered::Yes),
        Echo::Closed if version == Protocol::Tls12 => keyed(prober, suites),
        _ => Ok(Answered::Unclear),
    }
}

/// For servers that close without an alert. A record sealed with the keys of an empty secret is read
/// only by a server that made them; the same record with one bit turned over ends the talk.
fn keyed(prober: &Prober<'_>, suites: &Suites) -> Result<Answered, Cut> {
    let fits = only(suites, |s| SUITES.contains(&s.code));
    if fits.is_empty() {
        return Ok(Answered::Unclear);
    }
    let hello = Hello::new(Protocol::Tls12, fits, prober.name());
    let read = sealed(prober, &hello, false)?;
    let refused = sealed(prober, &hello, true)?;
    Ok(match (read, refused) {
        (Some(Echo::Silent), Some(Echo::Closed | Echo::Alert(_))) => Answered::Yes,
        _ => Answered::Unclear,
    })
}

/// What answers the early message and a sealed beginning behind it.
fn sealed(prober: &Prober<'_>, hello: &Hello, spoilt: bool) -> Result<Option<Echo>, Cut> {
    let Some((mut talk, flight)) = after_flight(prober, hello)? else {
        return Ok(None);
    };
    let sent = hello.bytes();
    let ours = sent.get(RANDOM).unwrap_or_default();
    let Some(mut begun) = begun(&flight, ours) else {
        return Ok(None);
    };
    if let Some(last) = begun.last_mut().filter(|_| spoilt) {
        *last ^= 1;
    }
    let early = record(20, hello::code(Protocol::Tls12), &[1]);
    if talk.write_all(&[early, begun].concat()).is_err() {
        return Ok(None);
    }
    Ok(Some(echo(talk.as_mut(), WAIT)))
}

/// The beginning as the first record of the client under the keys of an empty secret.
fn begun(flight: &Flight, ours: &[u8]) -> Option<Vec<u8>> {
    let suite = suite(u32::from(flight.suite)).filter(|s| SUITES.contains(&s.code))?;
    let shape = Shape::of(Protocol::Tls12, &suite)?;
    let randoms = [&flight.random[..], ours].concat();
    let block = Prf::Sha256.derive(&[], b"key expansion", &randoms, shape.block());
    let [mut client, _] = shape.sides(&block)?;
    client.seal(22, &BEGUN)
}
