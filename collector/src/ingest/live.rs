//! Which hosts are connected, and a way to talk to each.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::cut::Cut;

/// What a stream is told from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Another stream of the same identity opened: end this one.
    Replaced,
    /// The host was disabled or its certificate revoked: say so, and end.
    Revoked,
    /// Ask the agent for a run of these checks at once; of all where there are none.
    RunNow(Vec<String>),
    /// Tell the agent which CAs to trust.
    Trust,
}

/// The open streams, one per host.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    streams: HashMap<String, Stream>,
}

#[derive(Debug)]
struct Stream {
    number: u64,
    heard_at: Instant,
    serial: String,
    cut: Cut,
    commands: mpsc::Sender<Command>,
}

/// A stream that was just registered.
#[derive(Debug)]
pub struct Attached {
    /// Its number, by which it is taken out again.
    pub number: u64,
    /// What it is told.
    pub commands: mpsc::Receiver<Command>,
    /// How long ago the stream that it replaced was last heard, where there was one.
    pub replaced: Option<Duration>,
}

impl Live {
    /// Registers a stream of a host, over a connection that showed the certificate `serial` and that
    /// `cut` ends; one that was open is told to end.
    pub fn attach(&self, host_id: &str, serial: &str, cut: Cut) -> Attached {
        let (sender, commands) = mpsc::channel(8);
        let mut state = self.lock();
        state.next += 1;
        let number = state.next;
        let stream = Stream {
            number,
            heard_at: Instant::now(),
            serial: serial.to_owned(),
            cut,
            commands: sender,
        };
        let old = state.streams.insert(host_id.to_owned(), stream);
        if let Some(old) = &old
            && old.commands.try_send(Command::Replaced).is_err()
        {
            tracing::debug!(host = host_id, "the old stream has ended already");
        }
        Attached {
            number,
            commands,
            replaced: old.map(|o| o.heard_at.elapsed()),
        }
    }

    /// Notes that a stream was heard.
    pub fn heard(&self, host_id: &str, number: u64) {
        if let Some(stream) = self.lock().streams.get_mut(host_id)
            && stream.number == number
        {
            stream.heard_at = Instant::now();
        }
    }

    /// Takes a stream out, unless another took its place.
    pub fn detach(&self, host_id: &str, number: u64) {
        let mut state = self.lock();
        if state
            .streams
            .get(host_id)
            .is_some_and(|s| s.number == number)
        {
            state.streams.remove(host_id);
        }
    }

    /// The serial numbers of the certificates that open streams were opened with.
    pub fn serials(&self) -> Vec<String> {
        let state = self.lock();
        state.streams.values().map(|s| s.serial.clone()).collect()
    }

    /// Tells the streams that were opened with this certificate to end; returns what ends their
    /// connections, for those that do not listen.
    pub fn revoke(&self, serial: &str) -> Vec<Cut> {
        let state = self.lock();
        let held = state.streams.values().filter(|s| s.serial == serial);
        held.map(|stream| {
            if stream.commands.try_send(Command::Revoked).is_err() {
                tracing::debug!(serial, "a revoked stream does not listen");
            }
            stream.cut.clone()
        })
        .collect()
    }

    /// Asks a host for a run at once; whether it is connected.
    pub fn run_now(&self, host_id: &str, checks: Vec<String>) -> bool {
        let sender = self.lock().streams.get(host_id).map(|s| s.commands.clone());
        sender.is_some_and(|s| s.try_send(Command::RunNow(checks)).is_ok())
    }

    /// Has every agent told which CAs to trust. One that does not listen is told when it connects.
    pub fn tell_trust(&self) {
        for (host, stream) in &self.lock().streams {
            if stream.commands.try_send(Command::Trust).is_err() {
                tracing::debug!(host, "a stream does not listen");
            }
        }
    }

    /// Whether a host is connected.
    pub fn is_connected(&self, host_id: &str) -> bool {
        self.lock().streams.contains_key(host_id)
    }

    /// How many hosts are connected.
    pub fn count(&self) -> usize {
        self.lock().streams.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stream_of_a_host_stays() {
        let live = Live::default();
        let mut first = live.attach("h", "a", Cut::default());
        let second = live.attach("h", "b", Cut::default());
        assert!(second.replaced.is_some());
        assert_eq!(first.commands.try_recv(), Ok(Command::Replaced));
        live.detach("h", first.number);
        assert!(live.is_connected("h"));
        live.detach("h", second.number);
        assert!(!live.is_connected("h"));
        assert!(!live.run_now("h", Vec::new()));
    }
}
