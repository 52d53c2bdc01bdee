//! The signature with which an agent vouches for a finished run.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::{
    signing::FinishedRun,
    v1::{RefusalCode, RunFinished},
};

use super::refusal::Refusal;
use crate::store::{Db, certificate, integrity::IntegrityKind, run::Run};

/// Verifies the end of a run: an agent signs when it sends, so with the key of the certificate `serial` over which
/// the run comes. Another key of the host will do, for it may just have renewed.
///
/// # Errors
/// When no key fits, or the store fails.
pub(super) async fn verify(
    db: &mut Db,
    run: &Run,
    m: &RunFinished,
    serial: &str,
) -> Result<(), Refusal> {
    let bad = || {
        let text = "The run's signature does not verify.";
        Refusal::never(RefusalCode::SignatureInvalid, "run.signature", text)
            .suspicious(IntegrityKind::SignatureInvalid, "")
    };
    let state_sha256 = m.state_sha256.as_slice().try_into().map_err(|_| bad())?;
    let signed = FinishedRun {
        host_id: &run.host_id,
        run_id: &run.id,
        counter: run.counter.cast_unsigned(),
        nonce: &run.nonce,
        state_sha256: &state_sha256,
        finished_ms: m.finished_ms,
        checks_sha256: run.checks_sha256.as_deref().unwrap_or_default(),
    }
    .signed_bytes();
    let fits = |key: &Vec<u8>| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        key.verify(&signed, &m.signature).is_ok()
    };
    // First, and whatever else was issued: who stole a key could renew until the host's own is forgotten.
    let own = certificate::find(&mut *db, serial).await?;
    let own = own.filter(|c| c.host_id == run.host_id && c.revoked_at.is_none());
    if own.is_some_and(|c| fits(&c.public_key)) {
        return Ok(());
    }
    let keys = certificate::keys(db, &run.host_id).await?;
    if keys.iter().any(fits) {
        Ok(())
    } else {
        Err(bad())
    }
}
