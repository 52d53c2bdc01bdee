//! Wire protocols: what to say, and what the answer means. Nothing here judges.

pub mod dns;
pub mod http;
pub mod ssh;
pub mod tls;
