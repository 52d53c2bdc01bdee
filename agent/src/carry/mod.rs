//! What a host of a one-way site does instead of connecting: it is enrolled from file to file, writes
//! its runs to files, and takes the collector's receipts for them.

mod enrol;
mod error;
mod export;
mod file;
mod receipt;

pub use enrol::{accept, request};
pub use error::CarryError;
pub use export::{Export, Exported, export};
pub use receipt::{Receipt, settle};

use rustls::{SignatureScheme, crypto::aws_lc_rs::default_provider};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Whether a CA certificate's key made this signature: ECDSA P-256 with SHA-256, in ASN.1 DER.
fn is_signed_by(ca: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let Ok((_, ca)) = X509Certificate::from_der(ca) else {
        return false;
    };
    let key = ca.public_key().subject_public_key.data.as_ref();
    let known = default_provider().signature_verification_algorithms;
    let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
    let ways = known.mapping.iter().filter(|(s, _)| *s == scheme);
    let mut ways = ways.flat_map(|(_, ways)| ways.iter());
    ways.any(|way| way.verify_signature(key, bytes, signature).is_ok())
}
