//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod enrolment;
pub mod lockout;
pub mod login_paths;
pub mod pam;
pub mod pwpolicy;
pub mod sshd_auth;
pub mod sudo_skip;
pub mod text;
pub mod vpn;
pub mod web_admin;
