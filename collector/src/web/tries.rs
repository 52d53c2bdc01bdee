//! How often people may try to sign in. Whoever guesses passwords is held back by the network that he comes from and by
//! the account that he tries. Neither keeps the account's owner out where that usually signs in.

use std::net::IpAddr;

use crate::limit::Limiter;

/// So long ago at most did an account sign in from where it usually does.
pub(super) const USUAL_MS: i64 = 30 * 24 * 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;
/// Tries of one network in a minute.
const PER_NETWORK: u32 = 10;
/// Wrong tries at one account in a minute from where it does not usually sign in.
const WRONG_PER_LOGIN: u32 = 20;
/// Tries of all in a minute, apart for those who come from where they usually do and for the others.
const PER_SHARE: u32 = 600;
/// So much of a login is remembered.
const LOGIN_CHARS: usize = 64;

/// What was tried in this minute.
#[derive(Debug)]
pub(super) struct Tries {
    networks: Limiter<IpAddr>,
    /// Of tries that were right nothing stays.
    logins: Limiter<String>,
    /// By whether the account usually signs in from there.
    shares: Limiter<bool>,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self {
            networks: Limiter::new(MINUTE_MS, PER_NETWORK, u32::MAX),
            logins: Limiter::new(MINUTE_MS, WRONG_PER_LOGIN, u32::MAX),
            shares: Limiter::new(MINUTE_MS, PER_SHARE, u32::MAX),
        }
    }

    /// Counts a try of a network; whether it may go on. To be asked before anything is looked up.
    pub(super) fn may_come(&self, network: IpAddr, now_ms: i64) -> bool {
        self.networks.allow(network, now_ms)
    }

    /// Counts a try at an account, as a wrong one until [`Self::was_right`]; whether it may go on.
    pub(super) fn may_try(&self, login: &str, is_usual: bool, now_ms: i64) -> bool {
        (is_usual || self.logins.allow(short(login), now_ms)) && self.shares.allow(is_usual, now_ms)
    }

    /// The try was right.
    pub(super) fn was_right(&self, login: &str, is_usual: bool, now_ms: i64) {
        if !is_usual {
            self.logins.take_back(&short(login), now_ms);
        }
    }
}

fn short(login: &str) -> String {
    login.chars().take(LOGIN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_tried_so_often_from_elsewhere_and_its_owner_goes_on() {
        let tries = Tries::new();
        let passed = (0..60).filter(|_| tries.may_try("lan", false, 0)).count();
        assert_eq!(passed, WRONG_PER_LOGIN as usize);
        tries.was_right("lan", true, 0);
        assert!(!tries.may_try("lan", false, 0), "nothing was counted");
        assert!(tries.may_try("lan", true, 0));
        assert!(tries.may_try("minh", false, 0), "another account");
        assert!(tries.may_try("lan", false, MINUTE_MS));
    }

    #[test]
    fn right_tries_do_not_count() {
        let tries = Tries::new();
        for _ in 0..50 {
            assert!(tries.may_try("lan", false, 0));
            tries.was_right("lan", false, 0);
        }
    }

    #[test]
    fn strangers_use_up_nothing_of_those_who_are_known() {
        let tries = Tries::new();
        let strange = (0..2_000).filter(|n| tries.may_try(&n.to_string(), false, 0));
        assert_eq!(strange.count(), PER_SHARE as usize);
        assert!(tries.may_try("lan", true, 0));
    }

    #[test]
    fn a_network_is_held_back_whatever_it_tries() {
        let tries = Tries::new();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let passed = (0..60).filter(|_| tries.may_come(one, 0)).count();
        assert_eq!(passed, PER_NETWORK as usize);
        assert!(tries.may_come(other, 0));
    }
}
