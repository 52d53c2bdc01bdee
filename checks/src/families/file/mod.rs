//! Files: who may read and change what.

mod account_databases;
mod cron_permissions;
mod home_permissions;
mod secret_files;
mod tls_keys;
mod tmp_mounts;
mod umask;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &account_databases::AccountDatabases,
    &cron_permissions::CronPermissions,
    &home_permissions::HomePermissions,
    &secret_files::SecretFiles,
    &tls_keys::TlsKeys,
    &tmp_mounts::TmpMounts,
    &umask::Umask,
];
