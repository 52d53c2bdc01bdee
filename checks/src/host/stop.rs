//! Stopping in the middle: the commands that run are ended, and nothing more is begun.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A request to stop that may come from any thread. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    asked: AtomicBool,
    commands: Mutex<usize>,
    ended: Condvar,
}

impl Stop {
    /// Asks for it. Commands are ended within a few hundredths of a second.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Waits until no command runs any more, at most for `limit`; says whether that is so.
    pub fn wait_for_commands(&self, limit: Duration) -> bool {
        let commands = self.commands();
        let waited = self.0.ended.wait_timeout_while(commands, limit, |n| *n > 0);
        let (commands, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *commands == 0
    }

    /// Counts a command for as long as what is given lives.
    pub(super) fn count(&self) -> Running<'_> {
        *self.commands() += 1;
        Running(self)
    }

    /// A count is right whoever panicked while holding it.
    fn commands(&self) -> MutexGuard<'_, usize> {
        let locked = self.0.commands.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command that runs.
pub(super) struct Running<'a>(&'a Stop);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.commands() -= 1;
        self.0.0.ended.notify_all();
    }
}
