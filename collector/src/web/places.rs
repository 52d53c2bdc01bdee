//! How many connections browsers hold: together, and from one network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ingest::strikes::network;

/// The most connections at a time.
pub(super) const CONNECTIONS: usize = 1024;
/// The most from one network: an office behind one address has its browsers hold a few each. The host itself is not
/// bounded so: a proxy comes from there with everybody's.
pub(super) const PER_NETWORK: usize = 128;

/// The places for connections.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    held: Mutex<HashMap<IpAddr, usize>>,
}

impl Places {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(CONNECTIONS)),
            held: Mutex::default(),
        })
    }

    /// Waits until one more connection may be accepted.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        let all = self.all.clone();
        all.acquire_owned()
            .await
            .expect("the semaphore is never closed")
    }

    /// A place for a connection from this address; nothing where its network holds too many.
    pub(super) fn take(
        self: &Arc<Self>,
        address: IpAddr,
        one: OwnedSemaphorePermit,
    ) -> Option<Place> {
        let network = network(address);
        if !network.is_loopback() {
            let mut held = self.held();
            let count = held.entry(network).or_default();
            if *count >= PER_NETWORK {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            places: self.clone(),
            network,
            _one: one,
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    network: IpAddr,
    _one: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        if let Some(count) = held.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[tokio::test]
    async fn one_network_leaves_places_to_the_others() {
        let places = Places::new();
        let mut held = Vec::new();
        let mut turned_away = 0;
        for host in 0..300_u128 {
            let address = Ipv6Addr::from_bits((0x2001_0db8 << 96) + host);
            match places.take(address.into(), places.free().await) {
                Some(place) => held.push(place),
                None => turned_away += 1,
            }
        }
        assert_eq!((held.len(), turned_away), (PER_NETWORK, 300 - PER_NETWORK));
        let other = IpAddr::from([192, 0, 2, 1]);
        assert!(places.take(other, places.free().await).is_some());
        held.pop();
        let again = IpAddr::from(Ipv6Addr::from_bits(0x2001_0db8 << 96));
        assert!(places.take(again, places.free().await).is_some());
        drop(held);
        assert!(places.held().is_empty());
        assert_eq!(places.all.available_permits(), CONNECTIONS);
    }
}
