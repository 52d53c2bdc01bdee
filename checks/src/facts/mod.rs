//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod apt;
pub mod auto_updates;
pub mod backup;
pub mod cron;
pub mod databases;
pub mod deb822;
pub mod deleted_maps;
pub mod dpkg;
pub mod eol;
pub mod ini;
pub mod kernels;
pub mod mounts;
pub mod os_release;
pub mod restore_tests;
pub mod security_fixes;
pub mod stream;
pub mod systemd_units;
pub mod text;
pub mod timers;
pub mod upgrades;
pub mod versions;
pub mod yum;
