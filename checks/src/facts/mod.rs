//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod access;
pub mod accounts;
pub mod glob;
pub mod login_defs;
pub mod logins;
pub mod mounts;
pub mod shell;
pub mod sshd;
pub mod sshd_config;
pub mod su;
pub mod sudoers;
pub mod text;
pub mod umask;
