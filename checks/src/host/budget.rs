//! A window with a budget: what one check may spend.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Attributes, AuthorityAsk, Command, Delays, Entry, Exchange, Host, HostError, HttpAnswer,
    HttpAsk, Kind, Output, Space, Stat,
};
use crate::probes::tls::survey::{Ask, Survey};

/// What one check may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Wall-clock time.
    pub time: Duration,
    /// Bytes read whole from files, commands and the network together; bounds memory as well.
    pub bytes: usize,
    /// Bytes read piece by piece with [`Host::read_at`]; bounds time, not memory.
    pub streamed: usize,
    /// Calls through the window.
    pub calls: u32,
}

impl Budget {
    /// For a check that reads whole copies: minutes of a processor that has nothing better to do,
    /// and still little memory.
    #[must_use]
    pub const fn for_reading_copies(self) -> Self {
        Self {
            time: Duration::from_secs(180),
            streamed: 1 << 30,
            ..self
        }
    }

    /// For a check that waits for the surveys, and asks authorities about what they showed.
    #[must_use]
    pub const fn for_authorities(self) -> Self {
        Self {
            time: Duration::from_secs(340),
            ..self
        }
    }

    /// For a check that has up to 16 servers asked for all that they offer, each for up to 15 s. The
    /// first such check of a run waits for all of them; the others find the answers.
    #[must_use]
    pub const fn for_surveys(self) -> Self {
        Self {
            time: Duration::from_secs(260),
            ..self
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            bytes: 48 << 20,
            streamed: 256 << 20,
            calls: 50_000,
        }
    }
}

/// What a whole run may spend, beside the budget of each check. Asked before every call through the
/// window.
pub trait Allowance {
    /// Why nothing more may be looked at; `None` while there is something left.
    fn spent(&self) -> Option<Spent>;
}

/// Why a run looks at nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It took all that it may; the setting that says how much, the same words every time.
    Budget(String),
    /// It was asked to stop.
    Stopped,
}

/// A run that may take what it takes.
pub(crate) struct Unlimited;

impl Allowance for Unlimited {
    fn spent(&self) -> Option<Spent> {
        None
    }
}

/// A window that closes when the budget is spent.
pub struct Budgeted<'a> {
    host: &'a dyn Host,
    allowance: &'a dyn Allowance,
    /// Why a call was turned away, once that happened; it stays closed then.
    closed: RefCell<Option<Spent>>,
    until: Cell<Instant>,
    bytes: Cell<usize>,
    streamed: Cell<usize>,
    calls: Cell<u32>,
}

impl<'a> Budgeted<'a> {
    /// A window on `host` with a full budget.
    pub fn new(host: &'a dyn Host, budget: Budget) -> Self {
        let window = Self {
            host,
            allowance: &Unlimited,
            closed: RefCell::default(),
            until: Cell::new(Instant::now()),
            bytes: Cell::default(),
            streamed: Cell::default(),
            calls: Cell::default(),
        };
        window.refill(budget);
        window
    }

    /// As this, within what the whole run may spend.
    #[must_use]
    pub fn within(self, allowance: &'a dyn Allowance) -> Self {
        Self { allowance, ..self }
    }

    /// Why the run looks at nothing more, where that is so.
    pub fn closed(&self) -> Option<Spent> {
        if self.closed.borrow().is_none() {
            *self.closed.borrow_mut() = self.allowance.spent();
        }
        self.closed.borrow().clone()
    }

    /// Gives the next check its budget.
    pub fn refill(&self, budget: Budget) {
        self.until.set(Instant::now() + budget.time);
        self.bytes.set(budget.bytes);
        self.streamed.set(budget.streamed);
        self.calls.set(budget.calls);
    }

    fn open(&self, what: &str) -> Result<(), HostError> {
        if self.closed().is_some() {
            return Err(HostError::OverBudget(what.to_owned()));
        }
        if self.time_is_up() {
            return Err(HostError::Timeout(what.to_owned()));
        }
        let calls = self.calls.get();
        if calls == 0 {
            return Err(HostError::OverBudget(what.to_owned()));
        }
        self.calls.set(calls - 1);
        Ok(())
    }

    fn spend(&self, what: &str, bytes: usize) -> Result<(), HostError> {
        spend(&self.bytes, what, bytes)
    }

    /// Looks at files. The time in which a mount wakes up is not the check's.
    fn look<T>(
        &self,
        path: &str,
        look: impl FnOnce(&dyn Host) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        self.open(path)?;
        let before = self.host.delays().waking;
        let seen = look(self.host);
        let waking = self.host.delays().waking.saturating_sub(before);
        self.until.set(self.until.get() + waking);
        seen
    }

    /// The caller's cap, or less where the budget has less left.
    fn cap(&self, cap: usize) -> usize {
        cap.min(self.bytes.get())
    }
}

fn spend(left: &Cell<usize>, what: &str, bytes: usize) -> Result<(), HostError> {
    let rest = left.get().checked_sub(bytes);
    left.set(rest.unwrap_or(0));
    rest.map(drop)
        .ok_or_else(|| HostError::OverBudget(what.to_owned()))
}

impl Host for Budgeted<'_> {
    fn kind(&self) -> Kind {
        self.host.kind()
    }

    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn delays(&self) -> Delays {
        self.host.delays()
    }

    fn time_is_up(&self) -> bool {
        Instant::now() >= self.until.get()
    }

    fn stat(&self, path: &str) -> Result<Stat, HostError> {
        self.look(path, |host| host.stat(path))
    }

    fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        self.look(path, |host| host.attributes(path))
    }

    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        let cap = self.cap(cap);
        let bytes = self.look(path, |host| host.read(path, cap))?;
        self.spend(path, bytes.len())?;
        Ok(bytes)
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError> {
        let len = len.min(self.bytes.get());
        let bytes = self.look(path, |host| host.read_at(path, offset, len))?;
        spend(&self.streamed, path, bytes.len())?;
        Ok(bytes)
    }

    fn read_link(&self, path: &str) -> Result<String, HostError> {
        self.look(path, |host| host.read_link(path))
    }

    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        let entries = self.look(path, |host| host.list(path, cap))?;
        self.spend(path, entries.iter().map(|e| e.name.len() + 32).sum())?;
        Ok(entries)
    }

    fn space(&self, path: &str) -> Result<Space, HostError> {
        self.look(path, |host| host.space(path))
    }

    fn run(&self, command: &Command) -> Result<Output, HostError> {
        let line = command.line();
        self.open(&line)?;
        let output = self.host.run(command)?;
        self.spend(&line, output.stdout.len())?;
        Ok(output)
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        let what = exchange.target.to_string();
        self.open(&what)?;
        let bytes = self.host.exchange(&Exchange {
            cap: self.cap(exchange.cap),
            ..*exchange
        })?;
        self.spend(&what, bytes.len())?;
        Ok(bytes)
    }

    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError> {
        let what = ask.target.to_string();
        self.open(&what)?;
        let survey = self.host.tls_survey(ask)?;
        let certificates = survey.shown.iter().flat_map(|shown| &shown.chain);
        self.spend(&what, certificates.map(Vec::len).sum())?;
        Ok(survey)
    }

    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError> {
        let what = ask.line();
        self.open(&what)?;
        let answer = self.host.http(&HttpAsk {
            cap: self.cap(ask.cap),
            ..ask.clone()
        })?;
        self.spend(&what, answer.size())?;
        Ok(answer)
    }

    fn ask_authority(&self, ask: &AuthorityAsk) -> Result<Vec<u8>, HostError> {
        self.open(&ask.url)?;
        let answer = self.host.ask_authority(&AuthorityAsk {
            cap: self.cap(ask.cap),
            ..ask.clone()
        })?;
        self.spend(&ask.url, answer.len())?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Live;

    fn budget(time: Duration, bytes: usize, calls: u32) -> Budget {
        Budget {
            time,
            bytes,
            streamed: bytes,
            calls,
        }
    }

    #[test]
    fn each_kind_of_budget_closes_the_window() {
        let live = Live::new();
        let long = Duration::from_secs(60);
        let read = |b| Budgeted::new(&live, b).read("/proc/self/status", 1 << 16);
        assert!(read(budget(long, 1 << 20, 9)).is_ok());
        assert!(matches!(
            read(budget(Duration::ZERO, 1 << 20, 9)),
            Err(HostError::Timeout(_))
        ));
        assert!(matches!(
            read(budget(long, 10, 9)),
            Err(HostError::TooLarge { .. })
        ));
        assert!(matches!(
            read(budget(long, 1 << 20, 0)),
            Err(HostError::OverBudget(_))
        ));
    }

    #[test]
    fn refilling_opens_it_again() {
        let live = Live::new();
        let window = Budgeted::new(&live, budget(Duration::from_secs(60), 1 << 20, 1));
        assert!(window.stat("/").is_ok());
        assert!(window.stat("/").is_err());
        window.refill(Budget::default());
        assert!(window.stat("/").is_ok());
    }
}
