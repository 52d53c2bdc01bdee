//! Old faults that only a probe of their own shows, in forms that do no harm.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use super::{
    ccs,
    enumerate::only,
    hello::{self, Hello, extension},
    injection,
    prober::{Cut, Prober, converse},
    read::{Flight, Goal, Reply},
    renegotiation, robot,
    session::{Opened, Session},
    suites::Exchange,
    survey::{Answered, Protocol, Survey, Weaknesses},
    talk::{Talk, timed_out},
    traits::{every, newest_classic},
    wire::{message, record},
};

/// What the survey tells already, without a probe.
pub(super) fn without_probe(survey: &Survey) -> Weaknesses {
    let mut found = Weaknesses::default();
    let classic = Protocol::Ssl3..Protocol::Tls13;
    let mut unsure = survey.versions.range(classic.clone());
    if unsure.any(|(_, answered)| *answered == Answered::Unclear) {
        return found;
    }
    let none = survey.suites.range(classic.clone()).next().is_none();
    if none || survey.traits.heartbeat == Answered::No {
        found.heartbleed = Answered::No;
    }
    if none || survey.traits.session_tickets == Answered::No {
        found.ticketbleed = Answered::No;
    }
    if none {
        found.ccs_injection = Answered::No;
    }
    let rsa = survey
        .suites
        .range(classic)
        .any(|(_, s)| !only(s, |s| s.exchange == Exchange::Rsa).is_empty());
    let whole = !survey.cut.iter().any(|what| what.starts_with("suites"));
    if !rsa && whole {
        found.robot = Answered::No;
    }
    found
}

/// Runs the probes. The caller saw a permission for them.
pub(super) fn probe(prober: &Prober<'_>, known: &Survey, found: &mut Survey) -> Result<(), Cut> {
    let open = |answered| answered == Answered::NotAsked;
    let (sure, found_weak) = (without_probe(known), &mut found.weaknesses);
    if open(sure.heartbleed) {
        found_weak.heartbleed = heartbleed(prober, known)?;
    }
    // What else would be asked could stop a server as old as that, and its verdict stands.
    if found_weak.heartbleed == Answered::Yes {
        return Ok(());
    }
    if open(sure.ccs_injection) {
        found_weak.ccs_injection = ccs::injection(prober, known)?;
    }
    if open(sure.robot) {
        found_weak.robot = robot::robot(prober, known)?;
    }
    if open(sure.ticketbleed) {
        found_weak.ticketbleed = ticketbleed(prober, known)?;
    }
    found_weak.starttls_injection = injection::injection(prober)?;
    found.traits.client_renegotiation = renegotiation::by_client(prober, known)?;
    Ok(())
}

/// What came back to a provocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    /// A record of that kind, which is not an alert.
    Record(u8),
    /// An alert by its code; 255 for an encrypted one.
    Alert(u8),
    /// The peer closed or reset.
    Closed,
    /// Nothing came in time.
    Silent,
}

/// Reads one record in its time, and tells what it is.
pub(super) fn echo(talk: &mut dyn Talk, wait: Duration) -> Echo {
    talk.set_deadline(Instant::now() + wait);
    match one_record(talk) {
        Ok((21, body)) => match body.as_slice() {
            [_, code] => Echo::Alert(*code),
            _ => Echo::Alert(u8::MAX),
        },
        Ok((kind, _)) => Echo::Record(kind),
        Err(echo) => echo,
    }
}

/// Reads one record: its kind and its body, of which no more than 32 KiB are read.
pub(super) fn one_record(talk: &mut dyn Talk) -> Result<(u8, Vec<u8>), Echo> {
    let mut head = [0; 5];
    exact(talk, &mut head)?;
    let [kind, _, _, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low])).min(2 << 14);
    let mut body = vec![0; length];
    exact(talk, &mut body)?;
    Ok((kind, body))
}

fn exact(talk: &mut dyn Talk, into: &mut [u8]) -> Result<(), Echo> {
    talk.read_exact(into).map_err(|e| {
        if timed_out(&e) {
            Echo::Silent
        } else {
            Echo::Closed
        }
    })
}

/// How long an answer to a provocation is waited for.
pub(super) const WAIT: Duration = Duration::from_millis(800);

/// A connection, and what the server said on it.
type Begun = (Box<dyn Talk>, Box<Flight>);

/// A connection on which the server said its whole first flight.
pub(super) fn after_flight(prober: &Prober<'_>, hello: &Hello) -> Result<Option<Begun>, Cut> {
    let Ok(mut talk) = prober.open()? else {
        return Ok(None);
    };
    Ok(match converse(talk.as_mut(), &hello.bytes(), Goal::Done) {
        Reply::Flight(flight) if flight.done => Some((talk, flight)),
        _ => None,
    })
}

/// What a heartbeat carries. OpenSSL holds answers of less than 4096 bytes back while it shakes hands;
/// with this one the answer is longer, and goes out at once.
const BEAT: usize = 4096;

/// CVE-2014-0160: a heartbeat that claims one byte more than it has. A sound server drops it
/// (RFC 6520, section 4); a vulnerable one answers, and gives away that one byte. Only where nothing
/// comes back is a message sent that is out of turn: a server that refuses it with an alert has dealt
/// with the heartbeat, and let it drop. Without that alert nothing is proved.
fn heartbleed(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Some((version, suites)) = newest_classic(known) else {
        return Ok(Answered::NotAsked);
    };
    let hello =
        Hello::new(version, every(suites), prober.name()).with(extension::HEARTBEAT, vec![1]);
    let Some((mut talk, flight)) = after_flight(prober, &hello)? else {
        return Ok(Answered::Unclear);
    };
    if flight.extension(extension::HEARTBEAT).is_none() {
        return Ok(Answered::No);
    }
    let code = hello::code(version);
    let claimed = u16::try_from(BEAT + 1).unwrap_or(u16::MAX).to_be_bytes();
    let beat = [&[1][..], &claimed, &[0x5a; BEAT]].concat();
    if talk.write_all(&record(24, code, &beat)).is_err() {
        return Ok(Answered::Unclear);
    }
    match echo(talk.as_mut(), WAIT) {
        Echo::Record(24) => return Ok(Answered::Yes),
        Echo::Silent => {}
        Echo::Alert(_) => return Ok(Answered::No),
        Echo::Record(_) | Echo::Closed => return Ok(Answered::Unclear),
    }
    talk.set_deadline(Instant::now() + WAIT);
    let out_of_turn = record(22, code, &message(20, &[]));
    if talk.write_all(&out_of_turn).is_err() {
        return Ok(Answered::Unclear);
    }
    Ok(match echo(talk.as_mut(), WAIT) {
        Echo::Record(24) => Answered::Yes,
        Echo::Alert(_) => Answered::No,
        Echo::Record(_) | Echo::Closed | Echo::Silent => Answered::Unclear,
    })
}

/// CVE-2016-9244: a session id of 16 bytes beside a valid ticket. A vulnerable server echoes 32; a sound
/// one those 16, by which it says that it took the ticket. One that did not has shown nothing.
fn ticketbleed(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Opened::Open(session) = Session::establish(prober, known)? else {
        return Ok(Answered::Unclear);
    };
    if session.ticket.is_empty() {
        return Ok(Answered::Unclear);
    }
    let mut hello = session.hello.clone();
    hello.extensions.retain(|(code, _)| match *code {
        extension::MASTER_SECRET => session.extended,
        code => code != extension::TICKET,
    });
    let mut hello = hello.with(extension::TICKET, session.ticket.clone());
    hello.session = vec![0x5a; 16];
    // Some servers hear one client at a time.
    drop(session);
    Ok(match prober.say(&hello, Goal::Hello)? {
        Reply::Flight(flight) if flight.session == hello.session => Answered::No,
        Reply::Flight(flight) if flight.session.starts_with(&hello.session) => Answered::Yes,
        _ => Answered::Unclear,
    })
}
