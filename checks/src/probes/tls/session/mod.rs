//! One real session of TLS 1.0 to 1.2, with the secret behind it: what a ticket, and a second handshake
//! inside the first, are made of. Spoken by hand, since no library of today shakes hands with what is old.
//!
//! Nobody is authenticated and nothing is sent: keys come from fixed values where they may. That the
//! server's Finished holds shows that both sides have the same keys, and that it is a server of TLS.

mod agree;
mod protect;
mod secrets;

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use self::{
    agree::{Agreed, CURVES, agree},
    protect::Side,
};
pub(super) use self::{protect::Shape, secrets::Prf};
use super::{
    enumerate::only,
    hello::{self, Hello, extension},
    prober::{Cut, Prober},
    read::{FLIGHT_CAP, Flight, Goal, Reader, Reply},
    suites::{Auth, Exchange, Suite, suite},
    survey::{Protocol, Suites, Survey},
    talk::Talk,
    weaknesses::{Echo, one_record},
    wire::{Input, message, record},
};

/// What came of asking for a session.
pub(super) enum Opened {
    /// It stands.
    Open(Box<Session>),
    /// It did not come about, though the server offers what it takes.
    Failed,
    /// The server offers no suite with which it could.
    NotOffered,
}

/// An open session.
pub(super) struct Session {
    talk: Box<dyn Talk>,
    /// The hello that began it.
    pub(super) hello: Hello,
    /// It has an extended master secret (RFC 7627).
    pub(super) extended: bool,
    /// The ticket that the server gave (RFC 5077, section 3.3); empty without one.
    pub(super) ticket: Vec<u8>,
    /// What our Finished said, by which a second handshake is bound to the first (RFC 5746).
    pub(super) vouch: Vec<u8>,
    ours: Side,
    theirs: Side,
}

/// What a server says in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A record of that kind that was sealed with the session's keys, opened.
    Record(u8, Vec<u8>),
    /// Something else.
    Odd,
    /// The peer closed or reset.
    Closed,
    /// Nothing came in time.
    Silent,
}

impl Session {
    /// Shakes hands in the newest version in which that is possible.
    pub(super) fn establish(prober: &Prober<'_>, known: &Survey) -> Result<Opened, Cut> {
        let Some(hello) = opening(prober, known) else {
            return Ok(Opened::NotOffered);
        };
        let Ok(talk) = prober.open()? else {
            return Ok(Opened::Failed);
        };
        Ok(
            handshake(talk, hello)
                .map_or(Opened::Failed, |session| Opened::Open(Box::new(session))),
        )
    }

    /// Sends a record of that kind.
    pub(super) fn send(&mut self, kind: u8, message: &[u8]) -> Option<()> {
        let sealed = self.ours.seal(kind, message)?;
        self.talk.write_all(&sealed).ok()
    }

    /// Waits for a record.
    pub(super) fn hear(&mut self, wait: Duration) -> Heard {
        self.talk.set_deadline(Instant::now() + wait);
        match one_record(self.talk.as_mut()) {
            Ok((kind, body)) => match self.theirs.open(kind, &body) {
                Some(plain) => Heard::Record(kind, plain),
                None => Heard::Odd,
            },
            Err(Echo::Silent) => Heard::Silent,
            Err(_) => Heard::Closed,
        }
    }
}

/// A hello with what the server offers and we can go on with.
fn opening(prober: &Prober<'_>, known: &Survey) -> Option<Hello> {
    let found = known.suites.iter().rev();
    let (version, suites) = found
        .filter(|(version, _)| (Protocol::Tls10..=Protocol::Tls12).contains(*version))
        .map(|(version, suites)| (*version, spoken(*version, suites, &known.curves)))
        .find(|(_, suites)| !suites.is_empty())?;
    let mut hello = Hello::new(version, suites, prober.name())
        .asking(extension::MASTER_SECRET)
        .asking(extension::TICKET);
    hello.groups = CURVES.to_vec();
    Some(hello)
}

/// The suites that are spoken here, those that cost the server least first.
fn spoken(version: Protocol, suites: &Suites, curves: &[u16]) -> Vec<u16> {
    let ours = curves.is_empty() || curves.iter().any(|curve| CURVES.contains(curve));
    let fits = |suite: &Suite, wanted: Exchange| {
        let proved = !matches!(suite.auth, Auth::Psk | Auth::Other);
        suite.exchange == wanted && proved && Shape::of(version, suite).is_some()
    };
    [Exchange::Ecdhe, Exchange::Rsa, Exchange::Dhe]
        .into_iter()
        .filter(|wanted| *wanted != Exchange::Ecdhe || ours)
        .flat_map(|wanted| only(suites, |suite| fits(suite, wanted)))
        .take(120)
        .collect()
}

/// What was said on both sides until now, as the hashes of a handshake cover it.
struct Said(Vec<u8>);

fn handshake(mut talk: Box<dyn Talk>, hello: Hello) -> Option<Session> {
    let opening = hello.bytes();
    talk.write_all(&opening).ok()?;
    let client = opening.get(5..)?;
    let mut said = Said(client.to_vec());
    let flight = first_flight(talk.as_mut(), &mut said)?;
    let code = hello::code(hello.version);
    let suite = suite(u32::from(flight.suite)).filter(|_| hello.suites.contains(&flight.suite))?;
    if flight.version != code {
        return None;
    }
    let agreed = agree(&flight, suite.exchange, code)?;
    let mut second = Vec::new();
    if wants_certificate(said.0.get(client.len()..)?) {
        second.extend(message(11, &[0, 0, 0]));
    }
    second.extend(message(16, &agreed.message));
    said.0.extend(&second);

    let mut keys = keys(hello.version, &suite, &flight, client, &agreed, &said)?;
    let vouch = keys.finished(b"client finished", &said);
    let finished = message(20, &vouch);
    let sealed = keys.ours.seal(22, &finished)?;
    let send = [record(22, code, &second), record(20, code, &[1]), sealed];
    talk.write_all(&send.concat()).ok()?;
    said.0.extend(finished);

    let ticket = up_to_change(talk.as_mut(), &mut said)?;
    let (kind, body) = one_record(talk.as_mut()).ok()?;
    let theirs = keys.theirs.open(kind, &body)?;
    let wanted = message(20, &keys.finished(b"server finished", &said));
    (kind == 22 && theirs == wanted).then_some(Session {
        talk,
        hello,
        extended: flight.extension(extension::MASTER_SECRET).is_some(),
        ticket,
        vouch,
        ours: keys.ours,
        theirs: keys.theirs,
    })
}

/// What both sides derive from the secret.
struct Keys {
    prf: Prf,
    master: Vec<u8>,
    ours: Side,
    theirs: Side,
}

impl Keys {
    /// What a Finished says under that label.
    fn finished(&self, label: &[u8], said: &Said) -> Vec<u8> {
        let hash = self.prf.hash(&said.0);
        self.prf.derive(&self.master, label, &hash, 12)
    }
}

/// RFC 5246, sections 8.1 and 6.3; RFC 7627, section 4, where the server took that up.
fn keys(
    version: Protocol,
    suite: &Suite,
    flight: &Flight,
    client: &[u8],
    agreed: &Agreed,
    said: &Said,
) -> Option<Keys> {
    let (shape, prf) = (Shape::of(version, suite)?, Prf::of(version, suite));
    let random = client.get(6..38)?;
    let master = if flight.extension(extension::MASTER_SECRET).is_some() {
        let hash = prf.hash(&said.0);
        prf.derive(&agreed.secret, b"extended master secret", &hash, 48)
    } else {
        let randoms = [random, &flight.random].concat();
        prf.derive(&agreed.secret, b"master secret", &randoms, 48)
    };
    let randoms = [&flight.random, random].concat();
    let block = prf.derive(&master, b"key expansion", &randoms, shape.block());
    let [ours, theirs] = shape.sides(&block)?;
    Some(Keys {
        prf,
        master,
        ours,
        theirs,
    })
}

/// The server's flight up to ServerHelloDone.
fn first_flight(talk: &mut dyn Talk, said: &mut Said) -> Option<Box<Flight>> {
    let mut reader = Reader::new(Goal::Done);
    loop {
        let (kind, body) = one_record(talk).ok()?;
        if kind == 22 {
            said.0.extend(&body);
        }
        // The reader wants a version on the record, whichever it is; it bounds what it takes.
        match reader.push(&record(kind, 0x0303, &body)) {
            None => {}
            Some(Reply::Flight(flight)) if flight.done => return Some(flight),
            Some(_) => return None,
        }
    }
}

/// Whether a CertificateRequest is among the server's messages.
fn wants_certificate(messages: &[u8]) -> bool {
    let mut input = Input(messages);
    while let (Some(kind), Some(length)) = (input.u8(), input.u24()) {
        if kind == 13 {
            return true;
        }
        if input.take(length).is_none() {
            break;
        }
    }
    false
}

/// Reads up to the server's ChangeCipherSpec; gives the ticket that came before it, empty without one.
fn up_to_change(talk: &mut dyn Talk, said: &mut Said) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let (kind, body) = one_record(talk).ok()?;
        match kind {
            22 if !body.is_empty() && all.len() + body.len() <= FLIGHT_CAP => all.extend(body),
            20 if body == [1] => break,
            _ => return None,
        }
    }
    said.0.extend(&all);
    let mut input = Input(&all);
    while let (Some(kind), Some(length)) = (input.u8(), input.u24()) {
        let mut body = Input(input.take(length)?);
        if kind == 4 {
            body.take(4)?;
            return body.vector().map(<[u8]>::to_vec);
        }
    }
    Some(Vec::new())
}
