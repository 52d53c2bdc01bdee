//! How often one address, or one account, may try something.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// The most keys that are remembered; beyond, the whole window is forgotten but for the total.
const MAX_KEYS: usize = 10_000;

/// Counts tries per key and in total, over windows of fixed length.
#[derive(Debug)]
pub struct Limiter<K> {
    window_ms: i64,
    per_key: u32,
    in_total: u32,
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    window: i64,
    total: u32,
    tries: HashMap<K, u32>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// Lets `per_key` tries of one key, and `in_total` of all, through in each window.
    pub fn new(window_ms: i64, per_key: u32, in_total: u32) -> Self {
        let state = State {
            window: 0,
            total: 0,
            tries: HashMap::new(),
        };
        Self {
            window_ms,
            per_key,
            in_total,
            state: Mutex::new(state),
        }
    }

    /// Counts a try; whether it may go on.
    pub fn allow(&self, key: K, now_ms: i64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let window = now_ms.div_euclid(self.window_ms.max(1));
        if state.window != window {
            *state = State {
                window,
                total: 0,
                tries: HashMap::new(),
            };
        }
        if state.tries.len() >= MAX_KEYS {
            state.tries.clear();
        }
        let tries = state.tries.entry(key).or_default();
        if *tries >= self.per_key {
            // Does not count in total: one key alone must not hold everyone back.
            return false;
        }
        *tries += 1;
        state.total = state.total.saturating_add(1);
        state.total <= self.in_total
    }

    /// Takes back a try of this window that was let through, as if it had not been.
    pub fn take_back(&self, key: &K, now_ms: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.window != now_ms.div_euclid(self.window_ms.max(1)) {
            return;
        }
        if let Some(tries) = state.tries.get_mut(key) {
            *tries = tries.saturating_sub(1);
            state.total = state.total.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_back_until_the_next_window() {
        let limiter = Limiter::new(1000, 2, 10);
        assert!(limiter.allow("a", 0));
        assert!(limiter.allow("a", 1));
        assert!(!limiter.allow("a", 2));
        assert!(limiter.allow("b", 2));
        assert!(limiter.allow("a", 1000));
    }

    #[test]
    fn a_try_that_is_taken_back_leaves_room_in_its_window_alone() {
        let limiter = Limiter::new(1000, 1, 10);
        assert!(limiter.allow("a", 0) && !limiter.allow("a", 1));
        limiter.take_back(&"a", 2);
        assert!(limiter.allow("a", 3) && !limiter.allow("a", 4));
        limiter.take_back(&"b", 5);
        assert!(limiter.allow("a", 1000));
        limiter.take_back(&"a", 5);
        assert!(!limiter.allow("a", 1001), "that was another window's");
    }

    #[test]
    fn one_key_does_not_hold_back_the_others() {
        let limiter = Limiter::new(1000, 2, 3);
        assert_eq!((0..50).filter(|_| limiter.allow("a", 0)).count(), 2);
        assert!(limiter.allow("b", 0));
    }

    #[test]
    fn many_keys_are_held_back_together() {
        let limiter = Limiter::new(1000, 5, 3);
        let passed = (0..10).filter(|key| limiter.allow(*key, 0)).count();
        assert_eq!(passed, 3);
    }
}
