//! Ending a connection from outside: at once, and without the other end's consent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
};

use futures_util::task::AtomicWaker;

/// A handle to one connection. Clones end the same one.
#[derive(Clone, Debug, Default)]
pub struct Cut(Arc<State>);

#[derive(Debug, Default)]
struct State {
    made: AtomicBool,
    reader: AtomicWaker,
}

impl Cut {
    /// Ends the connection: its next read or write fails, and one that waits is woken.
    pub fn make(&self) {
        self.0.made.store(true, Ordering::Release);
        self.0.reader.wake();
    }

    /// Whether the connection was ended; if not, the task of `cx` is woken when it is.
    pub(super) fn is_made(&self, cx: &Context<'_>) -> bool {
        self.0.reader.register(cx.waker());
        self.0.made.load(Ordering::Acquire)
    }
}
