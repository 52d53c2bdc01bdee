//! The network as the host shows it: what listens, what filters, what the kernel lets pass.

mod admin_sources;
mod brute_force;
mod database_exposed;
mod dns_servers;
mod firewall_default_deny;
mod firewall_logging;
mod firewall_persistent;
mod mail_listener;
mod not_a_router;
mod open_ports;
mod plaintext_services;
mod snmp_safe;
mod sysctls;
mod unneeded_servers;
mod wireless_off;

use std::collections::BTreeSet;

use crate::{check::Check, context::Cx, facts::sockets::Listener, observation::Value};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &admin_sources::AdminSources,
    &brute_force::BruteForce,
    &database_exposed::DatabaseExposed,
    &dns_servers::DnsServers,
    &firewall_default_deny::FirewallDefaultDeny,
    &firewall_logging::FirewallLogging,
    &firewall_persistent::FirewallPersistent,
    &mail_listener::MailListener,
    &not_a_router::NotARouter,
    &open_ports::OpenPorts,
    &plaintext_services::PlaintextServices,
    &snmp_safe::SnmpSafe,
    &sysctls::Sysctls,
    &unneeded_servers::UnneededServers,
    &wireless_off::WirelessOff,
];

/// Where listeners were seen.
const TABLES: &str = "/proc/net/tcp, tcp6, udp, udp6 (ss -tulpn)";
/// Where declared ports stand.
const SETTING: &str = "settings expected_ports";

fn expected(cx: &Cx<'_>) -> Vec<Value> {
    let ports = cx.settings().expected_ports.iter();
    ports.map(|p| Value::from(u32::from(*p))).collect()
}

/// Labels such as `tcp/22 sshd`, sorted, each once.
fn ports<'a>(listeners: impl IntoIterator<Item = &'a Listener>) -> Vec<String> {
    let labels: BTreeSet<String> = listeners.into_iter().map(Listener::label).collect();
    labels.into_iter().collect()
}

/// Labels whose port is not among the declared ones.
fn undeclared(labels: &[Value], expected: &[Value]) -> Vec<String> {
    let declared =
        |label: &String| port_of(label).is_some_and(|p| expected.contains(&Value::Int(p)));
    lines(labels).into_iter().filter(|l| !declared(l)).collect()
}

/// The port in `tcp/22 sshd`.
fn port_of(label: &str) -> Option<i64> {
    label.split_once('/')?.1.split(' ').next()?.parse().ok()
}

fn lines(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_line).collect()
}
