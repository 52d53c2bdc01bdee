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
    session::Session,
    suites::Exchange,
    survey::{Answered, Protocol, Survey, Weaknesses},
    talk::{Talk, timed_out},
    traits::{every, newest_classic},
    wire::{Input, message, record},
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

/// Reads one record, and no more than its head and two bytes of it are kept.
pub(super) fn echo(talk: &mut dyn Talk, wait: Duration) -> Echo {
    talk.set_deadline(Instant::now() + wait);
    let mut head = [0; 5];
    let mut body = Vec::new();
    let mut got = match exact(talk, &mut head) {
        Ok(()) => Input(&head),
        Err(echo) => return echo,
    };
    let (Some(kind), Some(_version), Some(length)) = (got.u8(), got.u16(), got.u16()) else {
        return Echo::Closed;
    };
    body.resize(usize::from(length).min(2 << 14), 0);
    if let Err(echo) = exact(talk, &mut body) {
        return echo;
    }
    match (kind, body.as_slice()) {
        (21, [_, code]) => Echo::Alert(*code),
        (21, _) => Echo::Alert(u8::MAX),
        _ => Echo::Record(kind),
    }
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

/// CVE-2016-9244: a session id of 16 bytes beside a valid ticket. A vulnerable server echoes 32.
fn ticketbleed(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Some(session) = Session::establish(prober, known)? else {
        return Ok(Answered::Unclear);
    };
    let Some(ticket) = session.ticket() else {
        return Ok(Answered::Unclear);
    };
    // Some servers hear one client at a time.
    drop(session);
    let Some(suites) = known.suites.get(&Protocol::Tls12) else {
        return Ok(Answered::Unclear);
    };
    let mut hello = Hello::new(Protocol::Tls12, every(suites), prober.name())
        .asking(extension::MASTER_SECRET)
        .with(extension::TICKET, ticket);
    hello.session = vec![0x5a; 16];
    Ok(match prober.say(&hello, Goal::Hello)? {
        Reply::Flight(flight)
            if flight.session.len() > 16 && flight.session.starts_with(&hello.session) =>
        {
            Answered::Yes
        }
        Reply::Flight(_) => Answered::No,
        _ => Answered::Unclear,
    })
}
