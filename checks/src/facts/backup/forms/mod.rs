//! What each tool keeps in its folder, as far as it shows without a password.

pub(super) mod barman;
pub(super) mod borg;
pub(super) mod duplicity;
pub(super) mod mariabackup;
pub(super) mod pbs;
pub(super) mod pg_base;
pub(super) mod pgbackrest;
pub(super) mod restic;
pub(super) mod rsnapshot;
pub(super) mod vzdump;
