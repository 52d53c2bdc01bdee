//! Who is who: the CA, the certificates of hosts, tokens, passwords.

pub mod authority;
mod ca_key;
pub mod carried;
mod claim;
pub mod enroll;
mod error;
pub mod password;
pub mod rotation;
pub mod secret;
mod token_key;
#[cfg(feature = "pkcs11")]
mod token_worker;
mod trust;

pub use authority::Authority;
pub use ca_key::CaKey;
pub use error::IdentityError;
pub use token_key::{TokenFault, TokenKey, TokenSettings};
pub use trust::{Keys, Snapshot, Trust, current};
