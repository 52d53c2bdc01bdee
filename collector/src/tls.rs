//! The collector's side of TLS: 1.3 only, and a certificate of its own CA that renews itself.

use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use rustls::{
    RootCertStore, ServerConfig, crypto::aws_lc_rs::default_provider, server::WebPkiClientVerifier,
    version::TLS13,
};

use crate::identity::{IdentityError, Snapshot, Trust, authority::SKEW_MS};

/// What is spoken inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// gRPC for agents: HTTP/2, and a client certificate of our CAs where there is one.
    Agents,
    /// The web for people: HTTP/1.1, no client certificates.
    Web,
}

/// TLS settings whose certificate is replaced in time.
pub struct Tls {
    trust: Arc<Trust>,
    names: Vec<String>,
    purpose: Purpose,
    state: RwLock<State>,
    /// Held while another certificate is made.
    turn: tokio::sync::Mutex<()>,
}

struct State {
    config: Arc<ServerConfig>,
    made_under: Arc<Snapshot>,
    made_ms: i64,
    renew_after_ms: i64,
    not_after_ms: i64,
    /// When another certificate could not be made.
    failed_ms: Option<i64>,
}

/// What the settings that are held are good for.
enum Held {
    /// Nothing is due.
    Fresh(Arc<ServerConfig>),
    /// Another certificate is due; this one still holds.
    Due(Arc<ServerConfig>),
    /// Nobody would take this certificate.
    Useless,
}

/// After another certificate could not be made, as while the CA's token is away, how long none is tried.
const AGAIN_MS: i64 = 60 * 1000;

impl Tls {
    /// Makes settings with a fresh certificate for `names`.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate.
    pub fn new(
        trust: Arc<Trust>,
        names: Vec<String>,
        purpose: Purpose,
        now_ms: i64,
    ) -> Result<Self, IdentityError> {
        let state = RwLock::new(make(&trust.now(), &names, purpose, now_ms)?);
        Ok(Self {
            trust,
            names,
            purpose,
            state,
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// The settings for a connection that opens now. Another certificate is made in good time before the one that
    /// is held runs out; while none can be, that one serves.
    ///
    /// # Errors
    /// When none is held that anybody would take, and none can be made.
    pub async fn config(self: &Arc<Self>, now_ms: i64) -> Result<Arc<ServerConfig>, IdentityError> {
        let (due, _turn) = match self.held(now_ms) {
            Held::Fresh(config) => return Ok(config),
            Held::Due(config) => match self.turn.try_lock() {
                Ok(turn) => (Some(config), turn),
                Err(_) => return Ok(config), // somebody is at it
            },
            Held::Useless => (None, self.turn.lock().await),
        };
        if let Held::Fresh(config) = self.held(now_ms) {
            return Ok(config);
        }
        if let Some(config) = due.as_ref().filter(|_| self.failed_lately(now_ms)) {
            return Ok(config.clone());
        }
        let tls = self.clone();
        let trust = self.trust.now();
        // A token may take its time over a signature.
        let made =
            tokio::task::spawn_blocking(move || make(&trust, &tls.names, tls.purpose, now_ms));
        let made = made.await.unwrap_or_else(|stopped| {
            let why = rustls::Error::General(stopped.to_string());
            Err(IdentityError::Tls(why))
        });
        match (made, due) {
            (Ok(fresh), _) => {
                let config = fresh.config.clone();
                *self.write() = fresh;
                Ok(config)
            }
            (Err(error), Some(config)) => {
                tracing::error!(%error, "the collector's certificate is due and was not replaced; it still holds");
                self.write().failed_ms = Some(now_ms);
                Ok(config)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn held(&self, now_ms: i64) -> Held {
        let trust = self.trust.now();
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        // One of the future was made while the clock was wrong, and nobody would take it now; unless
        // it is now that the clock is wrong, which it is if it shows a time before the CA's.
        let of_the_future = now_ms < state.made_ms - SKEW_MS;
        let clock_is_wrong = now_ms < trust.issuer.since_ms();
        let in_time = clock_is_wrong || (!of_the_future && now_ms < state.renew_after_ms);
        let config = state.config.clone();
        if in_time && Arc::ptr_eq(&state.made_under, &trust) {
            Held::Fresh(config)
        } else if clock_is_wrong || (!of_the_future && now_ms < state.not_after_ms) {
            Held::Due(config)
        } else {
            Held::Useless
        }
    }

    fn failed_lately(&self, now_ms: i64) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let ago = state.failed_ms.map(|at| now_ms.saturating_sub(at));
        ago.is_some_and(|ago| (0..AGAIN_MS).contains(&ago))
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make(
    trust: &Arc<Snapshot>,
    names: &[String],
    purpose: Purpose,
    now_ms: i64,
) -> Result<State, IdentityError> {
    let (issued, key) = trust.issuer.issue_server(names, now_ms)?;
    let provider = Arc::new(default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS13])?;
    let builder = match purpose {
        Purpose::Web => builder.with_no_client_auth(),
        Purpose::Agents => {
            let mut roots = RootCertStore::empty();
            for anchor in &trust.anchors {
                roots.add(anchor.clone())?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|e| rustls::Error::General(e.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = [vec![issued.der], trust.chain.clone()].concat();
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = match purpose {
        Purpose::Agents => vec![b"h2".to_vec()],
        Purpose::Web => vec![b"http/1.1".to_vec()],
    };
    // A resumed session would skip the look at the client's certificate.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Ok(State {
        config: Arc::new(config),
        made_under: trust.clone(),
        made_ms: now_ms,
        renew_after_ms: issued.renew_after_ms,
        not_after_ms: issued.not_after_ms,
        failed_ms: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::{Authority, Keys},
        store::Store,
    };

    const NOW: i64 = 1_795_305_600_000;
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;

    #[tokio::test]
    async fn a_certificate_that_cannot_be_replaced_serves_until_it_runs_out() {
        let dir = tempfile::tempdir().unwrap();
        Authority::create(dir.path(), NOW).unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let keys = Keys {
            data: dir.path().to_owned(),
            token: None,
        };
        let trust = Arc::new(Trust::load(store, keys, NOW).await.unwrap());
        let names = vec!["localhost".to_owned()];
        let mut tls = Tls::new(trust, names, Purpose::Agents, NOW).unwrap();
        let ends = tls.write().not_after_ms;
        // From now on none can be made: the name cannot stand in a certificate.
        let names = std::mem::replace(&mut tls.names, vec!["máy chủ".to_owned()]);
        let tls = Arc::new(tls);
        let first = tls.config(NOW).await.unwrap();
        let due = NOW + 61 * DAY_MS;
        assert!(tls.write().renew_after_ms < due && due < ends);
        for at in [due, due + AGAIN_MS - 1, due + AGAIN_MS, ends - 1] {
            assert!(Arc::ptr_eq(&tls.config(at).await.unwrap(), &first), "{at}");
        }
        assert_eq!(tls.write().failed_ms, Some(ends - 1));
        tls.config(ends).await.unwrap_err();
        // Once one can be made, it is; where it failed just now, a minute later.
        let mut tls = Arc::into_inner(tls).unwrap();
        tls.names = names;
        tls.write().failed_ms = Some(due);
        let tls = Arc::new(tls);
        let later = due + AGAIN_MS;
        assert!(Arc::ptr_eq(&tls.config(later - 1).await.unwrap(), &first));
        assert!(!Arc::ptr_eq(&tls.config(later).await.unwrap(), &first));
    }
}
