//! One question at a time: a connection, a hello, and an answer that is weighed.

use std::{
    io,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Instant,
};

use super::{
    hello::{Hello, sendable},
    read::{End, Flight, Goal, Reader, Reply},
    starttls::{self, Turn},
    survey::Ask,
    talk::{Dial, Limits, Talk, timed_out},
};

/// The time or the number of connections of the survey ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

/// An answer that was weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The server went along, maybe with another version.
    Yes(Box<Flight>),
    /// The server does not go along, and it is not for want of talking to us.
    No,
    /// It cannot be told.
    Unclear,
}

/// Asks one service.
pub(super) struct Prober<'a> {
    dial: &'a dyn Dial,
    pub(super) ask: &'a Ask,
    limits: Limits,
    until: Instant,
    connections: AtomicU32,
    known: OnceLock<Hello>,
    declined: AtomicBool,
}

impl<'a> Prober<'a> {
    pub(super) fn new(dial: &'a dyn Dial, ask: &'a Ask, limits: Limits) -> Self {
        Self {
            dial,
            ask,
            limits,
            until: Instant::now() + limits.time,
            connections: AtomicU32::new(limits.connections),
            known: OnceLock::new(),
            declined: AtomicBool::new(false),
        }
    }

    /// The name to send; addresses are not sent.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.ask.name.as_deref().filter(|name| sendable(name))
    }

    /// Whether the service said that it does not start TLS.
    pub(super) fn declined(&self) -> bool {
        self.declined.load(Ordering::Relaxed)
    }

    /// Remembers a hello that was answered.
    pub(super) fn remember(&self, hello: &Hello) {
        self.known.get_or_init(|| hello.clone());
    }

    /// A connection on which TLS may begin, and its deadline.
    pub(super) fn open(&self) -> Result<io::Result<Box<dyn Talk>>, Cut> {
        let opened = self.dial()?;
        let (mut talk, how) = match (opened, self.ask.starttls) {
            (Ok(talk), Some(how)) => (talk, how),
            (other, _) => return Ok(other),
        };
        Ok(match starttls::turn(talk.as_mut(), how, self.name()) {
            Ok(Turn::Ready) => Ok(talk),
            Ok(Turn::Declined) => {
                self.declined.store(true, Ordering::Relaxed);
                Err(io::ErrorKind::Unsupported.into())
            }
            Err(e) => Err(e),
        })
    }

    /// A connection as it comes, before any STARTTLS.
    pub(super) fn dial(&self) -> Result<io::Result<Box<dyn Talk>>, Cut> {
        let now = Instant::now();
        let spent = self
            .connections
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
            .is_err();
        if spent || now >= self.until {
            return Err(Cut);
        }
        let until = self.until.min(now + self.limits.connection);
        Ok(self.dial.connect(until))
    }

    /// Says hello and reads the reply. A connection that does not come about is silence too.
    pub(super) fn say(&self, hello: &Hello, goal: Goal) -> Result<Reply, Cut> {
        Ok(match self.open()? {
            Ok(mut talk) => converse(talk.as_mut(), &hello.bytes(), goal),
            Err(e) if timed_out(&e) => Reply::Silent,
            // It did not go along before TLS, and did not say that it has none.
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Reply::Broken,
            Err(_) => Reply::Closed,
        })
    }

    /// Says hello; remembers the first hello that was answered. Silence and odd refusals are asked
    /// again, and count as "no" only while that known hello is still answered. What broke off or is no
    /// TLS at all refuses nothing.
    pub(super) fn ask(&self, hello: &Hello, goal: Goal) -> Result<Said, Cut> {
        let mut garbled = false;
        for _ in 0..2 {
            match self.say(hello, goal)? {
                Reply::Flight(flight) => {
                    self.remember(hello);
                    return Ok(Said::Yes(flight));
                }
                Reply::Refused(code) if self.definite(code) => return Ok(Said::No),
                _ if self.known.get().is_none() => return Ok(Said::Unclear),
                Reply::Broken | Reply::Other => garbled = true,
                _ => {}
            }
        }
        Ok(if !garbled && self.still_answers()? {
            Said::No
        } else {
            Said::Unclear
        })
    }

    /// Whether the hello that is known to be answered still is.
    pub(super) fn still_answers(&self) -> Result<bool, Cut> {
        let Some(known) = self.known.get() else {
            return Ok(false);
        };
        Ok(matches!(self.say(known, Goal::Hello)?, Reply::Flight(_)))
    }

    /// `protocol_version` speaks for itself; `handshake_failure`, `illegal_parameter` and
    /// `insufficient_security` do once the server is known to talk to us at all.
    fn definite(&self, code: u8) -> bool {
        code == 70 || matches!(code, 40 | 47 | 71) && self.known.get().is_some()
    }
}

/// Sends and reads until the reply stands, the deadline passes, or the peer ends.
pub(super) fn converse(talk: &mut dyn Talk, send: &[u8], goal: Goal) -> Reply {
    let mut reader = Reader::new(goal);
    // A peer that closed early may still have said something before.
    let wrote = talk.write_all(send).and_then(|()| talk.flush());
    let mut chunk = [0; 4096];
    loop {
        match talk.read(&mut chunk) {
            Ok(0) => return reader.end(End::Closed),
            Ok(n) => {
                if let Some(reply) = reader.push(chunk.get(..n).unwrap_or(&chunk)) {
                    return reply;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if timed_out(&e) && wrote.is_ok() => return reader.end(End::Silent),
            Err(_) => return reader.end(End::Closed),
        }
    }
}
