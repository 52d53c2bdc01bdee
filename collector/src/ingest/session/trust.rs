//! Which CAs an agent is told to trust, and which it says that it trusts.

use std::sync::atomic::Ordering;

use capdo_proto::{
    limits::MAX_RENEW_WITHIN_MS,
    v1::{TrustAnchors, TrustAnchorsHeld, session_response::Payload},
};

use super::{super::refusal::Refusal, Session};
use crate::store::{StoreError, authority, certificate};

/// How long the renewal of one certificate may take of the time in which all renew.
const RENEWAL_MS: u64 = 500;

impl Session {
    /// Tells the agent which CAs to trust, where it takes that; whether it still listens.
    pub(super) async fn tell_trust(&self) -> bool {
        if !self.takes_trust.load(Ordering::Relaxed) {
            return true;
        }
        let trust = self.ingest.trust.now();
        let issuer = async {
            let mut db = self.ingest.store.read().await?;
            certificate::authority(&mut db, &self.serial).await
        };
        let old = match issuer.await {
            Ok(issuer) => issuer.is_some_and(|number| number < trust.number),
            Err(error) => {
                tracing::error!(%error, "the issuer of a certificate could not be looked up");
                false
            }
        };
        // All who are connected renew; each takes a moment of the one writer.
        let streams = u64::try_from(self.ingest.live.count()).unwrap_or(u64::MAX);
        let within = streams
            .saturating_mul(RENEWAL_MS)
            .saturating_add(RENEWAL_MS);
        let message = TrustAnchors {
            ca_certificates_der: trust.to_wire(),
            renew_within_ms: if old {
                within.min(MAX_RENEW_WITHIN_MS)
            } else {
                0
            },
        };
        self.send(Payload::TrustAnchors(message)).await
    }

    /// Notes which CAs the agent says that it trusts.
    pub(super) async fn holds(&self, held: &TrustAnchorsHeld) -> Result<(), Refusal> {
        let now = self.ingest.clock.now_ms();
        let mut tx = self.ingest.store.write().await?;
        authority::hold(&mut tx, &self.host_id, &held.sha256, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
