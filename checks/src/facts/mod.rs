//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod boot;
pub mod boot_rules;
pub mod container;
pub mod coredump;
pub mod firewall;
pub mod guard;
pub mod host_firewall;
pub mod inetd;
pub mod iptables;
pub mod mac;
pub mod modprobe;
pub mod net_sysctl;
pub mod nft;
mod reach;
pub mod resolver;
pub mod services;
pub mod snmp;
pub mod sockets;
pub mod sysctl;
pub mod text;
pub mod tls_endpoints;
pub mod wireless;
pub mod x509;
