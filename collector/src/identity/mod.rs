//! Who is who: the CA, the certificates of hosts, tokens, passwords.

pub mod authority;
pub mod carried;
mod claim;
pub mod enroll;
mod error;
pub mod password;
pub mod secret;

pub use authority::Authority;
pub use error::IdentityError;
