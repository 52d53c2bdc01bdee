//! How a session behaves: its pace, and which refusals speak against it.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use capdo_proto::v1::RefusalCode;
use tonic::{Code, Status};

use super::{
    frames::Bucket,
    refusal::{BEFORE_RESTORE, CHECKS_UNKNOWN, Refusal},
    strikes::Offence,
};

/// The most messages at once, and in a second after that. The largest run with its resync takes some
/// 1300, each of which waits for the disk.
const BURST: u32 = 2_000;
const A_SECOND: u32 = 20;
/// The most reasons of refusals that are remembered; beyond, each counts.
const MOST: usize = 256;

/// What is no fault of the sender: the collector has no place for it now, or was set back.
const OURS: [&str; 3] = ["run.crowded", BEFORE_RESTORE, CHECKS_UNKNOWN];

/// The conduct of one session.
#[derive(Debug)]
pub(super) struct Conduct(Mutex<State>);

#[derive(Debug)]
struct State {
    pace: Bucket,
    refused: HashSet<(String, String)>,
}

impl Default for Conduct {
    fn default() -> Self {
        Self(Mutex::new(State {
            pace: Bucket::new(BURST, A_SECOND, Instant::now()),
            refused: HashSet::new(),
        }))
    }
}

impl Conduct {
    /// Whether another message is still within the pace.
    pub(super) fn paces(&self, now: Instant) -> bool {
        self.lock().pace.take(now)
    }

    /// What a refusal says against the sender. An agent sends on while a refusal is on its way, so one
    /// run and reason count once; who goes on for long is too fast instead.
    pub(super) fn offence(&self, refusal: &Refusal) -> Option<Offence> {
        if OURS.contains(&refusal.machine_code.as_str()) {
            return None;
        }
        let offence = match refusal.code {
            RefusalCode::Internal
            | RefusalCode::DuplicateSession
            | RefusalCode::HostDisabled
            | RefusalCode::ProtocolVersion => return None,
            RefusalCode::Busy => Offence::TooOften,
            RefusalCode::InvalidMessage if refusal.breaks_a_bound => Offence::Message,
            _ => Offence::Order,
        };
        let mut state = self.lock();
        if refusal.run_id.is_empty() {
            return Some(offence);
        }
        let reason = (refusal.run_id.clone(), refusal.machine_code.clone());
        let new = state.refused.len() >= MOST || state.refused.insert(reason);
        new.then_some(offence)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a stream broke because of what was sent: too long, packed, or not protobuf.
pub(super) fn is_offence(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::OutOfRange | Code::Internal | Code::Unimplemented | Code::ResourceExhausted
    ) && std::error::Error::source(status).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refused_run_counts_once_and_our_own_failures_never() {
        let conduct = Conduct::default();
        for ours in OURS {
            let refusal = Refusal::later(RefusalCode::Busy, ours, "x", 1).run("r");
            assert_eq!(conduct.offence(&refusal), None, "{ours}");
        }
        let order = Refusal::never(RefusalCode::InvalidMessage, "a", "b");
        let of_run = order.clone().run("r");
        assert_eq!(conduct.offence(&of_run), Some(Offence::Order));
        assert_eq!(conduct.offence(&of_run), None);
        assert_eq!(
            conduct.offence(&order.clone().run("s")),
            Some(Offence::Order)
        );
        assert_eq!(conduct.offence(&order), Some(Offence::Order));
        assert_eq!(conduct.offence(&order), Some(Offence::Order));
        let ours = Refusal::later(RefusalCode::Internal, "a", "b", 1);
        assert_eq!(conduct.offence(&ours), None);
    }

    #[test]
    fn the_largest_run_is_within_the_pace_and_a_flood_is_not() {
        let (conduct, now) = (Conduct::default(), Instant::now());
        assert!((0..1_300).all(|_| conduct.paces(now)));
        assert!((0..10_000).any(|_| !conduct.paces(now)));
    }
}
