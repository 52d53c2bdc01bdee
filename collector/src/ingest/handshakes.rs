//! Handshakes under way: so many from one network, so many in all. Where there is no room for one more the oldest
//! gives way. An honest one is done in milliseconds, so that connections that say nothing shut out nobody, whoever
//! shares their address.

use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::strikes::network;

/// The most from one network.
const PER_NETWORK: usize = 64;
/// The most in all.
const IN_ALL: usize = 256;

/// The handshakes that are under way.
#[derive(Debug, Default)]
pub(super) struct Handshakes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// By network, the oldest first; none is empty.
    under_way: HashMap<IpAddr, VecDeque<One>>,
}

#[derive(Debug)]
struct One {
    number: u64,
    end: oneshot::Sender<Instead>,
}

/// Whose handshake goes on instead of one that gave way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// A newer one of its own network, which holds as many as one may.
    OfItsNetwork,
    /// One of another network, when there was no room at all.
    OfOthers,
}

impl State {
    fn in_all(&self) -> usize {
        self.under_way.values().map(VecDeque::len).sum()
    }

    /// The network that holds the most; of several, that with the oldest.
    fn fullest(&self) -> Option<IpAddr> {
        let oldest = |held: &VecDeque<One>| Reverse(held.front().map(|one| one.number));
        let fullest = self
            .under_way
            .iter()
            .max_by_key(|(_, held)| (held.len(), oldest(held)));
        fullest.map(|(network, _)| *network)
    }

    fn end_oldest(&mut self, network: IpAddr, instead: Instead) {
        let held = self.under_way.get_mut(&network);
        if let Some(one) = held.and_then(VecDeque::pop_front) {
            // Nobody listens where it is over by itself at this moment.
            one.end.send(instead).ok();
        }
        self.tidy(network);
    }

    fn tidy(&mut self, network: IpAddr) {
        if self.under_way.get(&network).is_some_and(VecDeque::is_empty) {
            self.under_way.remove(&network);
        }
    }
}

impl Handshakes {
    /// A handshake begins. Another one may have to give way.
    pub(super) fn begin(self: &Arc<Self>, address: IpAddr) -> Handshake {
        let network = network(address);
        let mut state = self.lock();
        let held = state.under_way.get(&network).map_or(0, VecDeque::len);
        if held >= PER_NETWORK {
            state.end_oldest(network, Instead::OfItsNetwork);
        } else if state.in_all() >= IN_ALL
            && let Some(fullest) = state.fullest()
        {
            state.end_oldest(fullest, Instead::OfOthers);
        }
        state.next += 1;
        let number = state.next;
        let (end, ended) = oneshot::channel();
        let held = state.under_way.entry(network).or_default();
        held.push_back(One { number, end });
        Handshake {
            all: self.clone(),
            network,
            number,
            ended,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One handshake; over when dropped.
#[derive(Debug)]
pub(super) struct Handshake {
    all: Arc<Handshakes>,
    network: IpAddr,
    number: u64,
    ended: oneshot::Receiver<Instead>,
}

impl Handshake {
    /// Waits until it has to give way.
    pub(super) async fn gives_way(&mut self) -> Instead {
        (&mut self.ended).await.unwrap_or(Instead::OfOthers)
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        let mut state = self.all.lock();
        if let Some(held) = state.under_way.get_mut(&self.network) {
            held.retain(|one| one.number != self.number);
        }
        state.tidy(self.network);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(all: &Arc<Handshakes>, network: u8, count: usize) -> Vec<Handshake> {
        let address = IpAddr::from([192, 0, 2, network]);
        (0..count).map(|_| all.begin(address)).collect()
    }

    fn given_way(held: &mut [Handshake]) -> Vec<Instead> {
        let each = held.iter_mut();
        each.filter_map(|one| one.ended.try_recv().ok()).collect()
    }

    #[tokio::test]
    async fn the_oldest_of_a_full_network_gives_way() {
        let all = Arc::new(Handshakes::default());
        let mut first = begin(&all, 1, PER_NETWORK);
        let mut other = begin(&all, 2, 1);
        assert_eq!(given_way(&mut first), []);
        let mut more = begin(&all, 1, 3);
        assert_eq!(given_way(&mut first[..3]), [Instead::OfItsNetwork; 3]);
        assert_eq!(given_way(&mut first[3..]), []);
        // Who is done makes room.
        drop(first);
        let last = begin(&all, 1, PER_NETWORK - 3);
        assert_eq!(given_way(&mut more), []);
        assert_eq!(given_way(&mut other), [], "another network");
        drop((last, more, other));
        assert!(all.lock().under_way.is_empty());
    }

    #[tokio::test]
    async fn full_networks_give_way_to_the_others() {
        let all = Arc::new(Handshakes::default());
        let full = 1..=4;
        let mut silent: Vec<_> = full.map(|n| begin(&all, n, PER_NETWORK)).collect();
        let mut honest = begin(&all, 5, 1);
        let mut again = begin(&all, 1, PER_NETWORK);
        assert_eq!(given_way(&mut honest), []);
        assert_eq!(
            given_way(&mut silent[0])[0],
            Instead::OfOthers,
            "the oldest"
        );
        assert_eq!(given_way(&mut again), []);
        assert!(all.lock().in_all() <= IN_ALL);
    }
}
