//! The collector's side of TLS: 1.3 only, and a certificate of its own CA that renews itself.

use std::sync::{Arc, PoisonError, RwLock};

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
}

struct State {
    config: Arc<ServerConfig>,
    made_under: Arc<Snapshot>,
    made_ms: i64,
    renew_after_ms: i64,
}

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
        })
    }

    /// The settings for a connection that opens now.
    ///
    /// # Errors
    /// When the certificate is due and cannot be replaced.
    pub fn config(&self, now_ms: i64) -> Result<Arc<ServerConfig>, IdentityError> {
        let trust = self.trust.now();
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            // One of the future was made while the clock was wrong, and nobody would take it now; unless
            // it is now that the clock is wrong, which it is if it shows a time before the CA's.
            let of_the_future = now_ms < state.made_ms - SKEW_MS;
            let clock_is_wrong = now_ms < trust.issuer.since_ms();
            let in_time = clock_is_wrong || (!of_the_future && now_ms < state.renew_after_ms);
            if in_time && Arc::ptr_eq(&state.made_under, &trust) {
                return Ok(state.config.clone());
            }
        }
        let fresh = make(&trust, &self.names, self.purpose, now_ms)?;
        let config = fresh.config.clone();
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(config)
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
    })
}
