//! The checks against their stories, against hostile sources, and against the real programs whose
//! behaviour they model.

mod apt;
mod apt_phased;
mod certificates;
mod dice;
mod chains;
mod distrust;
mod fixtures;
mod hostile_tls;
mod logins;
mod needrestart;
mod pam;
mod pki;
mod revocation;
mod rpm;
mod rpm_database;
mod sshd;
mod stories;
mod sudo;
mod versions;
