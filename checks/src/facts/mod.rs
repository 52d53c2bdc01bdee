//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod boot;
pub mod container;
pub mod firewall;
pub mod iptables;
pub mod nft;
pub mod sockets;
pub mod sysctl;
pub mod text;
