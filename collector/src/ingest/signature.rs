//! The signature with which an agent vouches for a finished run.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::{
    signing::FinishedRun,
    v1::{RefusalCode, RunFinished},
};

use super::refusal::Refusal;
use crate::store::{Db, certificate, integrity::IntegrityKind, run::Run};

/// Verifies the end of a run against the keys that its host may sign with.
///
/// # Errors
/// When no key fits, or the store fails.
pub(super) async fn verify(db: &mut Db, run: &Run, m: &RunFinished) -> Result<(), Refusal> {
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
    let keys = certificate::keys(db, &run.host_id).await?;
    let fits = |key: &Vec<u8>| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        key.verify(&signed, &m.signature).is_ok()
    };
    if keys.iter().any(fits) {
        Ok(())
    } else {
        Err(bad())
    }
}
