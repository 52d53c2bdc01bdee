//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod clamav;
pub mod glob;
pub mod journald;
pub mod login_paths;
pub mod logins;
pub mod logrotate;
pub mod mounts;
pub mod pam;
pub mod processes;
mod rainer;
pub mod rsyslog;
pub mod schedule;
pub mod shell;
pub mod sshd;
pub mod sshd_auth;
pub mod sshd_config;
pub mod sudo_skip;
pub mod sudoers;
pub mod systemd_conf;
pub mod text;
pub mod timesync;
pub mod units;
