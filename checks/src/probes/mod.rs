//! Wire protocols: what to say, and what the answer means. Nothing here judges.

pub mod browser;
pub mod dns;
pub mod forms;
pub mod http;
pub mod login;
pub mod ssh;
pub mod sso;
pub mod tls;
