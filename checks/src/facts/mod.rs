//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod antimalware;
pub mod audit;
pub mod clamav;
pub mod dates;
pub mod forwarding;
mod include;
pub mod journald;
pub mod log_files;
pub mod logrotate;
pub mod peers;
pub mod processes;
mod rainer;
pub mod rsyslog;
pub mod schedule;
pub mod systemd_conf;
pub mod text;
pub mod timesync;
pub mod units;
