//! TLS beyond the wire: what certificates say, who vouches for them, and what stands on disk.

pub mod anchors;
pub mod certificate;
pub mod chain;
pub mod clear_logins;
mod crl;
mod dateless;
mod der;
pub mod files;
pub mod issuers;
pub mod key;
pub mod ocsp;
pub mod pg_hba;
mod published;
pub mod revocation;
mod signature;
