//! Checks of the family `log`: what is recorded, for how long, where it goes, who can change it.

mod audit_immutable;
mod audit_retention;
mod audit_rules;
mod audit_running;
mod audited;
mod daemon;
mod forwarding;
mod login_records;
mod not_a_collector;
mod permissions;
mod persistent_journal;
mod retention;
mod space;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &daemon::LogDaemon,
    &persistent_journal::PersistentJournal,
    &forwarding::LogForwarding,
    &forwarding::ForwardingTls,
    &forwarding::ForwardingQueue,
    &retention::Retention,
    &space::LogSpace,
    &audit_running::AuditRunning,
    &audit_rules::LOGINS,
    &audit_rules::IDENTITY,
    &audit_rules::ADMIN,
    &audit_rules::TIME,
    &audit_immutable::AuditImmutable,
    &audit_retention::AuditRetention,
    &permissions::LogPermissions,
    &not_a_collector::NotACollector,
    &login_records::LoginRecords,
];
